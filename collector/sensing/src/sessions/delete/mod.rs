//! Deleting: at once for everybody who asks, and row by row in slices, so that nobody who writes waits for long. Which
//! deletions are under way stands in the database: one that was cut short is gone on with.

mod aged;
mod old;
mod slices;

use std::time::{Duration, Instant};

use attune_ground::store::{Store, Write, bytes16};
use attune_ground::time::now_millis;
use attune_people::{PeopleError, accounts};
use attune_protocol::ids::{PersonId, SessionId};

use super::SessionKind;
use crate::SensingError;
use crate::spans;

pub use aged::AGING;
pub use old::{delete_before, finish};
use slices::{Doomed, slice};

/// How long who asks waits for the end of a deletion; the rest follows within a minute.
const PATIENCE: Duration = Duration::from_secs(2);

/// How far a deletion is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Deletion {
    /// There is no such session.
    Unknown,
    /// Nothing of it is left.
    Done,
    /// The session is gone, and of its rows so many are still to be removed.
    UnderWay(u64),
}

/// Deletes a session with everything that it was made from, or goes on with it.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn delete(store: &Store, session: SessionId) -> Result<Deletion, SensingError> {
    delete_within(store, session, PATIENCE).await
}

async fn delete_within(store: &Store, session: SessionId, patience: Duration) -> Result<Deletion, SensingError> {
    let Some(doomed) = condemn(store, session).await? else { return Ok(Deletion::Unknown) };
    let begun = Instant::now();
    while !slice(store, &doomed).await?.is_last {
        if begun.elapsed() > patience {
            return Ok(Deletion::UnderWay(slices::left(store, &doomed).await?));
        }
    }
    store.purge_soon();
    Ok(Deletion::Done)
}

/// Takes a session away from everybody who asks.
async fn condemn(store: &Store, session: SessionId) -> Result<Option<Doomed>, PeopleError> {
    let mut transaction = store.begin().await?;
    let row: Option<(Vec<u8>,)> = sqlx::query_as("SELECT person FROM sessions WHERE session = $1")
        .bind(session.0.to_vec())
        .fetch_optional(&mut **transaction)
        .await?;
    let Some((person,)) = row else { return Ok(None) };
    let person = PersonId(bytes16(&person)?);
    // Behind the lock nobody joins the session to another one, appends to it or deletes it.
    accounts::lock(&mut transaction, person).await?;
    let doomed = condemn_locked(&mut transaction, person, session).await?;
    if let Some((begins, ends)) = doomed.as_ref().and_then(|doomed| doomed.span) {
        // Somebody asks for it, and it does not go for its age: no sum of it stays.
        attune_wellbeing::forget(&mut transaction, person, begins..ends).await?;
    }
    transaction.commit().await?;
    Ok(doomed)
}

/// As [`condemn`], for who has the lock of the person.
async fn condemn_locked(
    transaction: &mut Write,
    person: PersonId,
    session: SessionId,
) -> Result<Option<Doomed>, PeopleError> {
    type Row = (Vec<u8>, i64, i64, i64, Option<i64>);
    // Whoever asks for the younger of two that were joined means what they became.
    let row: Option<Row> = sqlx::query_as(
        "SELECT session, kind, started_at, ended_at, deleted_at FROM sessions \
         WHERE person = $2 AND session = \
         (SELECT COALESCE(merged_into, session) FROM sessions WHERE session = $1 AND person = $2)",
    )
    .bind(session.0.to_vec())
    .bind(person.0.to_vec())
    .fetch_optional(&mut ***transaction)
    .await?;
    let Some((id, kind, begins, ends, deleted_at)) = row else { return Ok(None) };
    // One whose kind does not read may be of devices, too.
    let span = (kind != SessionKind::Analysis.number()).then_some((begins, ends));
    let doomed = Doomed { session: SessionId(bytes16(&id)?), person, span };
    if deleted_at.is_some() {
        return Ok(Some(doomed));
    }
    let now = now_millis();
    let taken =
        sqlx::query("UPDATE sessions SET deleted_at = $1 WHERE person = $3 AND (session = $2 OR merged_into = $2)")
            .bind(now)
            .bind(doomed.session.0.to_vec())
            .bind(person.0.to_vec())
            .execute(&mut ***transaction)
            .await?;
    if taken.rows_affected() == 0 {
        return Ok(None); // it ended meanwhile
    }
    if let Some(span) = span {
        spans::remember(transaction, person, span, now).await?;
        // From here on none of it is seen, and none of what comes of then.
        attune_wellbeing::touch(transaction, &[(person, span.0..span.1)]).await?;
    }
    // Somebody without a user id was made for one analysis and ends with it: without their key nothing of it opens.
    accounts::close_nobody(transaction, person).await?;
    Ok(Some(doomed))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{fuse, sessions};
    use super::*;
    use crate::testing::{Device, Fixture, MIGRATIONS, heart_record};

    const WINDOW: u32 = 177_000_000;
    /// With their records more than a slice.
    const WINDOWS: u32 = 1_200;

    async fn left(fixture: &Fixture) -> [i64; 3] {
        [fixture.count("records").await, fixture.count("fused_windows").await, fixture.count("sessions").await]
    }

    async fn large_session(fixture: &Fixture) -> SessionId {
        let device = fixture.device("alice").await;
        let items = (Device::FIRST_SEQ..).zip(WINDOW..WINDOW + WINDOWS);
        let items = items.map(|(seq, window)| (seq, heart_record(window, 60.0))).collect();
        assert_eq!(fixture.take_in(vec![device.batch(items)]).await.len(), 1);
        fuse(fixture).await;
        assert_eq!(left(fixture).await, [i64::from(WINDOWS), i64::from(WINDOWS), 1]);
        sessions(fixture).await.remove(0).session
    }

    #[tokio::test]
    async fn a_deletion_that_takes_long_says_how_far_it_is_and_ends_when_it_is_asked_again_on_each_database() {
        for fixture in Fixture::each().await {
            let session = large_session(&fixture).await;
            let store = &fixture.context.store;
            let mut told = Vec::new();
            loop {
                match delete_within(store, session, Duration::ZERO).await.expect("deletes") {
                    Deletion::UnderWay(rows) => told.push(rows),
                    Deletion::Done => break,
                    Deletion::Unknown => panic!("it is known until nothing is left"),
                }
                assert!(sessions(&fixture).await.is_empty(), "it is gone for everybody who asks");
            }
            assert_eq!(told.first(), Some(&400), "a slice of 2,400 rows is gone");
            assert!(told.is_sorted_by(|before, now| before > now), "{told:?}");
            assert_eq!(left(&fixture).await, [0, 0, 0]);
            assert_eq!(delete_within(store, session, PATIENCE).await.expect("deletes"), Deletion::Unknown);
        }
    }

    #[tokio::test]
    async fn a_deletion_that_was_cut_short_is_gone_on_with_by_whoever_starts_next_on_each_database() {
        for fixture in Fixture::each().await {
            let session = large_session(&fixture).await;
            let under_way = delete_within(&fixture.context.store, session, Duration::ZERO).await.expect("deletes");
            assert!(matches!(under_way, Deletion::UnderWay(_)));
            // Nothing of the process that began it is left.
            let store = Store::open(&fixture.database.urls, &MIGRATIONS).await.expect("opens");
            assert_eq!(finish(&store, None).await.expect("finishes"), 400);
            assert_eq!(left(&fixture).await, [0, 0, 0]);
        }
    }

    #[tokio::test]
    async fn a_record_that_is_being_taken_in_while_its_time_is_deleted_does_not_stay_on_each_database() {
        for fixture in Fixture::each().await {
            let device = fixture.device("alice").await;
            let record = |seq| device.batch(vec![(seq, heart_record(WINDOW, 60.0))]);
            fixture.take_in(vec![record(Device::FIRST_SEQ)]).await;
            fuse(&fixture).await;
            let session = sessions(&fixture).await.remove(0).session;
            // The window waits again, and another collector holds its place with a record that is not committed yet.
            fixture.take_in(vec![record(Device::FIRST_SEQ + 1)]).await;
            let store = fixture.context.store.clone();
            let mut other = store.begin().await.expect("begins");
            for statement in [
                "INSERT INTO records (device, epoch, seq, person, window_start, modality, revision, size, received_at, \
                 clock_offset, sealed) SELECT device, epoch, seq + 100, person, window_start, modality, revision, size, \
                 received_at, clock_offset, sealed FROM records",
                "INSERT INTO pending_fusion (person, window_start) SELECT DISTINCT person, window_start FROM records WHERE TRUE \
                 ON CONFLICT (person, window_start) DO UPDATE SET window_start = excluded.window_start",
            ] {
                sqlx::query(statement).execute(&mut **other).await.expect("written");
            }
            let deleting = tokio::spawn(async move { delete(&store, session).await });
            tokio::time::sleep(Duration::from_millis(500)).await;
            other.commit().await.expect("commits");
            assert_eq!(deleting.await.expect("ends").expect("deletes"), Deletion::Done);
            fuse(&fixture).await;
            assert_eq!(left(&fixture).await, [0, 0, 0]);
        }
    }
}
