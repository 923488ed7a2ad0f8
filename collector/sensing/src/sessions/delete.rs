use attune_ground::store::{Store, bytes16};
use attune_ground::time::now_millis;
use attune_people::{Deleted, PeopleError, accounts};
use attune_protocol::ids::{PersonId, SessionId};
use sqlx::{Any, Transaction};

use super::SessionKind;
use super::query;
use crate::SensingError;
use crate::ingest::ERASED;

/// Deletes a session with everything that it was made from, and gives whether there was one.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn delete(store: &Store, session: SessionId) -> Result<bool, SensingError> {
    let Some(row) = query::find(store, session).await? else { return Ok(false) };
    // Whoever asks for the younger of two that were joined means what they became.
    let session = row.merged_into.unwrap_or(session);
    let mut transaction = store.begin().await?;
    // Keeps the fuser from making a session anew while it is deleted.
    accounts::lock(&mut transaction, row.person).await?;
    let deleted = delete_one(&mut transaction, session, row.person).await?;
    transaction.commit().await?;
    Ok(deleted)
}

/// Deletes the sessions of a person that ended before an instant (Unix milliseconds), and gives their number.
///
/// # Errors
/// When the database refuses.
pub fn delete_before(store: &Store, person: PersonId, before: i64) -> Deleted<'_> {
    Box::pin(delete_old(store, person, before))
}

async fn delete_old(store: &Store, person: PersonId, before: i64) -> Result<usize, PeopleError> {
    let mut transaction = store.begin().await?;
    accounts::lock(&mut transaction, person).await?;
    let old: Vec<(Vec<u8>,)> =
        sqlx::query_as("SELECT session FROM sessions WHERE person = $1 AND merged_into IS NULL AND ended_at < $2")
            .bind(person.0.to_vec())
            .bind(before)
            .fetch_all(&mut *transaction)
            .await?;
    for (session,) in &old {
        delete_one(&mut transaction, SessionId(bytes16(session)?), person).await?;
    }
    transaction.commit().await?;
    Ok(old.len())
}

async fn delete_one(
    transaction: &mut Transaction<'static, Any>,
    session: SessionId,
    person: PersonId,
) -> Result<bool, PeopleError> {
    let row: Option<(i64, i64, i64)> =
        sqlx::query_as("SELECT kind, started_at, ended_at FROM sessions WHERE session = $1")
            .bind(session.0.to_vec())
            .fetch_optional(&mut **transaction)
            .await?;
    let Some((kind, started_at, ended_at)) = row else { return Ok(false) };
    if kind == SessionKind::Live.number() {
        delete_records(transaction, person, started_at, ended_at).await?;
    }
    for statement in [
        "DELETE FROM analysis_records WHERE session = $1",
        "DELETE FROM fused_windows WHERE session = $1",
        "DELETE FROM sessions WHERE merged_into = $1",
        "DELETE FROM sessions WHERE session = $1",
    ] {
        sqlx::query(statement).bind(session.0.to_vec()).execute(&mut **transaction).await?;
    }
    // Somebody without a user id was made for one analysis and ends with it.
    accounts::forget_nobody(transaction, person).await?;
    Ok(true)
}

/// A live session is all that its person's devices sent for its time. What is deleted stays settled, so that a device
/// that did not hear of the commit does not bring it back.
async fn delete_records(
    transaction: &mut Transaction<'static, Any>,
    person: PersonId,
    from: i64,
    to: i64,
) -> Result<(), PeopleError> {
    sqlx::query(
        "INSERT INTO settled (device, epoch, seq, outcome, received_at) \
         SELECT device, epoch, seq, $1, $2 FROM records WHERE person = $3 AND window_start >= $4 AND window_start < $5 \
         ON CONFLICT (device, epoch, seq) DO NOTHING",
    )
    .bind(ERASED)
    .bind(now_millis())
    .bind(person.0.to_vec())
    .bind(from)
    .bind(to)
    .execute(&mut **transaction)
    .await?;
    for statement in [
        "DELETE FROM records WHERE person = $1 AND window_start >= $2 AND window_start < $3",
        "DELETE FROM pending_fusion WHERE person = $1 AND window_start >= $2 AND window_start < $3",
    ] {
        sqlx::query(statement).bind(person.0.to_vec()).bind(from).bind(to).execute(&mut **transaction).await?;
    }
    Ok(())
}
