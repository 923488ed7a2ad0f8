//! The body of messages as clients send it: one, or an array of them. Each is read by itself, so that what does not read fails that one
//! alone; and nothing that is told back repeats a word of it.

use std::collections::BTreeMap;
use std::fmt;

use attune_ground::http::body::{Bodies, require_json};
use attune_ground::http::{Problem, json};
use attune_ground::time::{instant, now_millis};
use axum::extract::Request;
use serde::de::{DeserializeSeed, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::take::Failure;

/// Bytes of a body.
const LARGEST: usize = 16 << 20;
/// Messages of a body.
pub(crate) const MOST: usize = 10_000;

/// The fields of a message.
const FIELDS: [&str; 5] = ["channel_id", "external_ref", "username", "message", "said_at"];

/// What is done with fields that are not known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Strangers {
    /// They fail their message.
    Refused,
    /// They are passed over, for clients of other systems.
    Ignored,
}

/// A message as it was sent.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    /// The name that it has in its channel, where that reads; it is told back.
    pub(crate) external_ref: Option<String>,
    /// The rest, or why it does not read.
    pub(crate) fields: Result<Fields, Failure>,
}

/// What a message has.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Fields {
    pub(crate) channel_id: String,
    pub(crate) username: String,
    pub(crate) message: String,
    /// Unix milliseconds.
    pub(crate) said_at: i64,
}

/// Takes in the messages of a request, in their order.
///
/// # Errors
/// 413 for a body with too many bytes or messages, 415 for one that is not JSON, 400 for one that is neither an object nor an array of
/// something.
pub(crate) async fn take(bodies: &Bodies, request: Request, strangers: Strangers) -> Result<Vec<Sent>, Problem> {
    require_json(request.headers())?;
    let received = bodies.receive(request.into_body(), LARGEST).await?;
    read(&received.bytes, strangers)
}

fn read(bytes: &[u8], strangers: Strangers) -> Result<Vec<Sent>, Problem> {
    json::check_nesting("body", bytes)?;
    let text = std::str::from_utf8(bytes).map_err(|_| Problem::bad_request("body", "the body is no UTF-8"))?;
    let items = match text.trim_start().as_bytes().first() {
        Some(b'{') => vec![whole::<&RawValue>(text)?],
        Some(b'[') => whole::<Items<'_>>(text)?.0.ok_or_else(|| {
            Problem::too_large("body", format!("the array has more than {MOST} messages; send it in parts"))
        })?,
        _ => return Err(Problem::bad_request("body", "expected an object {...}, or an array of them [{...}, ...]")),
    };
    if items.is_empty() {
        return Err(Problem::bad_request("body", "the array is empty: there is no message in it"));
    }
    let now = now_millis();
    Ok(items.into_iter().map(|item| sent(item, strangers, now)).collect())
}

/// What the parser says names its place and never what stands there.
fn whole<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Problem> {
    serde_json::from_str(text).map_err(|error| {
        let detail = format!("the body does not read as JSON at line {}, column {}", error.line(), error.column());
        Problem::bad_request("body", detail)
    })
}

/// The messages of an array, each as it stands there; none where there are more than may be.
///
/// # Errors
/// When it does not read.
pub(crate) fn elements(text: &str) -> serde_json::Result<Option<Vec<&RawValue>>> {
    serde_json::from_str(text).map(|Items(items)| items)
}

/// Elements of an array, each as it stands there; none are gathered beyond as many as may be.
struct Items<'a>(Option<Vec<&'a RawValue>>);

impl<'de: 'a, 'a> Deserialize<'de> for Items<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Gather).map(Self)
    }
}

struct Gather;

impl<'de> Visitor<'de> for Gather {
    type Value = Option<Vec<&'de RawValue>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element::<&'de RawValue>()? {
            if items.len() == MOST {
                // What is left is looked through and not kept.
                while seq.next_element_seed(Passed)?.is_some() {}
                return Ok(None);
            }
            items.push(item);
        }
        Ok(Some(items))
    }
}

struct Passed;

impl<'de> DeserializeSeed<'de> for Passed {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(drop)
    }
}

/// Fields of an object, each as it stands there; one that is there twice is an error.
struct Object<'a>(BTreeMap<String, &'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Once;
        impl<'de> Visitor<'de> for Once {
            type Value = BTreeMap<String, &'de RawValue>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
                    if fields.insert(name, value).is_some() {
                        return Err(A::Error::custom("a field is there twice"));
                    }
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(Once).map(Self)
    }
}

fn sent(item: &RawValue, strangers: Strangers, now: i64) -> Sent {
    let Ok(Object(fields)) = serde_json::from_str(item.get()) else {
        return Sent { external_ref: None, fields: Err(Failure::Unreadable) };
    };
    let text = |name: &'static str| match fields.get(name).map(|raw| raw.get()) {
        None | Some("null") => Ok(None),
        Some(raw) => serde_json::from_str::<String>(raw).map(Some).map_err(|_| Failure::Wrong(name)),
    };
    let external_ref = text("external_ref");
    let read = || {
        if strangers == Strangers::Refused && fields.keys().any(|name| !FIELDS.contains(&name.as_str())) {
            return Err(Failure::Field);
        }
        external_ref.clone()?;
        let needed = |name| text(name)?.ok_or(Failure::Missing(name));
        let said_at = match text("said_at")? {
            None => now,
            Some(at) => instant(&at).map_err(|_| Failure::Wrong("said_at"))?.as_millisecond(),
        };
        let (channel_id, username, message) = (needed("channel_id")?, needed("username")?, needed("message")?);
        Ok(Fields { channel_id, username, message, said_at })
    };
    let fields = read();
    Sent { external_ref: external_ref.unwrap_or_default(), fields }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(bytes: &[u8]) -> Vec<Result<Fields, Failure>> {
        let read = read(bytes, Strangers::Refused).unwrap_or_else(|problem| panic!("{problem:?}"));
        read.into_iter().map(|sent| sent.fields).collect()
    }

    fn failures(bytes: &[u8]) -> Vec<Option<Failure>> {
        fields(bytes).into_iter().map(Result::err).collect()
    }

    const GOOD: &str = r#"{"channel_id": "c", "username": "u", "message": "m"}"#;

    #[test]
    fn what_does_not_read_of_an_array_fails_that_message_alone() {
        let body = format!(
            r#"[{GOOD}, 5, null, {{}}, {{"channel_id": "c", "username": "u", "message": 5}},
            {{"channel_id": "c", "username": "u", "message": "\ud800"}}, {{"channel_id": "c", "username": "u", "message": "a\u0000b"}},
            {{"channel_id": "c", "username": "u", "message": "m", "text": "m"}}, {{"message": "a", "message": "b"}},
            {{"channel_id": "c", "username": "u", "message": "m", "external_ref": 7}},
            {{"channel_id": "c", "username": "u", "message": "m", "said_at": "yesterday"}}, {GOOD}]"#
        );
        assert_eq!(
            failures(body.as_bytes()),
            [
                None,
                Some(Failure::Unreadable),
                Some(Failure::Unreadable),
                Some(Failure::Missing("channel_id")),
                Some(Failure::Wrong("message")),
                Some(Failure::Wrong("message")),
                None,
                Some(Failure::Field),
                Some(Failure::Unreadable),
                Some(Failure::Wrong("external_ref")),
                Some(Failure::Wrong("said_at")),
                None,
            ]
        );
    }

    #[test]
    fn texts_come_in_as_they_were_written() {
        let told = |message: &str| {
            let body = serde_json::json!({"channel_id": "c", "username": "u", "message": message}).to_string();
            fields(body.as_bytes())[0].clone().map(|fields| fields.message)
        };
        for text in ["\u{5e9}\u{5dc}\u{5d5}\u{5dd}", "a\0b", "a\u{200d}\u{200b}b", "\u{1f600}\u{1f600}", "\u{2019}"] {
            assert!(told(text).is_ok_and(|read| read == text), "{text:?}");
        }
    }

    #[test]
    fn a_body_that_is_none_and_one_with_too_many_messages_are_refused_as_a_whole() {
        let status = |body: &str| read(body.as_bytes(), Strangers::Ignored).err().map(|problem| problem.status);
        for body in ["\"hello\"", "5", "", "[]", " [ ] ", "[{}", "{\"a\": ", "nul"] {
            assert_eq!(status(body), Some(400), "{body}");
        }
        assert_eq!(read(b"\xff\xfe{}", Strangers::Ignored).err().map(|problem| problem.status), Some(400));
        let array = |count: usize| format!("[{}]", vec![GOOD; count].join(","));
        assert_eq!((status(&array(MOST)), status(&array(MOST + 1))), (None, Some(413)));
        let cut = format!("{}x", array(MOST + 1));
        assert_eq!(status(&cut), Some(400), "what is left is looked through");
    }

    #[test]
    fn other_fields_are_passed_over_for_clients_of_other_systems_and_names_are_told_back() {
        let body = r#"{"channel_id": "c", "username": "u", "message": 5, "external_ref": "one", "more": [1]}"#;
        let sent = read(body.as_bytes(), Strangers::Ignored).unwrap_or_else(|problem| panic!("{problem:?}"));
        assert_eq!(sent[0].external_ref.as_deref(), Some("one"), "also of one that fails");
        assert!(sent[0].fields.as_ref().is_err_and(|failure| *failure == Failure::Wrong("message")));
    }
}
