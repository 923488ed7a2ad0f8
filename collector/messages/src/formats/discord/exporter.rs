//! What DiscordChatExporter writes of a channel, as JSON.

use std::io::Read;

use serde_json::{Map, Value};

use super::super::error::FormatError;
use super::super::json::{self, is_true, list, text};
use super::super::marks::{Flavour, Markdown};
use super::super::names::tidy;
use super::super::time;
use super::super::to::{Notes, To};
use crate::incoming::{Author, Incoming, Item, Skipped};

/// Reads an export.
///
/// # Errors
/// When it is none, or `to` fails.
pub(crate) fn read(reader: impl Read, to: To<'_>) -> Result<Notes, FormatError> {
    let mut is_one = false;
    let ended = json::each(reader, "messages", "the file", &mut |head, raw| {
        is_one |= head.contains_key("channel");
        if !is_one {
            return Err(NO_EXPORT);
        }
        let read = json::value(raw).map_or(Err(Skipped::Broken), |message| incoming(head, &message));
        to(read.map_or_else(|why| Item::Left(why, "a message of the channel".to_owned()), Item::Taken))
    })?;
    if !is_one && !ended.head.contains_key("channel") {
        return Err(NO_EXPORT);
    }
    let mut notes = Notes::default();
    if !ended.is_whole {
        notes.cut();
    }
    Ok(notes)
}

const NO_EXPORT: FormatError = FormatError::NotThis("the channel that DiscordChatExporter's files begin with");

fn incoming(head: &Map<String, Value>, message: &Value) -> Result<Incoming, Skipped> {
    let channel = head.get("channel").unwrap_or(&Value::Null);
    let author = message.get("author").filter(|author| author.is_object()).ok_or(Skipped::NoAuthor)?;
    if !matches!(text(message, "type"), Some("Default" | "Reply") | None) {
        return Err(Skipped::System);
    }
    if is_true(author, "isBot") {
        return Err(Skipped::Bot);
    }
    let said_at = text(message, "timestamp").and_then(|time| time::iso(time, None)).ok_or(Skipped::NoTime)?;
    let mentioned = mentioned(message);
    let markdown = Markdown { flavour: Flavour::Exported, channel: &|_| None, mentioned: &mentioned };
    let words = markdown.words(text(message, "content").unwrap_or_default());
    if words.trim().is_empty() {
        let has_files = ["attachments", "stickers"].iter().any(|field| !list(message, field).is_empty());
        return Err(if has_files { Skipped::Media } else { Skipped::Empty });
    }
    let id = json::id(channel, "id").unwrap_or_default();
    let name = text(channel, "name").map_or_else(|| id.clone(), tidy);
    Ok(Incoming {
        channel: id,
        channel_name: name,
        private: text(channel, "type").is_some_and(|kind| kind.contains("Direct") || kind.contains("Private")),
        author: Author { id: json::id(author, "id"), name: text(author, "name").map(tidy), email: None },
        said_at,
        external_ref: json::id(message, "id"),
        reply_to: message.get("reference").and_then(|reference| json::id(reference, "messageId")),
        edited: text(message, "timestampEdited").is_some(),
        text: words.trim().to_owned(),
    })
}

/// Names under which people are mentioned, the longest first: one may begin with another.
fn mentioned(message: &Value) -> Vec<String> {
    let both = |one: &Value| ["name", "nickname"].map(|field| text(one, field).map(str::to_owned));
    let mut names: Vec<String> = list(message, "mentions").iter().flat_map(both).flatten().collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    names
}
