use attune_ground::testing::Database;
use attune_protocol::consent::Consent;
use attune_protocol::enrol::{Code, EnrolOutcome, EnrolRequest};
use attune_protocol::heartbeat::Sensing;
use attune_protocol::ids::{Epoch, Seq};
use attune_protocol::record::Gap;
use attune_protocol::sign::KeyPair;
use attune_protocol::window::Window;

use super::*;
use crate::consent::{self, ItemKey};
use crate::preferences::Preferences;

const DEVICE: DeviceId = DeviceId([1; 16]);

/// The outbox of an enrolment.
fn epoch(enrolment: u32) -> Epoch {
    Epoch(10 + u64::from(enrolment))
}

async fn databases() -> Vec<Database> {
    Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await
}

/// Enrols the device for a user.
async fn enrolled(database: &Database, user: &str, enrolment: u32) -> PersonId {
    let (store, keys) = (&database.store, &database.people);
    let code = Code::of(&accounts::create_code(store, keys, (user, None), 60_000).await.expect("made"));
    let key = KeyPair::from_secret(&[7; 32]);
    let request = EnrolRequest::new(DEVICE, key.public(), enrolment, epoch(enrolment), &code);
    let outcome = accounts::redeem_code(store, keys, &request, &[9; 32]).await.expect("answers").0;
    assert_eq!(outcome, EnrolOutcome::Accepted);
    accounts::find_person(store, keys, user).await.expect("reads").expect("known")
}

/// The device tells a change of consent.
async fn told(database: &Database, person: PersonId, enrolment: u32, version: u32, granted: bool) {
    let key = database.people.of(person).await.expect("known");
    let mut transaction = database.store.begin().await.expect("begins");
    let (modality, purpose, at_millis) = (Modality::Heart, Purpose::Wellbeing, i64::from(version));
    let change = Consent { modality, purpose, granted, version, at_millis, text: None };
    accounts::owner_of(&mut transaction, DEVICE, epoch(enrolment), enrolment).await.expect("bound").expect("known");
    let place = ItemKey { device: DEVICE, epoch: epoch(enrolment), seq: Seq(u64::from(version)) };
    consent::append(&mut transaction, person, &key, place, &change).await.expect("noted");
    transaction.commit().await.expect("commits");
}

fn beat(enrolment: u32, run: u32, number: u32) -> Heartbeat {
    Heartbeat {
        device: DEVICE,
        enrolment,
        epoch: epoch(enrolment),
        run,
        number,
        since_millis: 0,
        ends: false,
        waiting: 0,
        oldest_millis: None,
        modalities: vec![Sensing::of(Modality::Heart, None, Some(Window(9)))],
    }
}

async fn heard(database: &Database, all: Vec<(Heartbeat, i64)>) {
    keep(&database.store, &database.people, all).await.expect("looked at");
}

/// Run, number and time of what is kept.
async fn kept(database: &Database) -> Vec<(i64, i64, i64)> {
    sqlx::query_as("SELECT run, number, heard_at FROM device_heartbeats ORDER BY heard_at")
        .fetch_all(database.store.pool())
        .await
        .expect("reads")
}

#[tokio::test]
async fn the_last_word_of_a_device_is_kept_and_none_that_is_shown_again_on_each_database() {
    for database in databases().await {
        let alice = enrolled(&database, "alice", 1).await;
        told(&database, alice, 1, 1, true).await;
        heard(&database, vec![(beat(1, 1, 1), 10)]).await;
        assert_eq!(kept(&database).await, [(1, 1, 10)]);
        heard(&database, vec![(beat(1, 1, 1), 20)]).await;
        assert_eq!(kept(&database).await, [(1, 1, 10)], "shown again");
        heard(&database, vec![(beat(1, 1, 3), 30), (beat(1, 1, 2), 31)]).await;
        assert_eq!(kept(&database).await, [(1, 3, 30)], "whichever came first");
        heard(&database, vec![(beat(1, 1, 2), 40)]).await;
        assert_eq!(kept(&database).await, [(1, 3, 30)], "held back until a later one had come");
        heard(&database, vec![(beat(1, 2, 1), 50)]).await;
        heard(&database, vec![(beat(1, 1, 9), 60), (beat(2, 9, 9), 61)]).await;
        assert_eq!(kept(&database).await, [(2, 1, 50)], "of a run before, and of no enrolment");

        let key = database.people.of(alice).await.expect("known");
        let mut said = of(&database.store, &key, alice).await.expect("reads");
        assert_eq!(said.remove(&DEVICE), Some(Last { said: beat(1, 2, 1), heard_at: 50 }));

        // It is somebody else's since.
        let bob = enrolled(&database, "bob", 2).await;
        heard(&database, vec![(beat(1, 3, 1), 70), (beat(2, 3, 1), 71)]).await;
        assert_eq!(kept(&database).await, [(2, 1, 50)], "bob did not agree");
        told(&database, bob, 2, 1, true).await;
        heard(&database, vec![(beat(1, 4, 1), 80), (beat(2, 4, 1), 81)]).await;
        assert_eq!(kept(&database).await, [(2, 1, 50), (4, 1, 81)]);
        let key = database.people.of(bob).await.expect("known");
        assert_eq!(of(&database.store, &key, bob).await.expect("reads")[&DEVICE].heard_at, 81);
    }
}

/// Another device of somebody, who agrees.
async fn other_device(database: &Database, user: &str) -> DeviceId {
    let (store, device, epoch) = (&database.store, DeviceId([2; 16]), Epoch(90));
    let code = Code::of(&accounts::create_code(store, &database.people, (user, None), 60_000).await.expect("made"));
    let request = EnrolRequest::new(device, KeyPair::from_secret(&[8; 32]).public(), 1, epoch, &code);
    let outcome = accounts::redeem_code(store, &database.people, &request, &[9; 32]).await.expect("answers").0;
    assert_eq!(outcome, EnrolOutcome::Accepted);
    let person = accounts::find_person(store, &database.people, user).await.expect("reads").expect("known");
    let key = database.people.of(person).await.expect("known");
    let mut transaction = store.begin().await.expect("begins");
    accounts::owner_of(&mut transaction, device, epoch, 1).await.expect("bound").expect("known");
    let (modality, purpose) = (Modality::Heart, Purpose::Wellbeing);
    let change = Consent { modality, purpose, granted: true, version: 1, at_millis: 1, text: None };
    let place = ItemKey { device, epoch, seq: Seq(1) };
    consent::append(&mut transaction, person, &key, place, &change).await.expect("noted");
    transaction.commit().await.expect("commits");
    device
}

#[tokio::test]
async fn one_person_who_is_locked_keeps_nobody_elses_from_being_kept_on_each_database() {
    for database in databases().await {
        let (store, keys) = (&database.store, &database.people);
        if store.lets_one_write() {
            // Whoever writes there keeps all others from it.
            continue;
        }
        let alice = enrolled(&database, "alice", 1).await;
        told(&database, alice, 1, 1, true).await;
        let of_bob = Heartbeat { device: other_device(&database, "bob").await, epoch: Epoch(90), ..beat(1, 5, 1) };
        let mut elsewhere = store.begin().await.expect("begins");
        assert!(accounts::lock(&mut elsewhere, alice).await.expect("locked"));
        let both = vec![(beat(1, 1, 1), 10), (of_bob, 20)];
        keep(store, keys, both.clone()).await.expect_err("alice's is said again");
        assert_eq!(kept(&database).await, [(5, 1, 20)]);
        elsewhere.rollback().await.expect("ended");
        keep(store, keys, both).await.expect("kept");
        assert_eq!(kept(&database).await, [(1, 1, 10), (5, 1, 20)]);
    }
}

#[tokio::test]
async fn whose_key_is_gone_keeps_nobody_elses_from_being_kept_and_what_the_database_refuses_is_said_on_each_database() {
    for database in databases().await {
        let alice = enrolled(&database, "alice", 1).await;
        told(&database, alice, 1, 1, true).await;
        let of_bob = Heartbeat { device: other_device(&database, "bob").await, epoch: Epoch(90), ..beat(1, 5, 1) };
        database.destroy_key(alice).await;
        let (store, keys) = (&database.store, database.people_after_restart());
        let both = |heard_at| vec![(beat(1, 1, 1), heard_at), (of_bob.clone(), heard_at)];
        keep(store, &keys, both(20)).await.expect("looked at");
        assert_eq!(kept(&database).await, [(5, 1, 20)]);
        let gone = sqlx::query("DROP TABLE device_heartbeats").execute(store.pool()).await;
        gone.expect("dropped");
        keep(store, &keys, both(30)).await.expect_err("nothing of them can be kept");
    }
}

#[tokio::test]
async fn a_sign_of_life_moves_on_when_a_device_was_heard_and_nothing_it_said_on_each_database() {
    const LATER: i64 = MOVED_AFTER_MILLIS;
    for database in databases().await {
        let (store, keys) = (&database.store, &database.people);
        let alice = enrolled(&database, "alice", 1).await;
        told(&database, alice, 1, 1, true).await;
        let sign = |heard_at| SignOfLife { person: alice, device: DEVICE, enrolment: 1, heard_at };
        let moved = async |signs| {
            move_on(store, signs).await.expect("moved");
            kept(&database).await
        };
        assert_eq!(moved(vec![sign(5 * LATER)]).await, [], "it has said nothing");
        heard(&database, vec![(beat(1, 1, 1), 100)]).await;
        assert_eq!(moved(vec![]).await, [(1, 1, 100)]);
        assert_eq!(moved(vec![sign(100 + LATER)]).await, [(1, 1, 100)], "within a minute it costs nothing");
        let (first, last) = (101 + LATER, 109 + LATER);
        assert_eq!(moved(vec![sign(first), sign(last), sign(first)]).await, [(1, 1, last)], "the newest of several");
        assert_eq!(moved(vec![sign(0), sign(first)]).await, [(1, 1, last)], "never back");
        let (far, bob) = (last + 9 * LATER, enrolled(&database, "bob", 2).await);
        let foreign = [
            SignOfLife { person: bob, ..sign(far) },
            SignOfLife { device: DeviceId([2; 16]), ..sign(far) },
            SignOfLife { enrolment: 2, ..sign(far) },
        ];
        assert_eq!(moved(foreign.into()).await, [(1, 1, last)], "of another person, device or enrolment");

        // Of many at once each is its own.
        told(&database, bob, 2, 1, true).await;
        heard(&database, vec![(Heartbeat { ends: true, ..beat(2, 2, 1) }, 100)]).await;
        let others = (3..90).map(|other| SignOfLife { device: DeviceId([other; 16]), ..sign(far) });
        let of_bob = SignOfLife { person: bob, enrolment: 2, ..sign(far + 1) };
        assert_eq!(moved(others.chain([of_bob, sign(far)]).collect()).await, [(1, 1, far), (2, 1, far + 1)]);
        let key = keys.of(bob).await.expect("known");
        let said = of(store, &key, bob).await.expect("reads")[&DEVICE].clone();
        assert_eq!((said.said.ends, said.state(far + 1)), (true, State::Off), "it is off until it says that it is on");
    }
}

#[tokio::test]
async fn nothing_is_kept_of_who_agrees_to_nothing_or_wants_nothing_kept_or_was_erased_on_each_database() {
    for database in databases().await {
        let (store, keys) = (&database.store, &database.people);
        let alice = enrolled(&database, "alice", 1).await;
        let is_kept = async |number| {
            heard(&database, vec![(beat(1, 1, number), 0)]).await;
            kept(&database).await.iter().any(|(_, newest, _)| *newest == i64::from(number))
        };
        let prefers = async |preferences: Preferences| {
            let mut transaction = store.begin().await.expect("begins");
            preferences::put(&mut transaction, keys, alice, &preferences, 0).await.expect("kept");
            transaction.commit().await.expect("commits");
        };
        assert!(!is_kept(1).await, "nothing was agreed to");
        told(&database, alice, 1, 1, true).await;
        assert!(is_kept(2).await);
        told(&database, alice, 1, 2, false).await;
        assert!(!is_kept(3).await, "withdrawn");
        assert_eq!(kept(&database).await, [], "and what was said before goes");
        told(&database, alice, 1, 3, true).await;
        assert!(is_kept(4).await, "agreed to anew");
        prefers(Preferences { store_sessions: false, ..Preferences::default() }).await;
        assert_eq!(kept(&database).await, [], "what was said before goes with that");
        assert!(!is_kept(5).await, "nothing is to be kept");
        prefers(Preferences { heart: false, ..Preferences::default() }).await;
        assert!(!is_kept(6).await, "it is switched off");
        prefers(Preferences::default()).await;
        assert!(is_kept(7).await);

        let key = keys.of(alice).await.expect("known");
        let told = consent::history(store, keys, alice).await.expect("reads");
        let mut transaction = store.begin().await.expect("begins");
        let what = [(Modality::Heart, Purpose::Wellbeing, None)];
        consent::withdraw_in_browser(&mut transaction, (alice, &key), DEVICE, &what, &told).await.expect("withdrawn");
        let_go_where_withdrawn(&mut transaction, store.damages(), (alice, &key), DEVICE).await.expect("looked at");
        transaction.commit().await.expect("commits");
        assert_eq!(kept(&database).await, [], "and what was said before went with that");
        assert!(!is_kept(8).await, "withdrawn in the browser, whatever the device says");

        database.destroy_key(alice).await;
        assert!(!is_kept(9).await, "erased");
    }
}

#[tokio::test]
async fn a_run_that_lies_ahead_silences_no_later_one_and_a_word_of_before_removes_none_on_each_database() {
    for database in databases().await {
        let alice = enrolled(&database, "alice", 1).await;
        told(&database, alice, 1, 1, true).await;
        let second = u32::try_from(AHEAD_MILLIS / 1000).expect("a day");
        heard(&database, vec![(beat(1, u32::MAX, 1), 0), (beat(1, second + 1, 1), 0)]).await;
        assert_eq!(kept(&database).await, []);
        heard(&database, vec![(beat(1, second, 2), 0)]).await;
        assert_eq!(kept(&database).await, [(i64::from(second), 2, 0)]);
        // By the book of an outbox of which nothing is known it may not be kept.
        let of_none = |number| Heartbeat { epoch: Epoch(99), ..beat(1, second, number) };
        heard(&database, vec![(of_none(1), 1)]).await;
        assert_eq!(kept(&database).await, [(i64::from(second), 2, 0)], "it was said before");
        heard(&database, vec![(of_none(3), 1)]).await;
        assert_eq!(kept(&database).await, []);
    }
}

#[tokio::test]
async fn the_last_word_of_a_device_goes_after_a_month_and_with_its_persons_history_on_each_database() {
    for database in databases().await {
        let alice = enrolled(&database, "alice", 1).await;
        told(&database, alice, 1, 1, true).await;
        heard(&database, vec![(beat(1, 1, 1), 100)]).await;
        let before = async |instant| (HISTORY.delete_before)(&database.store, alice, instant).await.expect("deleted");
        assert_eq!((before(100).await, before(101).await), (0, 1));
        heard(&database, vec![(beat(1, 1, 2), 100)]).await;
        let let_go = async |now| let_go(&database.store, now).await.expect("deleted");
        assert_eq!((let_go(100 + KEPT_MILLIS).await, let_go(101 + KEPT_MILLIS).await), (0, 1));
        assert_eq!(kept(&database).await, []);
    }
}

#[test]
fn a_device_is_on_until_it_was_not_heard_for_long_and_off_only_where_it_said_so() {
    let heard_at = 1_000_000;
    let last = |said| Last { said, heard_at };
    let (on, off) = (last(beat(1, 1, 1)), last(Heartbeat { ends: true, ..beat(1, 1, 2) }));
    assert_eq!(on.state(heard_at + SILENT_AFTER_MILLIS), State::On);
    assert_eq!(on.state(heard_at + SILENT_AFTER_MILLIS + 1), State::Silent);
    assert_eq!(on.state(0), State::On, "the collector's clock was set back");
    let modalities = vec![Sensing::of(Modality::Heart, Some(Gap::Paused), None)];
    let paused = last(Heartbeat { modalities, ..beat(1, 1, 3) });
    for later in [1, 10 * SILENT_AFTER_MILLIS] {
        assert_eq!((off.state(heard_at + later), paused.state(heard_at + later)), (State::Off, State::Paused));
    }
}
