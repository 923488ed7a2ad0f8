use std::collections::HashSet;

use attune_protocol::ids::PersonId;

use super::super::Store;
use super::*;
use crate::MIGRATIONS;
use crate::testing::Database;

const DAY: i64 = 24 * 3_600_000;

fn of(store: &Store, person: PersonId) -> Changes {
    let mut changes = Changes::default();
    changes.make(store.keyring(), person, vec![7; 60]);
    changes
}

#[tokio::test]
async fn a_key_is_there_for_its_transaction_before_it_is_durable_and_gone_with_it_on_each_database() {
    for database in Database::each(&[&MIGRATIONS]).await {
        let (keyring, person) = (database.store.keyring(), PersonId::random());
        let changes = of(&database.store, person);
        assert!(keyring.wrapped(person).await.expect("reads").is_some());
        assert!(keyring.holders().await.expect("reads").is_empty(), "nothing is written");
        drop(changes);
        assert!(keyring.wrapped(person).await.expect("reads").is_none(), "it was taken back");

        // The crash between: the key is durable, and its account is not.
        let changes = of(&database.store, person);
        keyring.settle(&changes).await.expect("durable");
        drop(changes);
        assert_eq!(keyring.holders().await.expect("reads"), [person].into());
    }
}

#[tokio::test]
async fn a_key_that_nobody_claims_goes_after_seven_days_and_stays_where_its_account_comes_on_each_database() {
    for database in Database::each(&[&MIGRATIONS]).await {
        let keyring = database.store.keyring();
        let [late, never, known] = [PersonId([1; 16]), PersonId([2; 16]), PersonId([3; 16])];
        for person in [late, never, known] {
            keyring.settle(&of(&database.store, person)).await.expect("durable");
        }
        let look = async |known: &[PersonId], now: i64| {
            let (holders, known) =
                (keyring.holders().await.expect("reads"), known.iter().copied().collect::<HashSet<_>>());
            keyring.look_for_unclaimed(&holders, &known, now).await.expect("looked")
        };
        assert_eq!(
            look(&[known], 0).await,
            Unclaimed { kept: 2, destroyed: 0 },
            "one is being made on another collector"
        );
        assert_eq!(look(&[known], 7 * DAY).await, Unclaimed { kept: 2, destroyed: 0 });
        assert_eq!(look(&[known, late], 7 * DAY).await, Unclaimed { kept: 1, destroyed: 0 });
        assert_eq!(look(&[known, late], 7 * DAY + 1).await, Unclaimed { kept: 0, destroyed: 1 });
        assert_eq!(keyring.holders().await.expect("reads"), [late, known].into());
        assert_eq!(look(&[known], 8 * DAY).await, Unclaimed { kept: 1, destroyed: 0 }, "its seven days begin anew");
        assert!(!keyring.is_destroyed(never).await.expect("reads"), "a newer database says that its key is lost");
    }
}

#[tokio::test]
async fn a_destroyed_key_is_told_from_one_that_was_lost_until_nothing_is_left_of_its_person_on_each_database() {
    for database in Database::each(&[&MIGRATIONS]).await {
        let (keyring, person) = (database.store.keyring(), PersonId::random());
        keyring.settle(&of(&database.store, person)).await.expect("durable");
        let mut changes = Changes::default();
        changes.destroy(person);
        keyring.settle(&changes).await.expect("destroyed");
        assert!(keyring.wrapped(person).await.expect("reads").is_none());
        assert!(keyring.is_destroyed(person).await.expect("reads"));
        let mut changes = Changes::default();
        changes.forget(person);
        keyring.settle(&changes).await.expect("forgotten");
        assert!(!keyring.is_destroyed(person).await.expect("reads"));
    }
}

#[tokio::test]
async fn a_key_is_found_also_when_the_server_has_ended_all_connections() {
    for database in Database::each(&[&MIGRATIONS]).await {
        let (keyring, person) = (database.store.keyring(), PersonId::random());
        keyring.settle(&of(&database.store, person)).await.expect("durable");
        let (one, other) = tokio::join!(keyring.wrapped(person), keyring.wrapped(person));
        assert!(one.expect("reads").is_some() && other.expect("reads").is_some());
        if keyring.location.backend == Backend::Postgres {
            let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                       WHERE datname = current_database() AND pid <> pg_backend_pid()";
            sqlx::query(end).execute(&keyring.writers).await.expect("ended");
        }
        assert!(keyring.wrapped(person).await.expect("reads").is_some());
    }
}
