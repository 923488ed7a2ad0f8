//! A wrong clock deletes nothing.

use attune_tests::collector::Collector;
use attune_tests::database::Database;
use attune_tests::place::Place;
use attune_tests::wire::Device;
use attune_tests::{api, media, wait};
use serde_json::{Value, json};

const DAY_MILLIS: i64 = 24 * 3_600_000;

#[test]
fn a_clock_that_leapt_deletes_nothing_until_a_device_agrees_with_it_on_sqlite() {
    let place = Place::new();
    let (collector, database) = Database::sqlite(&place);
    leaps(collector, &database);
}

#[test]
fn a_clock_that_leapt_deletes_nothing_until_a_device_agrees_with_it_on_postgres() {
    let place = Place::new();
    let Some((collector, database)) = Database::postgres(&place, "a wrong clock on Postgres") else { return };
    leaps(collector, &database);
}

/// The clock is 400 days ahead of when the database was last used. The test cannot turn the clock of the machine, so it
/// puts what is stored back by as much.
fn leaps(mut collector: Collector, database: &Database) {
    let wish = json!({ "user_id": "alice", "max_history_days": 30 });
    assert_eq!(api::post(collector.api(), "/api/v1/preferences", &wish).0, 200);
    let at = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24);
    let request = json!({ "user_id": "alice", "heart_data": media::heart(70), "timestamp": at.to_string() });
    let (status, answer) = api::post(collector.api(), "/api/v1/analyze", &request);
    assert_eq!((status, &answer["stored"]), (200, &json!(true)), "{answer:#}");
    collector.process().signal("TERM");
    let spans = || database.count("SELECT CAST(SUM(ends) AS BIGINT) FROM deleted_spans");
    let before = spans();
    let leap = 400 * DAY_MILLIS;
    for change in [
        "last_used SET at = at -",
        "fused_windows SET window_start = window_start -",
        "analysis_records SET window_start = window_start -",
        "sessions SET ended_at = started_at + 10000, started_at = started_at -",
    ] {
        assert!(database.run(&format!("UPDATE {change} {leap}")) > 0, "{change}");
    }
    database.run(&format!("UPDATE sessions SET ended_at = ended_at - {leap}"));
    collector.restart();
    let health = wait::until("health to say that the clock is in doubt", || {
        let (status, health) = api::get(collector.api(), "/health");
        (health["clock"]["ok"] == false).then_some((status, health))
    });
    assert_eq!(health.0, 503);
    assert!(health.1["clock"]["detail"].as_str().expect("words").starts_with("400 days ahead"), "{health:?}");
    // Also who changes a limit now deletes nothing by this clock.
    assert_eq!(
        api::post(collector.api(), "/api/v1/preferences", &json!({ "user_id": "alice", "max_history_days": 29 })).0,
        200
    );
    assert_eq!(sessions(&collector), 1, "nothing is removed");
    assert_eq!(spans(), before, "no time is called deleted");

    let _device = Device::enrolled(&collector, "bob");
    wait::until("what is too old to be deleted by a clock that a device agrees with", || {
        (sessions(&collector) == 0).then_some(())
    });
    assert_eq!(api::get(collector.api(), "/health").1["clock"]["ok"], true);
}

fn sessions(collector: &Collector) -> usize {
    let list: Value = api::ok(collector.api(), "/api/v1/sessions?user_id=alice");
    list["sessions"].as_array().expect("a list").len()
}
