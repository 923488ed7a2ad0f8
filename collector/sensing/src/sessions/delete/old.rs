//! What is deleted for its age, over every table that has a person or a time.

use attune_ground::store::{Store, bytes16};
use attune_ground::time::now_millis;
use attune_people::{Deleted, PeopleError, accounts};
use attune_protocol::ids::{PersonId, SessionId};
use sqlx::{Any, Transaction};

use super::slices::{Doomed, forget_nobody, of_devices, room, slice};
use super::{SessionKind, condemn_locked};
use crate::spans::{self, REMEMBERED_MILLIS};

/// How long analyses without a user id are kept, milliseconds from when they were made: nobody can set a limit for them.
const NOBODYS_MILLIS: i64 = 30 * 24 * 3_600_000;

/// Deletes what was sensed or sent of a person before an instant (Unix milliseconds), by the time of each window, and
/// gives how many rows that were. What comes of that time later is not taken in.
///
/// # Errors
/// When the database refuses.
pub fn delete_before(store: &Store, person: PersonId, before: i64) -> Deleted<'_> {
    Box::pin(delete_old(store, person, before))
}

/// Goes on with deletions that were cut short, and, with the time to delete by, deletes what belongs to nobody known and
/// is too old.
///
/// # Errors
/// When the database refuses.
pub fn finish(store: &Store, now: Option<i64>) -> Deleted<'_> {
    Box::pin(async move {
        let Some(now) = now else { return go_on(store).await };
        condemn_nobodys(store, now - NOBODYS_MILLIS).await?;
        let rows = forget_places(store, now - REMEMBERED_MILLIS).await? + go_on(store).await?;
        Ok(rows + forget_nobodys(store, now - NOBODYS_MILLIS).await?)
    })
}

async fn delete_old(store: &Store, person: PersonId, before: i64) -> Result<u64, PeopleError> {
    let mut transaction = store.begin().await?;
    if !accounts::lock(&mut transaction, person).await? {
        return Ok(0); // nothing is kept of who is not known
    }
    spans::remember(&mut transaction, person, (0, before), now_millis()).await?;
    let old: Vec<(Vec<u8>,)> = sqlx::query_as(
        "SELECT session FROM sessions \
         WHERE person = $1 AND merged_into IS NULL AND deleted_at IS NULL AND ended_at <= $2",
    )
    .bind(person.0.to_vec())
    .bind(before)
    .fetch_all(&mut **transaction)
    .await?;
    for (session,) in &old {
        condemn_locked(&mut transaction, person, SessionId(bytes16(session)?)).await?;
    }
    transaction.commit().await?;
    let rows = go_on(store).await? + remove_old(store, person, before).await?;
    if rows > 0 {
        store.purge_soon();
    }
    Ok(rows)
}

/// Removes, slice by slice, what is of before an instant and in no session, or in one that goes on behind it.
async fn remove_old(store: &Store, person: PersonId, before: i64) -> Result<u64, PeopleError> {
    let mut rows = 0;
    loop {
        let mut transaction = store.begin().await?;
        accounts::lock(&mut transaction, person).await?;
        let removed = old_rows(&mut transaction, person, before).await?;
        transaction.commit().await?;
        rows += removed;
        if room(removed) > 0 {
            return Ok(rows);
        }
    }
}

/// Removes some rows of before an instant that are outside of sessions, or in one that goes on behind it.
async fn old_rows(
    transaction: &mut Transaction<'static, Any>,
    person: PersonId,
    before: i64,
) -> Result<u64, PeopleError> {
    let mut rows = of_devices(transaction, person, (0, before)).await?;
    let cut: Vec<(Vec<u8>,)> = sqlx::query_as(
        "SELECT session FROM sessions \
         WHERE person = $1 AND merged_into IS NULL AND deleted_at IS NULL AND started_at < $2",
    )
    .bind(person.0.to_vec())
    .bind(before)
    .fetch_all(&mut **transaction)
    .await?;
    for (session,) in cut {
        for statement in [
            "DELETE FROM analysis_records WHERE session = $1 AND (window_start, place) IN \
             (SELECT window_start, place FROM analysis_records WHERE session = $1 AND window_start < $2 LIMIT $3)",
            "DELETE FROM fused_windows WHERE session = $1 AND window_start IN \
             (SELECT window_start FROM fused_windows WHERE session = $1 AND window_start < $2 LIMIT $3)",
        ] {
            let removed = sqlx::query(statement).bind(session.clone()).bind(before).bind(room(rows));
            rows += removed.execute(&mut **transaction).await?.rows_affected();
        }
        // It begins with the first window that it still has.
        sqlx::query(
            "UPDATE sessions SET started_at = (SELECT MIN(window_start) FROM fused_windows WHERE session = $1) \
             WHERE session = $1 AND EXISTS (SELECT 1 FROM fused_windows WHERE session = $1)",
        )
        .bind(session)
        .execute(&mut **transaction)
        .await?;
    }
    for statement in [
        "DELETE FROM dropped WHERE person = $1 AND last_window < $2",
        "DELETE FROM quarantine WHERE person = $1 AND received_at < $2",
    ] {
        let removed = sqlx::query(statement).bind(person.0.to_vec()).bind(before).execute(&mut **transaction).await?;
        rows += removed.rows_affected();
    }
    Ok(rows)
}

/// Condemns analyses without a user id that were made before an instant.
async fn condemn_nobodys(store: &Store, before: i64) -> Result<(), PeopleError> {
    for person in accounts::nobodys(store, before).await? {
        let mut transaction = store.begin().await?;
        accounts::lock(&mut transaction, person).await?;
        let sessions: Vec<(Vec<u8>,)> =
            sqlx::query_as("SELECT session FROM sessions WHERE person = $1 AND deleted_at IS NULL")
                .bind(person.0.to_vec())
                .fetch_all(&mut **transaction)
                .await?;
        for (session,) in sessions {
            condemn_locked(&mut transaction, person, SessionId(bytes16(&session)?)).await?;
        }
        accounts::close_nobody(&mut transaction, person).await?;
        transaction.commit().await?;
    }
    Ok(())
}

/// Forgets who was condemned and has nothing in a session any more, with whatever else is kept of them.
async fn forget_nobodys(store: &Store, before: i64) -> Result<u64, PeopleError> {
    let mut rows = 0;
    for person in accounts::nobodys(store, before).await? {
        rows += remove_old(store, person, i64::MAX).await?;
        let mut transaction = store.begin().await?;
        accounts::lock(&mut transaction, person).await?;
        forget_nobody(&mut transaction, person).await?;
        transaction.commit().await?;
    }
    Ok(rows)
}

/// Forgets deleted spans, and places of outboxes that hold nothing, once no outbox can hold them any more.
async fn forget_places(store: &Store, before: i64) -> Result<u64, PeopleError> {
    let mut transaction = store.begin().await?;
    let mut rows = 0;
    for statement in ["DELETE FROM deleted_spans WHERE deleted_at < $1", "DELETE FROM settled WHERE received_at < $1"] {
        rows += sqlx::query(statement).bind(before).execute(&mut **transaction).await?.rows_affected();
    }
    transaction.commit().await?;
    Ok(rows)
}

/// Goes on with all deletions that are under way, to their end.
async fn go_on(store: &Store) -> Result<u64, PeopleError> {
    type Row = (Vec<u8>, Vec<u8>, i64, i64, i64);
    let under_way: Vec<Row> = sqlx::query_as(
        "SELECT session, person, kind, started_at, ended_at FROM sessions \
         WHERE deleted_at IS NOT NULL AND merged_into IS NULL",
    )
    .fetch_all(store.pool())
    .await?;
    let mut rows = 0;
    for (session, person, kind, begins, ends) in under_way {
        let span = (kind != SessionKind::Analysis.number()).then_some((begins, ends));
        let doomed = Doomed { session: SessionId(bytes16(&session)?), person: PersonId(bytes16(&person)?), span };
        loop {
            let slice = slice(store, &doomed).await?;
            rows += slice.rows;
            if slice.is_last {
                break;
            }
        }
    }
    if rows > 0 {
        store.purge_soon();
    }
    Ok(rows)
}
