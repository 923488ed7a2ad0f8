//! An analysis is a session of its own kind.

use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::{api, database, media, play, recordings};
use serde_json::{Value, json};

use super::PATH;

fn analyze(collector: &Collector, request: &Value) -> Value {
    let (status, answer) = api::post(collector.api(), PATH, request);
    assert_eq!(status, 200, "{answer:#}");
    answer
}

#[test]
fn an_answer_is_explained_and_its_session_says_the_same() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let mut request = media::request();
    request["user_id"] = json!("alice");
    request["include_graph"] = json!(true);
    let answer = analyze(&collector, &request);
    assert_eq!(answer["status"], json!("completed"), "{answer:#}");
    for field in ["stress_level", "attention_score", "overall_score", "valence", "arousal"] {
        let shares = answer["contributions"][field].as_object().unwrap_or_else(|| panic!("{field}: {answer:#}"));
        let sum: f64 = shares.values().filter_map(|c| c["share"].as_f64()).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{field}: {sum}");
        assert!(answer["uncertainty"][field].as_f64().is_some_and(|sd| sd > 0.0), "{field}");
    }
    for modality in ["face", "voice", "motion", "heart"] {
        assert!(answer["coverage"][modality]["coverage"].as_f64().is_some_and(|c| c > 0.9), "{modality}: {answer:#}");
        assert!(answer["quality"][modality].as_f64().is_some_and(|q| q > 0.2), "{modality}");
    }
    assert!(answer["stages_ms"]["total"].as_f64() <= answer["processing_time_ms"].as_f64());
    let picture = data_encoding::BASE64.decode(answer["graph_data"].as_str().expect("it was asked for").as_bytes());
    assert!(picture.expect("base64").starts_with(b"\x89PNG"));
    let sentences = answer["recommendation_details"].as_array().expect("a list").iter().map(|advice| &advice["text"]);
    assert_eq!(answer["recommendations"], sentences.cloned().collect::<Value>());
    for advice in [&answer["recommendation_details"], &answer["insights"]] {
        for sentence in advice.as_array().expect("a list") {
            let field = sentence["field"].as_str().expect("a field");
            assert!(!sentence["source"].as_str().expect("a source").is_empty());
            let measured = match field.split_once('.') {
                Some((modality, name)) => answer["records"].as_array().expect("a list").iter().any(|record| {
                    record["modality"] == modality && (name == "coverage" || !record["features"][name].is_null())
                }),
                None => !answer[field].is_null(),
            };
            assert!(measured, "{field} is no field of the answer");
        }
    }

    let id = answer["session_id"].as_str().expect("an id");
    let session = api::ok(collector.api(), &format!("/api/v1/sessions/{id}"));
    assert_eq!((&session["kind"], &session["user_id"]), (&json!("analysis"), &json!("alice")));
    for field in ["stress_level", "attention_score", "overall_score", "emotion_analysis", "contributions", "coverage"] {
        assert_eq!(session["scores"][field], answer[field], "{field}");
    }
    let windows = api::ok(collector.api(), &format!("/api/v1/sessions/{id}/windows"));
    assert_eq!(windows["windows"].as_array().map(Vec::len), session["windows"].as_u64().map(|n| n as usize));
    let listed = api::ok(collector.api(), "/api/v1/sessions?user_id=alice&kind=analysis");
    assert_eq!(listed["sessions"][0]["session_id"], json!(id));
}

#[test]
fn a_modality_that_was_not_sent_is_null_with_a_reason() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let answer = analyze(&collector, &json!({"motion_data": media::motion(10)}));
    assert_eq!(answer["status"], json!("completed"));
    for null in ["emotion_analysis", "stress_level", "valence"] {
        assert!(answer[null].is_null(), "{null}");
        assert_eq!(api::reason(&answer, null)["code"], json!("not_sent"), "{null}");
    }
    assert_eq!(api::reason(&answer, "coverage.face")["reason"], json!("nothing was sent of face"));

    let silence = media::wav(16_000, &[0; 48_000]);
    let answer = analyze(&collector, &json!({"audio_data": data_encoding::BASE64.encode(&silence)}));
    assert_eq!(answer["status"], json!("insufficient_data"));
    assert_eq!(answer["coverage"]["voice"]["gap"], json!("no_voice"));
    let answer = analyze(
        &collector,
        &json!({"audio_data": data_encoding::BASE64.encode(&silence), "motion_data": media::motion(10)}),
    );
    assert_eq!(answer["status"], json!("partial"));
}

#[test]
fn the_same_session_id_appends_and_nobody_else_may() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let id = "01234567-89ab-cdef-0123-456789abcdef";
    let at = |timestamp: &str, user: Option<&str>| {
        let mut request = json!({"session_id": id, "heart_data": media::heart(10), "timestamp": timestamp});
        if let Some(user) = user {
            request["user_id"] = json!(user);
        }
        api::post(collector.api(), PATH, &request)
    };
    let windows = || {
        let windows = api::ok(collector.api(), &format!("/api/v1/sessions/{id}/windows"));
        windows["windows"].as_array().expect("a list").len()
    };
    assert_eq!(at("2026-03-02T09:00:00Z", Some("alice")).0, 200);
    let first = windows();
    assert_eq!(at("2026-03-02T09:05:00Z", Some("alice")).0, 200);
    assert_eq!(windows(), 2 * first);
    // Ten seconds that were there already are fused from both.
    assert_eq!(at("2026-03-02T09:05:00Z", Some("alice")).0, 200);
    assert_eq!(windows(), 2 * first);
    for user in [None, Some("bob")] {
        let (status, problem) = at("2026-03-02T09:10:00Z", user);
        assert_eq!((status, &problem["field"]), (409, &json!("session_id")), "{user:?}");
    }
    assert_eq!(windows(), 2 * first);
    let plain = id.replace('-', "");
    assert_eq!(api::delete(collector.api(), &format!("/api/v1/sessions/{plain}")), 204);
    assert_eq!(api::get(collector.api(), &format!("/api/v1/sessions/{plain}")).0, 404);
    assert_eq!(api::delete(collector.api(), &format!("/api/v1/sessions/{plain}")), 404);
    assert_eq!(at("2026-03-02T09:10:00Z", Some("bob")).0, 200, "the id is free again");
}

#[test]
fn a_deleted_live_session_does_not_come_back_and_takes_no_analysis() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    agent.send_all(&recordings::shipped(), play::START, &["--duration", "30"]);
    let _ = play::outcome(&collector, "person");
    let listed = api::ok(collector.api(), "/api/v1/sessions?user_id=person");
    let id = listed["sessions"][0]["session_id"].as_str().expect("there is one");
    let request = json!({"session_id": id, "heart_data": media::heart(10), "user_id": "person"});
    let (status, problem) = api::post(collector.api(), PATH, &request);
    assert_eq!((status, &problem["field"]), (409, &json!("session_id")));

    assert!(database::count(&collector.database(), "SELECT COUNT(*) FROM records") > 0);
    assert_eq!(api::delete(collector.api(), &format!("/api/v1/sessions/{id}")), 204);
    for rows in [
        "SELECT COUNT(*) FROM records",
        "SELECT COUNT(*) FROM fused_windows",
        "SELECT COUNT(*) FROM sessions",
        "SELECT COUNT(*) FROM pending_fusion",
    ] {
        assert_eq!(database::count(&collector.database(), rows), 0, "{rows}");
    }
    // `deletion` shows what a device is told that sends them again.
    assert_eq!(database::count(&collector.database(), "SELECT COUNT(*) FROM deleted_spans"), 1);
}

#[test]
fn a_session_is_listed_as_its_client_wrote_it() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let names =
        ["550E8400-E29B-41D4-A716-446655440000", "550e8400e29b41d4a716446655440001", "Morning #7", "\u{fc}n/\u{ef} 8"];
    for name in names {
        let mut request = media::request();
        (request["session_id"], request["user_id"]) = (json!(name), json!("alice"));
        let (status, answer) = api::post(collector.api(), PATH, &request);
        assert_eq!((status, &answer["session_id"]), (200, &json!(name)), "{answer:#}");
    }
    for path in ["/sessions?user_id=alice", "/api/v1/sessions?user_id=alice"] {
        let listed = api::ok(collector.api(), path);
        let listed = listed["sessions"].as_array().expect("a list");
        let mut listed: Vec<&str> = listed.iter().filter_map(|session| session["session_id"].as_str()).collect();
        listed.sort_unstable();
        let mut expected = names;
        expected.sort_unstable();
        assert_eq!(listed, expected, "{path}");
    }
}

#[test]
fn the_references_paths_answer_without_a_version() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let mut request = media::request();
    request["session_duration"] = json!(30.0);
    request["device_model"] = json!("phone");
    request["user_id"] = json!("alice");
    let (status, answer) = api::post(collector.api(), "/analyze", &request);
    assert_eq!(status, 200, "{answer:#}");
    assert!(answer["warnings"].to_string().contains("device_model"), "{}", answer["warnings"]);
    assert_eq!(api::post(collector.api(), PATH, &request).1["field"], json!("device_model"));
    let id = answer["session_id"].as_str().expect("an id");
    assert_eq!(api::ok(collector.api(), &format!("/session/{id}"))["session_id"], json!(id));
    let listed = api::ok(collector.api(), "/sessions?user_id=alice&limit=50&offset=0");
    assert_eq!(listed["sessions"][0]["session_id"], json!(id));
    assert_eq!(api::ok(collector.api(), "/sessions?offset=1")["sessions"], json!([]));
    assert_eq!(api::ok(collector.api(), "/health")["status"], json!("ok"));
    let stats = api::ok(collector.api(), "/stats");
    assert_eq!(stats["since_start"]["analyses"]["completed"], json!(1), "{stats:#}");
    assert_eq!(stats["since_start"]["analyses"]["refused"], json!(1));
    for stage in ["total", "face", "voice", "motion", "heart", "fusion", "store"] {
        assert_eq!(stats["last_hour"]["stages"][stage]["count"], json!(1), "{stage}");
        assert!(stats["last_hour"]["stages"][stage]["p50_ms"].as_f64().is_some_and(|ms| ms > 0.0), "{stage}");
    }
    assert!(stats["process"]["resident_bytes"].as_u64().is_some_and(|bytes| bytes > 10 << 20));
    assert!(stats["database"]["bytes"].as_u64().is_some_and(|bytes| bytes > 0));
    let models = api::ok(collector.api(), "/api/v1/models");
    assert!(models["models"].as_array().is_some_and(|models| models.len() >= 4));
    assert!(models["models"][0]["card"].as_str().is_some_and(|card| card.starts_with("# ")));
    let mut metrics = ureq::get(format!("{}/metrics", collector.api())).call().expect("answers");
    let metrics = metrics.body_mut().read_to_string().expect("text");
    assert!(metrics.contains("attune_analyses_total{outcome=\"completed\"} 1"), "{metrics}");
    assert!(metrics.contains("attune_analysis_stage_seconds_count{stage=\"total\"} 1"), "{metrics}");
    assert!(metrics.ends_with("# EOF\n") && !metrics.contains("alice"), "{metrics}");
}
