//! A copy of the database has none of the keys: put back, it opens nothing of who was erased since.

use attune_protocol::ack::Answer;
use attune_protocol::ids::Seq;
use attune_tests::collector::Collector;
use attune_tests::database::Database;
use attune_tests::place::Place;
use attune_tests::visitor::{Visitor, join};
use attune_tests::wire::{Device, motion_item};
use attune_tests::{api, wait};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";
const ITEMS: u64 = 30;

#[test]
fn a_copy_of_before_that_is_put_back_opens_nothing_of_who_was_erased_and_all_of_others_on_sqlite() {
    let place = Place::new();
    let (collector, database) = Database::sqlite(&place);
    put_back(collector, &database);
}

#[test]
fn a_copy_of_before_that_is_put_back_opens_nothing_of_who_was_erased_and_all_of_others_on_postgres() {
    let place = Place::new();
    let Some((collector, database)) = Database::postgres(&place, "a copy on Postgres") else { return };
    put_back(collector, &database);
}

fn put_back(mut collector: Collector, database: &Database) {
    let keys = database.keys();
    let mut of_alice = sensed(&collector, "alice");
    let mut of_bob = sensed(&collector, "bob");
    for name in ["alice", "bob"] {
        let link = collector.command(&["account", "create", "--name", name, "--role", "employee"]);
        join(&mut Visitor::new(collector.api()), &link, name, PASSWORD);
    }
    let alice = database.person_of(&collector, "alice");
    let wrapped =
        keys.blobs(&format!("SELECT wrapped FROM person_keys WHERE person = {}", keys.literal(&alice))).remove(0);
    let theirs = format!("SELECT sealed FROM records WHERE person = {} ORDER BY seq", database.literal(&alice));
    let context = |seq: u64| {
        let (device, epoch) = (of_alice.id.0, of_alice.epoch.0.to_be_bytes());
        [b"record".as_slice(), &alice, &device, &epoch, &seq.to_be_bytes()].concat()
    };
    let opened = |collector: &Collector, wrapped: &[u8]| {
        let key = collector.key_of(&alice, wrapped);
        let records = database.blobs(&theirs);
        (1..).zip(&records).filter(|(seq, sealed)| key.open(&context(*seq), sealed).is_ok()).count()
    };
    assert_eq!(opened(&collector, &wrapped), 30, "it opens before");
    if database.is_postgres() {
        collector.process().signal("TERM");
        database.copy();
        collector.restart();
    } else {
        database.copy();
    }

    let token = token_of(&collector, "alice");
    let (status, receipt) = erase(&collector, &token);
    assert!(status == 200 && receipt["done_at"].is_string(), "{receipt}");
    // Somebody who joined behind the copy, whose key is then nobody's.
    let _ = sensed_of(&collector, "carol");
    let before = keys.count("SELECT COUNT(*) FROM person_keys");
    collector.process().signal("TERM");
    database.put_back();
    assert_eq!(database.blobs(&theirs).len(), 30, "the copy has what was erased");
    let all = keys.blobs("SELECT wrapped FROM person_keys");
    assert!(!all.contains(&wrapped), "and nobody has the key");
    // An erasure of a while ago: nobody can be at it any more.
    keys.run("UPDATE destroyed_keys SET destroyed_at = destroyed_at - 3600000");
    collector.restart();

    // She is erased to the end: she signs in no more, and no row of hers stays.
    assert_eq!(try_token(&collector, "alice").0, 401);
    assert!(collector.log().contains("People who were erased before were known still"), "{}", collector.log());
    wait::until("her rows to be erased again", || {
        let done = "SELECT COUNT(*) FROM erasures WHERE done_at IS NOT NULL";
        (database.blobs(&theirs).is_empty() && database.count(done) == 1).then_some(())
    });
    for table in ["sessions", "preferences", "enrolment_codes"] {
        let statement = format!("SELECT COUNT(*) FROM {table} WHERE person = {}", database.literal(&alice));
        assert_eq!(database.count(&statement), 0, "{table}");
    }
    of_alice.reconnect(&collector);
    of_alice.send(vec![motion_item(ITEMS + 1)]);
    let answers: Vec<Answer> = of_alice.acknowledgement().settled.iter().map(|run| run.answer).collect();
    assert_eq!(answers, [Answer::Erased]);

    // Who stays is whole, and goes on.
    let token = token_of(&collector, "bob");
    let list = said(&collector, "/api/v1/sessions?user_id=bob", &token);
    let sessions = list["sessions"].as_array().expect("sessions");
    assert_eq!(sessions.len(), 1, "{list}");
    let id = sessions[0]["session_id"].as_str().expect("an id");
    let session = said(&collector, &format!("/api/v1/sessions/{id}"), &token);
    assert_eq!((&session["windows"], session["damaged_windows"].as_u64().unwrap_or(0)), (&json!(30), 0), "{session}");
    of_bob.reconnect(&collector);
    of_bob.send(vec![motion_item(ITEMS + 1)]);
    assert_eq!(of_bob.acknowledged(), [(Seq(ITEMS + 1), Seq(ITEMS + 1))]);
    assert_eq!(api::get(collector.api(), "/health").1["stored"]["ok"], true);

    // Her key is kept, as a newer copy may be put back, and it is said.
    assert_eq!(keys.count("SELECT COUNT(*) FROM person_keys"), before);
    wait::until("it to be said", || {
        collector.log().contains("of people whom the database does not know").then_some(())
    });
    assert_eq!(keys.count("SELECT COUNT(*) FROM person_keys WHERE unclaimed_since IS NOT NULL"), 1);
}

#[test]
fn without_its_keys_a_collector_does_not_start_and_makes_none() {
    let place = Place::new();
    let mut collector = Collector::start(&place);
    let _ = sensed_of(&collector, "alice");
    collector.process().signal("TERM");
    let aside = place.join("aside.sqlite");
    std::fs::rename(collector.keys(), &aside).expect("moved");
    for arguments in [&["serve"][..], &["enrol", "--user", "bob"], &["check"]] {
        let told = collector.refused(arguments);
        assert!(told.contains("find the keys of people at") && told.contains("keys.sqlite"), "{told}");
        assert!(!collector.keys().exists(), "{arguments:?}");
    }
    // Nor does it take those of another one.
    let elsewhere = Place::new();
    let mut other = Collector::start(&elsewhere);
    other.process().signal("TERM");
    std::fs::copy(other.keys(), collector.keys()).expect("copied");
    let told = collector.refused(&["serve"]);
    assert!(told.contains("they are of another database"), "{told}");
    // Nor a damaged file, which a copy would be overwritten with.
    let mut bytes = std::fs::read(&aside).expect("our own file");
    bytes[4096..4104].fill(0xff);
    std::fs::write(collector.keys(), bytes).expect("written");
    for arguments in [&["serve"][..], &["check"]] {
        let told = collector.refused(arguments);
        assert!(told.contains("keys.sqlite") && told.contains("put the newest copy of the keys back"), "{told}");
    }
    std::fs::rename(&aside, collector.keys()).expect("moved");
    collector.restart();
    assert_eq!(
        api::ok(collector.api(), "/api/v1/sessions?user_id=alice")["sessions"].as_array().map(Vec::len),
        Some(1)
    );
}

#[test]
fn keys_that_were_put_back_from_an_older_copy_are_missed_and_nobody_is_taken_for_erased() {
    let place = Place::new();
    let (mut collector, database) = Database::sqlite(&place);
    let _ = sensed_of(&collector, "alice");
    collector.process().signal("TERM");
    let older = place.join("older.sqlite");
    std::fs::copy(collector.keys(), &older).expect("copied");
    collector.restart();
    let mut of_bob = sensed_of(&collector, "bob");
    collector.process().signal("TERM");
    let newest = place.join("newest.sqlite");
    std::fs::rename(collector.keys(), &newest).expect("moved");
    std::fs::copy(&older, collector.keys()).expect("copied");
    collector.restart();
    let health = api::get(collector.api(), "/health").1;
    assert_eq!(health["stored"]["ok"], false, "{health}");
    assert!(collector.log().contains("Keys of people are missing"), "{}", collector.log());
    of_bob.reconnect(&collector);
    of_bob.send(vec![motion_item(ITEMS + 1)]);
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert_eq!(database.count("SELECT COUNT(*) FROM records"), 60, "nothing is erased, and nothing is taken in");
    // With the newest ones all of it opens, and what came meanwhile is kept.
    collector.process().signal("TERM");
    std::fs::copy(&newest, collector.keys()).expect("copied");
    collector.restart();
    of_bob.reconnect(&collector);
    of_bob.send(vec![motion_item(ITEMS + 1)]);
    assert_eq!(of_bob.acknowledged(), [(Seq(ITEMS + 1), Seq(ITEMS + 1))]);
    assert_eq!(api::get(collector.api(), "/health").1["stored"]["ok"], true);
}

/// Somebody of whom thirty windows are stored and fused.
fn sensed(collector: &Collector, user: &str) -> Device {
    let device = sensed_of(collector, user);
    let path = format!("/api/v1/sessions?user_id={user}");
    wait::until("their session", || {
        let list = api::ok(collector.api(), &path);
        let id = list["sessions"][0]["session_id"].as_str()?.to_owned();
        (api::ok(collector.api(), &format!("/api/v1/sessions/{id}"))["windows"] == json!(30)).then_some(())
    });
    device
}

fn sensed_of(collector: &Collector, user: &str) -> Device {
    let mut device = Device::enrolled(collector, user);
    device.send((1..=ITEMS).map(motion_item).collect());
    assert_eq!(device.acknowledged(), [(Seq(1), Seq(ITEMS))]);
    device
}

fn try_token(collector: &Collector, name: &str) -> (u16, Value) {
    let body = json!({"username": name, "password": PASSWORD});
    api::post(collector.api(), "/api/v1/auth/token", &body)
}

fn token_of(collector: &Collector, name: &str) -> String {
    let (status, told) = try_token(collector, name);
    assert_eq!(status, 200, "{told}");
    told["access_token"].as_str().expect("a token").to_owned()
}

fn erase(collector: &Collector, token: &str) -> (u16, Value) {
    asked(collector, "POST", "/api/v1/me/erase", token, &json!({"word": "erase", "password": PASSWORD}).to_string())
}

fn said(collector: &Collector, path: &str, token: &str) -> Value {
    let (status, told) = asked(collector, "GET", path, token, "");
    assert_eq!(status, 200, "{told}");
    told
}

fn asked(collector: &Collector, method: &str, path: &str, token: &str, body: &str) -> (u16, Value) {
    api::ask_as(collector.api(), (method, path), token, body)
}
