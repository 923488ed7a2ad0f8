//! Microsoft Teams: messages of channels and chats, as Graph gives them page by page.

mod html;

use std::io::Read;

use serde_json::Value;

use super::error::FormatError;
use super::json::{self, id, list, text};
use super::marks::without_links;
use super::names::tidy;
use super::time;
use super::to::{Notes, To};
use crate::incoming::{Author, Incoming, Item, Skipped};

/// Reads a page of messages.
///
/// # Errors
/// When it is none or does not read, or `to` fails.
pub(crate) fn read(reader: impl Read, to: To<'_>) -> Result<Notes, FormatError> {
    let mut is_one = false;
    let ended = json::each(reader, "value", "the file", &mut |_, raw| {
        is_one = true;
        let read = json::value(raw).map_or(Err(Skipped::Broken), |message| incoming(&message));
        to(read.map_or_else(|why| Item::Left(why, "a message".to_owned()), Item::Taken))
    })?;
    if !is_one && !ended.head.contains_key("@odata.context") {
        return Err(FormatError::NotThis("a page of messages, as Microsoft Graph gives them"));
    }
    let mut notes = Notes::default();
    if ended.head.contains_key("@odata.nextLink") {
        notes.add("a file says that another page follows it: give that, too");
    }
    if !ended.is_whole {
        notes.cut();
    }
    Ok(notes)
}

fn incoming(message: &Value) -> Result<Incoming, Skipped> {
    let is_there = |value: &Value, field: &str| value.get(field).is_some_and(|value| !value.is_null());
    if text(message, "messageType").is_some_and(|kind| kind != "message") || is_there(message, "eventDetail") {
        return Err(Skipped::System);
    }
    if is_there(message, "deletedDateTime") {
        return Err(Skipped::Deleted);
    }
    let from = message.get("from").filter(|from| from.is_object()).ok_or(Skipped::NoAuthor)?;
    if is_there(from, "application") || is_there(from, "device") {
        return Err(Skipped::Bot);
    }
    let user = from.get("user").filter(|user| user.is_object()).ok_or(Skipped::NoAuthor)?;
    let said_at = text(message, "createdDateTime").and_then(|time| time::iso(time, None)).ok_or(Skipped::NoTime)?;
    let body = message.get("body").unwrap_or(&Value::Null);
    let content = text(body, "content").unwrap_or_default();
    let (words, has_picture) = match text(body, "contentType") {
        Some("text") => (content.to_owned(), false),
        _ => html::words(content),
    };
    let words = without_links(&words);
    let is_reference = |attachment: &&Value| text(attachment, "contentType") == Some("messageReference");
    let attachments = list(message, "attachments");
    if words.trim().is_empty() {
        let has_file = attachments.iter().any(|attachment| !is_reference(&attachment));
        return Err(if has_file || has_picture { Skipped::Media } else { Skipped::Empty });
    }
    let chat = id(message, "chatId");
    let channel = message.get("channelIdentity").and_then(|identity| id(identity, "channelId"));
    let is_private = channel.is_none();
    let channel = channel.or(chat).unwrap_or_default();
    // In chats what is answered is attached.
    let answered = || attachments.iter().find(is_reference).and_then(|attachment| id(attachment, "id"));
    Ok(Incoming {
        channel_name: channel.clone(),
        channel,
        private: is_private,
        author: Author { id: id(user, "id"), name: text(user, "displayName").map(tidy), email: None },
        said_at,
        external_ref: id(message, "id"),
        reply_to: id(message, "replyToId").or_else(answered),
        edited: is_there(message, "lastEditedDateTime"),
        text: words.trim().to_owned(),
    })
}
