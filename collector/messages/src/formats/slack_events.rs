//! Requests of Slack's Events API: one event each.
//!
//! Slack sends again what was not answered in time; its messages are known by their channel and `ts`, whatever came before them. What is
//! new to this reader is nothing, and no error: else it would come again.

use serde_json::Value;

use super::error::FormatError;
use super::json::{self, list, text};
use super::slack::message::{self, words_of};
use super::time;
use crate::incoming::{Author, Incoming, Skipped};

/// What a request says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Event {
    /// It is to be answered with these words.
    Challenge(String),
    /// A message.
    Message(Incoming),
    /// A message has other words now, as it would come today; since when, Unix milliseconds.
    Changed(Incoming, Option<i64>),
    /// A message is gone.
    Deleted {
        /// Its channel.
        channel: String,
        /// What it is known by.
        external_ref: String,
    },
    /// A message was left without a word, and may have some again.
    Emptied {
        /// Its channel.
        channel: String,
        /// What it is known by.
        external_ref: String,
        /// Since when, Unix milliseconds.
        at: Option<i64>,
    },
    /// Nothing of a person.
    Left(Skipped),
    /// Nothing about messages, or nothing new about one.
    Nothing,
}

/// Reads the body of a request.
///
/// # Errors
/// When it is no JSON.
pub(crate) fn read(body: &[u8]) -> Result<Event, FormatError> {
    let body = std::str::from_utf8(body).ok().and_then(json::value);
    let body = body.ok_or_else(|| FormatError::Json { place: "the body".to_owned(), line: 1, column: 1 })?;
    match text(&body, "type") {
        Some("url_verification") => {
            Ok(Event::Challenge(text(&body, "challenge").unwrap_or_default().chars().take(1000).collect()))
        }
        Some("event_callback") => Ok(body.get("event").map_or(Event::Nothing, |event| of(&body, event))),
        _ => Ok(Event::Nothing),
    }
}

fn of(body: &Value, event: &Value) -> Event {
    let kind = text(event, "type").unwrap_or_default();
    let Some(channel) = text(event, "channel").filter(|_| kind == "message" || kind == "app_mention") else {
        return Event::Nothing;
    };
    let deleted = |ts: Option<&str>| {
        ts.map_or(Event::Nothing, |ts| Event::Deleted { channel: channel.to_owned(), external_ref: ts.to_owned() })
    };
    match text(event, "subtype").unwrap_or_default() {
        "message_deleted" => deleted(text(event, "deleted_ts")),
        "message_changed" => {
            let Some(message) = event.get("message") else { return Event::Nothing };
            // The event has a time of its own, which is that of the change.
            let at = text(event, "ts").and_then(time::seconds);
            match incoming(body, event, message, channel) {
                // A preview was added to it, or a reply.
                Ok(_) if !is_new(message, event.get("previous_message")) => Event::Nothing,
                Ok(now) => Event::Changed(now, at),
                // A root with replies is not deleted but emptied.
                Err(Skipped::Deleted) => deleted(text(message, "ts")),
                Err(Skipped::Empty | Skipped::Media) => text(message, "ts").map_or(Event::Nothing, |ts| {
                    Event::Emptied { channel: channel.to_owned(), external_ref: ts.to_owned(), at }
                }),
                Err(_) => Event::Nothing,
            }
        }
        _ => incoming(body, event, event, channel).map_or_else(Event::Left, Event::Message),
    }
}

/// Whether a message has other words than before.
fn is_new(message: &Value, before: Option<&Value>) -> bool {
    before.is_none_or(|before| words_of(message, &|_| None) != words_of(before, &|_| None))
}

fn incoming(body: &Value, event: &Value, message: &Value, channel: &str) -> Result<Incoming, Skipped> {
    if is_own(body, message) {
        return Err(Skipped::Echo);
    }
    let said = message::read(message, &|_| false, &|_| None)?;
    Ok(Incoming {
        channel: channel.to_owned(),
        channel_name: channel.to_owned(),
        // A change does not say it: what it changes keeps what it is.
        private: text(event, "channel_type").is_some_and(|kind| kind != "channel"),
        author: Author { id: Some(said.user), name: None, email: None, ..Author::default() },
        said_at: said.said_at,
        external_ref: Some(said.ts),
        reply_to: said.root,
        edited: said.edited,
        text: said.words,
    })
}

/// Whether the app wrote it to which the event is sent.
fn is_own(body: &Value, message: &Value) -> bool {
    let app = text(body, "api_app_id");
    let is_app = app.is_some() && text(message, "app_id") == app;
    let user = text(message, "user");
    let is_bot = |own: &Value| json::is_true(own, "is_bot") && user.is_some() && text(own, "user_id") == user;
    is_app || list(body, "authorizations").iter().any(is_bot)
}
