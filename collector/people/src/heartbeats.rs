//! What devices said last of how they stand: that they are on, that sensing is paused, that they go off. When one was heard last moves on
//! with each batch of what it has sensed, too: that tells as well that it is there. What it said stays as it said it.
//!
//! It tells a person which device of theirs is off and which has no connection. That a device is on says something of its person. So
//! of each device the last word is kept and none before it, sealed under the person's key but for when it came and what tells that it
//! is not an earlier one; nobody but the person is shown it; none is kept of whose device may sense nothing for the collector, by the
//! newest that is known of their consent, or who wants nothing kept; and it goes after a month without another, sooner where the person
//! keeps their history for less.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use attune_ground::damage::Damages;
use attune_ground::keys::{Opened, PersonKeys};
use attune_ground::store::{Bound, Lookup, Store, bytes16};
use attune_ground::{GroundError, History};
use attune_protocol::consent::{Purpose, Verdict};
use attune_protocol::heartbeat::{Heartbeat, SILENT_AFTER_MILLIS};
use attune_protocol::ids::{DeviceId, PersonId};
use attune_protocol::registry::Modality;
use attune_protocol::seal::SealKey;
use sqlx::{Any, AnyConnection, Transaction};

use crate::consent::{Entries, Outbox};
use crate::{PeopleError, accounts, preferences};

/// How long the last word of a device is kept, milliseconds.
const KEPT_MILLIS: i64 = 30 * 24 * 60 * 60 * 1000;

/// When a device was heard is moved on where that is longer ago, milliseconds: however many batches come, they cost no more.
const MOVED_AFTER_MILLIS: i64 = 60_000;

/// How long is waited on Postgres for whoever has locked something: all that comes in waits behind this.
const PATIENCE: &str = "SET LOCAL lock_timeout = 500";

/// How it goes with a person's history.
pub(crate) const HISTORY: History = History {
    delete_before: |store, person, before| Box::pin(forget(store, Some(person), before)),
    is_of_sums: false,
    finish: |_, _| Box::pin(async { Ok(0) }),
};

/// How far the start of a device's run, which is a second of its clock, may lie ahead of when it is heard, milliseconds.
const AHEAD_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// How a device stands, as far as it has said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// It is on and connected.
    On,
    /// Its person has paused sensing. Until that is over it says nothing.
    Paused,
    /// It said that it goes off.
    Off,
    /// It was on when it was heard last: it went off without a word, or has no connection.
    Silent,
}

impl State {
    /// Lower-case English name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Paused => "paused",
            Self::Off => "off",
            Self::Silent => "silent",
        }
    }
}

/// What a device said last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Last {
    pub(crate) said: Heartbeat,
    /// When it came, or a batch of what was sensed behind it, Unix milliseconds.
    pub(crate) heard_at: i64,
}

/// A device has sent something that was sensed, and it is stored: its person agrees to that, and the device is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SignOfLife {
    /// Whose it is.
    pub person: PersonId,
    /// Which.
    pub device: DeviceId,
    /// Of which enrolment.
    pub enrolment: u32,
    /// When it came, Unix milliseconds.
    pub heard_at: i64,
}

impl Last {
    /// How the device stands at a time, Unix milliseconds.
    pub(crate) fn state(&self, now: i64) -> State {
        match now.saturating_sub(self.heard_at) {
            _ if self.said.ends => State::Off,
            _ if self.said.is_paused() => State::Paused,
            since if since > SILENT_AFTER_MILLIS => State::Silent,
            _ => State::On,
        }
    }
}

/// Keeps what devices say of themselves, each with when it came, Unix milliseconds, where it is later than what was kept of them
/// before and may be kept. All in one transaction, as everybody's come all the time; those of people whom somebody else has locked come
/// behind all others, and nobody waits long for them.
///
/// # Errors
/// When the database refuses, or people stay locked: their devices say it again.
pub async fn keep(store: &Store, keys: &PersonKeys, heard: Vec<(Heartbeat, i64)>) -> Result<(), PeopleError> {
    if heard.is_empty() {
        return Ok(());
    }
    let locked = store.again(|| keep_all(store, keys, &heard, Locked::PassOver)).await?;
    if !locked.is_empty() {
        store.again(|| keep_all(store, keys, &locked, Locked::Wait)).await?;
    }
    Ok(())
}

/// What is done where somebody else has locked a person.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Locked {
    PassOver,
    Wait,
}

/// Keeps what may be kept, and gives what is of people who were passed over.
async fn keep_all(
    store: &Store,
    keys: &PersonKeys,
    heard: &[(Heartbeat, i64)],
    locked: Locked,
) -> Result<Vec<(Heartbeat, i64)>, PeopleError> {
    let mut transaction = store.begin().await?;
    // Where one writes at a time nobody is locked by another.
    let passes_over = locked == Locked::PassOver && !store.lets_one_write();
    if !store.lets_one_write() {
        sqlx::query(PATIENCE).execute(&mut **transaction).await?;
    }
    let mut all = Vec::with_capacity(heard.len());
    for (said, heard_at) in heard {
        if is_ahead(said, *heard_at) {
            continue;
        }
        // Of an enrolment before none counts any more.
        let row: Option<(Vec<u8>,)> = sqlx::query_as(
            "SELECT person FROM device_enrolments WHERE device = $1 AND number = $2 AND number = \
             (SELECT MAX(number) FROM device_enrolments newest WHERE newest.device = $1)",
        )
        .bind(said.device.0.to_vec())
        .bind(i64::from(said.enrolment))
        .fetch_optional(&mut **transaction)
        .await?;
        if let Some(person) = row.and_then(|(person,)| bytes16(&person).ok()) {
            all.push((PersonId(person), said, *heard_at));
        }
    }
    // People are locked in one order everywhere, so that no two wait for each other.
    all.sort_by_key(|(person, said, _)| (*person, said.device, said.place()));
    let mut passed_over = Vec::new();
    for (person, said, heard_at) in all {
        if passes_over && is_locked(&mut transaction, person).await? {
            passed_over.push((said.clone(), heard_at));
            continue;
        }
        let done = keep_one(store, &mut transaction, keys, person, said, heard_at).await;
        if let Err(error) = done
            && !concerns_one_person(&error)
        {
            return Err(error);
        }
    }
    transaction.commit().await?;
    Ok(passed_over)
}

/// Whether what failed is that something of a person does not open or read, or that their key is gone: the others are kept. What the
/// database refuses ends the transaction for all of them.
fn concerns_one_person(error: &PeopleError) -> bool {
    use sqlx::Error::{ColumnDecode, Decode};
    match error {
        PeopleError::Protocol(_) => true,
        PeopleError::Ground(error) => matches!(
            error,
            GroundError::Erased
                | GroundError::Damaged(_)
                | GroundError::Protocol(_)
                | GroundError::Corrupt(_)
                | GroundError::Database(ColumnDecode { .. } | Decode(_))
        ),
        PeopleError::NotAnyMore | PeopleError::Alike => false,
    }
}

/// Locks a person where nobody else has, and gives whether somebody has, or they are not there any more.
async fn is_locked(transaction: &mut Transaction<'static, Any>, person: PersonId) -> Result<bool, PeopleError> {
    let free: Option<(i64,)> =
        sqlx::query_as("SELECT CAST(1 AS BIGINT) FROM accounts WHERE person = $1 FOR NO KEY UPDATE SKIP LOCKED")
            .bind(person.0.to_vec())
            .fetch_optional(&mut **transaction)
            .await?;
    Ok(free.is_none())
}

/// Whether the run of a device begins so late that none of an honest start would ever come after it.
fn is_ahead(said: &Heartbeat, heard_at: i64) -> bool {
    i64::from(said.run).saturating_mul(1000) > heard_at.saturating_add(AHEAD_MILLIS)
}

async fn keep_one(
    store: &Store,
    transaction: &mut Transaction<'static, Any>,
    keys: &PersonKeys,
    person: PersonId,
    said: &Heartbeat,
    heard_at: i64,
) -> Result<(), PeopleError> {
    if !accounts::lock(transaction, person).await? {
        return Ok(());
    }
    let key = keys.of(person).await?;
    if !may_be_kept(store.damages(), transaction, (person, &key), said).await? {
        // By what is known now nothing is to be known of the device. What was said before the word that is kept changes nothing of it.
        sqlx::query(
            "DELETE FROM device_heartbeats WHERE person = $1 AND device = $2 AND (enrolment < $3 OR (enrolment = $3 \
             AND (run < $4 OR (run = $4 AND number <= $5))))",
        )
        .bind(person.0.to_vec())
        .bind(said.device.0.to_vec())
        .bind(i64::from(said.enrolment))
        .bind(i64::from(said.run))
        .bind(i64::from(said.number))
        .execute(&mut **transaction)
        .await?;
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO device_heartbeats (person, device, enrolment, run, number, heard_at, sealed) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (person, device) DO UPDATE SET enrolment = excluded.enrolment, \
         run = excluded.run, number = excluded.number, heard_at = excluded.heard_at, sealed = excluded.sealed \
         WHERE excluded.enrolment > device_heartbeats.enrolment OR (excluded.enrolment = device_heartbeats.enrolment \
         AND (excluded.run > device_heartbeats.run OR (excluded.run = device_heartbeats.run \
         AND excluded.number > device_heartbeats.number)))",
    )
    .bind(person.0.to_vec())
    .bind(said.device.0.to_vec())
    .bind(i64::from(said.enrolment))
    .bind(i64::from(said.run))
    .bind(i64::from(said.number))
    .bind(heard_at)
    .bind(key.seal(&context(person, said.device), &said.to_bytes()))
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// What devices said of which one has been heard since, for longer than it is left so.
const IS_MOVED: &str = "held.person = asked.person AND held.device = asked.device AND held.enrolment = asked.enrolment \
                        AND held.heard_at < asked.heard_at";
const ASKED: &str = "(place, person, device, enrolment, heard_at)";

/// Gives the place of each that moves.
static MOVES: LazyLock<Lookup> = LazyLock::new(|| Lookup::new(ASKED, moves("").leak()));
/// As [`MOVES`], locked in the order in which they are locked everywhere.
static HELD: LazyLock<Lookup> =
    LazyLock::new(|| Lookup::new(ASKED, moves(" ORDER BY held.person, held.device FOR NO KEY UPDATE OF held").leak()));
static MOVED: LazyLock<Lookup> = LazyLock::new(|| {
    let move_on = "UPDATE device_heartbeats AS held SET heard_at = asked.heard_at FROM asked WHERE";
    Lookup::new(ASKED, format!("{move_on} {IS_MOVED}").leak())
});

fn moves(tail: &str) -> String {
    format!("SELECT asked.place FROM asked CROSS JOIN device_heartbeats held WHERE {IS_MOVED}{tail}")
}

/// Of which device, by whose enrolment, and when it was heard.
type Heard = ((PersonId, DeviceId, u32), i64);

/// Binds one, as of so many milliseconds before.
fn bind(query: Bound, heard: Option<&Heard>, before: i64) -> Bound {
    query
        .bind(heard.map(|((person, ..), _)| person.0.to_vec()))
        .bind(heard.map(|((_, device, _), _)| device.0.to_vec()))
        .bind(heard.map(|((.., enrolment), _)| i64::from(*enrolment)))
        .bind(heard.map(|(_, heard_at)| heard_at.saturating_sub(before)))
}

/// Moves on when devices were heard last, of those that have said how they stand. Nothing else of what they said changes: one that said
/// that it goes off is off until it says that it is on.
///
/// # Errors
/// When the database refuses.
pub async fn move_on(store: &Store, signs: Vec<SignOfLife>) -> Result<(), PeopleError> {
    let mut newest = BTreeMap::new();
    for SignOfLife { person, device, enrolment, heard_at } in signs {
        let of_device = newest.entry((person, device, enrolment)).or_insert(heard_at);
        *of_device = heard_at.max(*of_device);
    }
    let signs: Vec<Heard> = newest.into_iter().collect();
    if signs.is_empty() {
        return Ok(());
    }
    // Mostly none is to be moved: then nobody waits for a writer.
    let mut connection = store.pool().acquire().await?;
    let due: Vec<(i64,)> =
        MOVES.of(&mut connection, &signs, |query, sign| bind(query, sign, MOVED_AFTER_MILLIS)).await?;
    drop(connection);
    let is_due = |place: usize| due.iter().any(|(due,)| usize::try_from(*due) == Ok(place));
    let signs: Vec<Heard> =
        signs.into_iter().enumerate().filter(|(place, _)| is_due(*place)).map(|(_, sign)| sign).collect();
    if signs.is_empty() {
        return Ok(());
    }
    let mut transaction = store.begin().await?;
    if !store.lets_one_write() {
        HELD.rows(&mut transaction, &signs, |query, sign| bind(query, sign, 0)).await?;
    }
    MOVED.rows(&mut transaction, &signs, |query, sign| bind(query, sign, 0)).await?;
    transaction.commit().await?;
    Ok(())
}

/// Whether the device may sense anything for the collector, and its person wants what is sensed to be kept.
async fn may_be_kept(
    damages: &Damages,
    connection: &mut AnyConnection,
    (person, key): (PersonId, &SealKey),
    said: &Heartbeat,
) -> Result<bool, PeopleError> {
    let Heartbeat { device, epoch, enrolment, .. } = *said;
    let opening = (key, damages);
    let wanted = preferences::of(&mut *connection, opening, person).await?;
    let entries = Entries::of(&mut *connection, Outbox { device, epoch, enrolment, person }).await?;
    let book = entries.book(opening, &Opened::default())?;
    let goes = |modality: &Modality| {
        wanted.allows(*modality) && book.verdict(*modality, Purpose::Wellbeing, 0) == Verdict::Granted
    };
    Ok(wanted.store_sessions && Modality::SENSED.iter().any(goes))
}

/// Lets go of what a device said last where that may not be kept any more, once something was withdrawn.
///
/// # Errors
/// When the database refuses.
pub async fn let_go_where_withdrawn(
    transaction: &mut Transaction<'static, Any>,
    damages: &Damages,
    (person, key): (PersonId, &SealKey),
    device: DeviceId,
) -> Result<(), PeopleError> {
    let row: Option<(Vec<u8>,)> =
        sqlx::query_as("SELECT sealed FROM device_heartbeats WHERE person = $1 AND device = $2")
            .bind(person.0.to_vec())
            .bind(device.0.to_vec())
            .fetch_optional(&mut **transaction)
            .await?;
    let Some(said) = row.and_then(|(sealed,)| opened(key, person, device, &sealed)) else { return Ok(()) };
    match may_be_kept(damages, transaction, (person, key), &said).await {
        Ok(false) => {}
        Err(error) if !concerns_one_person(&error) => return Err(error),
        // Of what does not open nobody guesses what was decided.
        Ok(true) | Err(_) => return Ok(()),
    }
    sqlx::query("DELETE FROM device_heartbeats WHERE person = $1 AND device = $2")
        .bind(person.0.to_vec())
        .bind(device.0.to_vec())
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

fn opened(key: &SealKey, person: PersonId, device: DeviceId, sealed: &[u8]) -> Option<Heartbeat> {
    Heartbeat::from_bytes(&key.open(&context(person, device), sealed).ok()?).ok()
}

/// What each device of a person said last. What does not open is left out.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn of(
    store: &Store,
    key: &SealKey,
    person: PersonId,
) -> Result<BTreeMap<DeviceId, Last>, PeopleError> {
    let rows: Vec<(Vec<u8>, i64, Vec<u8>)> =
        sqlx::query_as("SELECT device, heard_at, sealed FROM device_heartbeats WHERE person = $1")
            .bind(person.0.to_vec())
            .fetch_all(store.pool())
            .await?;
    let read = |(device, heard_at, sealed): (Vec<u8>, i64, Vec<u8>)| {
        let device = DeviceId(bytes16(&device).ok()?);
        Some((device, Last { said: opened(key, person, device, &sealed)?, heard_at }))
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

/// Lets go of the last word of devices that were not heard for a month, and gives how many those were.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn let_go(store: &Store, now: i64) -> Result<u64, PeopleError> {
    Ok(forget(store, None, now.saturating_sub(KEPT_MILLIS)).await?)
}

/// Deletes what came before an instant, of one person or of all.
async fn forget(store: &Store, person: Option<PersonId>, before: i64) -> Result<u64, GroundError> {
    let mut transaction = store.begin().await?;
    let removed = match person {
        Some(person) => {
            sqlx::query("DELETE FROM device_heartbeats WHERE heard_at < $1 AND person = $2")
                .bind(before)
                .bind(person.0.to_vec())
                .execute(&mut **transaction)
                .await?
        }
        None => {
            sqlx::query("DELETE FROM device_heartbeats WHERE heard_at < $1")
                .bind(before)
                .execute(&mut **transaction)
                .await?
        }
    };
    transaction.commit().await?;
    Ok(removed.rows_affected())
}

/// Binds what is sealed to its person and device.
fn context(person: PersonId, device: DeviceId) -> Vec<u8> {
    [b"heartbeat".as_slice(), &person.0, &device.0].concat()
}

#[cfg(test)]
mod tests;
