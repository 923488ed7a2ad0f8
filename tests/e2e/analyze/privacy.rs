//! What is sent is looked at in memory and stored nowhere.

use std::path::Path;

use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::{api, database, media};
use data_encoding::BASE64;
use serde_json::json;

use super::PATH;

#[test]
fn raw_input_is_in_no_file_afterwards_whatever_became_of_it() {
    let place = Place::new();
    let mut collector = Collector::start(&place);
    let request = media::request();
    assert_eq!(api::post(collector.api(), PATH, &request).0, 200);
    let secret = "a-sentence-that-nobody-should-keep";
    let (status, _) = api::post(collector.api(), PATH, &json!({"heart_data": [800], secret: secret}));
    assert_eq!(status, 400);
    let (status, answer) = api::post(collector.api(), "/analyze", &json!({"heart_data": [800], secret: 1}));
    assert_eq!((status, answer["warnings"].as_array().map(Vec::len)), (200, Some(1)));
    let broken = json!({"face_image": BASE64.encode(&media::face()[..2000]), "user_id": secret.to_owned() + "\u{7}."});
    assert_eq!(api::post(collector.api(), PATH, &broken).0, 400);

    let (face, sound) = (media::face(), media::speech(5.0));
    let text = |field: &str| {
        let text = request[field].as_str().expect("text");
        text.as_bytes()[text.len() / 2..text.len() / 2 + 40].to_vec()
    };
    let needles: Vec<Vec<u8>> = vec![
        face[face.len() / 2..face.len() / 2 + 24].to_vec(),
        sound[60_000..60_024].to_vec(),
        text("face_image"),
        text("audio_data"),
        request["motion_data"][700]["acceleration"]["x"].to_string().into_bytes(),
        request["heart_data"].to_string().as_bytes()[..60].to_vec(),
        secret.as_bytes().to_vec(),
    ];
    // The search finds what is there: the same bytes in a file of the same folder.
    let control = place.join("control");
    std::fs::write(&control, needles.concat()).expect("the test's folder can be written");
    for needle in &needles {
        assert_eq!(files_with(place.path(), needle), [control.display().to_string()]);
    }
    // With the write-ahead log as it is while the collector runs, and folded into the database after it.
    std::fs::remove_file(&control).expect("it was there");
    assert!(place.join("collector/collector.sqlite-wal").exists());
    collector.process().signal("TERM");
    for needle in &needles {
        assert_eq!(files_with(place.path(), needle), [""; 0]);
    }
}

fn files_with(folder: &Path, needle: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the test's folder can be read").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_with(&path, needle));
        } else if std::fs::read(&path).is_ok_and(|bytes| bytes.windows(needle.len()).any(|part| part == needle)) {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn who_gives_no_user_id_is_linked_to_nobody() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let request = json!({"heart_data": media::heart(70)});
    let sessions: Vec<String> = (0..2)
        .map(|_| {
            let (status, answer) = api::post(collector.api(), PATH, &request);
            assert_eq!((status, &answer["stored"]), (200, &json!(true)));
            answer["session_id"].as_str().expect("an id").to_owned()
        })
        .collect();
    let count = |statement| database::count(&collector.database(), statement);
    assert_eq!(count("SELECT COUNT(DISTINCT person) FROM sessions"), 2);
    assert_eq!(count("SELECT COUNT(*) FROM accounts WHERE user_tag IS NOT NULL"), 0);
    assert_eq!(api::ok(collector.api(), &format!("/api/v1/sessions/{}", sessions[0]))["user_id"], json!(null));
    // With their only session they themselves are gone, and the key that opened it.
    for session in &sessions {
        assert_eq!(api::delete(collector.api(), &format!("/api/v1/sessions/{session}")), 204);
    }
    for rows in [
        "SELECT COUNT(*) FROM accounts",
        "SELECT COUNT(*) FROM sessions",
        "SELECT COUNT(*) FROM fused_windows",
        "SELECT COUNT(*) FROM analysis_records",
    ] {
        assert_eq!(count(rows), 0, "{rows}");
    }
    assert_eq!(database::count(&collector.keys(), "SELECT COUNT(*) FROM person_keys"), 0);
}

#[test]
fn a_profile_that_forbids_raw_media_says_so_and_names_the_agent() {
    for (profile, rule) in [("eu", "EU-GDPR-25"), ("uk", "UK-GDPR-25"), ("us", "US-RAW")] {
        let place = Place::new();
        let collector = Collector::start_under(&place, profile);
        for path in [PATH, "/analyze"] {
            let (status, problem) = api::post(collector.api(), path, &media::request());
            let detail = problem["detail"].as_str().expect("a detail");
            assert_eq!(status, 403);
            assert!(detail.contains(&format!("profile {profile}")) && detail.contains("attune-agent"), "{detail}");
            assert!(detail.contains(&format!("(rule {rule})")), "{detail}");
        }
    }
}
