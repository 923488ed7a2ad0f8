use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::*;

#[derive(PartialEq, Debug, Serialize, Deserialize)]
struct Example {
    name: String,
    folder: Option<PathBuf>,
    mail: Mail,
    mailbox: Mailbox,
}

#[derive(PartialEq, Debug, Serialize, Deserialize)]
struct Mail {
    server: SocketAddr,
    every: f64,
    max_bytes: u64,
    shift: i32,
    tries: u8,
    secure: bool,
    mode: Mode,
    topics: Vec<String>,
    longest: Option<f64>,
}

#[derive(PartialEq, Debug, Serialize, Deserialize)]
struct Mailbox {
    max_age_days: f64,
}

#[derive(PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Slow,
    Fast,
}

impl Default for Example {
    fn default() -> Self {
        Self {
            name: "nobody".into(),
            folder: None,
            mail: Mail {
                server: ([127, 0, 0, 1], 25).into(),
                every: 60.0,
                max_bytes: 1 << 20,
                shift: -1,
                tries: 3,
                secure: false,
                mode: Mode::Slow,
                topics: Vec::new(),
                longest: None,
            },
            mailbox: Mailbox { max_age_days: 30.0 },
        }
    }
}

fn load(file: &str, variables: &[(&str, &str)], flags: Flags) -> Result<Settings<Example>, SettingsError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("example.toml");
    std::fs::write(&path, file).unwrap();
    let sources = Sources { file: Some(&path), prefix: "EXAMPLE_", besides: &["EXAMPLE_CONFIG"], flags };
    sources.load_with(variables.iter().map(|(name, value)| (name.into(), value.into())))
}

fn read(file: &str, variables: &[(&str, &str)]) -> Example {
    load(file, variables, Flags::default()).unwrap().values
}

/// The message, with the file as if it lay here.
fn refused(file: &str, variables: &[(&str, &str)]) -> String {
    let error = load(file, variables, Flags::default()).unwrap_err().to_string();
    match error.split_once(std::env::temp_dir().to_str().unwrap()) {
        Some((before, rest)) => {
            let (_, after) = rest.split_once("example.toml").unwrap();
            format!("{before}example.toml{after}")
        }
        None => error,
    }
}

#[test]
fn without_sources_the_values_are_the_built_in_ones() {
    assert_eq!(read("", &[]), Example::default());
}

#[test]
fn the_keys_are_the_fields_with_and_without_a_built_in_value() {
    let mail = ["server", "every", "max_bytes", "shift", "tries", "secure", "mode", "topics", "longest"];
    let mail = mail.map(|name| format!("mail.{name}"));
    let all = ["name", "folder"].map(str::to_owned).into_iter().chain(mail).chain(["mailbox.max_age_days".to_owned()]);
    assert_eq!(keys::<Example>(), all.collect::<Vec<_>>());
}

#[test]
fn the_environment_goes_over_the_file_and_flags_over_both() {
    let file = "name = \"file\"\n[mail]\nevery = 1\ntries = 1\ntopics = [\"file\"]\n";
    let variables = [("EXAMPLE_MAIL_EVERY", "2"), ("EXAMPLE_MAIL_TRIES", "2"), ("EXAMPLE_MAIL_TOPICS", "[two]")];
    let mut flags = Flags::default();
    flags.one("--tries", "mail.tries", Some("4"));
    flags.one("--name", "name", None::<&str>);
    flags.list("--topic", "mail.topics", &["four".to_owned(), "five".to_owned()]);
    let Example { name, mail, .. } = load(file, &variables, flags).unwrap().values;
    assert_eq!((name.as_str(), mail.every, mail.tries), ("file", 2.0, 4));
    assert_eq!(mail.topics, ["four", "five"]);
}

#[test]
fn a_variable_is_text_where_its_key_is_text_whatever_it_looks_like() {
    for text in ["2026", "1.50", "true", "[a]", "{ a = 1 }", "\"quoted\"", " ", "", "a=b, c", "2026-01-05"] {
        let Example { name, folder, mail, .. } =
            read("", &[("EXAMPLE_NAME", text), ("EXAMPLE_FOLDER", text), ("EXAMPLE_MAIL_TOPICS", "[2026, true]")]);
        assert_eq!((name.as_str(), folder), (text, Some(PathBuf::from(text))));
        assert_eq!(mail.topics, ["2026", "true"]);
    }
}

#[test]
fn a_variable_is_read_as_the_kind_of_its_key() {
    let Mail { server, every, max_bytes, shift, secure, mode, topics, longest, .. } = read(
        "",
        &[
            ("EXAMPLE_MAIL_SERVER", "[::1]:25"),
            ("EXAMPLE_MAIL_EVERY", "5"),
            ("EXAMPLE_MAIL_MAX_BYTES", "17179869184"),
            ("EXAMPLE_MAIL_SHIFT", "-7"),
            ("EXAMPLE_MAIL_SECURE", "true"),
            ("EXAMPLE_MAIL_MODE", "fast"),
            ("EXAMPLE_MAIL_TOPICS", "[\"a, b\", 'c']"),
            ("EXAMPLE_MAIL_LONGEST", "1.5"),
        ],
    )
    .mail;
    assert_eq!(server, "[::1]:25".parse().unwrap());
    assert_eq!((every, max_bytes, shift, secure), (5.0, 17_179_869_184, -7, true));
    assert_eq!((mode, topics, longest), (Mode::Fast, vec!["a, b".to_owned(), "c".to_owned()], Some(1.5)));
}

#[test]
fn a_variable_reaches_a_key_whose_name_has_underscores() {
    let variables = [("EXAMPLE_MAIL_MAX_BYTES", "9"), ("example_mailbox_max_age_days", "2")];
    let Example { mail, mailbox, .. } = read("", &variables);
    assert_eq!((mail.max_bytes, mailbox.max_age_days), (9, 2.0));
}

#[test]
fn a_variable_that_is_no_key_is_refused_and_others_are_left_alone() {
    let others =
        [("EXAMPLE_CONFIG", "x"), ("EXAMPLES_NAME", "x"), ("EXAMPLE", "x"), ("HOME", "x"), ("ATTUNE_DATA", "x")];
    assert_eq!(read("", &others), Example::default());
    let error = refused("", &[("EXAMPLE_MAIL_MAXBYTES", "9")]);
    assert!(
        error.starts_with("use the variable EXAMPLE_MAIL_MAXBYTES: it is not known; known are EXAMPLE_MAIL_SERVER, "),
        "{error}"
    );
    assert!(error.ends_with("; did you mean EXAMPLE_MAIL_MAX_BYTES?"), "{error}");
    let error = refused("", &[("EXAMPLE_SERVICE_HOST", "10.0.0.1")]);
    assert!(error.ends_with(", EXAMPLE_MAILBOX_MAX_AGE_DAYS"), "what shares only the prefix was not meant: {error}");
}

#[test]
fn a_key_that_is_not_known_is_refused_with_its_line_the_known_ones_and_the_nearest() {
    assert_eq!(
        refused("name = \"a\"\n\n[mailbox]\nmax_age_day = 3\n", &[]),
        "use the key mailbox.max_age_day (example.toml, line 4): it is not known; the one known there is \
         mailbox.max_age_days; did you mean mailbox.max_age_days?"
    );
    for (file, end) in [
        ("nam = 1", "; did you mean name?"),
        ("[mial]\nevery = 1", "; did you mean mail.every?"),
        ("every = 1", "; did you mean mail.every?"),
        ("NAME = 1", "; did you mean name?"),
        ("[mail]\nname = 1", "; did you mean name?"),
        ("mail.topic = 1", "; did you mean mail.topics?"),
        ("[mial]", "known are mail, mailbox; did you mean mail?"),
        ("zzz = 1", "mailbox.max_age_days"),
    ] {
        let error = refused(file, &[]);
        assert!(error.ends_with(end), "{error}");
    }
}

#[test]
fn a_value_of_the_wrong_kind_is_refused_with_what_was_expected() {
    for (file, message) in [
        ("name = 2026", "use 2026 for name (example.toml, line 1): expected text, in quotes"),
        ("name = { a = 1 }", "use a section for name (example.toml, line 1): expected text, in quotes"),
        ("folder = true", "use true for folder (example.toml, line 1): expected text, in quotes"),
        ("mail = 5", "use one value for mail (example.toml, line 1): expected a section, [mail]"),
        ("[mail]\nevery = \"5\"", "use \"5\" for mail.every (example.toml, line 2): expected a number"),
        ("[mail]\ntries = 1.5", "use 1.5 for mail.tries (example.toml, line 2): expected a whole number"),
        ("[mail]\ntries = -1", "use -1 for mail.tries (example.toml, line 2): expected a whole number, 0 or more"),
        ("[mail]\nsecure = 1", "use 1 for mail.secure (example.toml, line 2): expected true or false"),
        ("[mail]\nmode = 1", "use 1 for mail.mode (example.toml, line 2): expected slow or fast"),
        ("[mail]\nmode = \"S\"", "use \"S\" for mail.mode (example.toml, line 2): expected slow or fast"),
        (
            "mail.topics = \"a\"",
            "use \"a\" for mail.topics (example.toml, line 1): expected a list, as [\"one\", \"two\"]",
        ),
        ("mail.topics = [1]", "use [1] for mail.topics (example.toml, line 1): expected text, in quotes"),
        ("mail.longest = \"a\"", "use \"a\" for mail.longest (example.toml, line 1): expected a number"),
    ] {
        assert_eq!(refused(file, &[]), message);
    }
    let error = refused("", &[("EXAMPLE_MAIL_LONGEST", "soon")]);
    assert_eq!(error, "use \"soon\" for mail.longest (EXAMPLE_MAIL_LONGEST in the environment): expected a number");
    let error = refused("", &[("EXAMPLE_MAIL_TRIES", "300")]);
    assert!(error.starts_with("use \"300\" for mail.tries "), "{error}");
    let mut flags = Flags::default();
    flags.one("--mode", "mail.mode", Some("quick"));
    let error = load("", &[], flags).unwrap_err().to_string();
    assert_eq!(error, "use \"quick\" for mail.mode (the flag --mode): expected slow or fast");
}

#[test]
fn what_is_easily_overlooked_is_told() {
    let error = refused("[mail]\ntries = 99999999999999999999", &[]);
    assert!(error.starts_with("use one value for mail.tries (example.toml, line 2): expected "), "{error}");
    assert!(error.ends_with("at most 64 bits"), "{error}");
    for (file, key) in [("\"\" = 1", "the key \"\" ("), ("[mail]\n\"every \" = 1", "the key \"mail.every \" (")] {
        let error = refused(file, &[]);
        assert!(error.contains(key), "{error}");
    }
}

#[test]
fn a_password_in_the_wrong_place_is_not_shown() {
    for file in [
        "name = [\"secret\"]",
        "name = { a = \"secret\" }",
        "[name]\na = \"secret\"",
        "[[name]]\na = \"secret\"",
        "mail = \"secret\"",
        "[[mail]]\nserver = \"secret\"",
        "[mail]\nmode = { a = \"secret\" }",
        "[mail]\ntries = { a = \"secret\" }",
        "[mail]\ntopics = { a = \"secret\" }",
        "[mail]\nlongest = { a = \"secret\" }",
        "nmae = \"secret\"",
        "name = \"secret",
    ] {
        let error = refused(file, &[]);
        assert!(!error.contains("secret"), "{file}: {error}");
    }
    let settings = load("name = \"secret\"", &[], Flags::default()).unwrap();
    let error = settings.wrong_unseen("name", "expected another").to_string();
    assert!(error.starts_with("use the text for name (") && error.ends_with("line 1): expected another"), "{error}");
    assert!(!settings.is_built_in("name") && settings.is_built_in("mail.tries"));
}

#[test]
fn a_number_out_of_range_is_refused_where_it_was_given() {
    let settings = load("[mail]\nevery = 0", &[], Flags::default()).unwrap();
    assert!(settings.within("mail.every", settings.values.mail.every, 0.0, 9.0).is_ok());
    let error = settings.within("mail.every", settings.values.mail.every, 0.5, 9.0).unwrap_err().to_string();
    assert!(error.starts_with("use 0 for mail.every ("), "{error}");
    assert!(error.ends_with("example.toml, line 2): expected a number from 0.5 to 9"), "{error}");
    let nan = load("mail.every = nan", &[], Flags::default()).unwrap();
    assert!(nan.within("mail.every", nan.values.mail.every, 0.0, f64::INFINITY).is_err());
}

#[test]
fn a_file_that_is_no_toml_is_refused_with_line_and_column_and_without_its_text() {
    let error = refused("name = \"a\"\nfolder = \"secret\n", &[]);
    assert!(error.starts_with("read example.toml as TOML: "), "{error}");
    assert!(error.ends_with(" in line 2, column 17"), "{error}");
    assert!(!error.contains("secret") && !error.contains('\n'), "{error}");
    assert!(refused("name = \"a\"\nname = \"b\"\n", &[]).ends_with("line 2, column 1"));
}

#[test]
fn a_file_that_is_not_there_is_refused_by_name() {
    let path = PathBuf::from("nowhere/example.toml");
    let sources = Sources { file: Some(&path), prefix: "EXAMPLE_", besides: &[], flags: Flags::default() };
    let error = sources.load_with::<Example>([]).unwrap_err().to_string();
    assert!(error.starts_with("read nowhere/example.toml: ") && error.ends_with("with --config, or none"), "{error}");
}

#[cfg(unix)]
#[test]
fn what_is_no_utf_8_is_refused_and_not_bent() {
    use std::os::unix::ffi::OsStringExt;
    let broken = || OsString::from_vec(vec![b'a', 0xff]);
    let sources = |flags| Sources { file: None, prefix: "EXAMPLE_", besides: &[], flags };
    let error = sources(Flags::default()).load_with::<Example>([("EXAMPLE_FOLDER".into(), broken())]).unwrap_err();
    assert!(error.to_string().ends_with("(EXAMPLE_FOLDER in the environment): expected text in UTF-8"), "{error}");
    let mut flags = Flags::default();
    flags.one("--folder", "folder", Some(broken()));
    let error = sources(flags).load_with::<Example>([]).unwrap_err();
    assert!(error.to_string().ends_with("(the flag --folder): expected text in UTF-8"), "{error}");
}
