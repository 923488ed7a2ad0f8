//! What becomes of rows of earlier versions.

use attune_ground::store::{Migrations, Store};
use attune_ground::testing::Database;

use crate::MIGRATIONS;

const EVERY: [&Migrations; 2] = [&attune_ground::MIGRATIONS, &MIGRATIONS];

/// What is written as `id(N)` is an id of sixteen such bytes.
async fn run(store: &Store, statement: &str) -> Result<u64, sqlx::Error> {
    let is_sqlite = store.lets_one_write();
    let mut text = statement.to_owned();
    for number in 0..10 {
        let hex = format!("0{number}").repeat(16);
        let id = if is_sqlite { format!("x'{hex}'") } else { format!("'\\x{hex}'::bytea") };
        text = text.replace(&format!("id({number})"), &id);
    }
    Ok(sqlx::query(sqlx::AssertSqlSafe(text)).execute(store.pool()).await?.rows_affected())
}

/// First bytes and numbers of what a query gives.
async fn rows(store: &Store, query: &'static str) -> Vec<(u8, i64)> {
    let rows: Vec<(Vec<u8>, i64)> = sqlx::query_as(query).fetch_all(store.pool()).await.expect("reads");
    rows.into_iter().map(|(id, number)| (id[0], number)).collect()
}

#[tokio::test]
async fn codes_enrolments_and_outboxes_of_nobody_known_go_and_those_that_work_go_on_on_each_database() {
    let Migrations { sqlite, postgres, inherited } = MIGRATIONS;
    let before = Migrations { sqlite: &sqlite[..5], postgres: &postgres[..5], inherited };
    for database in Database::each_of_before(&[&attune_ground::MIGRATIONS, &before]).await {
        for statement in [
            "INSERT INTO accounts (person, user_id, created_at) VALUES (id(1), 'alice', 0)",
            "INSERT INTO devices (device, public_key, enrolled_at) VALUES (id(5), id(5), 7), (id(6), id(6), 8)",
            "INSERT INTO device_enrolments (device, number, person, enrolled_at) \
             VALUES (id(5), 1, id(1), 3), (id(5), 2, id(9), 4)",
            // One that is whole, one of who is not known, one whose enrolment is missing, and one of no device.
            "INSERT INTO device_epochs (device, epoch, number, person) \
             VALUES (id(5), 11, 1, id(1)), (id(5), 12, 2, id(9)), (id(6), 13, 1, id(1)), (id(7), 14, 1, id(1))",
            "INSERT INTO enrolment_codes (name, person, sealed, expires_at) \
             VALUES (id(1), id(1), id(1), 1), (id(9), id(9), id(9), 1)",
            // A log that was not of people who are known stays what it was.
            "INSERT INTO consent_log (place, person, device, epoch, seq, entry, received_at, hash) \
             VALUES (0, id(9), id(8), 1, 1, id(9), 1, id(9))",
        ] {
            run(&database.store, statement).await.expect("written");
        }
        let store = database.again(&EVERY).await.store;
        assert_eq!(rows(&store, "SELECT name, expires_at FROM enrolment_codes").await, [(1, 1)]);
        let outboxes = rows(&store, "SELECT device, epoch FROM device_epochs ORDER BY epoch").await;
        assert_eq!(outboxes, [(5, 11), (6, 13)]);
        let enrolments = "SELECT device, enrolled_at FROM device_enrolments ORDER BY device";
        assert_eq!(rows(&store, enrolments).await, [(5, 3), (6, 8)], "the second is put back from its outbox");
        assert_eq!(rows(&store, "SELECT person, place FROM consent_log").await, [(9, 0)]);
        for orphan in [
            "INSERT INTO enrolment_codes (name, person, sealed, expires_at) VALUES (id(2), id(9), id(2), 1)",
            "INSERT INTO device_enrolments (device, number, person, enrolled_at) VALUES (id(5), 3, id(9), 1)",
            "INSERT INTO device_epochs (device, epoch, number, person) VALUES (id(5), 15, 4, id(1))",
            "INSERT INTO device_epochs (device, epoch, number, person) VALUES (id(5), 15, 1, id(9))",
            "DELETE FROM accounts",
            "DELETE FROM device_enrolments",
        ] {
            assert!(run(&store, orphan).await.is_err(), "{orphan}");
        }
    }
}

#[tokio::test]
async fn uses_that_an_earlier_version_counted_are_counted_anew_on_each_database() {
    let Migrations { sqlite, postgres, inherited } = MIGRATIONS;
    let older = sqlite.iter().take_while(|(version, ..)| *version < 2033).count();
    let before = Migrations { sqlite: &sqlite[..older], postgres: &postgres[..older], inherited };
    for database in Database::each_of_before(&[&attune_ground::MIGRATIONS, &before]).await {
        for statement in [
            "INSERT INTO use_days (login, day, people, busiest_hour, at_night, exports) VALUES (id(1), 20000, 3, 2, 1, 0)",
            "UPDATE use_place SET place = 7",
        ] {
            assert_eq!(run(&database.store, statement).await.expect("written"), 1);
        }
        let store = database.again(&EVERY).await.store;
        assert_eq!(
            rows(&store, "SELECT login, people FROM use_days").await,
            [(1, 3)],
            "as long as none takes its place"
        );
        assert_eq!(rows(&store, "SELECT login, lists FROM use_days").await, [(1, 0)]);
        let place = "SELECT use_days.login, use_place.place FROM use_days CROSS JOIN use_place";
        assert_eq!(rows(&store, place).await, [(1, 0)], "from the first entry of the log on");
    }
}
