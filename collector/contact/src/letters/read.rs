//! Threads of letters as each side sees them, and what each has read.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use attune_ground::GroundError;
use attune_ground::http::Problem;
use attune_ground::keys::PersonKeys;
use attune_ground::store::{Store, bytes16};
use attune_people::accounts;
use attune_people::rights::LoginId;
use attune_people::sign_in;
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;

use super::id::{self, ThreadId};
use super::sealed::{Said, open_subject};
use super::side::Side;
use crate::error::ContactError;
use crate::state::Contact;

/// Threads, and letters of a thread, that are seen at once.
const PAGE: usize = 50;

/// A thread.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Thread {
    pub(crate) person: PersonId,
    pub(crate) id: ThreadId,
    /// None where it does not open.
    pub(crate) subject: Option<String>,
    /// Which side began.
    pub(crate) begun_by: Side,
    /// When the first and the last letter were written, Unix milliseconds.
    pub(crate) opened_at: i64,
    pub(crate) last_at: i64,
    /// The number of the last letter.
    pub(crate) letters: i64,
    last: [i64; 2],
    read: [i64; 2],
}

impl Thread {
    /// Whether a letter waits that a side has not read.
    pub(crate) const fn waits_for(&self, side: Side) -> bool {
        match side {
            Side::Person => self.last[1] > self.read[0],
            Side::Hr => self.last[0] > self.read[1],
        }
    }

    /// One of two letters, the last of HR's.
    #[cfg(test)]
    pub(crate) const fn of_tests() -> Self {
        let (person, id) = (PersonId([1; 16]), [2; 16]);
        let (last, read) = ([1, 2], [0, 2]);
        Self { person, id, subject: None, begun_by: Side::Person, opened_at: 0, last_at: 0, letters: 2, last, read }
    }

    /// Up to which letter a side has read.
    pub(crate) const fn read_by(&self, side: Side) -> i64 {
        match side {
            Side::Person => self.read[0],
            Side::Hr => self.read[1],
        }
    }
}

/// Threads of everybody, a page of them.
#[derive(Debug)]
pub(crate) struct Everybody {
    /// The newest first, with what their people are called.
    pub(crate) threads: Vec<(Thread, Option<String>)>,
    /// From before which instant the next page is, Unix milliseconds; none where there is none.
    pub(crate) next: Option<i64>,
}

/// A letter, opened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Opened {
    pub(crate) number: i64,
    pub(crate) side: Side,
    /// When it was written, Unix milliseconds.
    pub(crate) at: i64,
    /// None where it does not open.
    pub(crate) said: Option<Said>,
}

/// Letters of a thread, a page of them.
#[derive(Debug)]
pub(crate) struct Page {
    /// The oldest first.
    pub(crate) letters: Vec<Opened>,
    /// Before the letter of which number the page before this one ends; none where there is none.
    pub(crate) earlier: Option<i64>,
    names: BTreeMap<[u8; 16], String>,
}

impl Page {
    /// What the writer of a letter is called; none of whom has no account any more.
    pub(crate) fn writer(&self, letter: &Opened) -> Option<&str> {
        self.names.get(&letter.said.as_ref()?.by?).map(String::as_str)
    }

    /// One of letters that nobody signed.
    #[cfg(test)]
    pub(crate) const fn of_tests(letters: Vec<Opened>) -> Self {
        Self { letters, earlier: None, names: BTreeMap::new() }
    }
}

type Columns = (Vec<u8>, Vec<u8>, i64, i64, i64, i64, i64, i64, i64, i64, Vec<u8>);

fn thread(key: &SealKey, row: Columns) -> Option<Thread> {
    let (person, id, by_hr, opened_at, last_at, letters, last_of_person, last_of_hr, by_person, of_hr, sealed) = row;
    let (person, id) = (PersonId(bytes16(&person).ok()?), bytes16(&id).ok()?);
    Some(Thread {
        person,
        id,
        subject: open_subject(key, person, &id, &sealed),
        begun_by: Side::of(by_hr),
        opened_at,
        last_at,
        letters,
        last: [last_of_person, last_of_hr],
        read: [by_person, of_hr],
    })
}

/// All threads of a person, the newest first.
///
/// # Errors
/// When the database refuses, or the key of the person was destroyed.
pub(crate) async fn of_person(store: &Store, keys: &PersonKeys, person: PersonId) -> Result<Vec<Thread>, GroundError> {
    let rows: Vec<Columns> = sqlx::query_as(
        "SELECT person, thread, by_hr, opened_at, last_at, letters, last_of_person, last_of_hr, read_by_person, read_by_hr, sealed \
         FROM letter_threads WHERE person = $1 ORDER BY last_at DESC, thread",
    )
    .bind(person.0.to_vec())
    .fetch_all(store.pool())
    .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let key = keys.of(person).await?;
    Ok(rows.into_iter().filter_map(|row| thread(&key, row)).collect())
}

/// The same of several people, as of who has accounts of earlier versions.
///
/// # Errors
/// As [`of_person`].
pub(crate) async fn of_people(state: &Contact, people: &[PersonId]) -> Result<Vec<Thread>, GroundError> {
    let mut all = Vec::new();
    for person in people {
        all.extend(of_person(state.store(), state.people().keys(), *person).await?);
    }
    all.sort_by_key(|thread| Reverse(thread.last_at));
    Ok(all)
}

/// A thread by its id as it is written; where people are given, of one of them alone.
///
/// # Errors
/// 404 where there is none, 410 where its person was erased.
pub(crate) async fn find(state: &Contact, id: &str, of: Option<&[PersonId]>) -> Result<Thread, Problem> {
    let row: Option<Columns> = sqlx::query_as(
        "SELECT person, thread, by_hr, opened_at, last_at, letters, last_of_person, last_of_hr, read_by_person, read_by_hr, sealed \
         FROM letter_threads WHERE thread = $1",
    )
    .bind(id::read(id)?.to_vec())
    .fetch_optional(state.store().pool())
    .await
    .map_err(ContactError::from)?;
    let row = row.ok_or_else(id::none)?;
    let person = PersonId(bytes16(&row.0)?);
    if of.is_some_and(|people| !people.contains(&person)) {
        return Err(id::none());
    }
    let key = state.people().keys().of(person).await?;
    thread(&key, row).ok_or_else(id::none)
}

/// How many threads of people have a letter that they have not read.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn unread(store: &Store, people: &[PersonId]) -> Result<u64, GroundError> {
    let mut all = 0;
    for person in people {
        let (unread,): (i64,) =
            sqlx::query_as("SELECT COUNT(*) FROM letter_threads WHERE person = $1 AND last_of_hr > read_by_person")
                .bind(person.0.to_vec())
                .fetch_one(store.pool())
                .await?;
        all += unread.unsigned_abs();
    }
    Ok(all)
}

/// How many threads have a letter that HR has not read.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn unread_by_hr(store: &Store) -> Result<u64, GroundError> {
    let (unread,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM letter_threads WHERE last_of_person > read_by_hr")
        .fetch_one(store.pool())
        .await?;
    Ok(unread.unsigned_abs())
}

/// Threads of everybody, the newest first, from before a time, Unix milliseconds. Those of whom the key is gone are left out. Those of one
/// instant are on one page: no page begins within it.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn of_everybody(state: &Contact, before: i64) -> Result<Everybody, ContactError> {
    let rows: Vec<Columns> = sqlx::query_as(
        "SELECT person, thread, by_hr, opened_at, last_at, letters, last_of_person, last_of_hr, read_by_person, read_by_hr, sealed \
         FROM letter_threads WHERE last_at < $1 AND last_at >= (SELECT MIN(last_at) FROM \
         (SELECT last_at FROM letter_threads WHERE last_at < $1 ORDER BY last_at DESC LIMIT $2) newest) \
         ORDER BY last_at DESC, thread",
    )
    .bind(before)
    .bind(PAGE as i64)
    .fetch_all(state.store().pool())
    .await?;
    let next = rows.last().filter(|_| rows.len() >= PAGE).map(|row| row.4);
    let people: BTreeSet<PersonId> = rows.iter().filter_map(|row| bytes16(&row.0).ok().map(PersonId)).collect();
    let keys = state.people().keys();
    let users = accounts::users_of(state.store(), keys, &people).await?;
    let mut unwrapped = BTreeMap::new();
    for (person, wrapped) in keys.all_wrapped(&people).await? {
        unwrapped.extend(keys.unwrap(person, wrapped).ok().map(|unwrapped| (person, unwrapped.key)));
    }
    let mut threads = Vec::with_capacity(rows.len());
    for row in rows {
        let Ok(person) = bytes16(&row.0).map(PersonId) else { continue };
        let Some(key) = unwrapped.get(&person) else { continue };
        threads.extend(thread(key, row).map(|thread| (thread, users.get(&person).cloned())));
    }
    Ok(Everybody { threads, next })
}

/// A page of a thread as a side sees it, which has read it up to there from then on: the newest letters, or those before one of a number.
///
/// # Errors
/// When the database refuses, or the key of the person was destroyed.
pub(crate) async fn page(
    state: &Contact,
    thread: &Thread,
    side: Side,
    before: Option<i64>,
) -> Result<Page, ContactError> {
    let of = (thread.person, &thread.id);
    let range = (before.unwrap_or(i64::MAX), PAGE as i64 + 1);
    let mut shown = letters(state.store(), state.people().keys(), of, range).await?;
    let mut earlier = None;
    if shown.len() > PAGE {
        shown.remove(0);
        earlier = shown.first().map(|letter| letter.number);
    }
    let names = names(state, &shown).await?;
    let last = shown.last().map_or(0, |letter| letter.number);
    // With the newest page all of it was seen: of letters that have gone for their age nothing is left to be read.
    let last = if before.is_none() { last.max(thread.letters) } else { last };
    note_read(state, thread, side, last).await;
    Ok(Page { letters: shown, earlier, names })
}

/// The newest letters of a thread before one of a number, so many at most, the oldest first.
///
/// # Errors
/// When the database refuses, or the key of the person was destroyed.
pub(crate) async fn letters(
    store: &Store,
    keys: &PersonKeys,
    (person, id): (PersonId, &ThreadId),
    (before, most): (i64, i64),
) -> Result<Vec<Opened>, GroundError> {
    let rows: Vec<(i64, i64, i64, Vec<u8>)> = sqlx::query_as(
        "SELECT number, by_hr, at, sealed FROM letters WHERE person = $1 AND thread = $2 AND number < $3 \
         ORDER BY number DESC LIMIT $4",
    )
    .bind(person.0.to_vec())
    .bind(id.to_vec())
    .bind(before)
    .bind(most)
    .fetch_all(store.pool())
    .await?;
    let key = keys.of(person).await?;
    let open = |(number, by_hr, at, sealed): (i64, i64, i64, Vec<u8>)| Opened {
        number,
        side: Side::of(by_hr),
        at,
        said: Said::open(&key, (person, id, number), &sealed),
    };
    Ok(rows.into_iter().rev().map(open).collect())
}

/// A side has read up to a letter. That this could not be noted keeps nobody from reading.
async fn note_read(state: &Contact, thread: &Thread, side: Side, last: i64) {
    if last <= thread.read_by(side) {
        return;
    }
    let statement = match side {
        Side::Person => {
            "UPDATE letter_threads SET read_by_person = $3 WHERE person = $1 AND thread = $2 AND read_by_person < $3"
        }
        Side::Hr => "UPDATE letter_threads SET read_by_hr = $3 WHERE person = $1 AND thread = $2 AND read_by_hr < $3",
    };
    let noted = async {
        let mut transaction = state.store().begin().await?;
        sqlx::query(statement)
            .bind(thread.person.0.to_vec())
            .bind(thread.id.to_vec())
            .bind(last)
            .execute(&mut **transaction)
            .await?;
        transaction.commit().await
    };
    if let Err(error) = noted.await {
        tracing::warn!(%error, "That a letter was read could not be noted.");
    }
}

/// What those who wrote letters are called; whoever has no account any more has no name.
///
/// # Errors
/// When the database refuses.
async fn names(state: &Contact, letters: &[Opened]) -> Result<BTreeMap<[u8; 16], String>, ContactError> {
    let logins: BTreeSet<[u8; 16]> = letters.iter().filter_map(|letter| letter.said.as_ref()?.by).collect();
    let mut names = BTreeMap::new();
    for login in logins {
        match sign_in::find(state.store(), state.people().keys(), LoginId(login)).await {
            Ok(found) => names.extend(found.map(|found| (login, found.name))),
            Err(error) if error.is_of_the_database() => return Err(error.into()),
            Err(_) => {}
        }
    }
    Ok(names)
}
