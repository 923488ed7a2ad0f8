//! Answers mean what the description says of them.

use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::{api, media};
use data_encoding::BASE64;
use serde_json::{Value, json};

use super::PATH;

fn analyze(collector: &Collector, request: &Value) -> Value {
    let (status, answer) = api::post(collector.api(), PATH, request);
    assert_eq!(status, 200, "{answer:#}");
    answer
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn starts(answer: &Value) -> Vec<&str> {
    let records = answer["records"].as_array().expect("a list");
    records.iter().map(|record| record["window_start"].as_str().expect("an instant")).collect()
}

#[test]
fn what_was_sent_stays_where_it_was_and_covers_no_more() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let at = |seconds: u32| {
        let timestamp = format!("2026-03-02T09:00:{seconds:02}.000Z");
        let sound = BASE64.encode(&media::speech(5.0));
        let request = json!({"session_id": "walk", "audio_data": sound, "timestamp": timestamp});
        let answer = analyze(&collector, &request);
        assert_eq!(answer["timestamp"], json!(timestamp));
        answer
    };
    let (first, second) = (at(6), at(12));
    let windows = ["2026-03-02T09:00:00.000Z", "2026-03-02T09:00:10.000Z"];
    assert_eq!((starts(&first), starts(&second)), (windows.to_vec(), windows[1..].to_vec()));
    for record in first["records"].as_array().expect("a list") {
        assert!(number(&record["coverage"]) > 0.9, "of what was sent for it: {record:#}");
    }
    // A picture is of its instant.
    let request = json!({"face_image": BASE64.encode(&media::face()), "timestamp": "2026-03-02T10:00:09+01:00"});
    let picture = analyze(&collector, &request);
    assert_eq!((starts(&picture), &picture["timestamp"]), (vec![windows[0]], &json!("2026-03-02T09:00:09.000Z")));
}

#[test]
fn the_time_of_a_picture_that_is_switched_off_is_kept() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let preferences = json!({"user_id": "alice", "enable_face_analysis": false});
    assert_eq!(api::post(collector.api(), "/api/v1/preferences", &preferences).0, 200);
    let request =
        json!({"user_id": "alice", "face_image": BASE64.encode(&media::face()), "timestamp": "2026-03-02T09:00:04Z"});
    let answer = analyze(&collector, &request);
    assert_eq!((&answer["timestamp"], &answer["stored"]), (&json!("2026-03-02T09:00:04.000Z"), &json!(false)));
    assert_eq!(api::reason(&answer, "valence")["code"], json!("switched_off"));
}

#[test]
fn instants_are_read_in_one_form_wherever_they_are_given() {
    let place = Place::new();
    let collector = Collector::start(&place);
    for wrong in
        ["2026-03-02", "2026-03-02T09:00:00", "2026-03-02T09:00:00+25:00", "2026-03-02T09:00:00+01:00[Europe/Berlin]"]
    {
        let (status, problem) = api::post(collector.api(), PATH, &json!({"heart_data": [800], "timestamp": wrong}));
        let detail = problem["detail"].as_str().expect("a sentence");
        assert_eq!((status, &problem["field"]), (400, &json!("timestamp")), "{wrong}");
        assert!(detail.contains("with its offset"), "{detail}");
        for field in ["from", "to"] {
            let asked = wrong.replace('+', "%2B").replace('[', "%5B").replace(']', "%5D");
            let (status, problem) = api::get(collector.api(), &format!("/api/v1/sessions?{field}={asked}"));
            assert_eq!((status, &problem["field"]), (400, &json!(field)), "{wrong}");
            assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("with its offset")), "{problem}");
        }
    }
    for right in ["2026-03-02T09:00:00Z", "2026-03-02T10:00:00%2B01:00"] {
        assert_eq!(api::get(collector.api(), &format!("/api/v1/sessions?from={right}")).0, 200, "{right}");
    }
}

#[test]
fn quality_weighs_modalities_alike_in_the_answer_and_windows_alike_in_the_statistics() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let request = json!({
        "face_image": BASE64.encode(&media::face()),
        "motion_data": media::motion(60),
        "timestamp": "2026-03-02T09:00:00Z",
    });
    let answer = analyze(&collector, &request);
    let of = |modality: &str| {
        let records =
            answer["records"].as_array().expect("a list").iter().filter(|record| record["modality"] == modality);
        let each: Vec<f64> = records.map(|record| number(&record["quality"]) * number(&record["coverage"])).collect();
        each.iter().sum::<f64>() / each.len() as f64
    };
    let expected = (of("face") + of("motion")) / 2.0;
    assert!((number(&answer["quality_score"]) - expected).abs() < 1e-3, "{} and {expected}", answer["quality_score"]);
    let id = answer["session_id"].as_str().expect("an id");
    let session = api::ok(collector.api(), &format!("/api/v1/sessions/{id}"));
    assert_eq!(session["quality_score"], answer["quality_score"]);

    // One window more of motion moves the mean of six by a seventh.
    let other = analyze(&collector, &json!({"motion_data": media::motion(3)}));
    let qualities = [&answer, &other].map(|answer| answer["records"].as_array().expect("a list").clone()).concat();
    let qualities: Vec<f64> =
        qualities.iter().filter(|r| r["modality"] == "motion").map(|record| number(&record["quality"])).collect();
    assert!(qualities.len() >= 7, "{qualities:?}");
    let mean = qualities.iter().sum::<f64>() / qualities.len() as f64;
    let stats = api::ok(collector.api(), "/api/v1/stats");
    assert!((number(&stats["since_start"]["mean_quality"]["motion"]) - mean).abs() < 1e-3, "{mean}: {stats:#}");
}

#[test]
fn an_answer_and_its_session_give_the_same_reasons() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let silence = BASE64.encode(&media::wav(16_000, &[0; 48_000]));
    let preferences = json!({"user_id": "alice", "enable_audio_analysis": false});
    assert_eq!(api::post(collector.api(), "/api/v1/preferences", &preferences).0, 200);
    for request in [
        json!({"motion_data": media::motion(10)}),
        json!({"audio_data": silence, "motion_data": media::motion(25)}),
        json!({"heart_data": media::heart(20)}),
        json!({"user_id": "alice", "audio_data": silence, "heart_data": media::heart(20)}),
    ] {
        let answer = analyze(&collector, &request);
        let id = answer["session_id"].as_str().expect("an id");
        let session = api::ok(collector.api(), &format!("/api/v1/sessions/{id}"));
        assert!(!answer["reasons"].as_array().expect("a list").is_empty());
        assert_eq!(session["scores"]["reasons"], answer["reasons"]);
        for field in [
            "stress_level",
            "attention_score",
            "overall_score",
            "cognitive_state",
            "valence",
            "arousal",
            "activity_level",
            "quality_score",
            "uncertainty",
            "emotion_analysis",
        ] {
            assert_eq!(session[field], answer[field], "{field} at the top");
            assert_eq!(session["scores"][field], answer[field], "{field}");
        }
    }
}

#[test]
fn clients_of_mindsync_read_numbers_and_sentences_where_they_expect_them() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let (status, answer) = api::post(collector.api(), "/analyze", &media::request());
    assert_eq!(status, 200, "{answer:#}");
    assert!(answer["processing_time_ms"].is_u64(), "{}", answer["processing_time_ms"]);
    assert!(answer["graph_data"].is_string(), "a picture comes with every answer");
    let sentences = answer["recommendations"].as_array().expect("a list");
    assert!(sentences.iter().all(Value::is_string), "{sentences:?}");
    assert_eq!(sentences.len(), answer["recommendation_details"].as_array().expect("a list").len());
}

#[test]
fn one_person_has_one_user_id_whichever_way_it_comes() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let heart = media::heart(30);
    for (n, user) in ["Zo\u{eb}", " Zo\u{eb} ", "Zoe\u{308}"].into_iter().enumerate() {
        let timestamp = format!("2026-03-02T09:0{n}:00Z");
        analyze(&collector, &json!({"user_id": user, "heart_data": heart, "timestamp": timestamp}));
        let form = format!(
            "--x\r\ncontent-disposition: form-data; name=\"user_id\"\r\n\r\n{user}\r\n\
             --x\r\ncontent-disposition: form-data; name=\"heart_data\"\r\n\r\n{heart}\r\n--x--\r\n"
        );
        let kind = "multipart/form-data; boundary=x";
        assert_eq!(api::post_bytes(collector.api(), PATH, kind, form.as_bytes()).0, 200);
    }
    for asked in ["Zo%C3%AB", "%20Zo%C3%AB%20", "Zoe%CC%88"] {
        let listed = api::ok(collector.api(), &format!("/api/v1/sessions?user_id={asked}"));
        assert_eq!(listed["sessions"].as_array().map(Vec::len), Some(6), "{asked}");
        let preferences = api::ok(collector.api(), &format!("/api/v1/preferences/{asked}"));
        assert_eq!(preferences["user_id"], json!("Zo\u{eb}"));
    }
    // 256 characters, of however many bytes; and none that does not print.
    let long = "\u{1f642}".repeat(256);
    analyze(&collector, &json!({"user_id": long, "heart_data": heart}));
    for wrong in [format!("{long}x"), "a\u{85}b".into(), " ".into()] {
        let (status, problem) = api::post(collector.api(), PATH, &json!({"user_id": wrong, "heart_data": heart}));
        assert_eq!((status, &problem["field"]), (400, &json!("user_id")));
    }
}

#[test]
fn a_plain_form_of_a_page_may_leave_its_fields_empty() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let picture = BASE64.encode(&media::face());
    let mut form = String::new();
    for (name, content) in [
        ("user_id", ""),
        ("face_image_base64", picture.as_str()),
        ("audio_base64", ""),
        ("motion_data", ""),
        ("timestamp", ""),
        ("include_graph", ""),
    ] {
        form += &format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{content}\r\n");
    }
    form += "--x\r\ncontent-disposition: form-data; name=\"heart_data\"; filename=\"\"\r\n\r\n\r\n--x--\r\n";
    let (status, answer) = api::post_bytes(collector.api(), PATH, "multipart/form-data; boundary=x", form.as_bytes());
    assert_eq!((status, &answer["status"]), (200, &json!("completed")), "{answer:#}");
    assert!(answer["coverage"]["face"].is_object());
}
