//! One damaged row concerns its own person: it is left out and named, and everybody else goes on.

use attune_protocol::batch::Item;
use attune_protocol::consent::{Consent, Purpose};
use attune_protocol::ids::Seq;
use attune_protocol::registry::Modality;
use attune_tests::collector::Collector;
use attune_tests::database::Database;
use attune_tests::place::Place;
use attune_tests::wire::{Device, motion_item};
use attune_tests::{api, wait};
use serde_json::{Value, json};

#[test]
fn damaged_rows_are_left_out_and_named_on_sqlite() {
    let place = Place::new();
    let (collector, database) = Database::sqlite(&place);
    goes_on(&collector, &database);
}

#[test]
fn damaged_rows_are_left_out_and_named_on_postgres() {
    let place = Place::new();
    let Some((collector, database)) = Database::postgres(&place, "damaged rows on Postgres") else { return };
    goes_on(&collector, &database);
}

#[test]
fn a_log_of_consents_that_was_changed_is_named_at_the_next_start() {
    let place = Place::new();
    let (mut collector, database) = Database::sqlite(&place);
    let mut device = Device::enrolled(&collector, "alice");
    device.send(vec![motion_item(1)]);
    assert_eq!(device.acknowledged(), [(Seq(1), Seq(1))]);
    collector.kill();
    collector.restart();
    std::thread::sleep(std::time::Duration::from_secs(1)); // the log is looked at as soon as it runs
    assert_eq!(api::get(collector.api(), "/health").1["stored"]["ok"], true);
    collector.kill();
    assert!(database.run("UPDATE consent_log SET hash = x'00' WHERE place = 0") == 1);
    collector.restart();
    wait::until("the log to be looked at", || {
        (api::get(collector.api(), "/health").1["stored"]["ok"] == false).then_some(())
    });
    is_named(&collector, "1 consent links", "attune_damaged_consent_links 1");
}

#[test]
fn a_user_id_that_does_not_read_costs_its_own_name_alone() {
    let place = Place::new();
    let (collector, database) = Database::sqlite(&place);
    for user in ["alice", "bob"] {
        let mut device = Device::enrolled(&collector, user);
        device.send(vec![motion_item(1)]);
        assert_eq!(device.acknowledged(), [(Seq(1), Seq(1))]);
    }
    wait::until("both sessions", || (database.count("SELECT COUNT(*) FROM sessions") == 2).then_some(()));
    let alice = database.literal(&database.person_of(&collector, "alice"));
    database.run(&format!("UPDATE accounts SET sealed = person WHERE person = {alice}"));
    let list = api::ok(collector.api(), "/api/v1/sessions");
    let mut users: Vec<&Value> =
        list["sessions"].as_array().expect("a list").iter().map(|row| &row["user_id"]).collect();
    users.sort_by_key(|user| user.as_str());
    assert_eq!(users, [&Value::Null, &json!("bob")], "{list:#}");
    assert_eq!(api::fetch(collector.api(), "/", "text/html").status, 200);
    is_named(&collector, "1 accounts", "attune_damaged_accounts 1");
}

const PEOPLE: [&str; 3] = ["alice", "bob", "carol"];

fn goes_on(collector: &Collector, database: &Database) {
    let mut devices = PEOPLE.map(|user| Device::enrolled(collector, user));
    for device in &mut devices {
        device.send((1..=4).map(motion_item).collect());
        assert_eq!(device.acknowledged(), [(Seq(1), Seq(4))]);
    }
    wait::until("everything to be fused", || {
        (database.count("SELECT COUNT(*) FROM fused_windows") == 12).then_some(())
    });
    assert_eq!(api::get(collector.api(), "/health").1["stored"]["ok"], true);
    let ids = PEOPLE.map(|user| session_of(collector, user)["session_id"].as_str().expect("an id").to_owned());

    let persons = PEOPLE.map(|user| hex(&database.person_of(collector, user)));

    // The wrapped key of who is sorted first; all windows wait anew, these before all others.
    let first = hex(&database.keys().flip("person_keys", "wrapped", "person"));
    let first = persons.iter().position(|person| *person == first).expect("one of the three");
    database.run("INSERT INTO pending_fusion (person, window_start) SELECT person, window_start FROM records");
    for device in &mut devices {
        device.send((5..=8).map(motion_item).collect());
    }
    let well: Vec<usize> = (0..3).filter(|person| *person != first).collect();
    for &person in &well {
        assert_eq!(devices[person].acknowledged(), [(Seq(5), Seq(8))], "who is behind them is stored");
    }
    wait::until("everybody else's windows to be fused", || {
        (database.count("SELECT COUNT(*) FROM fused_windows") == 4 + 8 + 8
            && database.count("SELECT COUNT(*) FROM pending_fusion") == 4)
            .then_some(())
    });
    is_named(collector, "1 person keys", "attune_damaged_person_keys 1");
    let session = api::ok(collector.api(), &format!("/api/v1/sessions/{}", ids[first]));
    assert_eq!((&session["windows"], &session["damaged_windows"]), (&json!(4), &json!(4)), "{session:#}");

    // A window of somebody whose key is well.
    let [second, third] = [well[0], well[1]];
    let path = format!("/api/v1/sessions/{}", ids[second]);
    let of_second = format!("(SELECT * FROM fused_windows WHERE session = {})", blob(database, &ids[second]));
    let value = database.blobs(&format!("SELECT sealed FROM {of_second} AS w ORDER BY window_start LIMIT 1")).remove(0);
    let mut damaged = value.clone();
    damaged[20] ^= 1;
    let (damaged, value) = (blob(database, &hex(&damaged)), blob(database, &hex(&value)));
    assert_eq!(database.run(&format!("UPDATE fused_windows SET sealed = {damaged} WHERE sealed = {value}")), 1);
    let session = api::ok(collector.api(), &path);
    assert_eq!((&session["windows"], &session["damaged_windows"]), (&json!(8), &json!(1)), "{session:#}");
    assert!(session["scores"].is_object());
    let windows = api::ok(collector.api(), &format!("{path}/windows?limit=3"));
    assert_eq!(windows["windows"].as_array().map(Vec::len), Some(2), "{windows:#}");
    let next = windows["next_cursor"].as_str().expect("there are more");
    let windows = api::ok(collector.api(), &format!("{path}/windows?cursor={next}"));
    assert_eq!(windows["windows"].as_array().map(Vec::len), Some(5), "no page ends early: {windows:#}");
    assert_eq!(api::fetch(collector.api(), &format!("{path}/graph.svg"), "*/*").status, 200);
    is_named(collector, "1 windows", "attune_damaged_windows 1");

    // An entry of consent: its device tells it anew, and is not shut out.
    database.run(&format!(
        "UPDATE consent_log SET entry = {} WHERE person = {}",
        blob(database, &"07".repeat(60)),
        blob(database, &persons[third]),
    ));
    devices[third].send(vec![motion_item(9)]);
    let ack = devices[third].acknowledgement();
    assert_eq!((ack.settled.len(), ack.wants_consent), (0, Some(1)), "it is asked for the book, and keeps the record");
    let consent = Consent {
        modality: Modality::Motion,
        purpose: Purpose::Wellbeing,
        granted: true,
        version: 1,
        at_millis: 1_767_603_600_000,
        text: None,
    };
    devices[third]
        .send(vec![Item { seq: Seq(10), bytes: consent.encode() }, motion_item(9)].into_iter().rev().collect());
    assert_eq!(devices[third].acknowledged(), [(Seq(9), Seq(10))]);
    is_named(collector, "1 consents", "attune_damaged_consents 1");

    // A row of a kind that nobody knows.
    assert_eq!(
        database.run(&format!("UPDATE sessions SET kind = 77 WHERE session = {}", blob(database, &ids[third]))),
        1
    );
    let list = api::ok(collector.api(), "/api/v1/sessions?limit=1");
    let rest = list["next_cursor"]
        .as_str()
        .map(|next| api::ok(collector.api(), &format!("/api/v1/sessions?limit=5&cursor={next}")));
    let shown: Vec<&Value> = [Some(&list), rest.as_ref()]
        .into_iter()
        .flatten()
        .flat_map(|page| page["sessions"].as_array().expect("a list"))
        .collect();
    assert_eq!(shown.len(), 2, "{shown:#?}");
    is_named(collector, "1 sessions", "attune_damaged_sessions 1");
    assert_eq!(api::get(collector.api(), &format!("/api/v1/sessions/{}", ids[third])).0, 404);
    assert_eq!(api::delete(collector.api(), &format!("/api/v1/sessions/{}", ids[third])), 204, "it can be deleted");
    let left = format!("SELECT COUNT(*) FROM records WHERE person = {}", blob(database, &persons[third]));
    assert_eq!(database.count(&left), 0);
}

/// Health is unwell and names a kind, and metrics count it.
fn is_named(collector: &Collector, detail: &str, metric: &str) {
    let (status, health) = api::get(collector.api(), "/health");
    assert_eq!((status, &health["status"]), (503, &json!("unwell")), "{health:#}");
    assert!(health["stored"]["detail"].as_str().expect("words").contains(detail), "{health:#}");
    let metrics = api::fetch(collector.api(), "/metrics", "*/*").text();
    assert!(metrics.lines().any(|line| line == metric), "{metric} in\n{metrics}");
}

fn session_of(collector: &Collector, user: &str) -> Value {
    let list = api::ok(collector.api(), &format!("/api/v1/sessions?user_id={user}"));
    let sessions = list["sessions"].as_array().expect("a list");
    assert_eq!(sessions.len(), 1, "{list:#}");
    sessions[0].clone()
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

/// Bytes as a literal.
fn blob(database: &Database, hex: &str) -> String {
    if database.is_postgres() { format!("'\\x{hex}'::bytea") } else { format!("x'{hex}'") }
}
