//! A database that was made before each subject had migrations of its own opens, reads and goes on.

use std::path::PathBuf;

use attune_protocol::registry::Modality;
use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::{api, binaries, database, media, recordings, wait};
use serde_json::{Value, json};

#[test]
fn an_sqlite_database_of_the_first_layout_is_read_and_added_to() {
    let place = place_with_key("sqlite");
    std::fs::copy(fixture("sqlite/collector.sqlite"), place.join("collector/collector.sqlite")).expect("copied");
    let collector = Collector::start(&place);
    goes_on(&place, collector, "sqlite");
}

#[test]
fn a_postgres_database_of_the_first_layout_is_read_and_added_to() {
    let dump = std::fs::read_to_string(fixture("postgres/dump.sql")).expect("the fixture can be read");
    let Some(url) = database::restored_on_postgres("a Postgres database of the first layout", dump) else { return };
    let place = place_with_key("postgres");
    let collector = Collector::start_set(&place, &format!("[database]\nurl = {url:?}"));
    goes_on(&place, collector, "postgres");
}

fn fixture(name: &str) -> PathBuf {
    binaries::repository().join("tests/fixtures/first-layout").join(name)
}

/// A place whose collector has the fixture's master key.
fn place_with_key(database: &str) -> Place {
    let place = Place::new();
    std::fs::create_dir(place.join("collector")).expect("the test's folder can be written");
    std::fs::copy(fixture(&format!("{database}/master.key")), place.join("collector/master.key")).expect("copied");
    place
}

fn goes_on(place: &Place, mut collector: Collector, database: &str) {
    let text = std::fs::read_to_string(fixture(&format!("{database}/answers.json"))).expect("the fixture can be read");
    let expected: Value = serde_json::from_str(&text).expect("JSON");
    let live = expected["live"]["session_id"].as_str().expect("an id");
    let analysis = expected["analysis"]["session_id"].as_str().expect("an id");
    for (kind, id) in [("live", live), ("analysis", analysis)] {
        let now = windows(&collector, id);
        assert!(says_still(&expected[kind], &now), "{kind}: {now:#}");
        let session = api::ok(collector.api(), &format!("/api/v1/sessions/{id}"));
        assert_eq!((&session["kind"], &session["user_id"]), (&json!(kind), &json!("alice")));
        assert!(session["scores"]["stress_level"].is_number(), "{session:#}");
    }
    let preferences = api::ok(collector.api(), "/api/v1/preferences/alice");
    let mut preferred = expected["preferences"].clone();
    // Who had chosen no time is told the one that holds.
    preferred["max_history_days"] = json!(30);
    assert!(says_still(&preferred, &preferences), "{preferences:#}");

    // One more device of the same person, within ten minutes of what the first one saw.
    let recording = recordings::only(place.path(), &[Modality::Motion, Modality::Heart]);
    let agent = Agent::enrol(place, "device", &collector, "alice");
    agent.send_all(&recording, "2026-01-05T09:05:00Z", &["--duration", "40"]);
    wait::until("the new windows to join the session", || {
        (count(&collector, live, &expected["live"]) > 0).then_some(())
    });
    let request = json!({
        "session_id": analysis,
        "user_id": "alice",
        "heart_data": media::heart(70),
        "timestamp": "2026-01-05T12:00:00Z",
    });
    let (status, answer) = api::post(collector.api(), "/api/v1/analyze", &request);
    assert_eq!((status, &answer["stored"]), (200, &json!(true)), "{answer:#}");
    assert!(count(&collector, analysis, &expected["analysis"]) > 0);

    // It is taken over once: from then on it is a database like any other.
    collector.process().signal("TERM");
    collector.restart();
    assert!(count(&collector, live, &expected["live"]) > 0);
    assert_eq!(api::delete(collector.api(), &format!("/api/v1/sessions/{live}")), 204);
}

fn windows(collector: &Collector, id: &str) -> Value {
    api::ok(collector.api(), &format!("/api/v1/sessions/{id}/windows?limit=500"))
}

/// Whether everything that was said then is said now. More may be said, and reasons in other words.
fn says_still(then: &Value, now: &Value) -> bool {
    match (then, now) {
        (Value::Object(then), Value::Object(now)) => then
            .iter()
            .filter(|(key, _)| *key != "reason")
            .all(|(key, then)| now.get(key).is_some_and(|now| says_still(then, now))),
        (Value::Array(then), Value::Array(now)) => {
            then.len() == now.len() && then.iter().zip(now).all(|(then, now)| says_still(then, now))
        }
        (Value::Number(then), Value::Number(now)) => {
            then.as_f64().zip(now.as_f64()).is_some_and(|(then, now)| (then - now).abs() < 1e-12)
        }
        _ => then == now,
    }
}

/// How many windows a session has more than in the fixture.
fn count(collector: &Collector, id: &str, before: &Value) -> usize {
    let number = |answer: &Value| answer["windows"].as_array().expect("windows").len();
    number(&windows(collector, id)) - number(before)
}
