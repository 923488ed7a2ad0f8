//! Valid requests, damaged at random: none brings the collector down, keeps it busy or fills its memory.

use std::time::{Duration, Instant};

use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::{api, media, trial};
use data_encoding::BASE64;
use fastrand::Rng;
use serde_json::json;

use super::PATH;

const MUTATIONS: usize = 500;
const LONGEST: Duration = Duration::from_secs(10);
const MEMORY: u64 = 200 << 20;

#[test]
fn damaged_requests_get_no_5xx_and_take_little_time_and_memory() {
    let mutations = MUTATIONS * trial::times();
    let place = Place::new();
    let mut collector = Collector::start(&place);
    assert_eq!(api::post(collector.api(), PATH, &small().0).0, 200);
    let idle = collector.process().peak_memory();
    let base = collector.api().to_owned();
    let mut random = trial::random("damaged requests");
    let (mut slowest, mut taken, mut refused) = (Duration::ZERO, 0, 0);
    for number in 0..mutations {
        let body = damaged(&mut random);
        let path = if random.bool() { PATH } else { "/analyze" };
        let begun = Instant::now();
        let (status, answer) = api::post_bytes(&base, path, "application/json", &body);
        let took = begun.elapsed();
        slowest = slowest.max(took);
        match status {
            200 => taken += 1,
            400..=499 => {
                refused += 1;
                let named = answer["field"].is_string() && answer["detail"].is_string();
                assert!(named, "mutation {number} is refused without a field: {answer}");
            }
            _ => panic!("mutation {number} got {status}: {answer}"),
        }
        assert!(took < LONGEST, "mutation {number} took {took:?}");
    }
    let grown = collector.process().peak_memory() - idle;
    println!("{taken} taken, {refused} refused; slowest {slowest:?}; peak {} MiB over idle", grown >> 20);
    assert!(
        taken > mutations / 100 && refused > mutations / 2,
        "{taken} taken, {refused} refused: damage of both kinds"
    );
    assert!(grown <= MEMORY, "{} MiB over idle", grown >> 20);
    assert!(!collector.log().contains("ERROR") && !collector.log().contains("panicked"), "{}", collector.log());
}

/// A small valid request, and its media.
fn small() -> (serde_json::Value, [Vec<u8>; 2]) {
    let (face, sound) = (media::face(), media::speech(1.0));
    let request = json!({
        "face_image": BASE64.encode(&face),
        "audio_data": BASE64.encode(&sound),
        "motion_data": media::motion(2),
        "heart_data": media::heart(20),
        "timestamp": "2026-03-02T09:00:00Z",
        "duration_seconds": 30.0,
    });
    (request, [face, sound])
}

/// Damages the text of a request, or one of its media within sound base64.
fn damaged(random: &mut Rng) -> Vec<u8> {
    let (mut request, [mut face, mut sound]) = small();
    match random.u8(0..4) {
        0 => {
            damage(random, &mut face);
            request["face_image"] = json!(BASE64.encode(&face));
        }
        1 => {
            damage(random, &mut sound);
            request["audio_data"] = json!(BASE64.encode(&sound));
        }
        2 => {
            // Where the numbers stand, not somewhere in the pictures.
            request["face_image"].take();
            request["audio_data"].take();
            let mut text = request.to_string().into_bytes();
            damage(random, &mut text);
            return text;
        }
        _ => {
            let mut text = request.to_string().into_bytes();
            damage(random, &mut text);
            return text;
        }
    }
    request.to_string().into_bytes()
}

fn damage(random: &mut Rng, bytes: &mut Vec<u8>) {
    for _ in 0..random.usize(1..6) {
        if bytes.is_empty() {
            return;
        }
        let at = random.usize(..bytes.len());
        match random.u8(0..6) {
            0 => bytes[at] ^= 1 << random.u8(0..8),
            1 => bytes[at] = random.u8(..),
            2 => bytes.truncate(at),
            3 => {
                let end = (at + random.usize(1..64)).min(bytes.len());
                bytes.drain(at..end);
            }
            4 => {
                let end = (at + random.usize(1..64)).min(bytes.len());
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            // Headers hold sizes: these make them large.
            _ => {
                let header = random.usize(..bytes.len().min(64));
                bytes[header] = 0xff;
            }
        }
    }
}
