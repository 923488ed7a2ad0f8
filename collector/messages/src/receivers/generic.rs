//! Messages as any program hands them in: one, or a list of them.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::body::elements;
use crate::formats::time_of;
use crate::incoming::{Author, Incoming};

/// Letters of a name.
const LONGEST: usize = 200;

/// A message as it is written. What is new to this version is no matter.
#[derive(Deserialize)]
struct Written {
    /// What the sender calls its channel.
    channel: String,
    /// The name of who wrote it.
    author: String,
    /// Its words.
    text: String,
    /// When, RFC 3339.
    at: String,
    /// What it is known by within its channel.
    id: String,
    /// The id of the one that it answers.
    thread: Option<String>,
}

/// Reads a body: each message, or what is wrong with it.
///
/// # Errors
/// What is wrong with the body as a whole.
pub(super) fn read(body: &[u8]) -> Result<Vec<Result<Incoming, &'static str>>, &'static str> {
    const EXPECTED: &str =
        "the body must be a message, {channel, author, text, at, id}, or a list of messages, in UTF-8";
    let text = std::str::from_utf8(body).map_err(|_| EXPECTED)?;
    let messages: Vec<&RawValue> = match text.trim_start().starts_with('[') {
        true => elements(text)
            .map_err(|_| EXPECTED)?
            .ok_or("the body has over 10,000 messages: send them in several requests")?,
        false => vec![serde_json::from_str(text).map_err(|_| EXPECTED)?],
    };
    Ok(messages.into_iter().map(|message| incoming(message.get())).collect())
}

fn incoming(message: &str) -> Result<Incoming, &'static str> {
    let read = "it does not read: expected {channel, author, text, at, id, thread}, each a text in Unicode";
    let Written { channel, author, text, at, id, thread } = serde_json::from_str(message).map_err(|_| read)?;
    if [&channel, &author, &id].iter().any(|name| name.is_empty() || name.chars().count() > LONGEST) {
        return Err(
            "channel, author and id must have 1 to 200 letters: without an id, one that comes twice would count twice",
        );
    }
    let said_at = time_of(&at).ok_or("at must be a time with a zone, as 2026-03-31T09:00:00Z")?;
    Ok(Incoming {
        channel_name: channel.clone(),
        channel,
        private: false,
        author: Author { user: Some(author), ..Author::default() },
        said_at,
        external_ref: Some(id),
        reply_to: thread.filter(|thread| !thread.is_empty()),
        edited: false,
        text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::MOST;

    #[test]
    fn one_that_is_wrong_keeps_no_other_out() {
        let body = r#"[{"channel": "c", "author": "u-anna", "text": "x", "at": "2026-03-31T09:00:00Z", "id": "1", "new": 1},
            {"channel": "c"}, {"channel": "c", "author": "a", "text": "\ud800", "at": "2026-03-31T09:00:00Z", "id": "2"},
            {"channel": "c", "author": "a", "text": "x", "at": "2026-03-31 09:00", "id": "3"},
            {"channel": "c", "author": "a", "text": "x", "at": "2026-03-31T09:00:00Z", "id": ""}, 7]"#;
        let read = read(body.as_bytes()).expect("reads");
        let right: Vec<bool> = read.iter().map(Result::is_ok).collect();
        assert_eq!(right, [true, false, false, false, false, false]);
    }

    #[test]
    fn a_body_is_one_message_or_a_list() {
        let one = r#"{"channel": "c", "author": "u-anna", "text": "x", "at": "2026-03-31T09:00:00Z", "id": "1"}"#;
        assert!(matches!(read(one.as_bytes()).expect("reads").as_slice(), [Ok(_)]));
        assert!(read(b"[]").expect("reads").is_empty());
        for body in ["", "[", "x", "\u{0}"] {
            assert!(read(body.as_bytes()).is_err(), "{body:?}");
        }
        assert!(read(format!("[{}7]", "7,".repeat(MOST)).as_bytes()).is_err());
        assert!(read(b"\xff").is_err());
    }
}
