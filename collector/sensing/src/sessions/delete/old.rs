//! What is deleted for its age, over every table that has a person or a time.

use attune_ground::Deleted;
use attune_ground::damage::{Damaged, Damages};
use attune_ground::store::{self, Store, bytes16};
use attune_people::{PeopleError, accounts};
use attune_protocol::ids::{PersonId, SessionId};
use sqlx::{Any, AssertSqlSafe, Transaction};

use super::slices::{Doomed, SLICE, forget_nobody, of_devices, room, slice};
use super::{SessionKind, condemn_locked};
use crate::months;
use crate::spans::{self, REMEMBERED_MILLIS};

/// Of what is deleted for its age.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum What {
    /// All that is kept of somebody.
    Everything,
    /// What devices sent, and what was fused of it.
    OfDevices,
    /// What was sent for analysis.
    Analyses,
}

impl What {
    /// Which sessions it means, in SQL.
    const fn kind(self) -> &'static str {
        match self {
            Self::Everything => "kind = kind",
            Self::OfDevices => "kind <> 2",
            Self::Analyses => "kind = 2",
        }
    }

    fn is_of_devices(self) -> bool {
        self != Self::Analyses
    }
}

/// How long analyses without a user id are kept, milliseconds from when they were made: nobody can set a limit for them.
const NOBODYS_MILLIS: i64 = 30 * 24 * 3_600_000;

/// Deletes what was sensed or sent of a person before an instant (Unix milliseconds), by the time of each window, and
/// gives how many rows that were. What comes of that time later is not taken in.
///
/// # Errors
/// When the database refuses.
pub fn delete_before(store: &Store, person: PersonId, before: i64) -> Deleted<'_> {
    Box::pin(async move { Ok(delete_old(store, person, before, What::Everything).await?) })
}

/// Goes on with deletions that were cut short, and, with the time to delete by, deletes what belongs to nobody known and
/// is too old, and makes the parts of tables that months to come need.
///
/// # Errors
/// When the database refuses.
pub fn finish(store: &Store, now: Option<i64>) -> Deleted<'_> {
    Box::pin(async move {
        let Some(now) = now else { return Ok(go_on(store).await?) };
        store.make_months(&months::RECORDS, now).await?;
        condemn_nobodys(store, now - NOBODYS_MILLIS).await?;
        let rows = forget_places(store, now - REMEMBERED_MILLIS).await? + go_on(store).await?;
        Ok(rows + forget_nobodys(store, now - NOBODYS_MILLIS).await?)
    })
}

/// Deletes what there is of a person from before an instant.
pub(super) async fn delete_old(store: &Store, person: PersonId, before: i64, what: What) -> Result<u64, PeopleError> {
    let mut transaction = store.begin().await?;
    if !accounts::lock(&mut transaction, person).await? {
        return Ok(0); // nothing is kept of who is not known
    }
    if what.is_of_devices() {
        spans::remember_old(&mut transaction, person, before).await?;
        attune_wellbeing::settle(&mut transaction, person, before).await?;
    }
    let old: Vec<(Vec<u8>,)> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT session FROM sessions \
         WHERE person = $1 AND merged_into IS NULL AND deleted_at IS NULL AND ended_at <= $2 AND {}",
        what.kind()
    )))
    .bind(person.0.to_vec())
    .bind(before)
    .fetch_all(&mut **transaction)
    .await?;
    for session in old.iter().filter_map(|(session,)| readable(store.damages(), session)) {
        condemn_locked(&mut transaction, person, session).await?;
    }
    transaction.commit().await?;
    let rows = go_on(store).await? + remove_old(store, person, before, what).await?;
    if rows > 0 {
        store.purge_soon();
    }
    Ok(rows)
}

/// Removes, slice by slice, what is of before an instant and in no session, or in one that goes on behind it.
async fn remove_old(store: &Store, person: PersonId, before: i64, what: What) -> Result<u64, PeopleError> {
    let mut rows = 0;
    loop {
        let mut transaction = store.begin().await?;
        accounts::lock(&mut transaction, person).await?;
        let removed = old_rows(&mut transaction, person, before, what).await?;
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
    what: What,
) -> Result<u64, PeopleError> {
    let mut rows = if what.is_of_devices() { of_devices(transaction, person, (0, before)).await? } else { 0 };
    let cut: Vec<(Vec<u8>,)> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT session FROM sessions \
         WHERE person = $1 AND merged_into IS NULL AND deleted_at IS NULL AND started_at < $2 AND {}",
        what.kind()
    )))
    .bind(person.0.to_vec())
    .bind(before)
    .fetch_all(&mut **transaction)
    .await?;
    for (session,) in cut {
        for statement in [
            "DELETE FROM analysis_records WHERE session = $1 AND person = $4 AND (window_start, place) IN \
             (SELECT window_start, place FROM analysis_records \
             WHERE session = $1 AND person = $4 AND window_start < $2 LIMIT $3)",
            "DELETE FROM fused_windows WHERE session = $1 AND person = $4 AND window_start IN \
             (SELECT window_start FROM fused_windows \
             WHERE session = $1 AND person = $4 AND window_start < $2 LIMIT $3)",
        ] {
            let removed = sqlx::query(statement).bind(session.clone()).bind(before).bind(room(rows));
            let removed = removed.bind(person.0.to_vec());
            rows += removed.execute(&mut **transaction).await?.rows_affected();
        }
        // It begins with the first window that it still has.
        sqlx::query(
            "UPDATE sessions SET started_at = \
             (SELECT MIN(window_start) FROM fused_windows WHERE session = $1 AND person = $2) WHERE session = $1 \
             AND person = $2 AND EXISTS (SELECT 1 FROM fused_windows WHERE session = $1 AND person = $2)",
        )
        .bind(session)
        .bind(person.0.to_vec())
        .execute(&mut **transaction)
        .await?;
    }
    let besides: &[&str] = match what {
        What::Everything => &[
            "DELETE FROM dropped WHERE person = $1 AND last_window < $2",
            "DELETE FROM quarantine WHERE person = $1 AND received_at < $2",
        ],
        What::OfDevices => &["DELETE FROM dropped WHERE person = $1 AND last_window < $2"],
        What::Analyses => &[],
    };
    for statement in besides {
        let removed = sqlx::query(*statement).bind(person.0.to_vec()).bind(before).execute(&mut **transaction).await?;
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
        for session in sessions.iter().filter_map(|(session,)| readable(store.damages(), session)) {
            condemn_locked(&mut transaction, person, session).await?;
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
        rows += remove_old(store, person, i64::MAX, What::Everything).await?;
        let mut transaction = store.begin().await?;
        accounts::lock(&mut transaction, person).await?;
        forget_nobody(&mut transaction, person).await?;
        transaction.commit().await?;
    }
    Ok(rows)
}

/// Forgets deleted spans, and places of outboxes that hold nothing, once no outbox can hold them any more: in slices, and
/// without a write where there is nothing so old.
async fn forget_places(store: &Store, before: i64) -> Result<u64, PeopleError> {
    let mut rows = 0;
    for (oldest, some) in [
        (
            "SELECT MIN(deleted_at) FROM deleted_spans",
            "DELETE FROM deleted_spans WHERE (person, begins) IN \
             (SELECT person, begins FROM deleted_spans WHERE deleted_at < $1 LIMIT $2)",
        ),
        (
            "SELECT MIN(received_at) FROM settled",
            "DELETE FROM settled WHERE (device, epoch, seq) IN \
             (SELECT device, epoch, seq FROM settled WHERE received_at < $1 LIMIT $2)",
        ),
    ] {
        let (oldest,): (Option<i64>,) = sqlx::query_as(oldest).fetch_one(store.pool()).await?;
        let mut is_there = oldest.is_some_and(|oldest| oldest < before);
        while is_there {
            let mut transaction = store.begin().await?;
            let removed = sqlx::query(some).bind(before).bind(SLICE).execute(&mut **transaction).await?.rows_affected();
            transaction.commit().await?;
            rows += removed;
            is_there = room(removed) == 0;
        }
    }
    Ok(rows)
}

/// The id of a session; none where it does not read, which is counted.
fn readable(damages: &Damages, session: &[u8]) -> Option<SessionId> {
    bytes16(session).map(SessionId).inspect_err(|_| damages.note(Damaged::Session, &[session])).ok()
}

/// Goes on with all deletions that are under way, to their end. One that does not read keeps no other from it.
async fn go_on(store: &Store) -> Result<u64, PeopleError> {
    type Row = (Vec<u8>, Vec<u8>, i64, i64, i64);
    let under_way = sqlx::query(
        "SELECT session, person, kind, started_at, ended_at FROM sessions \
         WHERE deleted_at IS NOT NULL AND merged_into IS NULL",
    )
    .fetch_all(store.pool())
    .await?;
    let left_out = |place: usize| store.damages().note(Damaged::Session, &[&place.to_be_bytes()]);
    let under_way: Vec<Row> = store::readable(&under_way, left_out);
    let mut rows = 0;
    for (session, person, kind, begins, ends) in under_way {
        let span = (kind != SessionKind::Analysis.number()).then_some((begins, ends));
        let Some(id) = readable(store.damages(), &session) else { continue };
        let Ok(person) = bytes16(&person).map(PersonId) else {
            store.damages().note(Damaged::Session, &[&session]);
            continue;
        };
        let doomed = Doomed { session: id, person, span };
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

#[cfg(test)]
mod tests {
    use attune_protocol::registry::Modality;

    use attune_ground::time::now_millis;

    use super::*;
    use crate::testing::{Fixture, consent};

    /// Commits of an SQLite database, which counts them.
    async fn commits(store: &Store) -> i64 {
        let counted: Result<(i64,), _> = sqlx::query_as("SELECT number FROM commits").fetch_one(store.pool()).await;
        counted.expect("counts").0
    }

    #[tokio::test]
    async fn places_are_forgotten_by_an_index_and_nothing_is_written_where_none_is_old_enough_on_each_database() {
        for fixture in Fixture::each().await {
            let device = fixture.device("alice").await;
            let store = &fixture.context.store;
            let changes = (4..).zip(5..2506).map(|(seq, version)| (seq, consent(Modality::Heart, true, version)));
            let changes: Vec<_> = changes.collect();
            for changes in changes.chunks(400) {
                assert_eq!(fixture.take_in(vec![device.batch(changes.to_vec())]).await.len(), 1);
            }
            let settled = fixture.count("settled").await;
            assert_eq!(settled, 4 + 2501, "more than a slice");
            let before = if store.lets_one_write() { commits(store).await } else { 0 };
            assert_eq!(forget_places(store, now_millis() - REMEMBERED_MILLIS).await.expect("looks"), 0);
            if store.lets_one_write() {
                assert_eq!(commits(store).await, before, "nothing was written");
                let plan: Vec<(i64, i64, i64, String)> =
                    sqlx::query_as("EXPLAIN QUERY PLAN DELETE FROM settled WHERE received_at < 7")
                        .fetch_all(store.pool())
                        .await
                        .expect("told");
                assert!(plan.iter().any(|(.., step)| step.contains("settled_by_age")), "{plan:?}");
            }
            let aged = sqlx::query("UPDATE settled SET received_at = 1 WHERE seq >= 100");
            aged.execute(store.pool()).await.expect("aged");
            assert_eq!(forget_places(store, 2).await.expect("forgets"), 2405);
            assert_eq!(fixture.count("settled").await, 100);
        }
    }

    #[tokio::test]
    async fn a_session_that_does_not_read_keeps_no_deletion_from_being_gone_on_with_on_each_database() {
        for fixture in Fixture::each().await {
            fixture.device("alice").await;
            let (store, alice) = (&fixture.context.store, fixture.person("alice").await);
            let mut transaction = store.begin().await.expect("begins");
            let nobody = accounts::create_nobody(&mut transaction, &fixture.context.people).await.expect("made");
            let statement = "INSERT INTO sessions (session, person, kind, started_at, ended_at, created_at, deleted_at) \
                             VALUES ($1, $2, 2, 10, 20, 30, $3)";
            // One of three bytes, and two that read; which comes first is the database's to say.
            for (session, person, deleted_at) in [
                (vec![0_u8, 0, 0], alice, Some(1_i64)),
                (vec![9; 16], alice, Some(1)),
                (vec![5, 5, 5], alice, None),
                (vec![8; 16], alice, None),
                (vec![6, 6, 6], nobody, None),
            ] {
                let made = sqlx::query(statement).bind(session).bind(person.0.to_vec()).bind(deleted_at);
                made.execute(&mut **transaction).await.expect("written");
            }
            transaction.commit().await.expect("commits");
            finish(store, Some(now_millis() + 31 * 24 * 3_600_000)).await.expect("goes on");
            delete_before(store, alice, 1000).await.expect("deletes what is old");
            let left: Vec<(Vec<u8>,)> = sqlx::query_as("SELECT session FROM sessions ORDER BY session")
                .fetch_all(store.pool())
                .await
                .expect("reads");
            assert_eq!(left, [(vec![0, 0, 0],), (vec![5, 5, 5],), (vec![6, 6, 6],)], "those that do not read");
            assert_eq!(store.damages().counts(), [(Damaged::Session, 3)]);
        }
    }
}
