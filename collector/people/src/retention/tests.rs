use attune_ground::retention::{Aging, Class, Due, Limits};
use attune_ground::store::{Store, bytes16};
use attune_ground::testing::Database;
use attune_ground::{Deleted, History};
use attune_protocol::ids::PersonId;
use attune_protocol::policy::Profile;

use super::*;
use crate::accounts;
use crate::preferences::{Preferences, put};

const DAY: i64 = 24 * 3_600_000;
const NOW: i64 = 1_800_000_000_000;

/// A subject that keeps one row of each person, 40 days old.
fn one_row() -> Aging {
    Aging {
        class: Class::Sessions,
        of_whom: Some(|store, age| {
            Box::pin(async move {
                let all: Vec<(Vec<u8>,)> = sqlx::query_as("SELECT person FROM accounts WHERE $1 > $2")
                    .bind(age.before())
                    .bind(NOW - 40 * DAY)
                    .fetch_all(store.pool())
                    .await?;
                Ok(all.iter().map(|(person,)| PersonId(bytes16(person).expect("an id"))).collect())
            })
        }),
        together: None,
        due: |_, _, age| {
            let oldest = NOW - 40 * DAY;
            let is_due = oldest < age.before();
            Box::pin(async move { Ok(if is_due { Due { rows: 1, oldest: Some(oldest) } } else { Due::default() }) })
        },
        delete: |_, _| Box::pin(async { Ok(0) }),
    }
}

fn deleted_by_age(_: &Store, _: PersonId, before: i64) -> Deleted<'_> {
    Box::pin(async move { Ok((before - NOW).unsigned_abs() / DAY.unsigned_abs()) })
}

fn none(_: &Store, _: Option<i64>) -> Deleted<'_> {
    Box::pin(async { Ok(0) })
}

async fn with(database: &Database, user: &str, days: Option<u16>) {
    let mut transaction = database.store.begin().await.expect("begins");
    let person = accounts::person_of(&mut transaction, &database.people, user).await.expect("made");
    if days.is_some() {
        let wanted = Preferences { max_history_days: days, ..Preferences::default() };
        put(&mut transaction, &database.people, person, &wanted, 0).await.expect("kept");
    }
    transaction.commit().await.expect("commits");
}

#[tokio::test]
async fn a_shorter_time_of_a_person_wins_and_a_longer_one_than_the_organisations_does_not_on_each_database() {
    for database in Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await {
        // What is deleted stands for the days before which it is.
        let history = [History { delete_before: deleted_by_age, is_of_sums: false, finish: none }];
        let aging = [one_row()];
        let keeping = Keeping {
            store: &database.store,
            keys: &database.people,
            limits: Limits::built_in(Profile::Eu),
            aging: &aging,
            histories: &history,
        };
        for (user, chosen, goes_at) in [("alice", Some(7), 7), ("bob", Some(365), 90), ("carol", None, 30)] {
            let before = wishes::enforce(keeping, NOW, true).await.expect("enforced");
            with(&database, user, chosen).await;
            let deleted = wishes::enforce(keeping, NOW, true).await.expect("enforced") - before;
            assert_eq!(deleted, goes_at, "{user}");
        }
        let chosen_only = wishes::enforce(keeping, NOW, false).await.expect("enforced");
        assert_eq!(chosen_only, 7 + 90, "in the first week nothing goes that nobody chose");
        assert_eq!(wishes::due(keeping, NOW).await.expect("counts").rows, 2, "bob keeps his row for 90 days");
        // Sums of it outlive the usual time, and what they are made of; not what their person chose.
        let (history, aging) =
            ([History { is_of_sums: true, ..history[0] }], [Aging { class: Class::RollUps, ..one_row() }, one_row()]);
        let keeping = Keeping { aging: &aging, histories: &history, ..keeping };
        let deleted = wishes::enforce(keeping, NOW, true).await.expect("enforced");
        assert_eq!(deleted, 7 + 365 + 365, "of carol as long as their class, of bob as long as he chose");
        let due = wishes::due(keeping, NOW).await.expect("counts").rows;
        assert_eq!(due, 2 + 1, "what is sensed of alice and carol, and sums of alice");
    }
}

#[tokio::test]
async fn requests_that_were_answered_and_places_go_by_their_class_and_the_log_says_so_on_each_database() {
    for database in Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await {
        let pool = database.store.pool();
        let old = NOW - 1100 * DAY;
        for (id, done_at) in [(1_u8, Some(old)), (2, Some(NOW - 1000 * DAY)), (3, None)] {
            sqlx::query(
                "INSERT INTO requests (id, pseudonym, kind, received_at, due_at, done_at) VALUES ($1, 'p', 'access', $2, $2, $3)",
            )
            .bind(vec![id; 16])
            .bind(old)
            .bind(done_at)
            .execute(pool)
            .await
            .expect("written");
        }
        let keeping = Keeping {
            store: &database.store,
            keys: &database.people,
            limits: Limits::built_in(Profile::Eu),
            aging: AGING,
            histories: &[],
        };
        let of = |all: Vec<Standing>| all.into_iter().find(|one| one.class == "requests").expect("stands there");
        let before = of(standing(keeping, NOW).await.expect("counts"));
        assert_eq!((before.days, before.due), (1095, Due { rows: 1, oldest: Some(old) }));
        assert_eq!(before.last, None);
        assert_eq!(enforce(keeping, NOW, false).await.expect("enforced"), [], "in the first week nothing goes");
        assert_eq!(enforce(keeping, NOW, true).await.expect("enforced"), [("requests", 1)]);
        let after = of(standing(keeping, NOW).await.expect("counts"));
        assert_eq!((after.due, after.last), (Due::default(), Some((NOW, 1))));
        assert_eq!(database.count("requests").await, 2, "what is open, and what is not old enough");
        assert_eq!(enforce(keeping, NOW, true).await.expect("enforced"), [], "and nothing goes twice");
        // A week from when the database was made; also where that was by a clock that was ahead, and where nobody knows it any more.
        let now = attune_ground::time::now_millis();
        assert!(begins(&database.store, now).await.expect("known") > now);
        for change in ["UPDATE retention_begins SET at = at + 31536000000", "DELETE FROM retention_begins"] {
            sqlx::query(change).execute(database.store.pool()).await.expect("changed");
            assert_eq!(settle_beginning(&database.store, now).await.expect("known"), now + LEFT_ALONE, "{change}");
            let later = now + LEFT_ALONE;
            assert_eq!(settle_beginning(&database.store, later).await.expect("known"), later, "{change}");
        }
    }
}
