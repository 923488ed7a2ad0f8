//! What a request holds: one message or a list of them. Nothing of a message stands in what is said of a wrong one.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

/// Messages of one request.
pub(super) const MOST: usize = 100;
/// Bytes of a message: as many as are looked at.
pub(super) const LONGEST: usize = 64 << 10;

/// A message as it came.
pub(super) struct Message {
    pub(super) text: Zeroizing<String>,
    /// When it was written, Unix milliseconds; now, where that is not said.
    pub(super) at: Option<i64>,
}

/// The messages of a request, and how many of it are none that can be read.
pub(super) struct Incoming {
    pub(super) messages: Vec<Message>,
    pub(super) unread: usize,
}

#[derive(Deserialize)]
struct Item {
    message: String,
    at: Option<Timestamp>,
}

impl Incoming {
    /// Reads a body.
    ///
    /// # Errors
    /// With what is wrong, a sentence without a point, where nothing of it can be read.
    pub(super) fn read(body: &[u8]) -> Result<Self, &'static str> {
        // What serde says could quote the message: it is not passed on.
        if body.trim_ascii_start().first() != Some(&b'[') {
            let item = serde_json::from_slice::<Item>(body).ok();
            let message = item.and_then(Message::of);
            let wrong = "a message is {\"message\": TEXT, \"at\": INSTANT}, of 64 KiB at most; `at` is RFC 3339 and may be left out";
            return message.map(|message| Self { messages: vec![message], unread: 0 }).ok_or(wrong);
        }
        let items: Vec<&RawValue> =
            serde_json::from_slice(body).map_err(|_| "this is no list of messages in JSON, in UTF-8")?;
        if items.len() > MOST {
            return Err("a list has at most 100 messages: send the rest in another one");
        }
        let count = items.len();
        let read = |item: &RawValue| Message::of(serde_json::from_str::<Item>(item.get()).ok()?);
        let messages: Vec<Message> = items.into_iter().filter_map(read).collect();
        let unread = count - messages.len();
        Ok(Self { messages, unread })
    }
}

impl Message {
    fn of(item: Item) -> Option<Self> {
        let (text, at) = (Zeroizing::new(item.message), item.at.map(Timestamp::as_millisecond));
        (text.len() <= LONGEST).then_some(Self { text, at })
    }
}

/// What a program hands over: within its bounds, whatever came, and nothing of it in what is said of it.
#[cfg(any(test, fuzzing))]
pub(crate) fn handed_over(body: &[u8]) {
    match Incoming::read(body) {
        Ok(Incoming { messages, unread }) => {
            assert!(messages.len() + unread <= MOST);
            assert!(messages.iter().all(|message| message.text.len() <= LONGEST));
        }
        Err(wrong) => assert!(!wrong.is_empty()),
    }
}
