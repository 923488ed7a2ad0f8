//! What HR is told of reminders: that three in a row went unanswered of a person, since when, and nothing else.

use std::collections::BTreeSet;

use attune_ground::GroundError;
use attune_ground::store::{Store, Write, bytes16};
use attune_people::accounts;
use attune_protocol::ids::PersonId;

use super::plan::Plan;
use super::rows::{self, IN_A_ROW, Of};
use crate::error::ContactError;
use crate::state::Contact;

/// For how long one is shown, milliseconds.
pub(crate) const SHOWN: i64 = 30 * 24 * 3_600_000;

/// Notices that are shown.
const MOST: i64 = 200;

/// That reminders of a person went unanswered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Notice {
    person: PersonId,
    /// What the person is called; none where that does not open.
    pub(crate) user: Option<String>,
    /// Since when HR is told, Unix milliseconds.
    pub(crate) told_at: i64,
    /// When the last of it was told that nobody of HR has seen, where there is any.
    unseen: Option<i64>,
}

/// Whether one stands about these reminders, which holds that they are told once.
pub(super) async fn stands(transaction: &mut Write, (person, kind): Of) -> Result<bool, GroundError> {
    let row: Option<(i64,)> = sqlx::query_as(
        "SELECT CAST(1 AS BIGINT) FROM reminder_notices WHERE person = $1 AND kind = $2 AND ended_at IS NULL LIMIT 1",
    )
    .bind(person.0.to_vec())
    .bind(kind.number())
    .fetch_optional(&mut ***transaction)
    .await?;
    Ok(row.is_some())
}

/// Whether HR would be told, were one more missed: where it may be, the person knew it when they chose to be reminded, and it is not yet.
pub(super) async fn would_be(
    state: &Contact,
    transaction: &mut Write,
    of: Of,
    plan: &Plan,
    now: i64,
) -> Result<bool, ContactError> {
    let may = state.may_tell_hr() && plan.told && !stands(transaction, of).await?;
    Ok(may && rows::in_a_row(transaction, of, (plan.since, now)).await? + 1 >= IN_A_ROW)
}

/// Tells HR; gives whether nobody had.
pub(super) async fn tell(transaction: &mut Write, (person, kind): Of, due: i64, now: i64) -> Result<bool, GroundError> {
    let told = sqlx::query(
        "INSERT INTO reminder_notices (person, kind, due, told_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (person, kind, due) DO NOTHING",
    )
    .bind(person.0.to_vec())
    .bind(kind.number())
    .bind(due)
    .bind(now)
    .execute(&mut ***transaction)
    .await?;
    Ok(told.rows_affected() == 1)
}

/// It is so no more: one was answered, or the person is not reminded any more.
pub(super) async fn end(transaction: &mut Write, (person, kind): Of, now: i64) -> Result<(), GroundError> {
    sqlx::query("UPDATE reminder_notices SET ended_at = $3 WHERE person = $1 AND kind = $2 AND ended_at IS NULL")
        .bind(person.0.to_vec())
        .bind(kind.number())
        .bind(now)
        .execute(&mut ***transaction)
        .await?;
    Ok(())
}

/// A rule forbids by now that HR is told: it is so of nobody any more.
pub(super) async fn end_all(store: &Store, now: i64) -> Result<(), GroundError> {
    let standing: Option<(i64,)> =
        sqlx::query_as("SELECT CAST(1 AS BIGINT) FROM reminder_notices WHERE ended_at IS NULL LIMIT 1")
            .fetch_optional(store.pool())
            .await?;
    if standing.is_none() {
        return Ok(());
    }
    let ending = store.again(|| async {
        let mut transaction = store.begin().await?;
        sqlx::query("UPDATE reminder_notices SET ended_at = $1 WHERE ended_at IS NULL")
            .bind(now)
            .execute(&mut **transaction)
            .await?;
        transaction.commit().await
    });
    ending.await
}

/// Since when HR is told of a person's reminders, where it is.
pub(crate) async fn since(store: &Store, person: PersonId) -> Result<Option<i64>, GroundError> {
    let (since,): (Option<i64>,) =
        sqlx::query_as("SELECT MIN(told_at) FROM reminder_notices WHERE person = $1 AND ended_at IS NULL")
            .bind(person.0.to_vec())
            .fetch_one(store.pool())
            .await?;
    Ok(since)
}

/// What HR is told, first what nobody of HR has seen, and each the newest first; nothing where a rule forbids it by now.
pub(crate) async fn all(state: &Contact, now: i64) -> Result<Vec<Notice>, ContactError> {
    if !state.may_tell_hr() {
        return Ok(Vec::new());
    }
    let rows: Vec<(Vec<u8>, i64, Option<i64>)> = sqlx::query_as(
        "SELECT person, MIN(told_at), MAX(CASE WHEN seen_at IS NULL THEN told_at END) FROM reminder_notices \
         WHERE ended_at IS NULL AND told_at > $1 GROUP BY person \
         ORDER BY COUNT(seen_at) = COUNT(*), 2 DESC, person LIMIT $2",
    )
    .bind(now - SHOWN)
    .bind(MOST)
    .fetch_all(state.store().pool())
    .await?;
    let people: BTreeSet<PersonId> = rows.iter().filter_map(|row| bytes16(&row.0).ok().map(PersonId)).collect();
    let mut users = accounts::users_of(state.store(), state.people().keys(), &people).await?;
    let told = |(person, told_at, unseen): (Vec<u8>, i64, Option<i64>)| {
        let person = PersonId(bytes16(&person).ok()?);
        Some(Notice { person, user: users.remove(&person), told_at, unseen })
    };
    Ok(rows.into_iter().filter_map(told).collect())
}

/// Somebody of HR has seen these, and not what was told since they were read, nor what is beyond them.
pub(crate) async fn seen(store: &Store, notices: &[Notice], now: i64) -> Result<(), GroundError> {
    let mut unseen: Vec<_> = notices.iter().filter_map(|of| Some((of.person, of.unseen?))).collect();
    if unseen.is_empty() {
        return Ok(());
    }
    // Whoever sees the same at once takes them in the same order.
    unseen.sort_unstable();
    let noting = store.again(|| async {
        let mut transaction = store.begin().await?;
        for (person, told_at) in &unseen {
            sqlx::query(
                "UPDATE reminder_notices SET seen_at = $3 WHERE person = $1 AND told_at <= $2 AND seen_at IS NULL \
                 AND ended_at IS NULL",
            )
            .bind(person.0.to_vec())
            .bind(*told_at)
            .bind(now)
            .execute(&mut **transaction)
            .await?;
        }
        transaction.commit().await
    });
    noting.await
}
