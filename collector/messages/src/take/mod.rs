//! Messages on their way in: checked, sealed and stored, many in one transaction. What is wrong with one fails that one alone.
//!
//! | step | where |
//! |---|---|
//! | whose each is, by the names that its author has | `who` |
//! | the same name in a channel twice: the first one counts | here |
//! | whether the channel is on, a person's lock, whether it still is theirs, what they agreed to, names of before, rows | `put` |
//! | a message that its platform deleted or changed | `changed` |

mod changed;
mod put;
mod who;

use std::collections::HashMap;
use std::ops::Range;

use attune_ground::time::now_millis;
use attune_protocol::ids::PersonId;

use crate::channels::{Channel, new_id};
use crate::error::MessagesError;
use crate::incoming::{ChannelKind, Incoming};
use crate::sealed::{Content, MessageId};
use crate::state::Messages;

pub(crate) use changed::{empty, replace, withdraw};
use who::Whose;

/// Bytes of a text.
pub(crate) const LONGEST_TEXT: usize = 64 << 10;
/// Bytes of a name that a message has in its channel.
pub(crate) const LONGEST_REF: usize = 512;
/// Messages of one transaction.
const AT_ONCE: usize = 512;
/// How far the clock of a sender may be ahead, milliseconds.
const AHEAD: i64 = 10 * 60_000;
const DAY: i64 = 24 * 3_600_000;

/// What became of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Taken {
    /// It is stored, and waits to be read.
    Stored(MessageId),
    /// It came before, as this one.
    Known(MessageId),
    /// It is not taken in.
    Failed(Failure),
}

/// Why a message is not taken in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Failure {
    /// It is no object, or has a field twice.
    Unreadable,
    /// It has a field that is not known.
    Field,
    /// A field has another type, or does not read: its name.
    Wrong(&'static str),
    /// A field is missing or empty: its name.
    Missing(&'static str),
    /// Its text is too long.
    TooLong,
    /// The name that it has in its channel is too long.
    LongRef,
    /// There is no such channel.
    NoChannel,
    /// Nothing is taken in from the channel.
    Inactive,
    /// Nobody here is called so.
    NoUser,
    /// They have not agreed.
    NotAgreed,
    /// They had not agreed yet when it was said.
    Before,
    /// It is older than messages are kept.
    TooOld,
    /// It is of a time that has not come yet.
    Ahead,
    /// It was deleted where it was written, before it came.
    Deleted,
    /// It could not be stored.
    NotStored,
}

impl Failure {
    /// In words, for who sent it.
    pub(crate) fn words(self) -> String {
        match self {
            Self::Unreadable => {
                "not an object that reads: expected {channel_id, username, message, external_ref}".into()
            }
            Self::Field => "it has a field that is not known; the fields are listed at /api/v1/openapi.json".into(),
            Self::Wrong("said_at") => {
                "said_at does not read: expected an RFC 3339 time with its zone, as 2026-03-31T09:00:00Z".into()
            }
            Self::Wrong(field) => {
                format!("{field} does not read: expected text, in Unicode without halves of characters")
            }
            Self::Missing(field) => format!("{field} is missing or empty"),
            Self::TooLong => format!("message has over {LONGEST_TEXT} bytes"),
            Self::LongRef => format!("external_ref has over {LONGEST_REF} bytes"),
            Self::NoChannel => "there is no channel of this channel_id".into(),
            Self::Inactive => "the channel is switched off".into(),
            Self::NoUser => "nobody of this username is known".into(),
            Self::NotAgreed => {
                "not agreed: this person has not agreed to have messages analysed; nothing of it was kept".into()
            }
            Self::Before => "said before it was agreed to: this person has agreed to what they say from then on".into(),
            Self::TooOld => "it is older than messages are kept".into(),
            Self::Ahead => "its time has not come yet".into(),
            Self::Deleted => "it was deleted where it was written".into(),
            Self::NotStored => "it could not be stored; send it again".into(),
        }
    }
}

/// A message and its channel.
#[derive(Clone, Debug)]
pub(crate) struct Coming {
    pub(crate) channel: [u8; 16],
    pub(crate) kind: ChannelKind,
    pub(crate) active: bool,
    /// When its words were put in the place of others where it was written, Unix milliseconds, where they were.
    changed_at: Option<i64>,
    /// Whether who runs the machine gives it out of a file; else a program hands it in.
    is_filed: bool,
    pub(crate) incoming: Incoming,
}

impl Coming {
    /// One that came in a channel.
    pub(crate) fn new(channel: &Channel, incoming: Incoming) -> Self {
        let Channel { id, kind, active, .. } = *channel;
        Self { channel: id, kind, active, changed_at: None, is_filed: false, incoming }
    }

    /// Out of a file of who runs the machine: it may be of before its writer agreed.
    pub(crate) fn filed(self) -> Self {
        Self { is_filed: true, ..self }
    }

    /// With the words that it has since it was changed where it was written, Unix milliseconds, where its platform says when.
    pub(crate) fn changed(self, changed_at: Option<i64>) -> Self {
        Self { changed_at, ..self }
    }

    /// As it is stored, if whose it is lets it.
    fn ready(self, state: &Messages, place: usize, whose: Whose, ref_tag: Option<[u8; 16]>) -> Ready {
        let Self { channel, changed_at, is_filed, incoming: Incoming { said_at, reply_to, text, .. }, .. } = self;
        let Whose { person, by } = whose;
        let content = Content { text, reply_to: reply_to.map(|name| self::ref_tag(state, &name)) };
        Ready { place, person, by, id: new_id(), channel, said_at, ref_tag, changed_at, is_filed, content }
    }

    /// By what it is told from all others of its channel, where it is.
    fn tag(&self, state: &Messages) -> Option<[u8; 16]> {
        self.incoming.external_ref.as_deref().filter(|name| !name.is_empty()).map(|name| ref_tag(state, name))
    }

    /// What is wrong with it by itself.
    fn problem(&self, times: &Range<i64>) -> Option<Failure> {
        let Incoming { text, external_ref, said_at, .. } = &self.incoming;
        let wrong = [
            (!self.active, Failure::Inactive),
            (text.trim().is_empty(), Failure::Missing("message")),
            (text.len() > LONGEST_TEXT, Failure::TooLong),
            (external_ref.as_ref().is_some_and(|name| name.len() > LONGEST_REF), Failure::LongRef),
            (*said_at < times.start, Failure::TooOld),
            (*said_at >= times.end, Failure::Ahead),
        ];
        wrong.into_iter().find(|(is_so, _)| *is_so).map(|(_, failure)| failure)
    }
}

/// The tag of a name that a message has in its channel.
pub(crate) fn ref_tag(state: &Messages, name: &str) -> [u8; 16] {
    state.people().own().tag("message reference", name.as_bytes())
}

/// A message that can be stored, if its person lets it.
#[derive(Clone)]
struct Ready {
    /// Its place among those that came.
    place: usize,
    person: PersonId,
    /// The tag of the name of theirs by which it was known whose it is, where it was known by one.
    by: Option<[u8; 16]>,
    id: MessageId,
    channel: [u8; 16],
    said_at: i64,
    ref_tag: Option<[u8; 16]>,
    changed_at: Option<i64>,
    is_filed: bool,
    content: Content,
}

/// Takes messages of one channel in, for tests.
#[cfg(test)]
pub(crate) async fn take(
    state: &Messages,
    channel: &Channel,
    items: Vec<Incoming>,
) -> Result<Vec<Taken>, MessagesError> {
    take_each(state, items.into_iter().map(|incoming| Ok(Coming::new(channel, incoming))).collect()).await
}

/// Stores a message that was found to be somebody's by a name, for tests.
#[cfg(test)]
pub(crate) async fn put_found(
    state: &Messages,
    channel: &Channel,
    incoming: Incoming,
    (person, by): (PersonId, [u8; 16]),
) -> Result<Taken, MessagesError> {
    let ready = Coming::new(channel, incoming).ready(state, 0, Whose { person, by: Some(by) }, None);
    Ok(put::put(state, &[ready]).await?[0])
}

/// Takes messages in, and gives what became of each, in their order; some may have failed before.
///
/// # Errors
/// When the database refuses; then none is stored.
pub(crate) async fn take_each(
    state: &Messages,
    items: Vec<Result<Coming, Failure>>,
) -> Result<Vec<Taken>, MessagesError> {
    let now = now_millis();
    let times = now - i64::from(state.settings().days) * DAY..now + AHEAD;
    let checked: Vec<Result<Coming, Failure>> =
        items.into_iter().map(|item| item.and_then(|item| item.problem(&times).map_or(Ok(item), Err))).collect();
    let writers = who::find(state, &checked).await?;
    let mut taken = vec![Taken::Failed(Failure::NotStored); checked.len()];
    let (mut ready, mut firsts, mut again) = (Vec::new(), HashMap::new(), Vec::new());
    for (place, (item, whose)) in checked.into_iter().zip(writers).enumerate() {
        let (item, whose) = match (item, whose) {
            (Err(failure), _) => {
                taken[place] = Taken::Failed(failure);
                continue;
            }
            (Ok(_), None) => {
                taken[place] = Taken::Failed(Failure::NoUser);
                continue;
            }
            (Ok(item), Some(whose)) => (item, whose),
        };
        let ref_tag = item.tag(state);
        if let Some(first) = ref_tag.and_then(|tag| firsts.get(&(item.channel, tag))) {
            again.push((place, *first));
            continue;
        }
        firsts.extend(ref_tag.map(|tag| ((item.channel, tag), place)));
        ready.push(item.ready(state, place, whose, ref_tag));
    }
    // In one order everywhere: two that come at once wait for each other, and for nothing in a circle.
    ready.sort_by_key(|one| (one.person, one.place));
    let mut stored = false;
    for some in ready.chunks(AT_ONCE) {
        match state.store().again(|| put::put(state, some)).await {
            Ok(became) => {
                some.iter().zip(became).for_each(|(one, became)| taken[one.place] = became);
                stored = true;
            }
            // Those before are durable, and said to be: the others are to be sent again.
            Err(error) if stored => {
                tracing::warn!(%error, "Not all messages of a request could be stored; the others are said to have failed.");
                break;
            }
            Err(error) => return Err(error),
        }
    }
    for (place, first) in again {
        taken[place] = match taken[first] {
            Taken::Stored(id) | Taken::Known(id) => Taken::Known(id),
            failed @ Taken::Failed(_) => failed,
        };
    }
    state.came().notify_one();
    Ok(taken)
}
