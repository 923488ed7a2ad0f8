//! Camera, microphone, a wearable over Bluetooth and a phone at once, through the real agent to the collector's database.

use std::net::TcpStream;
use std::time::Duration;

use attune_protocol::record::Record;
use attune_protocol::registry::{Modality, face, heart, motion, voice};
use attune_tests::agent::Agent;
use attune_tests::bluez::{Bluez, strap};
use attune_tests::collector::Collector;
use attune_tests::devices::{Camera, Microphone};
use attune_tests::phone::{Carried, Phone};
use attune_tests::place::Place;
use attune_tests::ports::free_port;
use attune_tests::{media, models, process, stored, wait};
use serde_json::json;

const TEST: &str = "all live devices at once";
const STRAP: &str = "C0:FF:EE:00:00:01";
/// What the microphone hears, Hz.
const TONE: f64 = 180.0;

#[test]
fn pixels_a_tone_heart_bytes_and_a_phone_s_motion_arrive_from_one_run() {
    let place = Place::new();
    let Some(camera) = Camera::new(&place, TEST) else { return };
    let Some(mut microphone) = Microphone::new(&place, TEST) else { return };
    let Some(bluez) = Bluez::start(TEST, &place, &json!({ "devices": [strap(STRAP, "Strap one")] })) else { return };
    let tone = place.join("tone.wav");
    std::fs::write(&tone, media::tone(TONE, 240)).expect("the test's folder can be written");
    microphone.hear(&tone);
    // To the network that tells voices from other sounds a tone is none.
    let networks = place.join("models");
    std::fs::create_dir(&networks).expect("the test's folder can be written");
    models::without(&networks, &["voice_activity"]);
    let collector = Collector::start(&place);
    let agent = Agent::enrol_with(&place, "device", &collector, "person", &networks, "research");
    let address = format!("127.0.0.1:{}", free_port());
    agent.configure(&format!(
        "[camera]\ndevice = \"0\"\n[microphone]\ndevice = \"Attune test microphone\"\n[phone]\nlisten = {address:?}\nlate = 2.0\n"
    ));
    let environment = [camera.environment(), microphone.environment(), bluez.bus().environment()].concat();
    let mut pair = agent.command();
    process::output(pair.envs(environment.iter().copied()).args(["pair", STRAP, "--seconds", "2"]));
    let (phone, _) = Phone::set_up(&agent, address);
    let mut running = agent.sense(&environment, &[]);
    wait::until("the agent to listen", || TcpStream::connect(&phone.address).ok());

    let _carried = Carried::begin(phone, Duration::from_millis(400));
    let whole = Modality::SENSED.map(|modality| {
        wait::until(&format!("a whole window of {modality}"), || {
            assert!(running.is_running(), "the agent ended:\n{}", running.log());
            let all = stored::records(&collector).into_iter();
            all.filter(|record| record.modality() == modality).find(is_whole)
        })
    });
    let get = |modality: Modality, ordinal| whole[usize::from(modality.number())].features.get(ordinal);
    assert!(get(Modality::Face, face::FACE_FRACTION).is_some_and(|seen| seen > 0.9), "{whole:?}");
    assert!(get(Modality::Voice, voice::F0_MEAN).is_some_and(|pitch| (pitch - TONE).abs() < 2.0), "{whole:?}");
    // Intervals of 1000 and 976.6 ms in turn, of the strap and not of the watch, which says 64.
    let rate = 60_000.0 / ((1000.0 + 976.5625) / 2.0);
    assert!(get(Modality::Heart, heart::MEAN_HR).is_some_and(|found| (found - rate).abs() < 0.2), "{whole:?}");
    assert!(get(Modality::Motion, motion::INTENSITY).is_some_and(|moved| moved > 0.0), "{whole:?}");
    let status = agent.status();
    for part in ["camera 0, 320x240", "Attune test microphone", "Strap one", "processor: "] {
        assert!(status.contains(part), "{part}: {status}");
    }
    assert!(running.signal("TERM").success(), "{}", running.log());
    assert!(!camera.is_open() && !microphone.is_open(), "ending closes them");
    bluez.wait_for(&format!("Disconnect {STRAP}"));
}

fn is_whole(record: &Record) -> bool {
    record.coverage.received * 10 >= record.coverage.expected * 9
}
