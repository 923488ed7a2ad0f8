//! Limits are looked up before the work that they limit, and every refusal names its field.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::{api, media};
use data_encoding::BASE64;
use serde_json::{Value, json};

use super::PATH;

/// The most memory that bad input may take over what the collector has when idle.
const MEMORY: u64 = 200 << 20;
/// The longest that an answer to it may take.
const LONGEST: Duration = Duration::from_secs(2);

/// A PNG of one colour, as small as that compresses: a decompression bomb where the sides are long.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let picture = image::GrayImage::new(width, height);
    picture.write_to(&mut bytes, image::ImageFormat::Png).expect("memory takes it");
    bytes.into_inner()
}

/// A PNG whose header claims other sides than its content has.
fn png_that_claims(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = png(8, 8);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let crc = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&crc.to_be_bytes());
    bytes
}

/// The check sum of a PNG's chunk.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

fn sound(bytes: &[u8]) -> String {
    json!({"audio_data": BASE64.encode(bytes)}).to_string()
}

fn picture(bytes: &[u8]) -> String {
    json!({"face_image": BASE64.encode(bytes)}).to_string()
}

fn motion(readings: &[(&str, &str)]) -> String {
    let readings = readings.iter().map(|(timestamp, x)| {
        format!(r#"{{"timestamp": {timestamp}, "acceleration": {{"x": {x}, "y": 0, "z": 9.8}}}}"#)
    });
    format!(r#"{{"motion_data": [{}]}}"#, readings.collect::<Vec<_>>().join(", "))
}

/// What is sent, the status, the field that is named, and a part of what is said.
type Case = (&'static str, String, u16, &'static str, &'static str);

fn cases() -> Vec<Case> {
    let mut truncated = media::speech(5.0);
    truncated.truncate(40_000);
    let two_hours = 2 * 60 * 60 * 2 * 16_000;
    let long = format!("[{}800]", "800,".repeat(2_000));
    let many = vec![("0", "0"); 60_001];
    vec![
        ("nothing", "{}".into(), 400, "body", "at least one"),
        ("no JSON", "{".into(), 400, "body", "EOF"),
        ("an array", "[]".into(), 400, "body", ""),
        ("broken base64", r#"{"face_image": "%%%%"}"#.into(), 400, "face_image", "base64"),
        ("base64 cut short", r#"{"audio_data": "UklGR"}"#.into(), 400, "audio_data", "breaks off"),
        ("a broken data URL", r#"{"face_image": "data:image/png,abc"}"#.into(), 400, "face_image", "data URL"),
        ("an empty picture", r#"{"face_image": ""}"#.into(), 422, "face_image", "empty"),
        ("no picture", picture(b"<svg/>"), 422, "face_image", "PNG, JPEG or WebP"),
        ("70 megapixels", picture(&png_that_claims(10_000, 7_000)), 413, "face_image", "65000000"),
        ("a picture too wide", picture(&png_that_claims(100_000, 1)), 413, "face_image", "16384"),
        ("a decompression bomb", picture(&png(8_192, 8_192)), 413, "face_image", "65000000"),
        ("a picture cut short", picture(&media::face()[..1_500]), 422, "face_image", "picture"),
        ("an empty WAV", sound(&media::wav(16_000, &[])), 422, "audio_data", ""),
        ("a WAV of a header", sound(&media::wav_header(16_000, 160_000)), 422, "audio_data", ""),
        ("a truncated WAV", sound(&truncated), 422, "audio_data", "breaks off"),
        ("two hours", sound(&media::wav_header(16_000, two_hours)), 413, "audio_data", "4800000"),
        ("no sound", sound(b"hello, this is text"), 422, "audio_data", "sound"),
        ("1 Hz", sound(&media::wav(1, &[0; 10])), 422, "audio_data", "8000"),
        ("NaN", motion(&[("NaN", "0")]), 400, "motion_data", ""),
        ("infinite", motion(&[("0", "0"), ("1e999", "0")]), 400, "motion_data[1].timestamp", "out of range"),
        ("a time before", motion(&[("2", "0"), ("1", "0")]), 400, "motion_data[1].timestamp", "greater"),
        ("a time twice", motion(&[("2", "0"), ("2", "0")]), 400, "motion_data[1].timestamp", "greater"),
        ("motion of 301 s", motion(&[("0", "0"), ("301", "0")]), 413, "motion_data", "300 s"),
        ("a leap out of the world", motion(&[("0", "1e6")]), 400, "motion_data[0].acceleration", "320"),
        ("no motion", r#"{"motion_data": []}"#.into(), 422, "motion_data", "empty"),
        ("too many readings", motion(&many), 413, "motion_data", "60000"),
        ("no heart", r#"{"heart_data": []}"#.into(), 422, "heart_data", "empty"),
        ("too many beats", format!(r#"{{"heart_data": {long}}}"#), 413, "heart_data", "1500"),
        ("a negative interval", r#"{"heart_data": [800, -1]}"#.into(), 400, "heart_data[1]", "1 to 10000 ms"),
        ("an unknown field", r#"{"heart_data": [800], "mood": 1}"#.into(), 400, "mood", "no field"),
        ("a key twice", r#"{"heart_data": [800], "heart_data": [801]}"#.into(), 400, "heart_data", "duplicate"),
        ("an alias beside", r#"{"face_image": "", "face_image_base64": ""}"#.into(), 400, "face_image", "duplicate"),
        ("levels", format!(r#"{{"heart_data": {}{}}}"#, "[".repeat(12), "]".repeat(12)), 400, "body", "8 levels"),
        ("a long user id", json!({"heart_data": [800], "user_id": "x".repeat(300)}).to_string(), 400, "user_id", "256"),
        ("no session id", r#"{"heart_data": [800], "session_id": ""}"#.into(), 400, "session_id", "128"),
        ("no instant", r#"{"heart_data": [800], "timestamp": "noon"}"#.into(), 400, "timestamp", "RFC 3339"),
        (
            "the year 1970",
            r#"{"heart_data": [800], "timestamp": "1970-01-01T00:00:00Z"}"#.into(),
            400,
            "timestamp",
            "2000",
        ),
        ("no length", r#"{"heart_data": [800], "duration_seconds": 0}"#.into(), 400, "duration_seconds", "300"),
        ("17 MiB", format!(r#"{{"face_image": "{}"}}"#, "A".repeat(17 << 20)), 413, "body", "16777216"),
        ("13 MiB of picture", format!(r#"{{"face_image": "{}"}}"#, "A".repeat((13 << 20) / 3 * 4)), 413, "body", ""),
    ]
}

#[test]
fn every_bad_input_is_refused_in_time_and_memory_by_the_field_that_is_wrong() {
    let place = Place::new();
    let mut collector = Collector::start(&place);
    let (status, answer) = api::post(collector.api(), PATH, &media::request());
    assert_eq!(status, 200, "{answer:#}");
    let idle = collector.process().peak_memory();
    for (name, body, status, field, part) in cases() {
        let begun = Instant::now();
        let (got, problem) = api::post_bytes(collector.api(), PATH, "application/json", body.as_bytes());
        let took = begun.elapsed();
        assert_eq!((got, problem["field"].as_str()), (status, Some(field)), "{name}: {problem}");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains(part)), "{name}: {problem}");
        assert!(took < LONGEST, "{name} took {took:?}");
    }
    for kind in ["text/plain", "application/x-www-form-urlencoded", "image/png"] {
        let (status, problem) = api::post_bytes(collector.api(), PATH, kind, b"{}");
        assert_eq!((status, problem["field"].as_str()), (415, Some("content-type")), "{kind}");
    }
    let (status, problem) = api::post_bytes(collector.api(), PATH, "multipart/form-data; boundary=x", b"--y\r\n");
    assert_eq!((status, problem["field"].as_str()), (400, Some("body")), "{problem}");
    let grown = collector.process().peak_memory() - idle;
    assert!(grown <= MEMORY, "{} MiB over idle", grown >> 20);
    let log = collector.log();
    assert!(!log.contains("ERROR") && !log.contains("mood") && !log.contains("noon"), "{log}");
}

#[test]
fn a_body_that_comes_byte_by_byte_is_given_up_and_keeps_nobody_out() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let address = collector.api().strip_prefix("http://").expect("a URL").to_owned();
    let mut slow = TcpStream::connect(&address).expect("the collector listens");
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n"
    );
    slow.write_all(head.as_bytes()).expect("it listens");
    slow.set_read_timeout(Some(Duration::from_millis(1))).expect("a timeout");
    let begun = Instant::now();
    let mut answer = Vec::new();
    while !answer.windows(4).any(|end| end == b"\r\n\r\n") {
        assert!(begun.elapsed() < Duration::from_secs(30), "no answer");
        let _ = slow.write_all(b" ");
        let mut part = [0; 4096];
        if let Ok(read) = slow.read(&mut part) {
            answer.extend(&part[..read]);
        }
        if begun.elapsed() < Duration::from_secs(2) {
            assert_eq!(api::post(collector.api(), PATH, &json!({"heart_data": [800, 810]})).0, 200);
        }
        std::thread::sleep(Duration::from_secs(1));
    }
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("10 s") || answer.contains("problem+json"), "{answer}");
}

#[test]
fn a_form_with_files_is_as_good_as_json() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let mut form = Vec::new();
    let mut part = |name: &str, kind: &str, content: &[u8]| {
        form.extend(format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"f\"\r\n").into_bytes());
        form.extend(format!("content-type: {kind}\r\n\r\n").into_bytes());
        form.extend(content);
        form.extend(b"\r\n");
    };
    let table: String = (0..500).map(|n| format!("{},0.01,0.02,9.8\n", f64::from(n) * 0.02)).collect();
    part("face_image", "image/jpeg", &media::face());
    part("audio_data", "audio/wav", &media::speech(5.0));
    part("motion_data", "text/csv", format!("timestamp,x,y,z\n{table}").as_bytes());
    part("heart_data", "application/json", media::heart(30).to_string().as_bytes());
    part("timestamp", "text/plain", b"2026-03-02T09:00:00Z");
    form.extend(b"--x--\r\n");
    let (status, of_form) = api::post_bytes(collector.api(), PATH, "multipart/form-data; boundary=x", &form);
    assert_eq!((status, &of_form["status"]), (200, &json!("completed")), "{of_form:#}");
    let request = json!({
        "face_image": format!("data:image/jpeg;base64,{}", BASE64.encode(&media::face())),
        "audio_data": BASE64.encode(&media::speech(5.0)),
        "motion_data": (0..500).map(|n| json!({
            "timestamp": f64::from(n) * 0.02, "acceleration": {"x": 0.01, "y": 0.02, "z": 9.8}
        })).collect::<Value>(),
        "heart_data": media::heart(30),
        "timestamp": "2026-03-02T09:00:00Z",
    });
    let (_, of_json) = api::post(collector.api(), PATH, &request);
    assert_eq!(of_form["records"], of_json["records"]);
}
