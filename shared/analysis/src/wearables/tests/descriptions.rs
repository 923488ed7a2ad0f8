//! Descriptions: those that are shipped, and wrong ones.

use crate::wearables::{SHIPPED, Wearable};

const SIMPLE: &str = r#"version = 2
name = "Band"
source = "ours"
tried = "packets only"

[[stream]]
name = "motion"
service = "180d"
characteristic = "2a37"
rate_hz = 50
time = { field = "stamp", of = "first", unit = "ms" }

[[stream.packet]]
fields = [
    { name = "stamp", type = "u32" },
    { name = "state", type = "u8", if_set = 3 },
]
samples = [
    { name = "acceleration_x", type = "i16", unit = "g", divide = 1024 },
]
"#;

#[test]
fn all_that_are_shipped_read_cite_their_sources_and_say_on_what_they_were_tried() {
    for (name, text) in SHIPPED {
        let wearable = Wearable::parse(text).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        assert!(wearable.source.len() > 20 && wearable.tried == "packets only", "{name}");
    }
}

#[test]
fn a_wrong_description_is_refused_with_its_line_its_field_and_what_was_expected() {
    let cases = [
        ("version = 2", "version = 3", 1, "version", "reads 1 and 2"),
        ("tried = \"packets only\"\n", "", 1, "tried", "missing field"),
        ("rate_hz = 50", "rate_hz = \"50\"", 10, "rate_hz", "expected f64"),
        ("rate_hz = 50", "rate_hz = -1", 10, "rate_hz", "over 0"),
        ("rate_hz = 50", "rate = 50", 10, "rate", "did you mean rate_hz?"),
        ("2a37", "2a3", 9, "characteristic", "4 hexadecimal digits"),
        ("of = \"first\"", "of = \"begin\"", 11, "of", "`first`"),
        ("field = \"stamp\"", "field = \"stmap\"", 14, "fields", "did you mean stamp?"),
        ("if_set = 3", "if_set = 40", 16, "if_set", "bit 40 is not among the 32"),
        ("type = \"i16\"", "type = \"i12\"", 19, "type", "`i16`"),
        ("unit = \"g\"", "unit = \"G\"", 19, "unit", "\"g\" or \"mg\" or \"m/s2\""),
        ("divide = 1024", "divide = 0", 19, "divide", "cannot be divided by 0"),
        ("divide = 1024", "divides = 1024", 19, "divides", "did you mean divide?"),
        ("rate_hz = 50\n", "", 12, "rate_hz", "need the stream's rate_hz"),
    ];
    assert!(Wearable::parse(SIMPLE).is_ok());
    for (from, to, line, field, expected) in cases {
        assert!(SIMPLE.contains(from), "{from}");
        let problem = Wearable::parse(&SIMPLE.replacen(from, to, 1)).unwrap_err();
        assert!(problem.problem.contains(expected), "{to}: {problem}");
        assert!(problem.field.ends_with(field), "{to}: {problem}");
        assert_eq!(problem.line, Some(line), "{to}: {problem}");
    }
}
