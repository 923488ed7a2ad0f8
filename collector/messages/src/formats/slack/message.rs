//! One message as Slack writes it, in exports and in events.

use serde_json::Value;

use super::super::json::{list, text};
use super::super::marks::{Channels, mrkdwn};
use super::super::time;
use super::blocks;
use crate::incoming::Skipped;

/// Slack itself, as a writer.
const SLACKBOT: &str = "USLACKBOT";

/// What Slack notes in a channel about itself.
const SYSTEM: &[&str] = &[
    "app_conversation_join",
    "assistant_app_thread",
    "bot_add",
    "bot_disable",
    "bot_enable",
    "bot_remove",
    "channel_archive",
    "channel_canvas_updated",
    "channel_convert_to_private",
    "channel_convert_to_public",
    "channel_join",
    "channel_leave",
    "channel_name",
    "channel_posting_permissions",
    "channel_purpose",
    "channel_topic",
    "channel_unarchive",
    "document_mention",
    "ekm_access_denied",
    "group_archive",
    "group_join",
    "group_leave",
    "group_name",
    "group_purpose",
    "group_topic",
    "group_unarchive",
    "huddle_thread",
    "joiner_notification",
    "pinned_item",
    "reminder_add",
    "sh_room_created",
    "tabbed_canvas_updated",
    "unpinned_item",
];

/// A message of a person.
pub(in crate::formats) struct Said {
    /// Who wrote it, by Slack's id.
    pub(in crate::formats) user: String,
    /// Its id within its channel.
    pub(in crate::formats) ts: String,
    pub(in crate::formats) said_at: i64,
    /// The root that it answers.
    pub(in crate::formats) root: Option<String>,
    pub(in crate::formats) edited: bool,
    pub(in crate::formats) words: String,
}

/// Reads a message, or says why it is none of a person.
///
/// # Errors
/// Why it is left out.
pub(in crate::formats) fn read(
    message: &Value,
    is_bot: &dyn Fn(&str) -> bool,
    channel: Channels<'_>,
) -> Result<Said, Skipped> {
    let subtype = text(message, "subtype").unwrap_or_default();
    let user = text(message, "user");
    if subtype == "tombstone" {
        return Err(Skipped::Deleted);
    }
    if SYSTEM.contains(&subtype) || text(message, "type").is_some_and(|kind| kind != "message" && kind != "app_mention")
    {
        return Err(Skipped::System);
    }
    let is_marked =
        ["bot_id", "bot_profile"].iter().any(|field| message.get(field).is_some_and(|value| !value.is_null()));
    let is_named = user.is_some_and(|user| user == SLACKBOT || is_bot(user));
    if is_marked || is_named || ["bot_message", "slackbot_response"].contains(&subtype) {
        return Err(Skipped::Bot);
    }
    let user = user.ok_or(Skipped::NoAuthor)?.to_owned();
    let ts = text(message, "ts").ok_or(Skipped::NoTime)?.to_owned();
    let said_at = time::seconds(&ts).ok_or(Skipped::NoTime)?;
    let words = words_of(message, channel);
    if words.is_empty() {
        return Err(if list(message, "files").is_empty() { Skipped::Empty } else { Skipped::Media });
    }
    let root = text(message, "thread_ts").filter(|root| *root != ts).map(str::to_owned);
    let edited = message.get("edited").is_some_and(Value::is_object);
    Ok(Said { user, ts, said_at, root, edited, words })
}

/// The words of a message: of its text, and of its blocks only where that has none. What hangs on it, others have written.
pub(in crate::formats) fn words_of(message: &Value, channel: Channels<'_>) -> String {
    let said = mrkdwn(text(message, "text").unwrap_or_default(), channel);
    if said.trim().is_empty() { blocks::words(list(message, "blocks"), channel) } else { said.trim().to_owned() }
}
