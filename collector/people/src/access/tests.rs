use attune_ground::testing::Database;
use attune_protocol::ids::PersonId;

use super::*;
use crate::People;
use crate::rights::{Asker, LoginId, Means, Role, Scope};
use crate::sign_in::{self, NewLogin};

const ALICE: PersonId = PersonId([1; 16]);
const BOB: PersonId = PersonId([2; 16]);

/// An officer who asks; their login is there and not disabled.
async fn officer(database: &Database, person: Option<PersonId>) -> (LoginId, Asker) {
    let people = People::on(database, &[]);
    let roles = [Role::Employee, Role::PrivacyOfficer];
    let new = NewLogin { name: "olga", user_id: None, mail: None, roles: &roles, password: None, may_exist: true };
    let mut transaction = people.store.begin().await.expect("a transaction");
    let made = sign_in::create(&mut transaction, &people.keys, &people.own, new).await.expect("made");
    transaction.commit().await.expect("committed");
    let login = made.expect("is new");
    let means = Means::Login { login, person, roles: roles.to_vec(), session: None };
    (login, Asker::new(means, Scope::All).at("GET", "/api/v1/records"))
}

async fn broken(database: &Database) -> Option<i64> {
    let mut connection = database.store.pool().acquire().await.expect("a connection");
    LEDGER.first_broken(&mut connection).await.expect("reads")
}

async fn run(database: &Database, statement: &'static str) {
    let done = sqlx::query(statement).execute(database.store.pool()).await.expect("changed");
    assert_eq!(done.rows_affected(), 1, "{statement}");
}

#[tokio::test]
async fn a_read_of_somebody_else_is_noted_and_they_see_it_and_ones_own_is_not_on_each_database() {
    for database in Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await {
        let store = &database.store;
        let (login, officer) = officer(&database, Some(BOB)).await;
        for of in [Of::Person(ALICE), Of::Person(BOB), Of::Everybody, Of::Nobody] {
            read(store, &officer, of).await.expect("noted");
        }
        read(store, &Asker::open(), Of::Person(ALICE)).await.expect("nobody to name");
        let alices = of_person(store, ALICE, i64::MAX, 10).await.expect("reads");
        let seen: Vec<_> = alices.iter().map(|note| (note.of, note.role.as_str(), note.what.as_str())).collect();
        let what = "GET /api/v1/records";
        assert_eq!(seen, [(Of::Everybody, "privacy_officer", what), (Of::Person(ALICE), "privacy_officer", what)]);
        assert_eq!(alices[0].login, Some(login.0));
        let bobs = of_person(store, BOB, i64::MAX, 10).await.expect("reads");
        assert_eq!(bobs.iter().map(|note| note.of).collect::<Vec<_>>(), [Of::Everybody], "his own is his own");
        assert_eq!(newest(store, i64::MAX, 10).await.expect("reads").len(), 3);
        assert_eq!(of_person(store, ALICE, alices[0].place, 10).await.expect("reads").len(), 1, "from a place on");
        assert_eq!(broken(&database).await, None);
    }
}

#[tokio::test]
async fn an_entry_of_access_that_was_changed_removed_or_swapped_is_found_and_named_on_each_database() {
    for database in Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await {
        let (_, officer) = officer(&database, None).await;
        assert_eq!(broken(&database).await, None, "an empty log is whole");
        for _ in 0..6 {
            read(&database.store, &officer, Of::Person(ALICE)).await.expect("noted");
        }
        for (change, back, place) in [
            (
                "UPDATE access_log SET role = 'employee' WHERE place = 3",
                "UPDATE access_log SET role = 'privacy_officer' WHERE place = 3",
                3,
            ),
            (
                "UPDATE access_log SET at = at - 1 WHERE place = 2",
                "UPDATE access_log SET at = at + 1 WHERE place = 2",
                2,
            ),
            ("UPDATE access_head SET entries = 7", "UPDATE access_head SET entries = 6", 6),
            ("UPDATE access_log SET place = 90 WHERE place = 4", "UPDATE access_log SET place = 4 WHERE place = 90", 4),
        ] {
            run(&database, change).await;
            assert_eq!(broken(&database).await, Some(place), "{change}");
            run(&database, back).await;
            assert_eq!(broken(&database).await, None, "{back}");
        }
        for change in [
            "UPDATE access_log SET place = -1 WHERE place = 1",
            "UPDATE access_log SET place = 1 WHERE place = 4",
            "UPDATE access_log SET place = 4 WHERE place = -1",
        ] {
            run(&database, change).await;
        }
        assert_eq!(broken(&database).await, Some(1), "two that were swapped");
        let copy = command::copy(&database.store, &database.own.signing()).await.expect("written");
        let error = attune_ground::ledger::check(copy.as_bytes(), &LEDGERS.map(|ledger| *ledger)).expect_err("broken");
        assert_eq!(
            error.to_string(),
            "follow the ledger of access: entry 1 is not what was written there, or is missing"
        );
        run(&database, "DELETE FROM access_log WHERE place = 0").await;
        assert_eq!(broken(&database).await, Some(0), "one that was removed");
    }
}
