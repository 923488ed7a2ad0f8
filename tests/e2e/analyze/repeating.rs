//! Whoever repeats what was said is not believed more for it.

use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::{api, database, media};
use data_encoding::BASE64;
use serde_json::{Value, json};

use super::PATH;

const KEY: &str = "idempotency-key";

fn analyze(collector: &Collector, request: &Value) -> Value {
    let (status, answer) = api::post(collector.api(), PATH, request);
    assert_eq!(status, 200, "{answer:#}");
    answer
}

#[test]
fn the_same_request_ten_times_makes_no_score_more_certain() {
    let place = Place::new();
    let collector = Collector::start(&place);
    for (name, timestamp) in [("with an instant", Some("2026-03-02T09:00:00Z")), ("without one", None)] {
        let mut request = json!({
            "session_id": name,
            "user_id": "alice",
            "audio_data": BASE64.encode(&media::speech(10.0)),
            "heart_data": media::heart(70),
        });
        timestamp.into_iter().for_each(|timestamp| request["timestamp"] = json!(timestamp));
        let path = format!("/api/v1/sessions/{}", name.replace(' ', "%20"));
        let first = analyze(&collector, &request);
        assert_eq!(first["warnings"], json!([]));
        let before = api::ok(collector.api(), &path);
        assert!(before["uncertainty"]["stress_level"].as_f64().is_some_and(|sd| sd > 0.0), "{before:#}");
        for _ in 0..9 {
            let again = analyze(&collector, &request);
            let warnings = again["warnings"].to_string();
            assert!(warnings.contains("audio_data") && warnings.contains("heart_data"), "{warnings}");
            assert_eq!((&again["stored"], &again["stress_level"]), (&json!(true), &first["stress_level"]), "{name}");
        }
        assert_eq!(api::ok(collector.api(), &path), before, "{name}");
        // What is new counts, beside what was there.
        request["motion_data"] = media::motion(10);
        let more = analyze(&collector, &request);
        assert!(!more["warnings"].to_string().contains("motion_data"), "{}", more["warnings"]);
        assert!(api::ok(collector.api(), &path)["scores"]["coverage"]["motion"].is_object());
    }
}

#[test]
fn the_same_file_is_the_same_content_by_json_and_by_form() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let sound = media::speech(5.0);
    let request =
        json!({"session_id": "one", "audio_data": BASE64.encode(&sound), "timestamp": "2026-03-02T09:00:00Z"});
    assert_eq!(analyze(&collector, &request)["warnings"], json!([]));
    let mut form = Vec::new();
    for (name, content) in
        [("session_id", b"one".as_slice()), ("timestamp", b"2026-03-02T09:00:00Z"), ("audio_data", &sound)]
    {
        form.extend(format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n").into_bytes());
        form.extend(content);
        form.extend(b"\r\n");
    }
    form.extend(b"--x--\r\n");
    let (status, answer) = api::post_bytes(collector.api(), PATH, "multipart/form-data; boundary=x", &form);
    assert!(status == 200 && answer["warnings"].to_string().contains("audio_data"), "{answer:#}");
}

#[test]
fn a_key_is_told_its_first_answer_and_none_other() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let request = json!({"user_id": "alice", "heart_data": media::heart(70)});
    let send = |key: &str, request: &Value| api::post_with(collector.api(), PATH, (KEY, key), request);
    let (status, first) = send("0b5d", &request);
    assert_eq!(status, 200, "{first:#}");
    for key in ["0b5d", "\"0b5d\""] {
        assert_eq!(send(key, &request), (200, first.clone()), "letter by letter, times and all");
    }
    assert_eq!(database::count(&collector.database(), "SELECT COUNT(*) FROM sessions"), 1);
    let (status, problem) = send("0b5d", &json!({"user_id": "alice", "heart_data": media::heart(30)}));
    assert_eq!((status, &problem["field"]), (422, &json!(KEY)), "{problem}");
    // What is answered otherwise is another request: clients of MindSync have a picture with every answer.
    assert_eq!(api::post_with(collector.api(), "/analyze", (KEY, "0b5d"), &request).0, 422);
    let (status, other) = send("another", &request);
    assert!(status == 200 && other["session_id"] != first["session_id"]);
    assert_eq!(send(&"k".repeat(256), &request).1["field"], json!(KEY));
    // Refused requests are not remembered: what is mended may be sent under the same key.
    assert_eq!(send("mended", &json!({"heart_data": []})).0, 422);
    assert_eq!(send("mended", &request).0, 200);

    let repeated = api::ok(collector.api(), "/api/v1/stats")["since_start"]["analyses"]["repeated"].clone();
    assert_eq!(repeated, json!(2));
    // An answer about a session that was deleted is told to nobody.
    let id = first["session_id"].as_str().expect("an id");
    assert_eq!(api::delete(collector.api(), &format!("/api/v1/sessions/{id}")), 204);
    let (status, anew) = send("0b5d", &request);
    assert!(status == 200 && anew["timestamp"] != Value::Null && anew["stored"] == json!(true), "{anew:#}");
}

#[test]
fn a_key_leads_to_the_same_session_also_behind_a_restart() {
    let place = Place::new();
    let mut collector = Collector::start(&place);
    let request = json!({"user_id": "alice", "heart_data": media::heart(70)});
    let (_, first) = api::post_with(collector.api(), PATH, (KEY, "0b5d"), &request);
    collector.kill();
    collector.restart();
    let (status, again) = api::post_with(collector.api(), PATH, (KEY, "0b5d"), &request);
    assert_eq!((status, &again["session_id"]), (200, &first["session_id"]));
    assert!(again["warnings"].to_string().contains("counts once"), "{again:#}");
    assert_eq!(database::count(&collector.database(), "SELECT COUNT(*) FROM sessions"), 1);
}
