//! JSON whose list of messages is as long as it likes: one at a time is held.

use std::fmt;
use std::io::Read;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::bounded::{Bounded, Piece};
use super::error::FormatError;

/// What is done with each thing of a list, as it stands there; the fields that came before the list lie beside it.
type Each<'a> = &'a mut dyn FnMut(&Map<String, Value>, &str) -> Result<(), FormatError>;

/// What is known at the end.
pub(super) struct Ended {
    /// The fields beside the list.
    pub(super) head: Map<String, Value>,
    /// Whether the file is there to its end.
    pub(super) is_whole: bool,
}

/// Reads a list, or the one that an object has under a name, and gives what stands beside it.
///
/// # Errors
/// When it is no JSON, or `each` fails. One that is cut off is no error.
pub(super) fn each(reader: impl Read, list: &str, place: &str, each: Each<'_>) -> Result<Ended, FormatError> {
    let (reader, piece) = Bounded::new(reader)?;
    let mut work = Work { list, piece, each, head: Map::new(), failed: None };
    let mut json = serde_json::Deserializer::from_reader(reader);
    let read = Outer(&mut work).deserialize(&mut json).and_then(|()| json.end());
    let Work { head, failed, .. } = work;
    match (read, failed) {
        (_, Some(error)) => Err(error),
        (Ok(()), None) => Ok(Ended { head, is_whole: true }),
        (Err(error), None) if error.is_eof() => Ok(Ended { head, is_whole: false }),
        (Err(error), None) if error.is_io() => Err(FormatError::Io(error.into())),
        (Err(error), None) => {
            Err(FormatError::Json { place: place.to_owned(), line: error.line(), column: error.column() })
        }
    }
}

struct Work<'a> {
    list: &'a str,
    piece: Piece,
    each: Each<'a>,
    head: Map<String, Value>,
    failed: Option<FormatError>,
}

impl Work<'_> {
    fn all<'de, A: SeqAccess<'de>>(&mut self, mut list: A) -> Result<(), A::Error> {
        self.piece.next();
        while let Some(raw) = list.next_element::<Box<RawValue>>()? {
            self.piece.next();
            if let Err(error) = (self.each)(&self.head, raw.get()) {
                self.failed = Some(error);
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

/// The file as a whole.
struct Outer<'w, 'a>(&'w mut Work<'a>);

impl<'de> DeserializeSeed<'de> for Outer<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Outer<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list, or an object with one")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        self.0.all(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        while let Some(key) = object.next_key::<String>()? {
            if key == self.0.list {
                object.next_value_seed(Inner(&mut *self.0))?;
            } else {
                let value = object.next_value::<Value>()?;
                self.0.head.insert(key, value);
            }
            self.0.piece.next();
        }
        Ok(())
    }
}

/// The list within it.
struct Inner<'w, 'a>(&'w mut Work<'a>);

impl<'de> DeserializeSeed<'de> for Inner<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Inner<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        self.0.all(list)
    }
}

/// A value as it stands in a file. Half an emoji, as programs leave it that cut texts by their units, becomes the sign for what does not read.
pub(super) fn value(raw: &str) -> Option<Value> {
    serde_json::from_str(raw).or_else(|_| serde_json::from_str(&mended(raw))).ok()
}

/// JSON in which each half of a pair of surrogates that stands alone is another sign.
fn mended(raw: &str) -> String {
    let mut whole = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        whole += &rest[..at];
        let escape = &rest[at..];
        let length = match unit(escape) {
            Some(0xD800..=0xDBFF) if matches!(unit(&escape[6..]), Some(0xDC00..=0xDFFF)) => 12,
            Some(0xD800..=0xDFFF) => {
                whole += "\\ufffd";
                rest = &escape[6..];
                continue;
            }
            Some(_) => 6,
            None => escape.char_indices().nth(2).map_or(escape.len(), |(at, _)| at),
        };
        whole += &escape[..length];
        rest = &escape[length..];
    }
    whole + rest
}

/// The unit of UTF-16 with whose escape a text begins.
fn unit(text: &str) -> Option<u16> {
    u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

/// A text that is not empty.
pub(super) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str().filter(|text| !text.is_empty())
}

/// An id, which programs write as a text or as a number.
pub(super) fn id(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        _ => None,
    }
}

/// The things of a list; none where there is no list.
pub(super) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Whether a field says yes, as a truth value or as a text.
pub(super) fn is_true(value: &Value, key: &str) -> bool {
    match value.get(key) {
        Some(Value::Bool(yes)) => *yes,
        Some(Value::String(text)) => text == "true",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(json: &str) -> (Vec<String>, Result<bool, FormatError>) {
        let mut seen = Vec::new();
        let ended = each(json.as_bytes(), "list", "it", &mut |head, raw| {
            seen.push(format!("{} {raw}", head.len()));
            Ok(())
        });
        (seen, ended.map(|ended| ended.is_whole))
    }

    #[test]
    fn a_list_is_read_wherever_it_stands_and_to_where_it_is_cut() {
        assert!(matches!(all("[1, {\"a\": 2}]"), (seen, Ok(true)) if seen == ["0 1", "0 {\"a\": 2}"]));
        assert!(matches!(all(r#"{"head": 1, "list": [7], "after": 2}"#), (seen, Ok(true)) if seen == ["1 7"]));
        assert!(matches!(all(r#"{"list": null}"#), (seen, Ok(true)) if seen.is_empty()));
        assert!(matches!(all(r#"{"list": [7, {"a": 1"#), (seen, Ok(false)) if seen == ["0 7"]));
        assert!(matches!(all(r#"{"list": [7, ?"#), (_, Err(FormatError::Json { line: 1, .. }))));
        assert!(matches!(all("3"), (_, Err(FormatError::Json { .. }))));
    }

    #[test]
    fn who_stops_is_told_why() {
        let stopped = each(b"[1, 2]".as_slice(), "", "it", &mut |_, _| Err(FormatError::Stopped));
        assert!(matches!(stopped, Err(FormatError::Stopped)));
    }

    #[test]
    fn half_an_emoji_keeps_no_message_out() {
        let read = value(r#""a \ud83d b \ude00 c \\ud83d \ud83d\ude00""#).expect("reads");
        assert_eq!(read, "a \u{fffd} b \u{fffd} c \\ud83d \u{1f600}");
        assert!(value(r#""a"#).is_none());
    }
}
