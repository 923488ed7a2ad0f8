use std::collections::BTreeSet;
use std::fmt::Debug;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use attune_ground::holdings::{Erased, Holdings};
use attune_ground::store::Store;
use attune_ground::testing::Database;
use attune_protocol::ids::{DeviceId, PersonId};

use super::corrections::{self, Said};
use super::erase::{begin, finish, go_on};
use super::receipt::{Receipt, ReceiptView};
use super::requests::{self, Kind};
use super::*;
use crate::access::{self, By, LEDGER};
use crate::rights::Role;
use crate::sign_in::{LoginId, NewLogin, create, find, is_required, set_roles};
use crate::{People, accounts, preferences};

static ASKED: AtomicU64 = AtomicU64::new(0);

fn three(_: &Store, _: PersonId) -> Erased<'_> {
    ASKED.fetch_add(1, Ordering::Relaxed);
    Box::pin(async { Ok(vec![("things", 3)]) })
}

const ELSEWHERE: Holdings = Holdings { erase: three, ..HOLDINGS };

async fn people_on_each_database() -> Vec<(Database, People)> {
    let databases = Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await;
    databases
        .into_iter()
        .map(|database| {
            let people = People::on(&database, &[]).holding(&[HOLDINGS, ELSEWHERE]);
            (database, people)
        })
        .collect()
}

/// Somebody who signs in and of whom something lies in every table.
async fn somebody(people: &People, name: &str) -> Own {
    let new = NewLogin { name, user_id: None, mail: None, roles: &[Role::Employee], password: None, may_exist: true };
    let mut transaction = people.store.begin().await.expect("begins");
    let login: LoginId =
        create(&mut transaction, &people.keys, &people.own, new).await.expect("made").expect("nobody has the name");
    transaction.commit().await.expect("commits");
    let person = find(&people.store, &people.keys, login).await.expect("reads").and_then(|login| login.person);
    let own = Own { login, person: person.expect("an employee"), people: vec![person.expect("an employee")] };
    let mut transaction = people.store.begin().await.expect("begins");
    let wanted = preferences::Preferences::default();
    preferences::put(&mut transaction, &people.keys, own.person, &wanted, 0).await.expect("kept");
    for statement in [
        "INSERT INTO devices (device, public_key, enrolled_at) VALUES ($1, $1, 0)",
        "INSERT INTO device_enrolments (device, number, person, enrolled_at) VALUES ($1, 1, $1, 0)",
        "INSERT INTO device_heartbeats (person, device, enrolment, run, number, heard_at, sealed) VALUES ($1, $1, 1, 1, 1, 0, $1)",
    ] {
        sqlx::query(statement).bind(own.person.0.to_vec()).execute(&mut **transaction).await.expect("enrolled");
    }
    transaction.commit().await.expect("commits");
    let device = DeviceId(own.person.0);
    assert!(devices::rename(&people.store, &people.keys, &own.people, device, "my laptop").await.expect("named"));
    accounts::create_code(&people.store, &people.keys, (name, None), 60_000).await.expect("made");
    let said = Said { score: "stress_level".into(), label: "low".into(), note: "I laughed".into() };
    corrections::add(&people.store, &people.keys, own.person, [5; 16], said)
        .await
        .expect("kept")
        .expect("there is room");
    own
}

async fn erased(people: &People, own: &Own, by: &By) -> Receipt {
    let receipt = begin(people, own).await.expect("begun").receipt;
    finish(people, receipt.id, own.people.clone(), by).await.expect("erased");
    Receipt::find(&people.store, receipt.id).await.expect("reads").expect("a receipt")
}

#[tokio::test]
async fn who_erases_twice_at_once_has_one_receipt_and_who_runs_all_alone_stays_on_each_database() {
    for (_database, people) in people_on_each_database().await {
        let alice = somebody(&people, "alice").await;
        let (one, other) = tokio::join!(begin(&people, &alice), begin(&people, &alice));
        let refused: Vec<u16> =
            [one, other].into_iter().filter_map(|done| done.err().map(|problem| problem.status)).collect();
        assert_eq!(refused, [410], "one of the two");
        // What was let in before the erasure makes nobody anew.
        let late = accounts::create_code(&people.store, &people.keys, ("alice", Some(alice.person)), 1000).await;
        assert!(late.is_err(), "{late:?}");
        assert_eq!(accounts::find_person(&people.store, &people.keys, "alice").await.expect("reads"), None);
        assert!(is_required(&people.store).await.expect("reads"), "nobody signs in, and nobody is let in for that");

        let bob = somebody(&people, "bob").await;
        let mut transaction = people.store.begin().await.expect("begins");
        let roles = [Role::Employee, Role::Admin];
        set_roles(&mut transaction, &people.keys, bob.login, (&roles, None), &By::COMMAND)
            .await
            .expect("asked")
            .expect("given");
        transaction.commit().await.expect("commits");
        let refused = begin(&people, &bob).await.expect_err("nobody else could run it");
        assert_eq!(refused.status, 409);
    }
}

#[tokio::test]
async fn who_is_erased_leaves_a_receipt_that_the_ledger_has_and_others_stay_whole_on_each_database() {
    for (database, people) in people_on_each_database().await {
        let (alice, bob) = (somebody(&people, "alice").await, somebody(&people, "bob").await);
        let by = By::COMMAND;
        let receipt = erased(&people, &alice, &by).await;
        let rows = |table: &str| receipt.counts.get(table).copied();
        for (table, expected) in [
            ("corrections", 1),
            ("preferences", 1),
            ("enrolment_codes", 1),
            ("device_heartbeats", 1),
            ("device_names", 1),
            ("logins", 1),
            ("person_keys", 2),
            ("accounts", 1),
            ("login_roles", 1),
            ("things", 3),
        ] {
            assert_eq!(rows(table), Some(expected), "{table}");
            if table != "things" && table != "person_keys" && table != "accounts" {
                let counts = [
                    "corrections",
                    "preferences",
                    "enrolment_codes",
                    "device_heartbeats",
                    "device_names",
                    "logins",
                    "login_roles",
                ];
                let table = counts.into_iter().find(|known| *known == table).expect("known");
                assert_eq!(database.count(table).await, 1, "bob's row of {table} stays");
            }
        }
        let view = ReceiptView::of(&people.store, &receipt).await.expect("reads");
        assert!(view.ledger_entry.is_some() && view.done_at.is_some(), "{view:?}");
        let gone = people.keys.of(alice.person).await.expect_err("destroyed");
        assert!(matches!(gone, attune_ground::GroundError::Erased), "{gone}");
        assert_eq!(accounts::find_person(&people.store, &people.keys, "alice").await.expect("reads"), None);
        assert_eq!(accounts::user_of(&people.store, &people.keys, alice.person).await.expect("reads"), None);
        assert!(find(&people.store, &people.keys, alice.login).await.expect("reads").is_none());
        let bobs = corrections::of(&people.store, &people.keys, bob.person, None).await.expect("reads");
        assert_eq!(bobs[0].said.note, "I laughed");
        let anew = somebody_named(&people, "alice").await;
        assert_ne!(anew, alice.person, "whoever has the name next is somebody else");
        let mut connection = people.store.pool().acquire().await.expect("a connection");
        assert_eq!(LEDGER.first_broken(&mut connection).await.expect("reads"), None);
    }
}

async fn somebody_named(people: &People, name: &str) -> PersonId {
    let mut transaction = people.store.begin().await.expect("begins");
    let person = accounts::person_of(&mut transaction, &people.keys, name).await.expect("made");
    transaction.commit().await.expect("commits");
    person
}

#[tokio::test]
async fn an_erasure_that_was_cut_short_is_gone_on_with_and_then_in_the_ledger_on_each_database() {
    for (_database, people) in people_on_each_database().await {
        let alice = somebody(&people, "alice").await;
        let receipt = erased(&people, &alice, &By::COMMAND).await;
        let mut transaction = people.store.begin().await.expect("begins");
        sqlx::query("UPDATE erasures SET done_at = NULL, begun_at = 7").execute(&mut **transaction).await.expect("cut");
        sqlx::query("INSERT INTO erased_people (erasure, person) VALUES ($1, $2)")
            .bind(receipt.id.0.to_vec())
            .bind(alice.person.0.to_vec())
            .execute(&mut **transaction)
            .await
            .expect("cut");
        transaction.commit().await.expect("commits");
        let before = ASKED.load(Ordering::Relaxed);
        assert_eq!(go_on(&people, 0).await.expect("goes on"), 1);
        assert!(ASKED.load(Ordering::Relaxed) > before);
        assert_eq!(go_on(&people, 0).await.expect("goes on"), 0, "it is done");
        let newest = access::newest(&people.store, i64::MAX, 1).await.expect("reads");
        assert_eq!((newest[0].role.as_str(), newest[0].what.as_str()), ("collector", "erase"));
    }
}

#[tokio::test]
async fn what_somebody_says_against_a_score_is_theirs_alone_lies_sealed_and_can_be_taken_back_on_each_database() {
    for (database, people) in people_on_each_database().await {
        let (alice, bob) = (somebody(&people, "alice").await, somebody(&people, "bob").await);
        let hers = corrections::of(&people.store, &people.keys, alice.person, Some([5; 16])).await.expect("reads");
        assert_eq!((hers.len(), hers[0].said.label.as_str()), (1, "low"));
        assert!(
            corrections::of(&people.store, &people.keys, alice.person, Some([6; 16])).await.expect("reads").is_empty()
        );
        let sealed: Vec<(Vec<u8>,)> =
            sqlx::query_as("SELECT sealed FROM corrections").fetch_all(database.store.pool()).await.expect("reads");
        assert!(sealed.iter().all(|(bytes,)| !bytes.windows(7).any(|part| part == b"laughed")));
        assert!(!corrections::remove(&people.store, bob.person, hers[0].id).await.expect("asked"), "it is not his");
        assert!(corrections::remove(&people.store, alice.person, hers[0].id).await.expect("asked"));
        assert_eq!(database.count("corrections").await, 1);
        for (label, note) in [("loud", "x"), ("", ""), ("low", "x".repeat(1001).as_str())] {
            let said = Said { score: String::new(), label: label.into(), note: note.into() };
            assert_eq!(say(&people, &alice, [5; 16], said).await.expect_err("refused").status, 400, "{label}");
        }
    }
}

#[tokio::test]
async fn a_request_is_due_in_thirty_days_and_those_that_are_open_come_first_on_each_database() {
    for (_database, people) in people_on_each_database().await {
        let mut transaction = people.store.begin().await.expect("begins");
        requests::receive(&mut transaction, "aaaaaaaa", Kind::Access, true).await.expect("taken down");
        let open = requests::receive(&mut transaction, "bbbbbbbb", Kind::Erasure, false).await.expect("taken down");
        let again = requests::receive(&mut transaction, "bbbbbbbb", Kind::Erasure, false).await.expect("taken down");
        assert_eq!(again.id, open.id, "it is open still");
        transaction.commit().await.expect("commits");
        assert_eq!(open.due_at - open.received_at, 30 * 24 * 3_600_000);
        let all = requests::list(&people.store, None).await.expect("reads");
        assert_eq!(all.iter().map(|one| one.pseudonym.as_str()).collect::<Vec<_>>(), ["bbbbbbbb", "aaaaaaaa"]);
        assert_eq!(requests::list(&people.store, Some("aaaaaaaa")).await.expect("reads").len(), 1);
        // What was asked for under the shorter pseudonym of an earlier version is the same person's still.
        assert_eq!(requests::list(&people.store, Some("bbbbbbbb00112233")).await.expect("reads").len(), 1);
        assert!(requests::list(&people.store, Some("cccccccc00112233")).await.expect("reads").is_empty());
        let hers = pseudonym(&people.own, PersonId([1; 16]));
        assert!(hers.len() == 16 && hers != pseudonym(&people.own, PersonId([2; 16])), "{hers}");
        assert!(requests::done(&people.store, open.id).await.expect("noted"));
        assert!(!requests::done(&people.store, open.id).await.expect("noted"), "once");
    }
}

/// Destroys keys as an erasure does whose transaction then did not commit.
async fn cut_short(database: &Database, own: &Own) {
    database.destroy_key(own.person).await;
    database.destroy_key(own.login.key()).await;
}

#[tokio::test]
async fn whose_key_went_and_whose_erasure_did_not_commit_is_erased_to_the_end_on_each_database() {
    for (database, people) in people_on_each_database().await {
        for at_start in [true, false] {
            let (alice, bob) = (somebody(&people, "alice").await, somebody(&people, &format!("bob{at_start}")).await);
            cut_short(&database, &alice).await;
            assert!(accounts::find_person(&people.store, &people.keys, "alice").await.expect("reads").is_some());
            if at_start {
                keyless::at_start(&database.foundation()).await.expect("finished");
            } else {
                assert_eq!(go_on(&people, 0).await.expect("goes on"), 0, "it was begun a moment ago");
            }
            assert_eq!(accounts::find_person(&people.store, &people.keys, "alice").await.expect("reads"), None);
            assert!(find(&people.store, &people.keys, alice.login).await.expect("reads").is_none());
            let corrections = corrections::of(&people.store, &people.keys, bob.person, None).await.expect("reads");
            assert_eq!(corrections.len(), 1, "bob's");
            let mut transaction = people.store.begin().await.expect("begins");
            sqlx::query("UPDATE erasures SET begun_at = 7 WHERE done_at IS NULL")
                .execute(&mut **transaction)
                .await
                .expect("a while ago");
            transaction.commit().await.expect("commits");
            assert_eq!(go_on(&people, 0).await.expect("goes on"), 1, "what is large, with a receipt of its own");
            keyless::at_start(&database.foundation()).await.expect("nothing is left to do");
            assert_eq!(go_on(&people, 0).await.expect("goes on"), 0);
        }
        assert_eq!(database.count("corrections").await, 2);
    }
}

/// Has the next erasure fail when all of it is done but committed, and keys are destroyed.
async fn commit_fails(database: &Database) {
    let trigger: &[&'static str] = match database.store.lets_one_write() {
        true => &["CREATE TRIGGER fails AFTER INSERT ON erasures BEGIN INSERT INTO children VALUES (1); END"],
        false => &[
            "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO children VALUES (1); RETURN NEW; END'",
            "CREATE TRIGGER fails AFTER INSERT ON erasures FOR EACH ROW EXECUTE FUNCTION fail()",
        ],
    };
    for statement in [
        "CREATE TABLE parents (id BIGINT PRIMARY KEY)",
        "CREATE TABLE children (id BIGINT REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)",
    ]
    .iter()
    .chain(trigger)
    {
        sqlx::query(*statement).execute(database.store.pool()).await.expect("made");
    }
}

#[tokio::test]
async fn whose_erasure_is_refused_once_their_key_is_destroyed_has_a_receipt_that_holds_later_on_each_database() {
    for (database, people) in people_on_each_database().await {
        let alice = somebody(&people, "alice").await;
        commit_fails(&database).await;
        let begun = begin(&people, &alice).await.expect("there is no way back");
        assert!(!begun.is_written && people.keys.of(alice.person).await.is_err(), "her key is destroyed");
        let found = Receipt::find(&people.store, begun.receipt.id).await.expect("reads");
        assert_eq!(found, None);
        assert!(go_on(&people, 0).await.is_err(), "and health says so");
        let back =
            if database.store.lets_one_write() { "DROP TRIGGER fails" } else { "DROP TRIGGER fails ON erasures" };
        sqlx::query(back).execute(database.store.pool()).await.expect("gone");
        go_on(&people, 0).await.expect("gone on with");
        let found =
            Receipt::find(&people.store, begun.receipt.id).await.expect("reads").expect("the one she was given");
        assert_eq!(found.begun_at, begun.receipt.begun_at);
        assert_eq!(accounts::find_person(&people.store, &people.keys, "alice").await.expect("reads"), None);
    }
}

/// Comes back once work waits for devices that somebody holds.
async fn waits_for_devices<T: Debug>(people: &People, mut work: Pin<&mut impl Future<Output = T>>) {
    let is_waiting = async {
        let waiting = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() \
                       AND wait_event_type = 'Lock' AND query LIKE '%CROSS JOIN devices held%'";
        loop {
            let (count,): (i64,) = sqlx::query_as(waiting).fetch_one(people.store.pool()).await.expect("reads");
            if count > 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        done = &mut work => panic!("it waits for nobody: {done:?}"),
        () = is_waiting => {}
    }
}

#[tokio::test]
async fn what_is_being_taken_in_of_ones_devices_is_waited_for_before_ones_rows_are_erased_on_each_database() {
    for (database, people) in people_on_each_database().await {
        let store = &people.store;
        if store.lets_one_write() {
            // Whoever writes there keeps all others from it.
            continue;
        }
        let (alice, bob) = (somebody(&people, "alice").await, somebody(&people, "bob").await);
        let held = async |own: &Own| {
            let mut taking_in = store.begin().await.expect("begins");
            let device = DeviceId(own.person.0);
            accounts::hold(store, &mut taking_in, &BTreeSet::from([device])).await.expect("held");
            taking_in
        };

        let taking_in = held(&alice).await;
        let mut erasure = pin!(begin(&people, &alice));
        waits_for_devices(&people, erasure.as_mut()).await;
        people.keys.of(alice.person).await.expect("her key is there until then");
        taking_in.commit().await.expect("commits");
        erasure.await.expect("begun");
        people.keys.of(alice.person).await.expect_err("destroyed");

        // His key went, and the erasure did not get further.
        let taking_in = held(&bob).await;
        database.destroy_key(bob.person).await;
        let mut erasure = pin!(keyless::finish_since(store, &people.own, 0));
        waits_for_devices(&people, erasure.as_mut()).await;
        taking_in.commit().await.expect("commits");
        assert_eq!(erasure.await.expect("gone on with"), 1);
    }
}

#[tokio::test]
async fn whose_key_is_lost_is_counted_and_never_erased_on_each_database() {
    for (database, people) in people_on_each_database().await {
        let alice = somebody(&people, "alice").await;
        sqlx::query("DELETE FROM person_keys WHERE person = $1")
            .bind(alice.person.0.to_vec())
            .execute(people.store.keyring().pool())
            .await
            .expect("lost");
        keyless::at_start(&database.foundation()).await.expect("looked");
        assert_eq!(go_on(&people, 0).await.expect("goes on"), 0);
        let lost = people.keys.of(alice.person).await.expect_err("it is lost");
        assert!(matches!(lost, attune_ground::GroundError::Damaged(_)), "{lost}");
        assert_eq!(
            accounts::find_person(&people.store, &people.keys, "alice").await.expect("reads"),
            Some(alice.person)
        );
        assert_eq!(people.store.damages().counts().len(), 1, "health says so");
    }
}

#[tokio::test]
async fn a_key_whose_account_was_never_made_goes_after_seven_days_and_no_other_on_each_database() {
    const DAY: i64 = 24 * 3_600_000;
    for (database, people) in people_on_each_database().await {
        let _ = somebody(&people, "alice").await;
        erased(&people, &somebody(&people, "bob").await, &By::COMMAND).await;
        let mut transaction = people.store.begin().await.expect("begins");
        let nobody = accounts::create_nobody(&mut transaction, &people.keys).await.expect("made");
        transaction.commit().await.expect("commits");
        let claimed = database.count_keys().await;
        // The crash between: its key is durable, and the account is not.
        let mut transaction = people.store.begin().await.expect("begins");
        let person = accounts::person_of(&mut transaction, &people.keys, "carol").await.expect("made");
        transaction.commit().await.expect("commits");
        let gone = sqlx::query("DELETE FROM accounts WHERE person = $1").bind(person.0.to_vec());
        assert_eq!(gone.execute(people.store.pool()).await.expect("never made").rows_affected(), 1);
        for (now, keys) in [(0, claimed + 1), (7 * DAY, claimed + 1), (7 * DAY + 1, claimed), (90 * DAY, claimed)] {
            keyless::let_go_of_unclaimed(&people.store, now).await.expect("looked");
            assert_eq!(database.count_keys().await, keys, "at {now}");
        }
        people.keys.of(nobody).await.expect("it opens");
    }
}
