//! What is older than the organisation keeps its class, of whomever: each person's in slices, behind their lock.

use attune_ground::retention::{Age, Aging, Class, Counting, Due, Owners};
use attune_ground::store::{Store, bytes16};
use attune_ground::{Deleted, GroundError};
use attune_people::{PeopleError, accounts};
use attune_protocol::ids::PersonId;
use attune_protocol::registry::Modality;

use super::old::{What, delete_old};
use super::slices::SLICE;
use crate::months::RECORDS as RECORDS_BY_MONTH;

/// The classes of what is sensed and sent.
pub const AGING: &[Aging] = &[
    Aging {
        class: Class::Records,
        of_whom: Some(|store, age| owners(store, "SELECT DISTINCT person FROM records WHERE window_start < $1", age)),
        together: Some(drop_months),
        due: due_records,
        delete: delete_records,
    },
    Aging {
        class: Class::Sessions,
        of_whom: Some(|store, age| owners(store, OF_SESSIONS, age)),
        together: None,
        due: |store, person, age| counted(store, FUSED, person, age.before()),
        delete: |store, age| delete_sessions(store, What::OfDevices, age),
    },
    Aging {
        class: Class::Analyses,
        of_whom: Some(|store, age| owners(store, OF_SESSIONS, age)),
        together: None,
        due: |store, person, age| counted(store, SENT, person, age.before()),
        delete: |store, age| delete_sessions(store, What::Analyses, age),
    },
    Aging {
        class: Class::Quarantine,
        of_whom: Some(|store, age| {
            owners(store, "SELECT DISTINCT person FROM quarantine WHERE received_at < $1 AND person IS NOT NULL", age)
        }),
        together: None,
        due: due_aside,
        delete: delete_aside,
    },
];

/// Whose sessions begin early enough.
const OF_SESSIONS: &str = "SELECT DISTINCT person FROM sessions WHERE started_at < $1 AND deleted_at IS NULL";

/// Windows of sessions of devices. $2 is a person, or empty for everybody.
const FUSED: &str = "SELECT COUNT(*), MIN(windows.window_start) FROM sessions \
     JOIN fused_windows windows ON windows.session = sessions.session AND windows.person = sessions.person \
     AND windows.window_start < $1 \
     WHERE sessions.kind <> 2 AND sessions.deleted_at IS NULL AND sessions.started_at < $1 \
     AND (LENGTH($2) = 0 OR sessions.person = $2)";

/// Windows of analyses.
const SENT: &str = "SELECT COUNT(*), MIN(windows.window_start) FROM sessions \
     JOIN fused_windows windows ON windows.session = sessions.session AND windows.person = sessions.person \
     AND windows.window_start < $1 \
     WHERE sessions.kind = 2 AND sessions.deleted_at IS NULL AND sessions.started_at < $1 \
     AND (LENGTH($2) = 0 OR sessions.person = $2)";

const ASIDE: &str = "SELECT COUNT(*), MIN(received_at) FROM quarantine \
     WHERE received_at < $1 AND (LENGTH($2) = 0 OR person = $2)";

/// Of one person, so that the index over persons and windows is used.
const RECORDS: &str =
    "SELECT COUNT(*), MIN(window_start) FROM records WHERE person = $2 AND window_start < $1 AND modality = $3";

/// Days for which records of a modality are kept: they lie sealed as one, so that the shortest class of their features in the
/// registry holds for all of them.
fn of_registry(modality: Modality) -> u16 {
    let shortest = modality.features().iter().map(|feature| feature.retention.days()).min();
    shortest.and_then(|days| u16::try_from(days).ok()).unwrap_or(u16::MAX)
}

fn due_records(store: &Store, person: Option<PersonId>, age: Age) -> Counting<'_> {
    Box::pin(async move {
        let Some(one) = person else { return of_everybody(store, age).await };
        let mut theirs = Due::default();
        for modality in Modality::ALL {
            // A person's own time is judged by itself: what the registry asks for is the business of the class.
            theirs = theirs.and(records_of(store, one, modality, age).await?);
        }
        Ok(theirs)
    })
}

/// Of everybody at once, each modality by its own age.
async fn of_everybody(store: &Store, age: Age) -> Result<Due, GroundError> {
    let old = |modality: &Modality| {
        let before = age.at_most(of_registry(*modality)).before();
        format!("(modality = {} AND window_start < {before})", modality.number())
    };
    let old: Vec<String> = Modality::ALL.iter().map(old).collect();
    let statement = format!("SELECT COUNT(*), MIN(window_start) FROM records WHERE {}", old.join(" OR "));
    // Nothing of a client stands in it: numbers of ours.
    let (rows, oldest): (i64, Option<i64>) =
        sqlx::query_as(sqlx::AssertSqlSafe(statement)).fetch_one(store.pool()).await?;
    Ok(Due { rows: rows.unsigned_abs(), oldest })
}

async fn records_of(store: &Store, person: PersonId, modality: Modality, age: Age) -> Result<Due, GroundError> {
    let (rows, oldest): (i64, Option<i64>) = sqlx::query_as(RECORDS)
        .bind(age.before())
        .bind(person.0.to_vec())
        .bind(i64::from(modality.number()))
        .fetch_one(store.pool())
        .await?;
    Ok(Due { rows: rows.unsigned_abs(), oldest })
}

/// Whole months, where they are older than any modality is kept. No person keeps records for longer than the class.
fn drop_months(store: &Store, age: Age) -> Deleted<'_> {
    Box::pin(async move {
        let kept_longest = Modality::ALL.into_iter().map(|modality| age.at_most(of_registry(modality)).before()).min();
        let before = kept_longest.unwrap_or_else(|| age.before());
        if !store.lets_one_write() {
            for person in people_who_said(store, before).await? {
                settle(store, person, before).await?;
            }
        }
        let rows = store.drop_months(&RECORDS_BY_MONTH, before).await?;
        if rows > 0 {
            store.purge_soon();
        }
        Ok(rows)
    })
}

fn delete_records(store: &Store, age: Age) -> Deleted<'_> {
    Box::pin(async move {
        let mut rows = 0;
        for modality in Modality::ALL {
            let before = age.at_most(of_registry(modality)).before();
            let people: Vec<(Vec<u8>,)> =
                sqlx::query_as("SELECT DISTINCT person FROM records WHERE window_start < $1 AND modality = $2")
                    .bind(before)
                    .bind(i64::from(modality.number()))
                    .fetch_all(store.pool())
                    .await
                    .map_err(GroundError::from)?;
            // A person that does not read keeps nobody else's from being deleted.
            for person in people.iter().filter_map(|(person,)| bytes16(person).ok().map(PersonId)) {
                // What of a person is rolled up is made of windows, which stay, and of what they say and write.
                if !modality.is_sensed() {
                    settle(store, person, before).await?;
                }
                rows += delete_records_of(store, person, modality, before).await?;
            }
        }
        if rows > 0 {
            store.purge_soon();
        }
        Ok(rows)
    })
}

/// Who said something of themselves, or wrote something, before an instant, Unix milliseconds. By the numbers of those modalities, so
/// that their indexes are used.
async fn people_who_said(store: &Store, before: i64) -> Result<Vec<PersonId>, GroundError> {
    let rows: Vec<(Vec<u8>,)> = sqlx::query_as(
        "SELECT person FROM records WHERE modality = 4 AND window_start < $1 \
         UNION SELECT person FROM records WHERE modality = 5 AND window_start < $1 ORDER BY person",
    )
    .bind(before)
    .fetch_all(store.pool())
    .await?;
    // A person that does not read is nobody whose sums could be told.
    Ok(rows.iter().filter_map(|(person,)| bytes16(person).ok().map(PersonId)).collect())
}

/// Sums of what a person said and wrote before an instant stay as they are, though it goes. Windows of then may still come, and be deleted.
async fn settle(store: &Store, person: PersonId, before: i64) -> Result<(), PeopleError> {
    let mut transaction = store.begin().await?;
    accounts::lock(&mut transaction, person).await?;
    attune_wellbeing::settle_said(&mut transaction, person, before).await?;
    Ok(transaction.commit().await?)
}

/// Those of one person and modality. One whose window waits to be fused goes once it is.
async fn delete_records_of(
    store: &Store,
    person: PersonId,
    modality: Modality,
    before: i64,
) -> Result<u64, PeopleError> {
    let mut rows = 0;
    loop {
        let mut transaction = store.begin().await?;
        accounts::lock(&mut transaction, person).await?;
        let removed = sqlx::query(
            "DELETE FROM records WHERE person = $1 AND window_start < $2 AND (device, epoch, seq) IN \
             (SELECT device, epoch, seq FROM records \
             WHERE person = $1 AND window_start < $2 AND modality = $3 AND NOT EXISTS (SELECT 1 FROM pending_fusion waits \
             WHERE waits.person = records.person AND waits.window_start = records.window_start) LIMIT $4)",
        )
        .bind(person.0.to_vec())
        .bind(before)
        .bind(i64::from(modality.number()))
        .bind(SLICE)
        .execute(&mut **transaction)
        .await?
        .rows_affected();
        transaction.commit().await?;
        rows += removed;
        if removed < SLICE.unsigned_abs() {
            return Ok(rows);
        }
    }
}

fn delete_sessions(store: &Store, what: What, age: Age) -> Deleted<'_> {
    Box::pin(async move {
        let kind = if what == What::Analyses { "kind = 2" } else { "kind <> 2" };
        let people =
            format!("SELECT DISTINCT person FROM sessions WHERE started_at < $1 AND deleted_at IS NULL AND {kind}");
        let people: Vec<(Vec<u8>,)> = sqlx::query_as(sqlx::AssertSqlSafe(people))
            .bind(age.before())
            .fetch_all(store.pool())
            .await
            .map_err(GroundError::from)?;
        let mut rows = 0;
        // A person that does not read keeps nobody else's from being deleted.
        for person in people.iter().filter_map(|(person,)| bytes16(person).ok()) {
            rows += delete_old(store, PersonId(person), age.before(), what).await?;
        }
        Ok(rows)
    })
}

fn due_aside(store: &Store, person: Option<PersonId>, age: Age) -> Counting<'_> {
    counted(store, ASIDE, person, age.before())
}

fn delete_aside(store: &Store, age: Age) -> Deleted<'_> {
    Box::pin(async move {
        let mut rows = 0;
        loop {
            let mut transaction = store.begin().await?;
            let removed = sqlx::query(
                "DELETE FROM quarantine WHERE (device, epoch, seq) IN \
                 (SELECT device, epoch, seq FROM quarantine WHERE received_at < $1 LIMIT $2)",
            )
            .bind(age.before())
            .bind(SLICE)
            .execute(&mut **transaction)
            .await
            .map_err(GroundError::from)?
            .rows_affected();
            transaction.commit().await?;
            rows += removed;
            if removed < SLICE.unsigned_abs() {
                break;
            }
        }
        if rows > 0 {
            store.purge_soon();
        }
        Ok(rows)
    })
}

/// One that does not read is of nobody whose rows could be told.
fn owners<'a>(store: &'a Store, statement: &'static str, age: Age) -> Owners<'a> {
    Box::pin(async move {
        let rows: Vec<(Vec<u8>,)> =
            sqlx::query_as(statement).bind(age.before()).fetch_all(store.pool()).await.map_err(GroundError::from)?;
        Ok(rows.iter().filter_map(|(person,)| bytes16(person).ok().map(PersonId)).collect())
    })
}

fn counted<'a>(store: &'a Store, statement: &'static str, person: Option<PersonId>, before: i64) -> Counting<'a> {
    Box::pin(async move {
        let (rows, oldest): (i64, Option<i64>) = sqlx::query_as(statement)
            .bind(before)
            .bind(person.map_or_else(Vec::new, |person| person.0.to_vec()))
            .fetch_one(store.pool())
            .await
            .map_err(GroundError::from)?;
        Ok(Due { rows: rows.unsigned_abs(), oldest })
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::{fuse, sessions};
    use super::*;
    use crate::testing::{Device, Fixture, heart_record};

    const WINDOW: u32 = 177_000_000;
    const DAY: i64 = 24 * 3_600_000;

    /// At that many days, and an hour, behind the first window.
    fn after(days: i64) -> i64 {
        i64::from(WINDOW) * 10_000 + days * DAY + 3_600_000
    }

    async fn due(store: &Store, now: i64, days: u16) -> Vec<u64> {
        let mut all = Vec::new();
        for aging in AGING {
            all.push((aging.due)(store, None, Age { now, days }).await.expect("counts").rows);
        }
        all
    }

    #[tokio::test]
    async fn each_class_goes_when_it_is_too_old_and_no_other_with_it_on_each_database() {
        for fixture in Fixture::each().await {
            for user in ["alice", "bob"] {
                let device = fixture.device(user).await;
                let items = (Device::FIRST_SEQ..).zip(WINDOW..WINDOW + 3);
                let items = items.map(|(seq, window)| (seq, heart_record(window, 60.0))).collect();
                fixture.take_in(vec![device.batch(items)]).await;
            }
            fuse(&fixture).await;
            let store = &fixture.context.store;
            assert_eq!(due(store, after(29), 90).await, [0, 0, 0, 0], "nothing is too old");
            // The registry's shortest class is a month, whatever longer time is set.
            assert_eq!(due(store, after(31), 90).await, [6, 0, 0, 0]);
            let alice = fixture.person("alice").await;
            let hers = (AGING[1].due)(store, Some(alice), Age { now: after(31), days: 30 }).await.expect("counts");
            assert_eq!((hers.rows, hers.oldest), (3, Some(i64::from(WINDOW) * 10_000)), "hers alone");
            let gone = (AGING[0].delete)(store, Age { now: after(31), days: 90 }).await.expect("deletes");
            assert_eq!(gone, 6);
            assert_eq!(fixture.count("records").await, 0);
            assert_eq!((fixture.count("fused_windows").await, sessions(&fixture).await.len()), (6, 2), "scores stay");
            assert_eq!(due(store, after(91), 90).await, [0, 6, 0, 0]);
            let gone = (AGING[2].delete)(store, Age { now: after(91), days: 90 }).await.expect("deletes");
            assert_eq!(gone, 0, "no analysis is among them");
            let gone = (AGING[1].delete)(store, Age { now: after(91), days: 90 }).await.expect("deletes");
            assert_eq!(gone, 6);
            assert!(sessions(&fixture).await.is_empty());
            assert_eq!(due(store, after(91), 90).await, [0, 0, 0, 0], "and nothing is due twice");
        }
    }

    /// 2026-03-01T00:00:00Z, Unix milliseconds, and its window.
    const MARCH: i64 = 1_772_323_200_000;
    const MARCHS: u32 = 177_232_320;

    #[tokio::test]
    async fn a_month_that_is_too_old_for_everybody_goes_as_a_whole_and_nothing_else_with_it_on_each_database() {
        for fixture in Fixture::each().await {
            let store = &fixture.context.store;
            // As it was made when that month was this one, whenever this runs.
            store.make_months(&RECORDS_BY_MONTH, MARCH - DAY).await.expect("made");
            for user in ["alice", "bob"] {
                let device = fixture.device(user).await;
                let windows = [WINDOW, WINDOW + 1, MARCHS - 1, MARCHS, MARCHS + 8640];
                let items = (Device::FIRST_SEQ..).zip(windows.map(|window| heart_record(window, 60.0))).collect();
                fixture.take_in(vec![device.batch(items)]).await;
            }
            let together = AGING[0].together.expect("records lie together");
            let (day_before, day) =
                (Age { now: MARCH + 30 * DAY - 1, days: 30 }, Age { now: MARCH + 30 * DAY, days: 30 });
            assert_eq!(together(store, day).await.expect("drops"), 0, "they wait to be fused");
            fuse(&fixture).await;
            assert_eq!(together(store, day_before).await.expect("drops"), 0, "the last of it is not old enough");
            let at_once = together(store, day).await.expect("drops");
            assert_eq!(at_once, if store.lets_one_write() { 0 } else { 6 });
            assert_eq!(at_once + (AGING[0].delete)(store, day).await.expect("deletes"), 6);
            assert_eq!((fixture.count("records").await, fixture.count("fused_windows").await), (4, 10), "scores stay");
            // What comes of that month later is taken in, and let go of row by row.
            let late = fixture.device("carol").await;
            fixture.take_in(vec![late.batch(vec![(Device::FIRST_SEQ, heart_record(WINDOW, 60.0))])]).await;
            fuse(&fixture).await;
            assert_eq!(fixture.count("records").await, 5);
            assert_eq!(together(store, day).await.expect("drops"), 0);
            assert_eq!((AGING[0].delete)(store, day).await.expect("deletes"), 1);
            // What is of another month is let go of row by row, and a person's own is erased wherever it lies.
            let alice = fixture.person("alice").await;
            let gone = delete_records_of(store, alice, Modality::Heart, MARCH + 1).await.expect("deletes");
            assert_eq!((gone, fixture.count("records").await), (1, 3));
        }
    }

    #[tokio::test]
    async fn there_is_a_part_for_this_month_and_the_next_from_the_start_on_postgres() {
        for fixture in Fixture::each().await {
            let store = &fixture.context.store;
            if store.lets_one_write() {
                continue;
            }
            let now = attune_ground::time::now_millis();
            let alice = fixture.device("alice").await;
            let next_month = now + 31 * DAY;
            for (seq, at) in (1_i64..).zip([now, next_month]) {
                sqlx::query(
                    "INSERT INTO records (device, epoch, seq, person, window_start, modality, revision, size, received_at, \
                     clock_offset, sealed) VALUES ($1, 1, $2, $3, $4, 1, 1, 1, 1, 0, $1)",
                )
                .bind(alice.id.0.to_vec())
                .bind(seq)
                .bind(fixture.person("alice").await.0.to_vec())
                .bind(at)
                .execute(store.pool())
                .await
                .expect("written");
            }
            let parts: Vec<(String,)> =
                sqlx::query_as("SELECT CAST(CAST(tableoid AS regclass) AS TEXT) FROM records ORDER BY window_start")
                    .fetch_all(store.pool())
                    .await
                    .expect("reads");
            assert!(parts.iter().all(|(part,)| part != "records_of_other_months"), "{parts:?}");
            assert_ne!(parts[0], parts[1]);
        }
    }

    #[tokio::test]
    async fn a_record_that_waits_to_be_fused_stays_until_it_is_on_each_database() {
        for fixture in Fixture::each().await {
            let device = fixture.device("alice").await;
            fixture.take_in(vec![device.batch(vec![(Device::FIRST_SEQ, heart_record(WINDOW, 60.0))])]).await;
            let store = &fixture.context.store;
            let age = Age { now: after(31), days: 30 };
            assert_eq!((AGING[0].delete)(store, age).await.expect("deletes"), 0);
            fuse(&fixture).await;
            assert_eq!((AGING[0].delete)(store, age).await.expect("deletes"), 1);
            assert_eq!(fixture.count("fused_windows").await, 1);
        }
    }
}
