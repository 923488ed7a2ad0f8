//! What a request says, once it is known from whom it is. Nothing here knows of the database.

use axum::http::HeaderMap;

use super::generic;
use crate::formats::mattermost::posted;
use crate::formats::slack_events::{self, Event};
use crate::incoming::{Incoming, Skipped};
use crate::senders::{Receiver, Refused, Sender};

/// What is to be done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Heard {
    /// To answer with these words.
    Answer(String),
    /// To take a message in.
    Take(Incoming),
    /// To put the words of a message in the place of those that it had; since when it has them, Unix milliseconds.
    Change(Incoming, Option<i64>),
    /// To forget a message.
    Forget {
        /// Its channel.
        channel: String,
        /// What it is known by.
        external_ref: String,
    },
    /// To forget a message that was left without words, until it has some again.
    Empty {
        /// Its channel.
        channel: String,
        /// What it is known by.
        external_ref: String,
        /// Since when it has none, Unix milliseconds.
        at: Option<i64>,
    },
    /// To take each in, or to say what is wrong with it.
    Each(Vec<Result<Incoming, &'static str>>),
    /// Nothing of a person.
    Left(Skipped),
    /// Nothing.
    Nothing,
}

/// Why nothing is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Deaf {
    /// It is not known from whom it is.
    Refused(Refused),
    /// It does not read: what would.
    Unreadable(&'static str),
}

impl From<Refused> for Deaf {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// Reads a request that came at `now`, Unix seconds.
///
/// # Errors
/// When it is not from whom the receiver is for, or does not read.
pub(super) fn heard(receiver: &Receiver, headers: &HeaderMap, body: &[u8], now: i64) -> Result<Heard, Deaf> {
    const JSON: &str = "the body must be JSON in UTF-8";
    match receiver.sender {
        Sender::Slack => {
            receiver.secret.check_slack(headers, body, now)?;
            let event = slack_events::read(body).map_err(|_| Deaf::Unreadable(JSON))?;
            Ok(match event {
                Event::Challenge(words) => Heard::Answer(words),
                Event::Message(message) => Heard::Take(message),
                Event::Changed(message, at) => Heard::Change(message, at),
                Event::Deleted { channel, external_ref } => Heard::Forget { channel, external_ref },
                Event::Emptied { channel, external_ref, at } => Heard::Empty { channel, external_ref, at },
                Event::Left(why) => Heard::Left(why),
                Event::Nothing => Heard::Nothing,
            })
        }
        Sender::Mattermost => {
            // The secret stands in the body, of which no more is read before. Who sends what does not read has none.
            let posted = posted(body).map_err(|_| Deaf::Refused(Refused::Wrong))?;
            receiver.secret.check_mattermost(&posted.token, posted.said_at(), now)?;
            Ok(posted.message().map_or_else(Heard::Left, Heard::Take))
        }
        Sender::Generic => {
            receiver.secret.check_generic(headers, body, now)?;
            generic::read(body).map(Heard::Each).map_err(Deaf::Unreadable)
        }
    }
}
