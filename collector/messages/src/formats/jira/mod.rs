//! Comments of Jira's, as its API gives them with issues: documents (version 3) or wiki markup (version 2).

mod document;

use std::io::Read;

use serde_json::Value;

use super::error::FormatError;
use super::json::{self, id, list, text};
use super::marks::wiki_words;
use super::names::tidy;
use super::time;
use super::to::{Notes, To};
use crate::incoming::{Author, Incoming, Item, Skipped};

/// Reads issues, or one.
///
/// # Errors
/// When there are none or they do not read, or `to` fails.
pub(crate) fn read(reader: impl Read, to: To<'_>) -> Result<Notes, FormatError> {
    let (mut notes, mut is_one) = (Notes::default(), false);
    let ended = json::each(reader, "issues", "the file", &mut |_, raw| {
        is_one = true;
        match json::value(raw) {
            Some(issue) => comments(&issue, &mut notes, &mut *to),
            None => to(Item::Left(Skipped::Broken, "an issue".to_owned())),
        }
    })?;
    if !ended.is_whole {
        notes.cut();
    }
    let head = Value::Object(ended.head);
    if head.get("fields").is_some() {
        comments(&head, &mut notes, to)?;
    } else if !is_one && head.get("total").is_none() {
        return Err(FormatError::NotThis("issues, as Jira's search gives them with their comments"));
    }
    Ok(notes)
}

fn comments(issue: &Value, notes: &mut Notes, to: To<'_>) -> Result<(), FormatError> {
    let key = id(issue, "key").or_else(|| id(issue, "id")).unwrap_or_default();
    let comments = issue.get("fields").and_then(|fields| fields.get("comment")).unwrap_or(&Value::Null);
    let all = list(comments, "comments");
    if comments.get("total").and_then(Value::as_u64).is_some_and(|total| total > all.len() as u64) {
        notes.add("an issue has more comments than are in the file");
    }
    all.iter().try_for_each(|comment| {
        let read = incoming(&key, comment);
        to(read.map_or_else(|why| Item::Left(why, format!("a comment on {key}")), Item::Taken))
    })
}

fn incoming(key: &str, comment: &Value) -> Result<Incoming, Skipped> {
    let author = comment.get("author").filter(|author| author.is_object()).ok_or(Skipped::NoAuthor)?;
    if text(author, "accountType") == Some("app") {
        return Err(Skipped::Bot);
    }
    let said_at = text(comment, "created").and_then(|time| time::iso(time, None)).ok_or(Skipped::NoTime)?;
    let (words, has_picture) = match comment.get("body") {
        Some(Value::String(body)) => wiki_words(body),
        Some(body @ Value::Object(_)) => document::words(body),
        _ => (String::new(), false),
    };
    if words.trim().is_empty() {
        return Err(if has_picture { Skipped::Media } else { Skipped::Empty });
    }
    // What is displayed they choose themselves: an address in it may be another's.
    let displayed = || text(author, "displayName").filter(|name| !name.contains('@'));
    let name = text(author, "name").or_else(displayed).map(tidy);
    Ok(Incoming {
        channel: key.to_owned(),
        channel_name: tidy(key),
        private: false,
        author: Author {
            id: id(author, "accountId").or_else(|| id(author, "key")),
            name,
            email: text(author, "emailAddress").map(str::to_owned),
            ..Author::default()
        },
        said_at,
        external_ref: id(comment, "id"),
        reply_to: None,
        edited: text(comment, "updated").is_some_and(|updated| text(comment, "created") != Some(updated)),
        text: words.trim().to_owned(),
    })
}
