//! Calls: whom a person chose for that is told to get in touch with them, where what they wrote shows a sign of danger. That is all that is
//! told: neither what was written, nor where, nor how it was read.
//!
//! The person chooses it of somebody who supports them, who says yes to it; either takes it back at once, and what was called goes with
//! it. A sign is of the transaction that writes what was read, and calls once, however often it is read.

use std::collections::BTreeSet;
use std::time::Duration;

use attune_ground::GroundError;
use attune_ground::chores::Chore;
use attune_ground::jobs::{Kind, Worker};
use attune_ground::store::{Store, Write, bytes16};
use attune_ground::time::now_millis;
use attune_people::rights::LoginId;
use attune_people::{accounts, sign_in};
use attune_protocol::ids::PersonId;
use tokio::sync::watch;

use super::choices;
use super::supporters;
use crate::{Wellbeing, WellbeingError};

const DAY: i64 = 24 * 3_600_000;
/// How old a sign may be to call anybody, milliseconds: a file of last year calls nobody.
const RECENT: i64 = 2 * DAY;
/// For how long a call stands that nobody answers, milliseconds: as long as help stands on the person's own page.
const STANDS: i64 = 7 * DAY;
/// For how long it is kept when somebody was called, milliseconds. A sign that is older calls nobody any more.
const KEPT: i64 = 30 * DAY;
const _: () = assert!(KEPT > RECENT + STANDS, "a sign could call twice");

/// People who are looked through at once.
const PAGE: i64 = 256;

const CALLS: Kind = Kind { name: "calls", every: Some(Duration::from_secs(20)), chore: Chore::Alerting };

/// Calls whom a person chose for that, in the transaction in which a sign of danger is written, behind their lock. `sign` is by what it is
/// told from others, and tells nothing of it; `said_at` when it was written, Unix milliseconds. Gives whether there is anybody who is called.
///
/// # Errors
/// When the database refuses.
pub async fn sign_of_danger(
    transaction: &mut Write,
    person: PersonId,
    sign: [u8; 16],
    said_at: i64,
) -> Result<bool, GroundError> {
    let now = now_millis();
    if said_at < now - RECENT {
        return Ok(false);
    }
    // Who was told already and has not answered is not mailed of another sign, as long as that telling stands: it does not end later for
    // signs that came meanwhile.
    let called = sqlx::query(
        "INSERT INTO supporter_calls (person, chosen, sign, called_at, told_at) \
         SELECT person, id, $2, $3, (SELECT MAX(earlier.told_at) FROM supporter_calls earlier \
         WHERE earlier.person = alert_supporters.person AND earlier.chosen = alert_supporters.id \
         AND earlier.ended_at IS NULL AND earlier.told_at > $5) \
         FROM alert_supporters WHERE person = $1 AND danger_accepted_at IS NOT NULL AND danger_accepted_at <= $4 \
         ON CONFLICT (person, chosen, sign) DO NOTHING",
    )
    .bind(person.0.to_vec())
    .bind(sign.to_vec())
    .bind(now)
    .bind(said_at)
    .bind(now - STANDS)
    .execute(&mut ***transaction)
    .await?;
    Ok(called.rows_affected() > 0)
}

/// Forgets that anybody was called by a person, in the transaction in which they withdraw that what they write is read.
///
/// # Errors
/// When the database refuses.
pub async fn forget_calls(transaction: &mut Write, person: PersonId) -> Result<(), GroundError> {
    sqlx::query("DELETE FROM supporter_calls WHERE person = $1")
        .bind(person.0.to_vec())
        .execute(&mut ***transaction)
        .await?;
    Ok(())
}

/// Whether a person has had anybody called since an instant, Unix milliseconds.
///
/// # Errors
/// When the database refuses.
pub async fn called_since(store: &Store, person: PersonId, since: i64) -> Result<bool, GroundError> {
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM supporter_calls WHERE person = $1 AND called_at >= $2")
        .bind(person.0.to_vec())
        .bind(since)
        .fetch_one(store.pool())
        .await?;
    Ok(count > 0)
}

/// When a person had each whom they chose called last, Unix milliseconds.
pub(super) async fn last(store: &Store, person: PersonId) -> Result<Vec<([u8; 16], i64)>, GroundError> {
    let rows: Vec<(Vec<u8>, i64)> =
        sqlx::query_as("SELECT chosen, MAX(called_at) FROM supporter_calls WHERE person = $1 GROUP BY chosen")
            .bind(person.0.to_vec())
            .fetch_all(store.pool())
            .await?;
    rows.into_iter().map(|(chosen, at)| Ok((bytes16(&chosen)?, at))).collect()
}

/// By which choices of whom somebody is called now.
pub(super) async fn waiting(store: &Store, supporter: LoginId) -> Result<BTreeSet<[u8; 16]>, GroundError> {
    let rows: Vec<(Vec<u8>,)> = sqlx::query_as(
        "SELECT DISTINCT called.chosen FROM supporter_calls called JOIN alert_supporters held \
         ON held.person = called.person AND held.id = called.chosen \
         WHERE held.supporter = $1 AND held.danger_accepted_at IS NOT NULL AND called.ended_at IS NULL AND called.called_at > $2",
    )
    .bind(supporter.0.to_vec())
    .bind(now_millis() - STANDS)
    .fetch_all(store.pool())
    .await?;
    rows.into_iter().map(|(chosen,)| bytes16(&chosen)).collect()
}

/// Notes that somebody who was called has got in touch. Gives whether they were called.
pub(super) async fn end(state: &Wellbeing, supporter: LoginId, id: [u8; 16]) -> Result<bool, WellbeingError> {
    let Some((mut transaction, person)) = supporters::begin(state, supporter, id).await? else { return Ok(false) };
    let ended = sqlx::query(
        "UPDATE supporter_calls SET ended_at = $4 WHERE person = $1 AND chosen = $2 AND ended_at IS NULL \
         AND EXISTS (SELECT 1 FROM alert_supporters WHERE person = $1 AND id = $2 AND supporter = $3)",
    )
    .bind(person.0.to_vec())
    .bind(id.to_vec())
    .bind(supporter.0.to_vec())
    .bind(now_millis())
    .execute(&mut **transaction)
    .await?;
    transaction.commit().await?;
    Ok(ended.rows_affected() > 0)
}

/// Has those mailed who were called and have chosen to be mailed, until it is told to stop; of several collectors one does it.
pub(super) async fn keep_telling(state: Wellbeing, stop: watch::Receiver<bool>) {
    let round = |_: String| async { tell(&state).await.map(drop) };
    Worker::new(state.store(), CALLS).run(stop, round).await;
}

/// A person, the choice of theirs by which somebody was called, and who that is.
type Untold = (Vec<u8>, Vec<u8>, Vec<u8>);

/// Tells those who were called and were not told yet, and gives how many that were; forgets calls that are too old.
pub(super) async fn tell(state: &Wellbeing) -> Result<usize, WellbeingError> {
    let mut told = 0;
    loop {
        let rows: Vec<Untold> = sqlx::query_as(
            "SELECT DISTINCT called.person, called.chosen, held.supporter FROM supporter_calls called \
             JOIN alert_supporters held ON held.person = called.person AND held.id = called.chosen \
             WHERE called.told_at IS NULL AND held.danger_accepted_at IS NOT NULL LIMIT $1",
        )
        .bind(PAGE)
        .fetch_all(state.store().pool())
        .await?;
        if rows.is_empty() {
            break;
        }
        for (person, chosen, supporter) in &rows {
            let (person, supporter) = (PersonId(bytes16(person)?), LoginId(bytes16(supporter)?));
            // When they are mailed is read before: a transaction asks for no other connection.
            let due = choices::mailed_at(state, supporter).await?;
            told += usize::from(state.store().again(|| tell_one(state, (person, chosen), supporter, due)).await?);
        }
    }
    if told > 0 {
        state.places().stir();
    }
    forget_old(state).await?;
    Ok(told)
}

/// Forgets calls that are too old, and takes no writer's turn where there are none.
async fn forget_old(state: &Wellbeing) -> Result<(), WellbeingError> {
    let before = now_millis() - KEPT;
    let oldest: Option<(i64,)> =
        sqlx::query_as("SELECT CAST(1 AS BIGINT) FROM supporter_calls WHERE called_at < $1 LIMIT 1")
            .bind(before)
            .fetch_optional(state.store().pool())
            .await?;
    if oldest.is_none() {
        return Ok(());
    }
    let mut transaction = state.store().begin().await?;
    sqlx::query("DELETE FROM supporter_calls WHERE called_at < $1").bind(before).execute(&mut **transaction).await?;
    Ok(transaction.commit().await?)
}

/// Has one of them mailed, in the transaction that notes it: a kill tells nobody twice, and forgets nobody.
async fn tell_one(
    state: &Wellbeing,
    (person, chosen): (PersonId, &[u8]),
    supporter: LoginId,
    due: Option<i64>,
) -> Result<bool, WellbeingError> {
    let mut transaction = state.store().begin().await?;
    accounts::lock(&mut transaction, person).await?;
    // Who was taken back meanwhile, or took back their yes, is not told.
    let noted = sqlx::query(
        "UPDATE supporter_calls SET told_at = $4 WHERE person = $1 AND chosen = $2 AND told_at IS NULL AND EXISTS \
         (SELECT 1 FROM alert_supporters WHERE person = $1 AND id = $2 AND supporter = $3 AND danger_accepted_at IS NOT NULL)",
    )
    .bind(person.0.to_vec())
    .bind(chosen.to_vec())
    .bind(supporter.0.to_vec())
    .bind(now_millis())
    .execute(&mut **transaction)
    .await?;
    if noted.rows_affected() == 0 {
        return Ok(false);
    }
    if let Some(due) = due {
        sign_in::mail_alert(state.people(), &mut transaction, supporter, due).await?;
    }
    transaction.commit().await?;
    Ok(true)
}
