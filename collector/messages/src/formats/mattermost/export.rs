use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader, Read};

use serde_json::Value;

use super::super::bounded::Bounded;
use super::super::error::FormatError;
use super::super::json::{self, is_true, list, text};
use super::super::marks::{Flavour, Markdown};
use super::super::names::tidy;
use super::super::time;
use super::super::to::{Notes, To};
use crate::incoming::{Author, Incoming, Item, Skipped};

/// Reads a bulk export.
///
/// # Errors
/// When it is none or does not read, or `to` fails.
pub(crate) fn read(reader: impl Read, to: To<'_>) -> Result<Notes, FormatError> {
    let (reader, piece) = Bounded::new(reader)?;
    let mut reader = BufReader::with_capacity(1 << 10, reader);
    let (mut known, mut line, mut number) = (Known::default(), Vec::new(), 0_u64);
    loop {
        piece.next();
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(Notes::default());
        }
        number += 1;
        let text_of = String::from_utf8_lossy(&line);
        if text_of.trim().is_empty() {
            continue;
        }
        let Some(thing) = json::value(&text_of) else {
            match number {
                1 => return Err(NO_EXPORT),
                _ => to(Item::Left(Skipped::Broken, format!("line {number}")))?,
            }
            continue;
        };
        let kind = text(&thing, "type").unwrap_or_default();
        if number == 1 && kind != "version" {
            return Err(NO_EXPORT);
        }
        match (kind, thing.get(kind)) {
            ("user", Some(user)) => known.user(user),
            ("bot", Some(bot)) => known.bot(bot),
            ("channel", Some(channel)) => known.channel(channel),
            ("post" | "direct_post", Some(post)) => known.posts(post, &format!("line {number}"), to)?,
            _ => {}
        }
    }
}

const NO_EXPORT: FormatError =
    FormatError::NotThis("the line with the version with which Mattermost's bulk exports begin");

/// What the lines before have told.
#[derive(Default)]
struct Known {
    emails: HashMap<String, String>,
    bots: HashSet<String>,
    closed: HashSet<String>,
}

impl Known {
    fn user(&mut self, user: &Value) {
        if let (Some(name), Some(email)) = (text(user, "username"), text(user, "email")) {
            self.emails.insert(name.to_owned(), email.to_owned());
        }
    }

    fn bot(&mut self, bot: &Value) {
        self.bots.extend(text(bot, "username").map(str::to_owned));
    }

    fn channel(&mut self, channel: &Value) {
        if text(channel, "type") == Some("P") {
            self.closed.insert(place(channel, "name"));
        }
    }

    /// A post, and what answers it.
    fn posts(&self, post: &Value, at: &str, to: To<'_>) -> Result<(), FormatError> {
        let members: Vec<&str> = list(post, "channel_members").iter().filter_map(Value::as_str).collect();
        let channel = match text(post, "channel") {
            Some(name) => {
                let id = place(post, "channel");
                Channel { is_private: self.closed.contains(&id), name: tidy(name), id }
            }
            None => {
                let name = tidy(&members.join(","));
                Channel { id: format!("direct/{name}"), name, is_private: true }
            }
        };
        let root = self.post(post, &channel, None);
        let root_ref = reference(post, &channel);
        let left =
            |item: Result<Incoming, Skipped>| item.map_or_else(|why| Item::Left(why, at.to_owned()), Item::Taken);
        to(left(root))?;
        list(post, "replies").iter().try_for_each(|reply| to(left(self.post(reply, &channel, root_ref.clone()))))
    }

    fn post(&self, post: &Value, channel: &Channel, root: Option<String>) -> Result<Incoming, Skipped> {
        if text(post, "type").is_some_and(|kind| kind.starts_with("system_")) {
            return Err(Skipped::System);
        }
        let user = text(post, "user");
        let props = post.get("props").unwrap_or(&Value::Null);
        if is_true(props, "from_webhook")
            || is_true(props, "from_bot")
            || user.is_some_and(|user| self.bots.contains(user))
        {
            return Err(Skipped::Bot);
        }
        let user = user.ok_or(Skipped::NoAuthor)?;
        let number = |field: &str| post.get(field).and_then(Value::as_i64).unwrap_or(0);
        let said_at = Some(number("create_at")).filter(|at| *at > 0).and_then(time::within).ok_or(Skipped::NoTime)?;
        let markdown = Markdown { flavour: Flavour::Mattermost, channel: &|_| None, mentioned: &[] };
        let words = markdown.words(text(post, "message").unwrap_or_default());
        if words.trim().is_empty() {
            return Err(if list(post, "attachments").is_empty() { Skipped::Empty } else { Skipped::Media });
        }
        Ok(Incoming {
            channel: channel.id.clone(),
            channel_name: channel.name.clone(),
            private: channel.is_private,
            author: Author { id: None, name: Some(tidy(user)), email: self.emails.get(user).cloned() },
            said_at,
            external_ref: reference(post, channel),
            reply_to: root,
            edited: number("edit_at") > 0,
            text: words.trim().to_owned(),
        })
    }
}

struct Channel {
    id: String,
    name: String,
    is_private: bool,
}

/// A channel among those of all teams: each team has its own of a name.
fn place(thing: &Value, name: &str) -> String {
    format!("{}/{}", text(thing, "team").unwrap_or_default(), text(thing, name).unwrap_or_default())
}

/// What a post is known by: posts have no id.
fn reference(post: &Value, channel: &Channel) -> Option<String> {
    let at = post.get("create_at")?.as_i64()?;
    Some(format!("{}/{}/{at}", channel.name, text(post, "user")?))
}
