//! Every file of the made-up ones is read as its right reading says.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use serde_json::Value;

use super::{FormatError, Notes, discord, jira, mattermost, slack, teams, time_of};
use crate::incoming::{Incoming, Item, Skipped};

/// The name of a reason in right readings.
pub(crate) fn reason(why: Skipped) -> &'static str {
    match why {
        Skipped::Bot => "bot",
        Skipped::System => "system",
        Skipped::Deleted => "deleted",
        Skipped::Empty => "empty",
        Skipped::Media => "media",
        Skipped::Duplicate => "duplicate",
        Skipped::Echo => "echo",
        Skipped::AutoReply => "auto-reply",
        Skipped::Bounce => "bounce",
        Skipped::Calendar => "calendar",
        Skipped::Encrypted => "encrypted",
        Skipped::NotSent => "not-sent",
        Skipped::Spam => "spam",
        Skipped::NoAuthor => "no-author",
        Skipped::NoTime => "no-time",
        Skipped::Broken => "broken",
    }
}

/// A text with each run of blanks as one.
pub(crate) fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Where the made-up files of a program lie.
pub(crate) fn fixtures(program: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(program)
}

/// The right reading of a file.
pub(crate) fn expected(file: &Path) -> Value {
    let beside = format!("{}.expected.json", file.display());
    let text = std::fs::read_to_string(&beside).expect("a right reading");
    serde_json::from_str(&text).expect("JSON")
}

/// Holds messages against the right reading, whatever their order.
pub(crate) fn check(file: &str, right: &Value, mut taken: Vec<Incoming>) {
    let mut messages: Vec<&Value> = right["messages"].as_array().expect("a list").iter().collect();
    messages.retain(|message| message.get("skip").is_none());
    let at = |message: &Value| message["time"].as_str().and_then(time_of).expect("a time");
    messages.sort_by_key(|message| (at(message), joined(message["text"].as_str().unwrap_or_default())));
    taken.sort_by_key(|one| (one.said_at, joined(&one.text)));
    let texts: Vec<String> = taken.iter().map(|one| joined(&one.text)).collect();
    assert_eq!(taken.len(), messages.len(), "{file}: {texts:?}");
    assert_eq!(taken.len() as u64, right["taken"].as_u64().expect("a number"), "{file}");
    for (one, message) in taken.iter().zip(messages) {
        let says = |key: &str| message.get(key).and_then(Value::as_str);
        let text = says("text").expect("a text");
        assert_eq!(joined(&one.text), text, "{file}");
        assert_eq!(one.said_at, at(message), "{file}: {text}");
        let names = [&one.author.id, &one.author.name];
        assert!(names.contains(&&says("author").map(str::to_owned)), "{file}: {text}: {names:?}");
        let channel = says("channel").expect("a channel");
        assert!(
            [&one.channel, &one.channel_name].iter().any(|name| *name == channel),
            "{file}: {text}: {}",
            one.channel
        );
        if let Some(id) = says("id") {
            assert_eq!(one.external_ref.as_deref(), Some(id), "{file}: {text}");
        }
        if message.get("reply").and_then(Value::as_bool) == Some(true) {
            assert_eq!(one.reply_to.as_deref(), says("thread"), "{file}: {text}");
        } else {
            assert_eq!(one.reply_to, None, "{file}: {text}");
        }
        let is = |key: &str| message.get(key).and_then(Value::as_bool).unwrap_or(false);
        assert_eq!((one.edited, one.private), (is("edited"), is("private")), "{file}: {text}");
    }
}

fn read(program: &str, file: &Path, right: &Value, items: &mut Vec<Item>) -> Result<Notes, FormatError> {
    let bytes = || Cursor::new(std::fs::read(file).expect("a file"));
    let name = file.file_name().expect("a name").to_string_lossy();
    let mut to = |item| {
        items.push(item);
        Ok(())
    };
    match program {
        "slack" => slack::read(bytes(), &mut to),
        "mattermost" => mattermost::read(bytes(), &mut to),
        "teams" => teams::read(bytes(), &mut to),
        "jira" => jira::read(bytes(), &mut to),
        _ if name.ends_with(".zip") => discord::read_package(bytes(), &mut to),
        _ if name.ends_with(".csv") => {
            let zone = right["settings"]["zone"].as_str().map(|zone| TimeZone::get(zone).expect("a zone"));
            discord::read_table(bytes(), &name, &discord::How { zone, dates: None }, &mut to)
        }
        _ => discord::read_export(bytes(), &mut to),
    }
}

#[test]
fn every_file_is_read_as_its_right_reading_says() {
    let mut files = 0;
    for program in ["slack", "mattermost", "discord", "teams", "jira"] {
        for entry in std::fs::read_dir(fixtures(program)).expect("a folder") {
            let file = entry.expect("an entry").path();
            let name = file.file_name().expect("a name").to_string_lossy().into_owned();
            if name.ends_with(".expected.json") || name.ends_with(".http.json") {
                continue;
            }
            let (right, mut items) = (expected(&file), Vec::new());
            let notes = read(program, &file, &right, &mut items).expect(&name);
            let (mut taken, mut left) = (Vec::new(), BTreeMap::new());
            for item in items {
                match item {
                    Item::Taken(message) => taken.push(message),
                    Item::Left(why, _) => *left.entry(reason(why).to_owned()).or_insert(0_u64) += 1,
                }
            }
            let skipped: BTreeMap<String, u64> = serde_json::from_value(right["skipped"].clone()).expect("numbers");
            assert_eq!(left, skipped, "{name}");
            check(&name, &right, taken);
            // Of one file a page is missing.
            assert_eq!(notes.all().len(), usize::from(name == "teams-chat.json"), "{name}");
            files += 1;
        }
    }
    assert_eq!(files, 16);
}

#[test]
fn what_is_of_another_program_is_refused_and_nothing_panics() {
    let mut all = Vec::new();
    for program in ["slack", "slack-events", "mattermost", "discord", "teams", "jira"] {
        for entry in std::fs::read_dir(fixtures(program)).expect("a folder") {
            all.push(std::fs::read(entry.expect("an entry").path()).expect("a file"));
        }
    }
    let mut random = fastrand::Rng::with_seed(7);
    for bytes in &all {
        for _ in 0..40 {
            let mut bytes = bytes.clone();
            for _ in 0..random.usize(0..8) {
                let at = random.usize(0..bytes.len());
                bytes[at] = random.u8(..);
            }
            bytes.truncate(random.usize(1..=bytes.len()));
            let mut to = |_| Ok(());
            _ = slack::read(Cursor::new(&bytes), &mut to);
            _ = mattermost::read(Cursor::new(&bytes), &mut to);
            _ = teams::read(Cursor::new(&bytes), &mut to);
            _ = jira::read(Cursor::new(&bytes), &mut to);
            _ = discord::read_package(Cursor::new(&bytes), &mut to);
            _ = discord::read_export(Cursor::new(&bytes), &mut to);
            _ = discord::read_table(Cursor::new(&bytes), "x.csv", &discord::How::default(), &mut to);
        }
    }
    let nothing = |bytes: &'static [u8]| Cursor::new(bytes);
    assert!(slack::read(nothing(b"{}"), &mut |_| Ok(())).is_err());
    assert!(mattermost::read(nothing(b"{\"type\": \"post\"}\n"), &mut |_| Ok(())).is_err());
    assert!(teams::read(nothing(b"[]"), &mut |_| Ok(())).is_err());
    assert!(jira::read(nothing(b"{}"), &mut |_| Ok(())).is_err());
    assert!(discord::read_export(nothing(b"{\"messages\": [{}]}"), &mut |_| Ok(())).is_err());
}
