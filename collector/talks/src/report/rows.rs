//! Reports as they lie in the database, and how one is released and taken back: what HR sees is sealed by itself, so that nothing else of a
//! report is opened for it.

use std::collections::BTreeSet;

use attune_ground::GroundError;
use attune_ground::http::Problem;
use attune_ground::keys::PersonKeys;
use attune_ground::store::{Store, bytes16};
use attune_ground::time::rfc3339;
use attune_people::access::{self, Act, By, Of};
use attune_people::accounts;
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;
use serde_json::{Value, json};

use super::make::of as made_of;
use super::shape::{self, PARTS};
use crate::consent;
use crate::error::TalksError;
use crate::rows;
use crate::sealed::{Released, Report, Sealed as _, TalkId};
use crate::state::Talks;

/// Reports that HR sees at once.
const PAGE: i64 = 100;

/// A report of a person's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Kept {
    pub(crate) talk: TalkId,
    /// Unix milliseconds.
    pub(crate) made_at: i64,
    /// Since when HR sees something of it, Unix milliseconds.
    pub(crate) released_at: Option<i64>,
    /// None where it does not open.
    pub(crate) report: Option<Report>,
    /// The numbers of the parts that HR sees.
    pub(crate) released: Vec<u8>,
}

impl Kept {
    /// In an archive.
    pub(crate) fn archived(&self) -> Value {
        let names = self.released.iter().filter_map(|part| PARTS.get(usize::from(*part))).map(|(_, name)| *name);
        json!({
            "talk": self.talk,
            "made_at": rfc3339(self.made_at),
            "released_at": self.released_at.map(rfc3339),
            "released": names.collect::<Vec<_>>(),
            "report": self.report.as_ref().map(shape::json),
        })
    }
}

type Row = (i64, i64, Option<i64>, Vec<u8>, Option<Vec<u8>>);

fn kept(key: &SealKey, person: PersonId, (talk, made_at, released_at, sealed, shared): Row) -> Kept {
    let shared = shared.and_then(|shared| Released::open(key, person, &[talk], &shared));
    let released = shared.iter().flat_map(|of| of.report.parts.iter().map(|(part, _)| *part)).collect();
    Kept { talk, made_at, released_at, report: Report::open(key, person, &[talk], &sealed), released }
}

/// All reports of a person, the newest first.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn of_person(store: &Store, key: &SealKey, person: PersonId) -> Result<Vec<Kept>, GroundError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT talk, made_at, released_at, sealed, shared FROM talk_reports WHERE person = $1 ORDER BY made_at DESC, talk",
    )
    .bind(person.0.to_vec())
    .fetch_all(store.pool())
    .await?;
    Ok(rows.into_iter().map(|row| kept(key, person, row)).collect())
}

/// That of a talk; none where none was made.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn one(
    store: &Store,
    key: &SealKey,
    (person, talk): (PersonId, TalkId),
) -> Result<Option<Kept>, GroundError> {
    Ok(of_person(store, key, person).await?.into_iter().find(|of| of.talk == talk))
}

/// Makes the report of a talk, or makes it anew: what was released of one of before is then released no more, as it is another one.
///
/// # Errors
/// 404 where there is no such talk, 409 where its person wrote nothing in it, 410 for who was erased.
pub(crate) async fn make(state: &Talks, (person, talk): (PersonId, TalkId)) -> Result<(), Problem> {
    let done = state.store().again(|| async {
        let mut transaction = state.store().begin().await?;
        if !accounts::lock(&mut transaction, person).await? {
            return Ok(Err(Problem::erased()));
        }
        let Some(key) = state.key_of(person).await? else { return Ok(Err(Problem::erased())) };
        let agrees = consent::newest(&mut transaction, person, &key).await?.is_some_and(|consent| consent.talk);
        if !agrees || rows::one(&mut transaction, &key, (person, talk)).await?.is_none() {
            return Ok(Err(Problem::not_found("there is no such talk")));
        }
        let report = made_of(&rows::turns_behind(&mut transaction, &key, (person, talk), 0).await?);
        if report.parts.is_empty() {
            return Ok(Err(Problem::conflict("talk", "nothing was written in this talk that a report could be of")));
        }
        let now = transaction.database_time().await?;
        sqlx::query(
            "INSERT INTO talk_reports (person, talk, made_at, released_at, sealed, shared) VALUES ($1, $2, $3, NULL, $4, NULL) \
             ON CONFLICT (person, talk) DO UPDATE SET made_at = excluded.made_at, released_at = NULL, \
             sealed = excluded.sealed, shared = NULL",
        )
        .bind(person.0.to_vec())
        .bind(talk)
        .bind(now)
        .bind(report.seal(&key, person, &[talk])?)
        .execute(&mut **transaction)
        .await?;
        transaction.commit().await?;
        Ok::<_, TalksError>(Ok(()))
    });
    done.await?
}

/// Releases parts of a report to HR, and no other any more; none of them takes it back.
///
/// # Errors
/// 403 where HR may see none, 404 where there is no such report, 409 where it was made anew since it was looked at, 410 for who was erased.
pub(crate) async fn release(
    state: &Talks,
    (person, talk): (PersonId, TalkId),
    by: Option<&By>,
    (parts, made_at): (&BTreeSet<u8>, i64),
) -> Result<(), Problem> {
    if !parts.is_empty() && !state.may_release() {
        return Err(Problem::forbidden("under this profile HR is shown no report of a talk"));
    }
    let done = state.store().again(|| async {
        let mut transaction = state.store().begin().await?;
        if !accounts::lock(&mut transaction, person).await? {
            return Ok(Err(Problem::erased()));
        }
        let Some(key) = state.key_of(person).await? else { return Ok(Err(Problem::erased())) };
        let row: Option<Row> = sqlx::query_as(
            "SELECT talk, made_at, released_at, sealed, shared FROM talk_reports WHERE person = $1 AND talk = $2",
        )
        .bind(person.0.to_vec())
        .bind(talk)
        .fetch_optional(&mut **transaction)
        .await?;
        let none = || Problem::not_found("there is no report of this talk");
        let Some(of) = row.map(|row| kept(&key, person, row)) else { return Ok(Err(none())) };
        let Some(report) = of.report else { return Ok(Err(none())) };
        if of.made_at != made_at && !parts.is_empty() {
            let why = "the report was made anew since you looked at it: look at it, then release it";
            return Ok(Err(Problem::conflict("made_at", why)));
        }
        let now = transaction.database_time().await?;
        let parts: Vec<_> = report.parts.into_iter().filter(|(part, _)| parts.contains(part)).collect();
        let is_released = !parts.is_empty();
        let shared = Released { report: Report { parts }, made_at: of.made_at };
        let shared = is_released.then(|| shared.seal(&key, person, &[talk])).transpose()?;
        sqlx::query("UPDATE talk_reports SET released_at = $3, shared = $4 WHERE person = $1 AND talk = $2")
            .bind(person.0.to_vec())
            .bind(talk)
            .bind(is_released.then_some(now))
            .bind(shared)
            .execute(&mut **transaction)
            .await?;
        if let Some(by) = by
            && (is_released || of.released_at.is_some())
        {
            let act = if is_released { Act::ReleaseReport } else { Act::TakeBackReport };
            access::note(&mut transaction, by, act.name(), Of::Person(person), &talk.to_be_bytes()).await?;
        }
        transaction.commit().await?;
        Ok::<_, TalksError>(Ok(()))
    });
    done.await??;
    state.store().purge_soon();
    Ok(())
}

/// A report that HR sees in a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Listed {
    pub(crate) talk: TalkId,
    /// What the person is called; none where that does not open.
    pub(crate) user: Option<String>,
    /// Unix milliseconds.
    pub(crate) released_at: i64,
}

/// Reports of which something is released, the newest first.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn all_released(state: &Talks) -> Result<Vec<Listed>, TalksError> {
    if !state.may_release() {
        return Ok(Vec::new());
    }
    let rows: Vec<(Vec<u8>, i64, i64)> = sqlx::query_as(
        "SELECT person, talk, released_at FROM talk_reports WHERE released_at IS NOT NULL \
         ORDER BY released_at DESC, person, talk LIMIT $1",
    )
    .bind(PAGE)
    .fetch_all(state.store().pool())
    .await?;
    let people: BTreeSet<PersonId> = rows.iter().filter_map(|row| bytes16(&row.0).ok().map(PersonId)).collect();
    let users = accounts::users_of(state.store(), state.people().keys(), &people).await?;
    let listed = |(person, talk, released_at): (Vec<u8>, i64, i64)| {
        let user = bytes16(&person).ok().and_then(|person| users.get(&PersonId(person)).cloned());
        Listed { talk, user, released_at }
    };
    Ok(rows.into_iter().map(listed).collect())
}

/// What of a report is released, of which person; none where nothing is.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn released(state: &Talks, talk: TalkId) -> Result<Option<(PersonId, Released)>, TalksError> {
    if !state.may_release() {
        return Ok(None);
    }
    let rows: Vec<(Vec<u8>, Option<Vec<u8>>)> = sqlx::query_as(
        "SELECT person, shared FROM talk_reports WHERE talk = $1 AND released_at IS NOT NULL ORDER BY person",
    )
    .bind(talk)
    .fetch_all(state.store().pool())
    .await?;
    for (person, shared) in rows {
        let person = PersonId(bytes16(&person)?);
        let Some(key) = state.key_of(person).await? else { continue };
        let opened = shared.and_then(|shared| Released::open(&key, person, &[talk], &shared));
        if let Some(opened) = opened {
            return Ok(Some((person, opened)));
        }
    }
    Ok(None)
}

/// What of all reports of a person is released, in sentences, the newest first.
///
/// # Errors
/// When the database refuses, or their key was destroyed.
pub(crate) async fn of_released(
    store: &Store,
    keys: &PersonKeys,
    person: PersonId,
) -> Result<Vec<String>, GroundError> {
    let rows: Vec<(i64, Option<Vec<u8>>)> = sqlx::query_as(
        "SELECT talk, shared FROM talk_reports WHERE person = $1 AND released_at IS NOT NULL ORDER BY released_at DESC, talk LIMIT $2",
    )
    .bind(person.0.to_vec())
    .bind(PAGE)
    .fetch_all(store.pool())
    .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let key = keys.of(person).await?;
    let open = |(talk, shared): (i64, Option<Vec<u8>>)| Released::open(&key, person, &[talk], &shared?);
    let opened: Vec<Released> = rows.into_iter().filter_map(open).collect();
    Ok(opened.iter().flat_map(|of| shape::sentences(&of.report)).collect())
}
