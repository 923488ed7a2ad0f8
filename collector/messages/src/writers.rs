//! How people are called where they write: said by who runs the collector, found by tags, and shown to whose names they are, who may have
//! each forgotten.

use attune_ground::GroundError;
use attune_ground::keys::PersonKeys;
use attune_ground::store::{Store, bytes16};
use attune_ground::time::now_millis;
use attune_people::access::{self, Act, By, Of};
use attune_people::accounts;
use attune_protocol::ids::PersonId;

use crate::error::MessagesError;
use crate::incoming::ChannelKind;
use crate::sealed::WriterName;
use crate::state::Messages;

/// Characters of a name on a platform.
pub(crate) const LONGEST: usize = 256;

/// A name on a platform.
pub(crate) type Called = (ChannelKind, String);

/// By what a name on a platform is found: capital letters and blanks at its ends are no matter.
pub(crate) fn tag(state: &Messages, (kind, name): &Called) -> [u8; 16] {
    state.people().own().tag("writer", &[&[kind.number()], name.as_bytes()].concat())
}

pub(crate) fn called(kind: ChannelKind, name: &str) -> Called {
    (kind, composed(name).to_lowercase())
}

/// With letters composed or not it is one, as user ids are.
fn composed(name: &str) -> String {
    accounts::user_id(name).unwrap_or_else(|_| name.trim().to_owned())
}

/// A name of somebody.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Writer {
    pub(crate) person: PersonId,
    pub(crate) tag: [u8; 16],
    /// Where, how and since when, Unix milliseconds; none where it was linked before that was kept.
    pub(crate) named: Option<(ChannelKind, String, i64)>,
}

/// What becomes of a name that is somebody else's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Others {
    /// It is taken from them, which is noted at them, too.
    Taken,
    /// It stays theirs.
    Left,
}

/// What became of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Linked {
    /// It is so from now on.
    Done,
    /// There is no such person.
    Nobody,
    /// The name is somebody else's.
    Others,
}

/// Notes that somebody is called so on a platform, from now on.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn link(
    state: &Messages,
    (kind, name): (ChannelKind, &str),
    person: PersonId,
    by: Option<&By>,
    others: Others,
) -> Result<Linked, MessagesError> {
    let tag = tag(state, &called(kind, name));
    let mut transaction = state.store().begin().await?;
    if !accounts::lock(&mut transaction, person).await? {
        return Ok(Linked::Nobody);
    }
    // Of who is being erased nothing new is noted: their rows may be gone already, and their account goes last.
    let key = match state.people().keys().of(person).await {
        Err(GroundError::Erased) => return Ok(Linked::Nobody),
        key => key?,
    };
    let named = WriterName { kind: kind.number(), name: composed(name), at: now_millis() }.seal(&key, person, &tag)?;
    let before = loop {
        let row: Option<(Vec<u8>,)> = sqlx::query_as("SELECT person FROM writers WHERE tag = $1")
            .bind(tag.to_vec())
            .fetch_optional(&mut **transaction)
            .await?;
        let held = row.map(|(held,)| bytes16(&held).map(PersonId)).transpose()?;
        let before = held.filter(|held| *held != person);
        if before.is_some() && others == Others::Left {
            return Ok(Linked::Others);
        }
        // No lock here keeps it from whoever has it, or is given it now: it is taken as it was read, or read anew.
        let written = sqlx::query(
            "INSERT INTO writers (tag, person, sealed) VALUES ($1, $2, $3) ON CONFLICT (tag) DO UPDATE \
             SET person = excluded.person, sealed = excluded.sealed WHERE writers.person = $4",
        )
        .bind(tag.to_vec())
        .bind(person.0.to_vec())
        .bind(named.clone())
        .bind(before.unwrap_or(person).0.to_vec())
        .execute(&mut **transaction)
        .await?;
        if written.rows_affected() == 1 {
            break before;
        }
    };
    if let Some(by) = by {
        if let Some(before) = before {
            access::note(&mut transaction, by, Act::UnlinkWriter.name(), Of::Person(before), &[]).await?;
        }
        access::note(&mut transaction, by, Act::LinkWriter.name(), Of::Person(person), &[]).await?;
    }
    transaction.commit().await?;
    Ok(Linked::Done)
}

/// Forgets a name of somebody: what comes under it is taken for nobody's from now on. Gives whether it was theirs.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn unlink(
    state: &Messages,
    person: PersonId,
    tag: [u8; 16],
    by: Option<&By>,
) -> Result<bool, MessagesError> {
    let mut transaction = state.store().begin().await?;
    accounts::lock(&mut transaction, person).await?;
    let removed = sqlx::query("DELETE FROM writers WHERE tag = $1 AND person = $2")
        .bind(tag.to_vec())
        .bind(person.0.to_vec())
        .execute(&mut **transaction)
        .await?;
    if removed.rows_affected() == 0 {
        return Ok(false);
    }
    if let Some(by) = by {
        access::note(&mut transaction, by, Act::UnlinkWriter.name(), Of::Person(person), &[]).await?;
    }
    transaction.commit().await?;
    Ok(true)
}

/// The names of somebody, by platform and name. Of who is erased there are none.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn of(store: &Store, keys: &PersonKeys, person: PersonId) -> Result<Vec<Writer>, GroundError> {
    let key = match keys.of(person).await {
        Err(GroundError::Erased) => return Ok(Vec::new()),
        key => key?,
    };
    let rows: Vec<(Vec<u8>, Option<Vec<u8>>)> = sqlx::query_as("SELECT tag, sealed FROM writers WHERE person = $1")
        .bind(person.0.to_vec())
        .fetch_all(store.pool())
        .await?;
    let mut all = Vec::with_capacity(rows.len());
    for (tag, sealed) in rows {
        let tag = bytes16(&tag)?;
        let opened = sealed.and_then(|sealed| WriterName::open(&key, person, &tag, &sealed));
        let named = opened.and_then(|one| Some((ChannelKind::of_number(i64::from(one.kind))?, one.name, one.at)));
        all.push(Writer { person, tag, named });
    }
    all.sort_by(|one, other| (&one.named, one.tag).cmp(&(&other.named, other.tag)));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_however_its_letters_are_written() {
        let composed = called(ChannelKind::Slack, "Am\u{e9}lie");
        assert_eq!(called(ChannelKind::Slack, " ame\u{301}lie\n"), composed);
        assert_ne!(called(ChannelKind::Teams, "Am\u{e9}lie"), composed, "on another platform it is another");
        assert_eq!(called(ChannelKind::Slack, "A\u{200b}"), (ChannelKind::Slack, "a\u{200b}".into()), "as it stands");
    }
}
