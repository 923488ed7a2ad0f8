//! One push: JSON to readings. What of it does not read costs itself and nothing beside it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::names;
use super::reading::{Reading, Why, readings};

/// What one push holds.
pub(super) struct Message {
    /// Which phone sends; stands for its id, which is kept nowhere.
    pub(super) phone: u64,
    /// Which of its recordings it is.
    pub(super) session: u64,
    /// Its place among the pushes of that recording, from 0.
    pub(super) number: Option<u64>,
    /// What was sent, in its order.
    pub(super) readings: Vec<Reading>,
    /// What is none, and why.
    pub(super) left_out: Vec<Why>,
    /// Whether it is only the app's button that tries the address.
    pub(super) is_test: bool,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "messageId", borrow, default)]
    number: Option<&'a RawValue>,
    #[serde(rename = "sessionId", borrow, default)]
    session: Option<&'a RawValue>,
    #[serde(rename = "deviceId", borrow, default)]
    device: Option<&'a RawValue>,
    #[serde(borrow)]
    payload: Vec<&'a RawValue>,
}

impl Message {
    /// Reads a body; `None` when it is no push.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        // A letter that is no text spoils the entry that it stands in.
        let text = String::from_utf8_lossy(body.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(body));
        let is_json = serde_json::from_str::<&RawValue>(&text).is_ok();
        let text = if is_json { text } else { Cow::Owned(without_nan(&text)) };
        let envelope: Envelope = serde_json::from_str(&text).ok()?;
        let of = |raw: Option<&RawValue>| {
            let mut hasher = DefaultHasher::new();
            raw.map(RawValue::get).hash(&mut hasher);
            hasher.finish()
        };
        let mut message = Self {
            phone: of(envelope.device),
            session: of(envelope.session),
            number: envelope.number.and_then(|raw| plain_text(raw).trim().parse().ok()),
            readings: Vec::with_capacity(envelope.payload.len()),
            left_out: Vec::new(),
            is_test: false,
        };
        for entry in envelope.payload {
            match read(entry) {
                Ok(Entry::Readings(readings)) => message.readings.extend(readings),
                Ok(Entry::Test) => message.is_test = true,
                Err(why) => message.left_out.push(why),
            }
        }
        Some(message)
    }
}

enum Entry {
    Readings(Vec<Reading>),
    Test,
}

type Fields<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

fn read(entry: &RawValue) -> Result<Entry, Why> {
    let fields: Fields = serde_json::from_str(entry.get()).map_err(|_| Why::Unread)?;
    let text = |name: &str| fields.get(name).map(|raw| plain_text(raw));
    let name = text("name").ok_or(Why::Unread)?;
    if names::plain(&name) == "test" {
        return Ok(Entry::Test);
    }
    // Where the app's page shows numbers beside the name, its messages have them within `values`.
    let values: Option<Fields> = fields.get("values").and_then(|raw| serde_json::from_str(raw.get()).ok());
    let values: BTreeMap<String, Cow<str>> = match &values {
        Some(values) => values.iter().map(|(name, raw)| (names::plain(name), plain_text(raw))).collect(),
        None => fields.iter().map(|(name, raw)| (names::plain(name), plain_text(raw))).collect(),
    };
    let time = text("time");
    readings(&name, time.as_deref(), |wanted| values.get(wanted).map(|text| &**text)).map(Entry::Readings)
}

/// What a JSON value says: the text within quotes, or the value as it is written.
fn plain_text(raw: &RawValue) -> Cow<'_, str> {
    match serde_json::from_str::<String>(raw.get()) {
        Ok(text) => Cow::Owned(text),
        Err(_) => Cow::Borrowed(raw.get()),
    }
}

/// The same text with `null` for the `NaN` and `Infinity` that some writers put where JSON has no word.
fn without_nan(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let (mut quoted, mut escaped, mut rest) = (false, false, text);
    while let Some(letter) = rest.chars().next() {
        let word = ["-Infinity", "Infinity", "NaN"].into_iter().find(|word| !quoted && rest.starts_with(word));
        if let Some(word) = word {
            clean.push_str("null");
            rest = &rest[word.len()..];
            continue;
        }
        quoted ^= letter == '"' && !escaped;
        escaped = quoted && letter == '\\' && !escaped;
        clean.push(letter);
        rest = &rest[letter.len_utf8()..];
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(payload: &str) -> Option<Message> {
        Message::read(format!("{{\"deviceId\": \"a\", \"payload\": [{payload}]}}").as_bytes())
    }

    const GOOD: &str = r#"{"name": "heart rate", "time": 1767258000000000000, "values": {"bpm": 61}}"#;

    fn counts(payload: &str) -> (usize, usize) {
        let message = message(payload).unwrap();
        (message.readings.len(), message.left_out.len())
    }

    #[test]
    fn whatever_stands_in_one_entry_costs_that_entry_only() {
        let deep = format!("{}{}", "[".repeat(9000), "]".repeat(9000));
        for bad in [
            "null",
            "7",
            "[]",
            "{}",
            "\"text\"",
            r#"{"name": 5, "time": 1767258000000000000}"#,
            r#"{"name": "heart rate", "time": [], "values": {"bpm": 61}}"#,
            r#"{"name": "heart rate", "time": 1767258000000000000, "values": {"bpm": NaN}}"#,
            r#"{"name": "heart rate", "time": 1767258000000000000, "values": {"bpm": -Infinity}}"#,
            r#"{"name": "heart rate", "time": 1767258000000000000, "values": {"bpm": 1e999}}"#,
            r#"{"name": "heart rate", "time": 1767258000000000000, "values": {"bpm": {"bpm": 61}}}"#,
            r#"{"name": "heart rate", "time": 1767258000000000000, "values": [61]}"#,
            r#"{"name": "heart rate", "time": 1e400000000000, "values": {"bpm": 61}}"#,
            r#"{"name": "note NaN \" NaN", "time": NaN, "values": {"bpm": 61}}"#,
            &format!(r#"{{"name": "heart rate", "time": 1767258000000000000, "values": {deep}}}"#),
            &format!(r#"{{"name": "heart rate", "time": 1767258000000000000, "values": {{"bpm": {deep}}}}}"#),
        ] {
            assert_eq!(counts(&format!("{GOOD}, {bad}, {GOOD}")), (2, 1), "{}", &bad[..bad.len().min(90)]);
        }
    }

    #[test]
    fn letters_that_are_no_text_cost_the_entry_that_they_stand_in() {
        let mut body =
            format!("{{\"payload\": [{GOOD}, {{\"name\": \"heart r?te\", \"time\": 1}}, {GOOD}]}}").into_bytes();
        let place = body.iter().position(|byte| *byte == b'?').unwrap();
        body[place] = 0xff;
        let message = Message::read(&body).unwrap();
        assert_eq!((message.readings.len(), message.left_out.len()), (2, 1));
    }

    #[test]
    fn what_is_no_push_is_none() {
        for body in ["", "hello", "[]", "{}", "{\"payload\": null}", "{\"payload\": {}}", "{\"payload\": [", "\u{feff}"]
        {
            assert!(Message::read(body.as_bytes()).is_none(), "{body}");
        }
        for deep in ["[", "{\"payload\":", "{\"payload\": [["] {
            assert!(Message::read(deep.repeat(60_000).as_bytes()).is_none(), "{deep}");
        }
        let utf16: Vec<u8> = "{\"payload\": []}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(Message::read(&utf16).is_none());
        assert!(Message::read(b"\xef\xbb\xbf{\"payload\": []}").is_some());
    }

    #[test]
    fn nothing_within_quotes_is_taken_for_a_number_that_is_none() {
        assert_eq!(
            without_nan(r#"{"a\"NaN": [NaN,-Infinity,Infinity], "b\\": NaN}"#),
            r#"{"a\"NaN": [null,null,null], "b\\": null}"#
        );
    }
}
