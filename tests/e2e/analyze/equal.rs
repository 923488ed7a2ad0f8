//! The agent and the collector drive the same analyzers.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::media;
use attune_tests::models;
use attune_tests::place::Place;
use attune_tests::{api, process};
use data_encoding::BASE64;
use serde_json::{Value, json};

use super::PATH;

const START: &str = "2026-03-02T09:00:00Z";

type Features = BTreeMap<(String, String), BTreeMap<String, f64>>;

#[test]
fn the_same_picture_sound_motion_and_heartbeats_give_the_agent_and_the_collector_equal_features() {
    let place = Place::new();
    let (motion, heart) = (media::motion(30), media::heart(70));
    let agent = by_the_agent(&place, &motion, &heart);
    let collector = Collector::start(&place);
    let request = json!({
        "face_image": BASE64.encode(&media::face()),
        "audio_data": BASE64.encode(&media::speech(12.5)),
        "motion_data": motion,
        "heart_data": heart,
        "timestamp": START,
    });
    let (status, answer) = api::post(collector.api(), PATH, &request);
    assert_eq!((status, &answer["status"]), (200, &json!("completed")), "{answer:#}");
    let collector = features(answer["records"].as_array().expect("a list"), "window_start");
    assert!(agent.len() >= 13, "a picture, two windows of sound, three of motion, seven of heartbeats: {agent:?}");
    assert_eq!(collector.keys().collect::<Vec<_>>(), agent.keys().collect::<Vec<_>>());
    for (place, here) in &collector {
        let there = &agent[place];
        assert_eq!(here.keys().collect::<Vec<_>>(), there.keys().collect::<Vec<_>>(), "{place:?}");
        for (name, value) in here {
            let other = there[name];
            assert!((value - other).abs() <= 1e-9 * value.abs().max(1.0), "{place:?} {name}: {value} and {other}");
        }
    }
}

/// What `attune-agent features` prints of the same media as files.
fn by_the_agent(place: &Place, motion: &Value, heart: &Value) -> Features {
    let faces = place.join("faces");
    std::fs::create_dir(&faces).expect("the test's folder can be written");
    let write = |path, bytes: &[u8]| std::fs::write(path, bytes).expect("the test's folder can be written");
    write(faces.join("0.jpg"), &media::face());
    write(place.join("voice.wav"), &media::speech(12.5));
    let mut table = "timestamp_s,ax,ay,az,gx,gy,gz\n".to_owned();
    for reading in motion.as_array().expect("a list") {
        let axes = |of: &str| {
            let axis = |axis: &str| reading[of][axis].to_string();
            format!("{},{},{}", axis("x"), axis("y"), axis("z"))
        };
        writeln!(table, "{},{},{}", reading["timestamp"], axes("acceleration"), axes("gyroscope")).expect("text");
    }
    write(place.join("motion.csv"), table.as_bytes());
    let intervals: Vec<String> = heart.as_array().expect("a list").iter().map(Value::to_string).collect();
    write(place.join("heart.csv"), format!("rr_ms\n{}\n", intervals.join("\n")).as_bytes());

    let agent = Agent::new(place, "device", &models::shipped(), "research");
    let mut command = agent.command();
    command.args(["features", "--format", "json", "--speed", "max", "--start", START]);
    for modality in ["face", "voice", "motion", "heart"] {
        let file = match modality {
            "face" => faces.clone(),
            "voice" => place.join("voice.wav"),
            other => place.join(format!("{other}.csv")),
        };
        command.arg(format!("--{modality}")).arg(file);
    }
    let printed = process::output(&mut command);
    let lines: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).expect("a record a line")).collect();
    features(&lines, "window")
}

/// Features by window and modality; windows that saw nothing are left out.
fn features(records: &[Value], window: &str) -> Features {
    let records = records.iter().map(|record| {
        let start = match &record[window] {
            Value::String(text) => text.parse::<jiff::Timestamp>().expect("an instant").as_millisecond().to_string(),
            number => number.to_string(),
        };
        let features = record["features"].as_object().expect("an object").iter();
        let features = features.map(|(name, value)| (name.clone(), value.as_f64().expect("a number"))).collect();
        ((start, record["modality"].as_str().expect("a name").to_owned()), features)
    });
    records.filter(|(_, features): &(_, BTreeMap<String, f64>)| !features.is_empty()).collect()
}
