//! The parts of a report, and how it is written as JSON and as Markdown.

use serde_json::{Map, Value, json};

use crate::sealed::Report;

/// The parts, under their headings, in their order: what a number in a stored report means. Only appended to.
pub(crate) const PARTS: [(&str, &str); 10] = [
    ("Employee Summary", "Basic Info"),
    ("Employee Summary", "Quantitative Metrics"),
    ("Employee Summary", "Qualitative Analysis"),
    ("Key Insights", "Technical Observations"),
    ("Key Insights", "Quantitative Analysis"),
    ("Risk Assessment", "Concerns"),
    ("Risk Assessment", "Anomalies"),
    ("Risk Assessment", "Indicators"),
    ("Recommended Actions", "Critical Steps"),
    ("Recommended Actions", "Additional Considerations"),
];

/// Of a report the parts that have lines, in their order: heading, name and lines.
fn filled(report: &Report) -> impl Iterator<Item = (&'static str, &'static str, &[String])> {
    let numbered = (0_u8..).zip(PARTS);
    numbered.filter_map(move |(number, (heading, name))| {
        let (_, lines) = report.parts.iter().find(|(of, lines)| *of == number && !lines.is_empty())?;
        Some((heading, name, lines.as_slice()))
    })
}

/// As JSON: headings, parts, lines.
pub(crate) fn json(report: &Report) -> Value {
    let mut all = Map::new();
    for (heading, name, lines) in filled(report) {
        let parts = all.entry(heading).or_insert_with(|| json!({}));
        parts[name] = json!(lines);
    }
    Value::Object(all)
}

/// In sentences, each with the part that it stands in.
pub(crate) fn sentences(report: &Report) -> impl Iterator<Item = String> {
    let all = filled(report);
    all.flat_map(|(heading, name, lines)| lines.iter().map(move |line| format!("{heading}, {name}: {line}")))
}

/// As Markdown.
pub(crate) fn markdown(report: &Report) -> String {
    let (mut text, mut last) = (String::new(), "");
    for (heading, name, lines) in filled(report) {
        if heading != last {
            text.push_str(&format!("## {heading}\n\n"));
            last = heading;
        }
        text.push_str(&format!("### {name}\n\n"));
        lines.iter().for_each(|line| text.push_str(&format!("- {line}\n")));
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_the_parts_that_have_lines_in_their_order_and_no_other() {
        let report = Report {
            parts: vec![(8, vec!["Rest".into()]), (0, vec!["A talk".into()]), (6, Vec::new()), (99, vec!["x".into()])],
        };
        let wanted = json!({"Employee Summary": {"Basic Info": ["A talk"]}, "Recommended Actions": {"Critical Steps": ["Rest"]}});
        assert_eq!(json(&report), wanted);
        let wanted = "## Employee Summary\n\n### Basic Info\n\n- A talk\n\n## Recommended Actions\n\n### Critical Steps\n\n- Rest\n\n";
        assert_eq!(markdown(&report), wanted);
    }
}
