//! Where messages are written: what is known of a channel is its kind, its name and how its own program calls it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use attune_ground::GroundError;
use attune_ground::http::Problem;
use attune_ground::store::{Lookup, Store, Write, bytes16};
use attune_ground::time::now_millis;
use attune_people::accounts::is_unseen;
use attune_protocol::ids::PersonId;

use crate::error::MessagesError;
use crate::incoming::ChannelKind;
use crate::state::Messages;

/// Characters of a name, and of what its program calls it.
pub(crate) const LONGEST: usize = 200;

impl ChannelKind {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 7] =
        [Self::Jira, Self::Chat, Self::Meeting, Self::Discord, Self::Slack, Self::Teams, Self::Email];

    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jira => "jira",
            Self::Chat => "chat",
            Self::Meeting => "meeting",
            Self::Discord => "discord",
            Self::Slack => "slack",
            Self::Teams => "teams",
            Self::Email => "email",
        }
    }

    /// Its number in the database and among the measures, only appended.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The one of a number.
    #[must_use]
    pub fn of_number(number: i64) -> Option<Self> {
        usize::try_from(number).ok().and_then(|place| Self::ALL.get(place)).copied()
    }

    /// The one of a name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A channel.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Channel {
    /// Its id here.
    pub(crate) id: [u8; 16],
    /// What it is.
    pub(crate) kind: ChannelKind,
    /// What it is called.
    pub(crate) name: String,
    /// How the program that has it calls it.
    pub(crate) external_id: String,
    /// Whether messages are taken in from it.
    pub(crate) active: bool,
    /// Since when it is known, Unix milliseconds.
    pub(crate) made_at: i64,
}

/// An id as clients of such systems have it: with hyphens.
pub(crate) fn written(id: &[u8; 16]) -> String {
    let hex = PersonId(*id).to_string();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// An id as [`written`] writes it, or without its hyphens.
pub(crate) fn read(text: &str) -> Option<[u8; 16]> {
    let digits: String = text.chars().filter(|letter| *letter != '-').collect();
    digits.parse::<PersonId>().ok().map(|PersonId(id)| id)
}

/// A new id: a random UUID (RFC 9562, version 4).
pub(crate) fn new_id() -> [u8; 16] {
    let PersonId(mut id) = PersonId::random();
    id[6] = (id[6] & 0x0f) | 0x40;
    id[8] = (id[8] & 0x3f) | 0x80;
    id
}

type Row = (Vec<u8>, i64, String, String, i64, i64);

fn channel((id, kind, name, external_id, active, made_at): Row) -> Result<Channel, GroundError> {
    let kind = ChannelKind::of_number(kind).ok_or(GroundError::Corrupt("a channel is of a kind that is known here"))?;
    Ok(Channel { id: bytes16(&id)?, kind, name, external_id, active: active != 0, made_at })
}

/// All channels, by kind and name.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn all(store: &Store) -> Result<Vec<Channel>, GroundError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, kind, name, external_id, active, made_at FROM channels ORDER BY kind, name, external_id",
    )
    .fetch_all(store.pool())
    .await?;
    rows.into_iter().map(channel).collect()
}

/// The one of an id.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn find(store: &Store, id: [u8; 16]) -> Result<Option<Channel>, GroundError> {
    let row: Option<Row> =
        sqlx::query_as("SELECT id, kind, name, external_id, active, made_at FROM channels WHERE id = $1")
            .bind(id.to_vec())
            .fetch_optional(store.pool())
            .await?;
    row.map(channel).transpose()
}

async fn find_external(store: &Store, kind: ChannelKind, external_id: &str) -> Result<Option<Channel>, GroundError> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT id, kind, name, external_id, active, made_at FROM channels WHERE kind = $1 AND external_id = $2",
    )
    .bind(i64::from(kind.number()))
    .bind(external_id.to_owned())
    .fetch_optional(store.pool())
    .await?;
    row.map(channel).transpose()
}

/// Makes a channel.
///
/// # Errors
/// 400 for a name or an id that is none, 409 where that kind has one of this id.
pub(crate) async fn make(
    state: &Messages,
    kind: ChannelKind,
    external_id: &str,
    name: &str,
) -> Result<Channel, Problem> {
    let (name, external_id) = (checked("name", name)?, checked("external_id", external_id)?);
    let made = put(state.store(), kind, external_id, name).await.map_err(MessagesError::from)?;
    made.ok_or_else(|| {
        Problem::conflict("external_id", format!("there is a channel of this kind with this id: {}", kind.name()))
    })
}

/// The channel of a kind that its program calls so, made where there is none yet.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn find_or_make(
    state: &Messages,
    kind: ChannelKind,
    external_id: &str,
    name: &str,
) -> Result<Channel, MessagesError> {
    let (external_id, name) = (cut(external_id), cut(name));
    if let Some(found) = find_external(state.store(), kind, &external_id).await? {
        return Ok(found);
    }
    if let Some(made) = put(state.store(), kind, &external_id, &name).await? {
        return Ok(made);
    }
    // Another collector was faster.
    let found = find_external(state.store(), kind, &external_id).await?;
    Ok(found.ok_or(GroundError::Corrupt("a channel that is there can be found"))?)
}

/// Puts a channel, where there is none of this id; gives it where it did.
async fn put(store: &Store, kind: ChannelKind, external_id: &str, name: &str) -> Result<Option<Channel>, GroundError> {
    let (name, external_id) = (name.to_owned(), external_id.to_owned());
    let channel = Channel { id: new_id(), kind, name, external_id, active: true, made_at: now_millis() };
    let mut transaction = store.begin().await?;
    let made = sqlx::query(
        "INSERT INTO channels (id, kind, name, external_id, active, made_at) VALUES ($1, $2, $3, $4, 1, $5) \
         ON CONFLICT (kind, external_id) DO NOTHING",
    )
    .bind(channel.id.to_vec())
    .bind(i64::from(kind.number()))
    .bind(channel.name.clone())
    .bind(channel.external_id.clone())
    .bind(channel.made_at)
    .execute(&mut **transaction)
    .await?;
    transaction.commit().await?;
    Ok((made.rows_affected() == 1).then_some(channel))
}

/// Takes messages in from a channel, or not any more; gives whether there is one.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn set_active(store: &Store, id: [u8; 16], active: bool) -> Result<bool, GroundError> {
    let mut transaction = store.begin().await?;
    let changed = sqlx::query("UPDATE channels SET active = $2 WHERE id = $1")
        .bind(id.to_vec())
        .bind(i64::from(active))
        .execute(&mut **transaction)
        .await?;
    transaction.commit().await?;
    Ok(changed.rows_affected() == 1)
}

static ACTIVE: LazyLock<Lookup> = LazyLock::new(|| {
    Lookup::new(
        "(place, id)",
        "SELECT held.id FROM asked CROSS JOIN channels held WHERE held.id = asked.id AND held.active = 1",
    )
});

/// The same where several write at a time: what was found stays so for as long as the transaction goes on.
static ACTIVE_HELD: LazyLock<Lookup> = LazyLock::new(|| {
    Lookup::new(
        "(place, id)",
        "SELECT held.id FROM asked CROSS JOIN channels held WHERE held.id = asked.id AND held.active = 1 FOR SHARE OF held",
    )
});

/// Those of some channels from which messages are taken in. Nobody switches one of them off, and nobody holds it alone ([`hold`]), before
/// the transaction ends. Whoever locks people, too, does that behind it: in one order everywhere.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn taken_from(
    store: &Store,
    transaction: &mut Write,
    some: BTreeSet<[u8; 16]>,
) -> Result<BTreeSet<[u8; 16]>, GroundError> {
    let some: Vec<[u8; 16]> = some.into_iter().collect();
    let lookup = if store.lets_one_write() { &ACTIVE } else { &ACTIVE_HELD };
    let rows: Vec<(Vec<u8>,)> =
        lookup.of(transaction, &some, |query, one| query.bind(one.map(|id| id.to_vec()))).await?;
    rows.iter().map(|(id,)| bytes16(id)).collect()
}

/// Holds a channel alone until the transaction ends: whoever takes messages in from it was before, or comes behind. Before people are locked,
/// as [`taken_from`].
///
/// # Errors
/// When the database refuses.
pub(crate) async fn hold(transaction: &mut Write, id: [u8; 16]) -> Result<(), GroundError> {
    sqlx::query("UPDATE channels SET active = active WHERE id = $1")
        .bind(id.to_vec())
        .execute(&mut ***transaction)
        .await?;
    Ok(())
}

fn checked<'a>(field: &str, text: &'a str) -> Result<&'a str, Problem> {
    let text = text.trim();
    match text.is_empty() || text.chars().count() > LONGEST || text.contains(is_unseen) {
        false => Ok(text),
        true => Err(Problem::bad_request(field, format!("{field} has 1 to {LONGEST} characters that print"))),
    }
}

/// What another program calls something, in the letters that are kept here.
fn cut(text: &str) -> String {
    text.chars().filter(|letter| !is_unseen(*letter)).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_uuid_and_reads_as_it_is_written() {
        let id = new_id();
        let text = written(&id);
        assert_eq!((text.len(), &text[14..15]), (36, "4"), "{text}");
        assert!(matches!(&text[19..20], "8" | "9" | "a" | "b"), "{text}");
        assert_eq!((read(&text), read(&text.replace('-', ""))), (Some(id), Some(id)));
        assert_eq!((read(""), read("channel 1"), read("{}")), (None, None, None));
    }

    #[test]
    fn the_name_of_a_channel_has_nothing_that_nobody_sees() {
        assert_eq!(checked("name", " night shift ").ok(), Some("night shift"));
        for wrong in ["", "a\nb", "a\u{202e}b", "a\u{200b}b"] {
            assert!(checked("name", wrong).is_err_and(|problem| problem.status == 400), "{wrong:?}");
        }
        assert_eq!(cut("a\u{202e}b\n"), "ab", "of another program's it is left out");
    }

    #[test]
    fn a_kind_is_known_by_its_name_and_by_its_number() {
        for (place, kind) in ChannelKind::ALL.into_iter().enumerate() {
            assert_eq!((ChannelKind::of_name(kind.name()), usize::from(kind.number())), (Some(kind), place));
            assert_eq!(ChannelKind::of_number(i64::from(kind.number())), Some(kind));
        }
        assert_eq!((ChannelKind::of_name("pigeon"), ChannelKind::of_number(-1)), (None, None));
    }
}
