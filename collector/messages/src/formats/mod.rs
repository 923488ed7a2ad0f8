//! What other programs write of messages, read: bytes in, [`Item`](crate::incoming::Item)s out. Nothing here knows of databases or of
//! the network, and however long a file is, only one message of it is held.
//!
//! | module | reads |
//! |---|---|
//! | `slack` | an export of a workspace |
//! | `slack_events` | requests of the Events API |
//! | `mattermost` | a bulk export; requests of outgoing webhooks |
//! | `discord` | the package of an account; exports of DiscordChatExporter, JSON and CSV |
//! | `teams` | messages as Microsoft Graph gives them |
//! | `jira` | comments, as documents and as wiki markup |
//! | `mail` | mails and mailboxes |
//! | `marks` | marks within texts, which all of them share |
//!
//! Whatever is odd in one message leaves that one out, with its reason, and no other.

mod archive;
mod bounded;
pub(crate) mod discord;
mod error;
pub(crate) mod jira;
mod json;
pub(crate) mod mail;
mod marks;
pub(crate) mod mattermost;
mod names;
pub(crate) mod slack;
pub(crate) mod slack_events;
pub(crate) mod teams;
#[cfg(test)]
pub(crate) mod tests;
mod time;
mod to;

pub(crate) use error::FormatError;
pub(crate) use time::rfc3339 as time_of;
pub(crate) use to::{Notes, To};
