//! What becomes of rows of earlier versions.

use attune_ground::store::{Migrations, Store};
use attune_ground::testing::Database;
use attune_ground::time::now_millis;
use attune_protocol::ids::PersonId;

use crate::sessions;

/// The first steps of a subject.
fn first(migrations: &Migrations, steps: usize) -> Migrations {
    let Migrations { sqlite, postgres, inherited } = *migrations;
    Migrations { sqlite: &sqlite[..steps], postgres: &postgres[..steps], inherited }
}

const TABLES: [&str; 6] = ["sessions", "fused_windows", "analysis_records", "records", "dropped", "quarantine"];

/// One row of each table for a person, who is told from others by a number.
async fn insert(store: &Store, number: u8, at: i64) {
    let person = PersonId([number; 16]).0.to_vec();
    for statement in [
        "INSERT INTO sessions (session, person, kind, started_at, ended_at, created_at) VALUES ($1, $1, 1, $2, $2, $2)",
        "INSERT INTO fused_windows (session, window_start, person, size, sealed) VALUES ($1, $2, $1, 1, $1)",
        "INSERT INTO analysis_records (session, window_start, place, person, modality, revision, size, received_at, sealed) \
         VALUES ($1, $2, 0, $1, 1, 1, 1, $2, $1)",
        "INSERT INTO records (device, epoch, seq, person, window_start, modality, revision, size, received_at, \
         clock_offset, sealed) VALUES ($1, 1, 1, $1, $2, 1, 1, 1, $2, 0, $1)",
        "INSERT INTO dropped (device, epoch, seq, person, modality, first_window, last_window, records) \
         VALUES ($1, 1, 2, $1, 1, $2, $2, 1)",
        "INSERT INTO quarantine (device, epoch, seq, person, size, received_at, sealed) VALUES ($1, 1, 3, $1, 1, $2, $1)",
    ] {
        let done = sqlx::query(statement).bind(person.clone()).bind(at).execute(store.pool()).await;
        assert_eq!(done.expect("written").rows_affected(), 1);
    }
}

async fn persons(store: &Store, table: &'static str) -> Vec<u8> {
    let statement = sqlx::AssertSqlSafe(format!("SELECT person FROM {table} ORDER BY person"));
    let rows: Vec<(Vec<u8>,)> = sqlx::query_as(statement).fetch_all(store.pool()).await.expect("reads");
    rows.into_iter().map(|(person,)| person[0]).collect()
}

#[tokio::test]
async fn rows_of_nobody_known_go_at_once_without_a_key_and_as_an_analysis_of_nobody_with_one_on_each_database() {
    // The tables as they were before rows referred to their persons.
    let (people, own) = (first(&attune_people::MIGRATIONS, 3), first(&crate::MIGRATIONS, 3));
    for database in Database::each_of_before(&[&attune_ground::MIGRATIONS, &people, &own]).await {
        let store = &database.store;
        let at = now_millis() - 20_000;
        // Somebody known, one with a key and no account, and one with neither.
        for (table, numbers) in [("accounts (person, user_id, created_at)", &[1][..]), ("person_keys", &[1, 2])] {
            for number in numbers {
                let values = if table == "person_keys" { "($1, $1)" } else { "($1, 'alice', 0)" };
                let statement = sqlx::AssertSqlSafe(format!("INSERT INTO {table} VALUES {values}"));
                let person = PersonId([*number; 16]).0.to_vec();
                sqlx::query(statement).bind(person).execute(store.pool()).await.expect("written");
            }
        }
        for number in 1..=3 {
            insert(store, number, at).await;
        }
        let store = database.again(&crate::testing::MIGRATIONS).await.store;
        for table in TABLES {
            assert_eq!(persons(&store, table).await, [1, 2], "{table}");
        }
        let orphan = sqlx::query("UPDATE records SET person = $1").bind(vec![9_u8; 16]).execute(store.pool()).await;
        assert!(orphan.is_err(), "no row is of one who is not known");

        sessions::finish(&store, Some(now_millis())).await.expect("finishes");
        assert_eq!(persons(&store, "accounts").await, [1, 2], "there are thirty days to ask for it");
        let later = now_millis() + 31 * 24 * 3_600_000;
        sessions::finish(&store, Some(later)).await.expect("finishes");
        for table in TABLES.into_iter().chain(["accounts"]) {
            assert_eq!(persons(&store, table).await, [1], "{table}");
        }
        let holders = store.keyring().holders().await.expect("reads");
        assert_eq!(holders, [PersonId([1; 16])].into(), "a key without an account went with what lay under it");
    }
}

#[tokio::test]
async fn windows_and_deleted_spans_of_nobody_known_go_and_nobody_is_forgotten_with_theirs_on_each_database() {
    let own = first(&crate::MIGRATIONS, 7);
    for database in Database::each_of_before(&[&attune_ground::MIGRATIONS, &attune_people::MIGRATIONS, &own]).await {
        let run = async |store: &Store, statement: &'static str, number: u8| {
            sqlx::query(statement).bind(PersonId([number; 16]).0.to_vec()).execute(store.pool()).await
        };
        let rows = [
            "INSERT INTO pending_fusion (person, window_start) VALUES ($1, 10000)",
            "INSERT INTO deleted_spans (person, begins, ends, deleted_at) VALUES ($1, 1, 2, 4000000000000)",
        ];
        // A person, somebody without a user id, one such with a device, and one who is not known.
        run(&database.store, "INSERT INTO accounts (person, user_id, created_at) VALUES ($1, 'alice', 0)", 1)
            .await
            .expect("written");
        for number in [2, 3] {
            let made = run(&database.store, "INSERT INTO accounts (person, created_at) VALUES ($1, 0)", number).await;
            made.expect("written");
        }
        for statement in [
            "INSERT INTO devices (device, public_key, enrolled_at) VALUES ($1, $1, 0)",
            "INSERT INTO device_enrolments (device, number, person, enrolled_at) VALUES ($1, 1, $1, 0)",
        ] {
            run(&database.store, statement, 3).await.expect("written");
        }
        for (statement, number) in rows.into_iter().flat_map(|row| [1, 2, 3, 9].map(|number| (row, number))) {
            run(&database.store, statement, number).await.expect("written");
        }
        let store = database.again(&crate::testing::MIGRATIONS).await.store;
        for (table, row) in ["pending_fusion", "deleted_spans"].into_iter().zip(rows) {
            assert_eq!(persons(&store, table).await, [1, 2, 3], "{table}");
            assert!(run(&store, row, 9).await.is_err(), "{table}: no row is of one who is not known");
        }
        let later = now_millis() + 31 * 24 * 3_600_000;
        sessions::finish(&store, Some(later)).await.expect("finishes");
        assert_eq!(persons(&store, "pending_fusion").await, [1]);
        assert_eq!(persons(&store, "deleted_spans").await, [1]);
        assert_eq!(persons(&store, "accounts").await, [1, 3], "who has a device stays, without a key");
    }
}

/// The steps before a version.
fn before(migrations: &Migrations, version: i64) -> Migrations {
    first(migrations, migrations.sqlite.iter().filter(|(step, ..)| *step < version).count())
}

#[tokio::test]
async fn rows_of_before_a_person_was_in_every_key_are_all_there_and_records_in_their_months_on_each_database() {
    let own = before(&crate::MIGRATIONS, 3010);
    for database in Database::each_of_before(&[&attune_ground::MIGRATIONS, &attune_people::MIGRATIONS, &own]).await {
        let store = &database.store;
        let (now, month) = (now_millis(), 31 * 24 * 3_600_000);
        let id = |number: u8| vec![number; 16];
        for number in [1, 2] {
            let made = sqlx::query("INSERT INTO accounts (person, created_at) VALUES ($1, 0)").bind(id(number));
            made.execute(store.pool()).await.expect("written");
            insert(store, number, now - 20_000).await;
        }
        // An analysis of the first one, and a window of it that says that it is the other's.
        let analysis = sqlx::query("UPDATE sessions SET kind = 2, name = $1 WHERE session = $1").bind(id(1));
        analysis.execute(store.pool()).await.expect("changed");
        let window = sqlx::query("UPDATE fused_windows SET person = $2 WHERE session = $1").bind(id(1)).bind(id(2));
        window.execute(store.pool()).await.expect("changed");
        let times = [1, 1_300_000_000_000, now - 3 * month, now - month, now + month, i64::MAX];
        for (seq, at) in (2_i64..).zip(times) {
            let record = sqlx::query(
                "INSERT INTO records (device, epoch, seq, person, window_start, modality, revision, size, received_at, \
                 clock_offset, sealed, fingerprint) VALUES ($1, 1, $2, $1, $3, 2, 3, 4, 5, 6, $1, $1)",
            );
            record.bind(id(1)).bind(seq).bind(at).execute(store.pool()).await.expect("written");
        }
        let store = database.again(&crate::testing::MIGRATIONS).await.store;
        for table in TABLES.into_iter().filter(|table| *table != "records") {
            assert_eq!(persons(&store, table).await, [1, 2], "{table}");
        }
        type Kept = (Vec<u8>, i64, i64, i64, i64, i64, i64, i64, i64, Vec<u8>, Option<Vec<u8>>);
        let kept: Vec<Kept> = sqlx::query_as(
            "SELECT person, epoch, seq, window_start, modality, revision, size, received_at, clock_offset, sealed, \
             fingerprint FROM records WHERE device = $1 AND seq > 1 ORDER BY seq",
        )
        .bind(id(1))
        .fetch_all(store.pool())
        .await
        .expect("reads");
        let expected = (2..).zip(times).map(|(seq, at)| (id(1), 1, seq, at, 2, 3, 4, 5, 6, id(1), Some(id(1))));
        assert_eq!(kept, expected.collect::<Vec<_>>());
        assert_eq!(persons(&store, "records").await, [1, 1, 1, 1, 1, 1, 1, 2]);
        assert_eq!(persons(&store, "analysis_ids").await, [1], "the id of the analysis is taken");
        let (name,): (Option<Vec<u8>>,) =
            sqlx::query_as("SELECT name FROM sessions WHERE kind = 2").fetch_one(store.pool()).await.expect("reads");
        assert_eq!(name, Some(id(1)));
        let another = sqlx::query("UPDATE fused_windows SET person = $2 WHERE session = $1").bind(id(1)).bind(id(2));
        assert!(another.execute(store.pool()).await.is_err(), "a window is of whom its session is");
        if !store.lets_one_write() {
            let parts: Vec<(String, i64)> = sqlx::query_as(
                "SELECT CAST(CAST(tableoid AS regclass) AS TEXT), seq FROM records WHERE device = $1 ORDER BY seq",
            )
            .bind(id(1))
            .fetch_all(store.pool())
            .await
            .expect("reads");
            let other = |(part, _): &&(String, i64)| part == "records_of_other_months";
            let seqs: Vec<i64> = parts.iter().filter(other).map(|(_, seq)| *seq).collect();
            assert_eq!(seqs, [2, 3, 7], "of no month that has a part: {parts:?}");
        }
    }
}
