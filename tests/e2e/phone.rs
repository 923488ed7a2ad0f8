//! A phone's pushes and a machine's own accelerometer, through the real agent to the collector's database.

use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::database;
use attune_tests::phone::{Phone, now, payload};
use attune_tests::place::Place;
use attune_tests::play;
use attune_tests::ports::free_port;
use attune_tests::process::{self, Process};
use attune_tests::wait;
use serde_json::{Value, json};

const NO_DEVICES: &str = "[camera]\ndevice = \"off\"\n[microphone]\ndevice = \"off\"\n";
const NANOS: i64 = 1_000_000_000;

fn live(agent: &Agent, log: &Path) -> Process {
    Process::start(agent.command().arg("run"), log)
}

/// The coverage of a modality in the fullest window.
fn fullest(outcome: &play::Outcome, modality: &str) -> f64 {
    let coverage = outcome.windows.iter().filter_map(|window| window["coverage"][modality]["coverage"].as_f64());
    coverage.fold(0.0, f64::max)
}

#[test]
fn what_a_phone_pushes_arrives_as_motion_and_heart_and_what_is_wrong_with_a_push_harms_no_other() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    let address = format!("127.0.0.1:{}", free_port());
    agent.set(&format!("{NO_DEVICES}[phone]\nlisten = \"{address}\"\nlate = 2.0\n"));
    let log = place.join("live.log");
    let refused = agent.command().arg("run").output().expect("the program starts");
    let refused = (refused.status.success(), String::from_utf8_lossy(&refused.stderr).into_owned());
    assert!(!refused.0 && refused.1.contains("phone setup"), "nothing listens without a token: {refused:?}");

    let (phone, printed) = Phone::set_up(&agent, address);
    let address = &phone.address;
    assert!(printed.contains(&format!("http://{address}/push/")) && printed.contains('\u{2588}'), "{printed}");
    assert!(printed.contains("The phone reached this machine"), "{printed}");

    let mut running = live(&agent, &log);
    wait::until("the agent to listen", || TcpStream::connect(&phone.address).ok());
    let (begun, mut sent) = (Instant::now(), now());
    let mut bad: Vec<(u16, String, Vec<u8>)> = vec![
        (499, "0".repeat(32), payload_body()),
        (413, phone.token.clone(), vec![b' '; 4_000_000]),
        (400, phone.token.clone(), vec![b'['; 60_000]),
        (400, phone.token.clone(), b"\xff\xfe\x00".to_vec()),
        (
            200,
            phone.token.clone(),
            br#"{"deviceId": "d", "payload": [{"name": "heart rate", "time": 1, "values": {"bpm": NaN}}]}"#.to_vec(),
        ),
    ];
    while begun.elapsed() < Duration::from_secs(28) {
        std::thread::sleep(Duration::from_millis(400));
        let until = now();
        let readings = payload(sent, until);
        assert_eq!(phone.push(&readings), Some(200), "{}", running.log());
        // An answer got lost, so the phone sends it again.
        assert_eq!(phone.push(&readings), Some(200), "{}", running.log());
        if let Some((status, token, body)) = bad.pop() {
            assert_eq!(phone.send(&token, &body), Some(status), "{}", running.log());
        }
        sent = until;
    }
    process::output(agent.command().arg("pause"));
    wait::until("nobody to listen while sensing is paused", || {
        TcpStream::connect(&phone.address).is_err().then_some(())
    });
    process::output(agent.command().arg("resume"));
    wait::until("the agent to listen again", || TcpStream::connect(&phone.address).ok());
    wait::until("everything to be sent", || agent.status().contains("waiting 0 ").then_some(()));
    let status = process::output(agent.command().args(["phone", "status"]));
    assert!(running.signal("TERM").success(), "{}", running.log());

    let of = |what: &str| {
        status.lines().find(|line| line.contains(what)).unwrap_or_else(|| panic!("{what}: {status}")).to_owned()
    };
    for what in [
        "1 pushes with a wrong token",
        "1 pushes that are too large",
        "2 pushes that do not read",
        "readings that were sent twice",
    ] {
        assert!(of(what).starts_with("left out: "), "{status}");
    }
    let warned = running.log();
    assert_eq!(warned.matches("the phone sends readings again").count(), 1, "told once: {warned}");
    assert!(!warned.contains(&phone.token) && !warned.contains("9.8066"), "{warned}");

    let outcome = play::outcome(&collector, "person");
    for modality in ["motion", "heart"] {
        assert!(fullest(&outcome, modality) > 0.9, "{modality}: {:#?}", outcome.windows);
    }
    let kinds = database::count(&collector.database(), "SELECT COUNT(DISTINCT modality) FROM records");
    assert_eq!(kinds, 2, "motion and heart, and nothing else");
}

fn payload_body() -> Vec<u8> {
    json!({"deviceId": "other", "payload": payload(now() - NANOS, now())}).to_string().into_bytes()
}

#[test]
fn an_accelerometer_in_the_machine_is_sensed_by_the_kernel_s_files_and_only_while_that_is_permitted() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    let folder = place.join("root/sys/bus/iio/devices/iio:device0");
    std::fs::create_dir_all(&folder).expect("the test's folder can be written");
    let write =
        |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("the test's folder can be written");
    for (name, text) in
        [("name", "kxcj9"), ("in_accel_scale", "0.009582"), ("in_accel_x_raw", "3"), ("in_accel_y_raw", "-7")]
    {
        write(name, text);
    }
    write("in_accel_z_raw", "1023");
    agent.set(&format!("{NO_DEVICES}[iio]\nroot = {:?}\n", place.join("root")));
    let log = place.join("live.log");
    let mut running = live(&agent, &log);
    let begun = Instant::now();
    let mut noise = 0;
    while begun.elapsed() < Duration::from_secs(26) {
        // A file is replaced, so that no half of one is read.
        noise = (noise + 1) % 5;
        write("next", &format!("{}", 1020 + noise));
        std::fs::rename(folder.join("next"), folder.join("in_accel_z_raw")).expect("it can be renamed");
        std::thread::sleep(Duration::from_millis(20));
    }
    std::fs::remove_file(folder.join("in_accel_x_raw")).expect("it was there");
    wait::until("the gap to be seen", || agent.status().contains("device_gone").then_some(()));
    wait::until("everything to be sent", || agent.status().contains("waiting 0 ").then_some(()));
    assert!(running.signal("TERM").success(), "{}", running.log());
    let outcome = play::outcome(&collector, "person");
    assert!(fullest(&outcome, "motion") > 0.9, "{:#?}", outcome.windows);
}

#[test]
fn an_export_of_the_app_is_played_as_a_recording() {
    let export = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/phone/export");
    let features = |name: &str| {
        let mut command = Command::new(attune_tests::binaries::program("attune-agent"));
        command.args(["features", "--speed", "max", "--start", "file", "--recording"]).arg(export.join(name));
        process::output(&mut command)
    };
    for name in ["ios", "zip-private.zip", "unsorted"] {
        let printed = features(name);
        let lines: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let of = |modality: &str| lines.iter().find(|line| line["modality"] == modality).expect("a record");
        assert_eq!(of("motion")["received"], 5, "{printed}");
        assert!(of("heart")["received"].as_u64() > Some(0), "{printed}");
        assert!(!printed.contains("48.1") && !printed.contains("boss"), "{printed}");
    }
}
