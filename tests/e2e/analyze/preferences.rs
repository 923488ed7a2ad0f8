//! What a user wants is in force from the next call on.

use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::{api, media};
use serde_json::{Value, json};

use super::PATH;

const PREFERENCES: &str = "/api/v1/preferences";

fn set(collector: &Collector, preferences: &Value) -> Value {
    let (status, answer) = api::post(collector.api(), PREFERENCES, preferences);
    assert_eq!(status, 200, "{answer:#}");
    answer
}

#[test]
fn a_modality_that_is_switched_off_is_not_even_decoded() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let request = json!({"user_id": "alice", "face_image": "no base64 at all!", "heart_data": media::heart(70)});
    let (status, problem) = api::post(collector.api(), PATH, &request);
    assert_eq!((status, &problem["field"]), (400, &json!("face_image")));
    set(&collector, &json!({"user_id": "alice", "enable_face_analysis": false}));
    let (status, answer) = api::post(collector.api(), PATH, &request);
    assert_eq!(status, 200, "{answer:#}");
    assert_eq!(api::reason(&answer, "coverage.face")["code"], json!("switched_off"));
    assert_eq!(api::reason(&answer, "valence")["code"], json!("switched_off"), "only a face tells it");
    assert_eq!(answer["status"], json!("partial"));
    // Another user's pictures are.
    let other = json!({"user_id": "bob", "face_image": "no base64 at all!"});
    assert_eq!(api::post(collector.api(), PATH, &other).0, 400);
}

#[test]
fn what_shall_not_be_stored_is_not_and_what_is_too_old_goes() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let analyze = |days_ago: i64| {
        let at = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * days_ago);
        let request = json!({"user_id": "alice", "heart_data": media::heart(30), "timestamp": at.to_string()});
        let (status, answer) = api::post(collector.api(), PATH, &request);
        assert_eq!(status, 200, "{answer:#}");
        answer
    };
    let sessions =
        || api::ok(collector.api(), "/api/v1/sessions?user_id=alice")["sessions"].as_array().expect("a list").len();
    analyze(40);
    analyze(1);
    assert_eq!(sessions(), 2);
    set(&collector, &json!({"user_id": "alice", "max_history_days": 30}));
    assert_eq!(sessions(), 1);
    set(&collector, &json!({"user_id": "alice", "store_sessions": false}));
    assert_eq!(analyze(1)["stored"], json!(false));
    assert_eq!(sessions(), 1);
    let kept = api::ok(collector.api(), &format!("{PREFERENCES}/alice"));
    assert_eq!((&kept["max_history_days"], &kept["store_sessions"]), (&json!(30), &json!(false)));
}

#[test]
fn sensitivity_decides_how_uncertain_a_score_may_be() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let request = json!({"user_id": "alice", "heart_data": media::heart(70)});
    let stress = |sensitivity: f64| {
        set(&collector, &json!({"user_id": "alice", "analysis_sensitivity": sensitivity}));
        api::post(collector.api(), PATH, &request).1["stress_level"].clone()
    };
    assert!(stress(0.5).is_number());
    assert!(stress(0.0).is_null());
}

#[test]
fn wrong_preferences_are_refused_by_their_field_and_unknown_users_have_the_usual_ones() {
    let place = Place::new();
    let collector = Collector::start(&place);
    for (body, field) in [
        (json!({"user_id": "alice", "max_history_days": 0}), "max_history_days"),
        (json!({"user_id": "alice", "max_history_days": 366}), "max_history_days"),
        (json!({"user_id": "alice", "max_history_days": 70_000}), "max_history_days"),
        (json!({"user_id": "alice", "analysis_sensitivity": 1.5}), "analysis_sensitivity"),
        (json!({"user_id": "alice", "enable_face_analysis": "yes"}), "enable_face_analysis"),
        (json!({"user_id": ""}), "user_id"),
        (json!({"store_sessions": true}), "user_id"),
        (json!({"user_id": "alice", "mood": 1}), "mood"),
    ] {
        let (status, problem) = api::post(collector.api(), PREFERENCES, &body);
        assert_eq!((status, problem["field"].as_str()), (400, Some(field)), "{body}: {problem}");
    }
    let usual = api::ok(collector.api(), "/preferences/nobody");
    assert_eq!((&usual["store_sessions"], &usual["analysis_sensitivity"]), (&json!(true), &json!(0.5)));
    let (status, answer) = api::post(collector.api(), "/preferences", &json!({"user_id": "alice", "theme": "dark"}));
    assert_eq!(status, 200);
    assert!(answer["warnings"].to_string().contains("theme"), "{answer}");
}
