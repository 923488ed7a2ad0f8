//! Wearables over Bluetooth: a made-up BlueZ on a bus of the test's own, behind it the real way through btleplug, agent and
//! collector.

use std::process::Command;

use attune_protocol::record::{Gap, Record};
use attune_protocol::registry::{Modality, heart};
use attune_tests::agent::Agent;
use attune_tests::bluez::{Bluez, Bus, strap};
use attune_tests::collector::Collector;
use attune_tests::left_out::data_for;
use attune_tests::models;
use attune_tests::place::Place;
use attune_tests::process::{self, Process};
use attune_tests::{stored, wait};
use serde_json::json;

const ONE: &str = "C0:FF:EE:00:00:01";
const TWO: &str = "C0:FF:EE:00:00:02";

/// A command of an agent, on a bus.
fn on(bus: &Bus, agent: &Agent, arguments: &[&str]) -> Command {
    let mut command = agent.command();
    bus.reach(command.args(arguments));
    command
}

/// What a command that must fail says.
fn refused(command: &mut Command) -> String {
    let done = command.output().expect("the agent starts");
    assert!(!done.status.success(), "{command:?}");
    String::from_utf8_lossy(&done.stderr).into_owned()
}

/// An agent that runs and listens to nothing but wearables.
fn run(place: &Place, bus: &Bus, agent: &Agent) -> Process {
    let mut command = on(bus, agent, &["run"]);
    command.envs([("ATTUNE_AGENT_CAMERA_DEVICE", "off"), ("ATTUNE_AGENT_MICROPHONE_DEVICE", "off")]);
    Process::start(&mut command, &place.join("run.log"))
}

fn hearts(collector: &Collector) -> Vec<Record> {
    stored::records(collector).into_iter().filter(|record| record.modality() == Modality::Heart).collect()
}

/// Waits for a heart record that is as it should be.
fn record(collector: &Collector, what: &str, is: impl Fn(&Record) -> bool) -> Record {
    wait::until(what, || hearts(collector).into_iter().find(&is))
}

fn is_whole(record: &Record) -> bool {
    record.coverage.received >= 9_900 && record.coverage.gap.is_none()
}

fn rate(record: &Record) -> Option<f64> {
    record.features.get(heart::MEAN_HR)
}

#[test]
fn a_straps_bytes_become_heart_features_and_it_goes_on_by_itself_when_it_was_out_of_reach() {
    let place = Place::new();
    let scenario = json!({ "devices": [strap(ONE, "Strap one")] });
    let Some(mut bluez) = Bluez::start("a strap of bytes", &place, &scenario) else { return };
    let collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    let seen = process::output(&mut on(bluez.bus(), &agent, &["pair", "--seconds", "2"]));
    for part in ["Strap one", ONE, "-55 dBm", "Heart Rate, Battery", "heart-rate-strap"] {
        assert!(seen.contains(part), "{part:?} in {seen}");
    }
    let paired = process::output(&mut on(bluez.bus(), &agent, &["pair", "strap ONE", "--seconds", "2"]));
    assert!(paired.contains("Strap one is paired"), "{paired}");

    let mut process = run(&place, bluez.bus(), &agent);
    let whole = record(&collector, "a window of beats", is_whole);
    // Intervals of 1000 and 976.6 ms in turn.
    let expected = 60_000.0 / ((1000.0 + 976.5625) / 2.0);
    assert!(rate(&whole).is_some_and(|rate| (rate - expected).abs() < 0.2), "{whole:?}");
    let status = agent.status();
    assert!(status.contains("Strap one, Maker of straps S1") && status.contains("87 %"), "{status}");

    bluez.change(ONE, json!({ "away": true }));
    let away = record(&collector, "a window out of reach", |record| record.coverage.gap == Some(Gap::OutOfReach));
    bluez.change(ONE, json!({ "away": false }));
    let back = |record: &Record| record.window > away.window && is_whole(record);
    assert!(rate(&record(&collector, "a window of beats behind it", back)).is_some());

    process::output(&mut on(bluez.bus(), &agent, &["pause"]));
    bluez.wait_for(&format!("StopNotify {ONE} 2a37"));
    bluez.wait_for(&format!("Disconnect {ONE}"));
    assert!(process.signal("TERM").success(), "{}", process.log());
    let calls = bluez.calls();
    for never in ["2a25", "2a23"] {
        assert!(!calls.contains(never), "what names the device is never read: {calls}");
    }
    assert!(!process.log().contains("SERIAL-0815") && !agent.status().contains("SERIAL-0815"));
}

#[test]
fn a_strap_that_misbehaves_is_heard_all_the_same() {
    let place = Place::new();
    let mut two = strap(TWO, "Strap two");
    // In turn: services late, a first connection that is aborted, a subscription without effect, each packet twice, and packets
    // that do not read or say that there is no value. (The one whose interval is none has a rate like the others: it counts.)
    for (behaviour, value) in [("late", json!(0.5)), ("refuse", json!(2)), ("deaf", json!(1)), ("twice", json!(true))] {
        two[behaviour] = value;
    }
    two["next"] = json!(["", "10", "0148", "103dffff", "0000"]);
    let scenario = json!({ "devices": [strap(ONE, "Strap one"), two] });
    let Some(mut bluez) = Bluez::start("a strap that misbehaves", &place, &scenario) else { return };
    let collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    process::output(&mut on(bluez.bus(), &agent, &["pair", TWO, "--seconds", "2"]));
    let mut process = run(&place, bluez.bus(), &agent);
    let whole = record(&collector, "a window of beats", is_whole);
    assert!(rate(&whole).is_some_and(|rate| (60.0..61.5).contains(&rate)), "{whole:?}");
    assert!(bluez.count(&format!("Connect {TWO}")) >= 3 && bluez.count(&format!("StartNotify {TWO} 2a37")) >= 2);
    assert_eq!(bluez.count(&format!("Connect {ONE}")), 0, "nobody paired the other one");
    let log = process.log();
    assert!(log.contains("samples were left out"), "{log}");

    // It falls silent without a word; then the adapter is switched off.
    bluez.change(TWO, json!({ "silent": true }));
    record(&collector, "a window of a silent strap", |record| record.coverage.gap == Some(Gap::DeviceAsleep));
    let switched = bluez.count("Set Powered");
    bluez.switch(false);
    record(&collector, "a window without Bluetooth", |record| record.coverage.gap == Some(Gap::NotAllowed));
    wait::until("the person to be told", || agent.status().contains("Bluetooth is switched off").then_some(()));
    assert_eq!(bluez.count("Set Powered"), switched, "the agent switches nothing on");
    assert!(process.signal("TERM").success(), "{}", process.log());
}

#[test]
fn without_bluetooth_it_is_said_what_is_missing_and_nothing_breaks() {
    let place = Place::new();
    let agent = Agent::new(&place, "device", &models::shipped(), "research");
    let mut command = agent.command();
    command.arg("pair").env("DBUS_SYSTEM_BUS_ADDRESS", format!("unix:path={}", place.join("nowhere").display()));
    let told = refused(&mut command);
    assert!(told.contains("no system bus"), "{told}");
    let Some(bus) = Bus::start("a bus without Bluetooth", &place) else { return };
    let told = refused(&mut on(&bus, &agent, &["pair"]));
    assert!(told.contains("install BlueZ"), "{told}");
    let told = refused(&mut on(&bus, &agent, &["unpair", "Strap"]));
    assert!(told.contains("none is paired"), "{told}");
}

#[test]
fn what_is_not_there_or_fits_no_layout_is_not_paired() {
    let place = Place::new();
    let mut lamp = strap(TWO, "Lamp");
    lamp["services"] = json!({ "180f": { "2a19": { "read": "57" } } });
    let scenario = json!({ "devices": [strap(ONE, "Strap"), lamp] });
    let Some(bluez) = Bluez::start("what is not paired", &place, &scenario) else { return };
    let agent = Agent::new(&place, "device", &models::shipped(), "research");
    for (which, told) in [("Nobody", "find \"Nobody\""), ("Lamp", "no layout fits")] {
        let said = refused(&mut on(bluez.bus(), &agent, &["pair", which, "--seconds", "2"]));
        assert!(said.contains(told), "{said}");
    }
    process::output(&mut on(bluez.bus(), &agent, &["pair", "Strap", "--seconds", "2"]));
    let gone = process::output(&mut on(bluez.bus(), &agent, &["unpair", "strap"]));
    assert!(gone.contains("Strap is not paired any more"), "{gone}");
    assert_eq!(bluez.count("Connect"), 0, "pairing connects to nothing");
}

/// The first beats of a recording of a chest strap: when each was told, seconds after the first, and its packet. What the strap
/// told at once comes in one packet.
fn packets(file: &std::path::Path, seconds: f64) -> (Vec<f64>, Vec<String>) {
    let unpacked = flate2::read::GzDecoder::new(std::fs::File::open(file).expect("the recording is there"));
    let mut told: Vec<(f64, f64, Vec<f64>)> = Vec::new();
    for row in csv::Reader::from_reader(unpacked).into_records() {
        let row = row.expect("the recording is a table");
        let number = |column: usize| row[column].parse::<f64>().ok();
        let (Some(time), Some(interval)) = (number(0), number(3)) else { continue };
        let first = told.first().map_or(time, |(first, ..)| *first);
        let rate = number(2).or(told.last().map(|(_, rate, _)| *rate)).expect("the first row has a rate");
        match told.last_mut() {
            Some((last, _, intervals)) if time - *last < 0.1e9 => intervals.push(interval),
            _ => told.push((time, rate, vec![interval])),
        }
        if time - first > seconds * 1e9 {
            break;
        }
    }
    let first = told[0].0;
    let packet = |(_, rate, intervals): &(f64, f64, Vec<f64>)| {
        let raw = intervals.iter().flat_map(|millis| ((millis * 1.024).round() as u16).to_le_bytes());
        data_encoding::HEXLOWER.encode(&[0x10, *rate as u8].into_iter().chain(raw).collect::<Vec<u8>>())
    };
    (told.iter().map(|(time, ..)| (time - first) / 1e9).collect(), told.iter().map(packet).collect())
}

#[test]
fn the_heart_of_a_real_person_gives_over_bluetooth_what_its_file_gives() {
    const TEST: &str = "a recorded heart over Bluetooth";
    let Some(data) = data_for(TEST) else { return };
    let place = Place::new();
    let (at, packets) = packets(&data.join("heart/polar_h10.csv.gz"), 75.0);
    let mut strap = strap(ONE, "Strap one");
    strap["services"]["180d"] = json!({ "2a37": { "notify": packets, "at": at } });
    let Some(bluez) = Bluez::start(TEST, &place, &json!({ "devices": [strap] })) else { return };
    let collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    process::output(&mut on(bluez.bus(), &agent, &["pair", ONE, "--seconds", "2"]));
    let mut process = run(&place, bluez.bus(), &agent);
    bluez.wait_for("first");
    let calls = bluez.calls();
    let first = calls.lines().find_map(|line| line.strip_prefix("first ")).expect("it was waited for");
    let first: f64 = first.parse().expect("it is a number");

    // The same packets as a table, which begins where the first interval does.
    let table = place.join("strap.ble.csv");
    let rows = at.iter().zip(&packets).map(|(at, packet)| format!("{:.0},{packet}\n", at * 1000.0));
    std::fs::write(&table, format!("time_ms,packet\n{}", rows.collect::<String>())).expect("it can be written");
    let interval =
        u16::from_str_radix(&format!("{}{}", &packets[0][6..8], &packets[0][4..6]), 16).expect("an interval");
    let start = first - f64::from(interval) / 1024.0;
    let start = jiff::Timestamp::from_millisecond((start * 1000.0) as i64).expect("a time").to_string();
    let mut read = agent.command();
    read.args(["features", "--speed", "max", "--start", &start, "--heart"]).arg(&table);
    let lines = process::output(&mut read);
    let read: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let end = read.last().expect("a window")["window"].as_i64().expect("a time");

    wait::until("all of it to be stored", || {
        hearts(&collector).iter().any(|record| record.window.start_millis() >= end).then_some(())
    });
    assert!(process.signal("TERM").success(), "{}", process.log());
    let live = hearts(&collector);
    let mut compared = 0;
    for expected in &read {
        let window = expected["window"].as_i64().expect("a time");
        let Some(live) = live.iter().find(|record| record.window.start_millis() == window) else { continue };
        for (name, tolerance) in [("mean_hr", 0.03), ("rmssd", 0.1), ("sdnn", 0.1), ("artefact_fraction", 0.1)] {
            let given = live.features.iter().find(|(spec, _)| spec.name == name).map(|(_, value)| value);
            let (Some(given), Some(wanted)) = (given, expected["features"][name].as_f64()) else { continue };
            let apart = (given - wanted).abs();
            assert!(
                apart <= tolerance * wanted.abs().max(1.0),
                "{name} at {window}: {given} live, {wanted} from the file"
            );
            compared += 1;
        }
    }
    assert!(compared >= 10, "{compared} features were compared: {read:#?} {live:#?}");
}

/// Frames of a Polar H10's acceleration, 36 samples of 200 a second each (Polar, polar-ble-sdk, online_measurement.pdf).
fn frames() -> Vec<String> {
    let frame = |number: u64| {
        let stamp = 599_616_000_000_000_000 + number * 180_000_000;
        let mut bytes = vec![2];
        bytes.extend(stamp.to_le_bytes());
        bytes.push(1);
        for sample in 0..36_i16 {
            for axis in [sample % 7, -sample, 1000 + sample % 3] {
                bytes.extend(axis.to_le_bytes());
            }
        }
        data_encoding::HEXLOWER.encode(&bytes)
    };
    (1..=2_000).map(frame).collect()
}

#[test]
fn a_stream_is_started_by_its_layout_also_where_it_ran_already_and_stopped_at_a_pause() {
    let control = "fb005c81-02e7-f387-1cad-8acd2d8df0c8";
    let (start, stop) = ("0202020108000001c80001011000", "0302");
    let mut strap = strap(ONE, "Polar H10 1");
    // At first it says that it streams already: the program that started it was killed.
    let replies = json!({ start: ["f002020600", "f00202000001"], stop: ["f0030200"] });
    strap["services"]["fb005c80-02e7-f387-1cad-8acd2d8df0c8"] = json!({
        control: { "notify": [], "replies": replies },
        "fb005c82-02e7-f387-1cad-8acd2d8df0c8": { "notify": frames(), "every": 0.18 },
    });
    let place = Place::new();
    let scenario = json!({ "devices": [strap] });
    let Some(bluez) = Bluez::start("a stream that is started", &place, &scenario) else { return };
    let collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    process::output(&mut on(bluez.bus(), &agent, &["pair", ONE, "--seconds", "2"]));
    let mut process = run(&place, bluez.bus(), &agent);
    let writes = |bytes: &str| bluez.count(&format!("WriteValue {ONE} {control} {bytes}"));
    for modality in [Modality::Heart, Modality::Motion] {
        wait::until("a whole window of each", || {
            let all = stored::records(&collector);
            all.into_iter().find(|record| {
                let coverage = record.coverage;
                record.modality() == modality && f64::from(coverage.received) > 0.95 * f64::from(coverage.expected)
            })
        });
    }
    assert_eq!((writes(start), writes(stop)), (2, 1), "{}", bluez.calls());
    process::output(&mut on(bluez.bus(), &agent, &["pause"]));
    wait::until("the stream to be stopped", || (writes(stop) == 2).then_some(()));
    bluez.wait_for(&format!("Disconnect {ONE}"));
    assert!(process.signal("TERM").success(), "{}", process.log());
}
