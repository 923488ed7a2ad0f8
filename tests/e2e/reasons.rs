//! What is not shown says why.

use attune_tests::agent::Agent;
use attune_tests::api;
use attune_tests::collector::Collector;
use attune_tests::models;
use attune_tests::place::Place;
use attune_tests::play::{self, Outcome};
use attune_tests::recordings;
use serde_json::json;

/// What an agent's own profile and a collector's make of the shipped recording, in which everything is seen.
fn played(agent: &str, collector: &str) -> (Outcome, String) {
    let place = Place::new();
    let running = Collector::start_under(&place, collector);
    let device = Agent::enrol_with(&place, "device", &running, "person", &models::shipped(), agent);
    device.send_all(&recordings::shipped(), play::START, &[]);
    let outcome = play::outcome(&running, "person");
    let id = outcome.session["session_id"].as_str().expect("a session has an id");
    let picture = api::fetch(running.api(), &format!("/api/v1/sessions/{id}/graph.svg"), "image/svg+xml").text();
    (outcome, picture)
}

#[test]
fn under_eu_with_everything_seen_no_reason_is_that_of_missing_data() {
    // Whichever of the two is set so.
    for (agent, collector) in [("eu", "eu"), ("research", "eu"), ("eu", "research")] {
        let (outcome, picture) = played(agent, collector);
        for modality in ["face", "voice", "motion", "heart"] {
            let coverage = outcome.scores["coverage"][modality]["coverage"].as_f64().expect("it was there");
            assert!(coverage > 0.9, "{agent} {collector}: {modality}: {coverage}");
        }
        for field in ["stress_level", "valence", "overall_score", "emotion_analysis", "cognitive_state"] {
            assert!(outcome.scores[field].is_null(), "{agent} {collector}: {field} is withheld");
            let reason = api::reason(&outcome.scores, field);
            assert_eq!(reason["code"], json!("withheld_by_profile"), "{agent} {collector}: {reason:#}");
        }
        let told = outcome.scores["reasons"].to_string();
        assert!(!told.contains("not_enough_data") && !told.contains("not enough data"), "{agent} {collector}: {told}");
        assert!(picture.contains("profile") && !picture.contains("not enough data"), "{agent} {collector}: {picture}");
    }
}
