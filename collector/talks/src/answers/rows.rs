//! Answers as they lie in the database, and each change of one: a transaction.

use attune_ground::GroundError;
use attune_ground::http::Problem;
use attune_ground::store::{Store, Write};
use attune_people::accounts;
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;

use crate::error::TalksError;
use crate::live::At;
use crate::rows;
use crate::sealed::{Pieces, Sealed as _, Turn};
use crate::state::Talks;

/// How long a lease lasts, milliseconds: it is renewed each second.
const LEASE: i64 = 15_000;
/// How long an answer may wait for who asked for it to make it.
const WAITS: i64 = 15_000;

/// How an answer stands.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Standing {
    /// It waits, or is being made; what was said until now.
    Made(Pieces),
    /// It was stopped, or is done; its text is its turn's.
    Over,
    /// Whoever made it is gone.
    Cut,
}

/// Takes an answer that waits; gives by what it is told from others that took it before.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn claim(store: &Store, (person, talk, number): At, holder: &str) -> Result<Option<i64>, GroundError> {
    let mut transaction = store.begin().await?;
    let now = transaction.database_time().await?;
    let row: Option<(i64,)> = sqlx::query_as(
        "UPDATE talk_answers SET state = 1, holder = $4, lease_until = $5, fence = fence + 1 \
         WHERE person = $1 AND talk = $2 AND number = $3 AND state = 0 RETURNING fence",
    )
    .bind(person.0.to_vec())
    .bind(talk)
    .bind(number)
    .bind(holder.to_owned())
    .bind(now.saturating_add(LEASE))
    .fetch_optional(&mut **transaction)
    .await?;
    transaction.commit().await?;
    Ok(row.map(|(fence,)| fence))
}

/// Writes what was said until now, and renews the lease; gives whether it is still this holder's.
///
/// # Errors
/// When the database refuses.
pub(super) async fn keep(
    store: &Store,
    key: &SealKey,
    (person, talk, number): At,
    fence: i64,
    said: &Pieces,
) -> Result<bool, GroundError> {
    let sealed = said.seal(key, person, &[talk, number])?;
    let mut transaction = store.begin().await?;
    let now = transaction.database_time().await?;
    let kept = sqlx::query(
        "UPDATE talk_answers SET sealed = $5, lease_until = $6 \
         WHERE person = $1 AND talk = $2 AND number = $3 AND state = 1 AND fence = $4",
    )
    .bind(person.0.to_vec())
    .bind(talk)
    .bind(number)
    .bind(fence)
    .bind(sealed)
    .bind(now.saturating_add(LEASE))
    .execute(&mut **transaction)
    .await?;
    transaction.commit().await?;
    Ok(kept.rows_affected() == 1)
}

/// Ends an answer that this holder makes; gives whether it still was.
pub(super) async fn end(transaction: &mut Write, (person, talk, number): At, fence: i64) -> Result<bool, GroundError> {
    let ended = sqlx::query(
        "UPDATE talk_answers SET state = 2, sealed = NULL, lease_until = NULL \
         WHERE person = $1 AND talk = $2 AND number = $3 AND state = 1 AND fence = $4",
    )
    .bind(person.0.to_vec())
    .bind(talk)
    .bind(number)
    .bind(fence)
    .execute(&mut ***transaction)
    .await?;
    Ok(ended.rows_affected() == 1)
}

/// Has one that was cut wait anew, behind the lock of its person; gives whether it was.
pub(super) async fn wait_anew(
    transaction: &mut Write,
    (person, talk, number): At,
    now: i64,
) -> Result<bool, GroundError> {
    let waits = sqlx::query(
        "UPDATE talk_answers SET state = 0, asked_at = $4, holder = NULL, lease_until = NULL, sealed = NULL \
         WHERE person = $1 AND talk = $2 AND number = $3 AND state = 4",
    )
    .bind(person.0.to_vec())
    .bind(talk)
    .bind(number)
    .bind(now)
    .execute(&mut ***transaction)
    .await?;
    Ok(waits.rows_affected() == 1)
}

/// How an answer stands; none where none was asked for.
///
/// # Errors
/// When the database refuses.
pub(super) async fn standing(
    store: &Store,
    key: &SealKey,
    (person, talk, number): At,
) -> Result<Option<Standing>, GroundError> {
    let row: Option<(i64, Option<Vec<u8>>)> =
        sqlx::query_as("SELECT state, sealed FROM talk_answers WHERE person = $1 AND talk = $2 AND number = $3")
            .bind(person.0.to_vec())
            .bind(talk)
            .bind(number)
            .fetch_optional(store.pool())
            .await?;
    let said = |sealed: Option<Vec<u8>>| {
        sealed.and_then(|sealed| Pieces::open(key, person, &[talk, number], &sealed)).unwrap_or_default()
    };
    Ok(row.map(|(state, sealed)| match state {
        0 | 1 => Standing::Made(said(sealed)),
        4 => Standing::Cut,
        _ => Standing::Over,
    }))
}

/// Stops an answer: what was said until now is kept as its turn, and nothing more is asked for. One that has come to its end is left as it is.
///
/// # Errors
/// 404 where none was asked for, 410 for who was erased.
pub(crate) async fn stop(state: &Talks, at: At) -> Result<(), Problem> {
    let live = state.lives().of(at);
    let said = live.as_ref().map(|live| live.all());
    let done = state.store().again(|| settle(state, at, said.as_ref())).await?;
    if let Some(live) = live {
        live.stop();
    }
    done
}

async fn settle(
    state: &Talks,
    (person, talk, number): At,
    said: Option<&Pieces>,
) -> Result<Result<(), Problem>, TalksError> {
    let mut transaction = state.store().begin().await?;
    if !accounts::lock(&mut transaction, person).await? {
        return Ok(Err(Problem::erased()));
    }
    let Some(key) = state.key_of(person).await? else { return Ok(Err(Problem::erased())) };
    let row: Option<(i64, Option<Vec<u8>>)> =
        sqlx::query_as("SELECT state, sealed FROM talk_answers WHERE person = $1 AND talk = $2 AND number = $3")
            .bind(person.0.to_vec())
            .bind(talk)
            .bind(number)
            .fetch_optional(&mut **transaction)
            .await?;
    let Some((standing, sealed)) = row else { return Ok(Err(none())) };
    if standing >= 2 {
        return Ok(Ok(()));
    }
    let kept = sealed.and_then(|sealed| Pieces::open(&key, person, &[talk, number], &sealed));
    let text = said.cloned().or(kept).unwrap_or_default().text();
    sqlx::query(
        "UPDATE talk_answers SET state = 3, fence = fence + 1, sealed = NULL, lease_until = NULL \
         WHERE person = $1 AND talk = $2 AND number = $3",
    )
    .bind(person.0.to_vec())
    .bind(talk)
    .bind(number)
    .execute(&mut **transaction)
    .await?;
    let is_next = rows::one(&mut transaction, &key, (person, talk)).await?.is_some_and(|of| of.turns == number - 1);
    if is_next && !text.trim().is_empty() {
        let now = transaction.database_time().await?;
        let turn = Turn { text, read: None, support: None, by_model: true, stopped: true };
        let nonce = PersonId::random().0;
        rows::put_turn(&mut transaction, &key, (person, talk, number), (false, &nonce, now), &turn).await?;
        rows::put_stand(&mut transaction, (person, talk), (number, now), true).await?;
    }
    transaction.commit().await?;
    Ok(Ok(()))
}

pub(super) fn none() -> Problem {
    Problem::not_found("no answer of this number was asked for")
}

/// Cuts answers whose lease is over, and those that nobody has begun: whoever made them is gone. At a start of the one collector of an SQLite
/// file all that are left are. A time that is further off than any can be was noted by a clock that was wrong.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn cut_overdue(store: &Store, is_start: bool) -> Result<u64, GroundError> {
    let open: Option<(i64,)> =
        sqlx::query_as("SELECT number FROM talk_answers WHERE state < 2 LIMIT 1").fetch_optional(store.pool()).await?;
    if open.is_none() {
        return Ok(0);
    }
    let mut transaction = store.begin().await?;
    let now = transaction.database_time().await?;
    let at_once = is_start && store.lets_one_write();
    let cut = sqlx::query(
        "UPDATE talk_answers SET state = 4, fence = fence + 1, sealed = NULL, lease_until = NULL WHERE state < 2 AND ($1 = 1 \
         OR (state = 1 AND (lease_until IS NULL OR lease_until <= $2 OR lease_until > $3)) \
         OR (state = 0 AND (asked_at <= $4 OR asked_at > $5)))",
    )
    .bind(i64::from(at_once))
    .bind(now)
    .bind(now.saturating_add(LEASE))
    .bind(now - WAITS)
    .bind(now.saturating_add(WAITS))
    .execute(&mut **transaction)
    .await?;
    transaction.commit().await?;
    Ok(cut.rows_affected())
}
