use attune_ground::GroundError;
use attune_ground::store::bytes16;
use attune_ground::time::now_millis;
use attune_protocol::ids::{PersonId, SessionId};
use attune_protocol::window::Window;
use sqlx::{Any, Transaction};

use super::SessionKind;
use crate::SensingError;

/// The longest gap between two windows of one session, milliseconds.
pub(super) const LONGEST_GAP: i64 = 10 * 60 * 1000;

/// Finds or makes the live session of a person's window.
///
/// A window may extend a session in either direction, or close the gap between two or more. Then the oldest one's id
/// stays: it takes over the windows of the younger ones, which from then on lead to it.
pub(super) async fn assign(
    transaction: &mut Transaction<'static, Any>,
    person: PersonId,
    window: Window,
) -> Result<SessionId, SensingError> {
    let near: Vec<(Vec<u8>, i64, i64)> = sqlx::query_as(
        "SELECT session, started_at, ended_at FROM sessions \
         WHERE person = $1 AND kind = $2 AND merged_into IS NULL AND deleted_at IS NULL \
         AND started_at <= $3 AND ended_at >= $4 \
         ORDER BY created_at, session",
    )
    .bind(person.0.to_vec())
    .bind(SessionKind::Live.number())
    .bind(window.end_millis() + LONGEST_GAP)
    .bind(window.start_millis() - LONGEST_GAP)
    .fetch_all(&mut **transaction)
    .await?;
    let Some((oldest, ..)) = near.first() else {
        return create(transaction, person, window).await;
    };
    let started_at = near.iter().map(|s| s.1).fold(window.start_millis(), i64::min);
    let ended_at = near.iter().map(|s| s.2).fold(window.end_millis(), i64::max);
    for (younger, ..) in &near[1..] {
        merge(transaction, person, (oldest, younger)).await?;
    }
    let extended = sqlx::query("UPDATE sessions SET started_at = $1, ended_at = $2 WHERE session = $3 AND person = $4")
        .bind(started_at)
        .bind(ended_at)
        .bind(oldest.clone())
        .bind(person.0.to_vec())
        .execute(&mut **transaction)
        .await?;
    if extended.rows_affected() != 1 {
        return Err(GroundError::Corrupt("a session stays while its person's row is locked").into());
    }
    let spans = near.iter().map(|(_, begins, ends)| (*begins, *ends));
    for gap in gaps(spans.chain([(window.start_millis(), window.end_millis())]).collect()) {
        fuse_again(transaction, person, gap).await?;
    }
    Ok(SessionId(bytes16(oldest)?))
}

/// The live session within whose time a window lies, if there is one.
pub(super) async fn around(
    transaction: &mut Transaction<'static, Any>,
    person: PersonId,
    window: Window,
) -> Result<Option<SessionId>, SensingError> {
    let row: Option<(Vec<u8>,)> = sqlx::query_as(
        "SELECT session FROM sessions \
         WHERE person = $1 AND kind = $2 AND merged_into IS NULL AND deleted_at IS NULL \
         AND started_at <= $3 AND ended_at >= $4 ORDER BY created_at, session LIMIT 1",
    )
    .bind(person.0.to_vec())
    .bind(SessionKind::Live.number())
    .bind(window.start_millis())
    .bind(window.end_millis())
    .fetch_optional(&mut **transaction)
    .await?;
    row.map(|(session,)| Ok(SessionId(bytes16(&session)?))).transpose()
}

/// What lies between spans, which become one.
fn gaps(mut spans: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    spans.sort_unstable();
    let (mut gaps, mut reached) = (Vec::new(), None);
    for (begins, ends) in spans {
        gaps.extend(reached.filter(|reached| *reached < begins).map(|reached| (reached, begins)));
        reached = reached.max(Some(ends));
    }
    gaps
}

/// Puts windows of a time that has come within a session back into the list: nothing was seen in them, and now they count.
async fn fuse_again(
    transaction: &mut Transaction<'static, Any>,
    person: PersonId,
    (begins, ends): (i64, i64),
) -> Result<(), SensingError> {
    sqlx::query(
        "INSERT INTO pending_fusion (person, window_start) SELECT DISTINCT person, window_start FROM records \
         WHERE person = $1 AND window_start >= $2 AND window_start < $3 ON CONFLICT (person, window_start) DO NOTHING",
    )
    .bind(person.0.to_vec())
    .bind(begins)
    .bind(ends)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

async fn create(
    transaction: &mut Transaction<'static, Any>,
    person: PersonId,
    window: Window,
) -> Result<SessionId, SensingError> {
    let session = SessionId::random();
    sqlx::query(
        "INSERT INTO sessions (session, person, kind, started_at, ended_at, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(session.0.to_vec())
    .bind(person.0.to_vec())
    .bind(SessionKind::Live.number())
    .bind(window.start_millis())
    .bind(window.end_millis())
    .bind(now_millis())
    .execute(&mut **transaction)
    .await?;
    Ok(session)
}

/// Hands the windows of the younger session, and whatever led to it, to the older one.
async fn merge(
    transaction: &mut Transaction<'static, Any>,
    person: PersonId,
    (older, younger): (&[u8], &[u8]),
) -> Result<(), SensingError> {
    let mut joined = 0;
    for statement in [
        "UPDATE fused_windows SET session = $1 WHERE session = $2 AND person = $3",
        "UPDATE sessions SET merged_into = $1 WHERE merged_into = $2 AND person = $3",
        "UPDATE sessions SET merged_into = $1 WHERE session = $2 AND person = $3",
    ] {
        let done = sqlx::query(statement).bind(older.to_vec()).bind(younger.to_vec()).bind(person.0.to_vec());
        joined = done.execute(&mut **transaction).await?.rows_affected();
    }
    match joined {
        1 => Ok(()),
        _ => Err(GroundError::Corrupt("a session stays while its person's row is locked").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::gaps;

    #[test]
    fn gaps_lie_between_spans_in_whatever_order_they_come_and_none_where_they_touch() {
        assert_eq!(gaps(vec![(50, 60), (0, 10), (20, 30)]), [(10, 20), (30, 50)]);
        assert_eq!(gaps(vec![(0, 10), (10, 20)]), []);
        assert_eq!(gaps(vec![(0, 100), (10, 20), (110, 120)]), [(100, 110)]);
    }
}
