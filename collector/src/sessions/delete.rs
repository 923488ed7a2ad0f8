use attune_protocol::ids::{PersonId, SessionId};
use sqlx::{Any, Transaction};

use super::SessionKind;
use super::query;
use crate::CollectorError;
use crate::ingest::ERASED;
use crate::store::{Store, bytes16};
use crate::time::now_millis;

/// Deletes a session with everything that it was made from, and gives whether there was one.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn delete(store: &Store, session: SessionId) -> Result<bool, CollectorError> {
    let Some(row) = query::find(store, session).await? else { return Ok(false) };
    // Whoever asks for the younger of two that were joined means what they became.
    let session = row.merged_into.unwrap_or(session);
    let mut transaction = store.begin().await?;
    lock(&mut transaction, row.person).await?;
    let deleted = delete_one(&mut transaction, session, row.person).await?;
    transaction.commit().await?;
    Ok(deleted)
}

/// Deletes the sessions of a person that ended before an instant (Unix milliseconds), and gives their number.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn delete_before(store: &Store, person: PersonId, before: i64) -> Result<usize, CollectorError> {
    let mut transaction = store.begin().await?;
    lock(&mut transaction, person).await?;
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

/// Keeps the fuser from making a session anew while it is deleted.
async fn lock(transaction: &mut Transaction<'static, Any>, person: PersonId) -> Result<(), CollectorError> {
    sqlx::query("UPDATE accounts SET updates = updates + 1 WHERE person = $1")
        .bind(person.0.to_vec())
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

async fn delete_one(
    transaction: &mut Transaction<'static, Any>,
    session: SessionId,
    person: PersonId,
) -> Result<bool, CollectorError> {
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
    forget_nobody(transaction, person).await?;
    Ok(true)
}

/// A live session is all that its person's devices sent for its time. What is deleted stays settled, so that a device
/// that did not hear of the commit does not bring it back.
async fn delete_records(
    transaction: &mut Transaction<'static, Any>,
    person: PersonId,
    from: i64,
    to: i64,
) -> Result<(), CollectorError> {
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

/// Somebody without a user id was made for one analysis and ends with it; without their key its backups are unreadable.
async fn forget_nobody(transaction: &mut Transaction<'static, Any>, person: PersonId) -> Result<(), CollectorError> {
    for statement in [
        "DELETE FROM accounts WHERE person = $1 AND user_id IS NULL",
        "DELETE FROM person_keys WHERE person = $1 AND NOT EXISTS (SELECT 1 FROM accounts WHERE person = $1)",
    ] {
        sqlx::query(statement).bind(person.0.to_vec()).execute(&mut **transaction).await?;
    }
    Ok(())
}
