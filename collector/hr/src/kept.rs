//! Rows that are kept of people, opened: of the uploads that stand, some people at a time.

use std::collections::{BTreeMap, BTreeSet};

use attune_ground::GroundError;
use attune_ground::keys::PersonKeys;
use attune_ground::store::{Store, bytes16};
use attune_protocol::ids::PersonId;

use crate::error::HrError;
use crate::rows::{Employee, Tables};
use crate::sealed::{Rows, RowsOf};
use crate::state::Hr;
use crate::{uploads, who};

/// The rows that stand now.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn standing(store: &Store) -> Result<RowsOf, GroundError> {
    let standing = uploads::versions(store.pool()).await?;
    let (parts,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM hr_tables JOIN hr_rows ON hr_rows.upload = hr_tables.upload")
            .fetch_one(store.pool())
            .await?;
    Ok(RowsOf { standing, parts })
}

/// People who are read at a time.
const SLICE: i64 = 256;

/// Goes through all people of whom a table that stands says something, in the order of their ids.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    after: Vec<u8>,
}

type Row = (Vec<u8>, Vec<u8>, i64, Vec<u8>);

impl Walk {
    /// What the tables say of the next people; nothing behind the last. Who was erased since, and what does not open, is left out.
    ///
    /// # Errors
    /// When the database refuses.
    pub(crate) async fn next(&mut self, state: &Hr) -> Result<Option<Vec<(PersonId, Employee, Tables)>>, HrError> {
        let people: Vec<(Vec<u8>,)> = sqlx::query_as(
            "SELECT DISTINCT hr_rows.person FROM hr_tables JOIN hr_rows ON hr_rows.upload = hr_tables.upload \
             WHERE hr_rows.person > $1 ORDER BY hr_rows.person LIMIT $2",
        )
        .bind(self.after.clone())
        .bind(SLICE)
        .fetch_all(state.store().pool())
        .await?;
        let Some((last,)) = people.last() else { return Ok(None) };
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT hr_rows.person, hr_rows.upload, hr_rows.number, hr_rows.sealed FROM hr_tables \
             JOIN hr_rows ON hr_rows.upload = hr_tables.upload WHERE hr_rows.person > $1 AND hr_rows.person <= $2 \
             ORDER BY hr_rows.person, hr_tables.table_of, hr_rows.number",
        )
        .bind(self.after.clone())
        .bind(last.clone())
        .fetch_all(state.store().pool())
        .await?;
        self.after.clone_from(last);
        let ids: BTreeSet<PersonId> =
            people.iter().filter_map(|(person,)| bytes16(person).ok().map(PersonId)).collect();
        opened(state, &ids, rows).await.map(Some)
    }
}

async fn opened(
    state: &Hr,
    people: &BTreeSet<PersonId>,
    rows: Vec<Row>,
) -> Result<Vec<(PersonId, Employee, Tables)>, HrError> {
    let keys = state.people().keys();
    let mut unwrapped = BTreeMap::new();
    for (person, wrapped) in keys.all_wrapped(people).await? {
        // One that does not open is counted, and concerns its own person.
        unwrapped.extend(keys.unwrap(person, wrapped).ok().map(|unwrapped| (person, unwrapped.key)));
    }
    let names = who::names(state, people).await?;
    let mut all: BTreeMap<PersonId, Tables> = BTreeMap::new();
    for (person, upload, number, sealed) in rows {
        let Ok(person) = bytes16(&person).map(PersonId) else { continue };
        let Some((key, employee)) = unwrapped.get(&person).zip(names.get(&person)) else { continue };
        if let Some(rows) = Rows::open(key, person, (&upload, number), &sealed) {
            rows.put(employee, all.entry(person).or_default());
        }
    }
    Ok(all.into_iter().filter_map(|(person, tables)| Some((person, names.get(&person)?.clone(), tables))).collect())
}

/// What is kept of a person of one upload.
#[derive(Debug)]
pub(crate) struct OfOne {
    /// Whether it is the one of its table that stands.
    pub(crate) stands: bool,
    /// When it was taken in, Unix milliseconds; none while it is.
    pub(crate) taken_at: Option<i64>,
    pub(crate) rows: Rows,
}

type Own = (Vec<u8>, i64, Vec<u8>, Option<Vec<u8>>, Option<i64>);

/// All that is kept of a person, what stands first. What does not open is left out.
///
/// # Errors
/// When the database refuses, or the key of the person was destroyed.
pub(crate) async fn of_one(store: &Store, keys: &PersonKeys, person: PersonId) -> Result<Vec<OfOne>, GroundError> {
    let key = keys.of(person).await?;
    let rows: Vec<Own> = sqlx::query_as(
        "SELECT hr_rows.upload, hr_rows.number, hr_rows.sealed, hr_tables.upload, hr_uploads.decided_at FROM hr_rows \
         JOIN hr_uploads ON hr_uploads.id = hr_rows.upload LEFT JOIN hr_tables ON hr_tables.upload = hr_rows.upload \
         WHERE hr_rows.person = $1 ORDER BY hr_uploads.table_of, hr_uploads.given_at DESC, hr_rows.upload, hr_rows.number",
    )
    .bind(person.0.to_vec())
    .fetch_all(store.pool())
    .await?;
    let mut all: Vec<(Vec<u8>, OfOne)> = Vec::new();
    for (upload, number, sealed, current, taken_at) in rows {
        let Some(rows) = Rows::open(&key, person, (&upload, number), &sealed) else { continue };
        match all.last_mut().filter(|(of, _)| *of == upload) {
            Some((_, part)) => part.rows.append(rows),
            None => all.push((upload, OfOne { stands: current.is_some(), taken_at, rows })),
        }
    }
    let (standing, before): (Vec<OfOne>, Vec<OfOne>) = all.into_iter().map(|(_, of)| of).partition(|of| of.stands);
    Ok(standing.into_iter().chain(before).collect())
}
