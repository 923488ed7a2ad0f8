//! A database that was damaged, full or away for a while: it is said, nothing is acknowledged meanwhile, and the
//! collector goes on without being started again.

use std::path::{Path, PathBuf};
use std::process::Command;

use attune_protocol::ids::Seq;
use attune_protocol::registry::Modality;
use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::database::{self, Database};
use attune_tests::left_out::left_out;
use attune_tests::place::Place;
use attune_tests::wire::{Device, motion_item};
use attune_tests::{api, play, recordings, wait};

#[test]
fn a_flipped_bit_in_the_write_ahead_log_is_said_and_devices_send_again_what_they_hold() {
    let place = Place::new();
    let (mut collector, database) = Database::sqlite(&place);
    let mut device = Device::enrolled(&collector, "alice");
    // A clean end writes the enrolment into the database itself; only what follows lies in the log.
    collector.process().signal("TERM");
    collector.restart();
    device.reconnect(&collector);
    let batch = |number: u64| (1 + number * 10..=10 + number * 10).map(motion_item).collect::<Vec<_>>();
    let log = PathBuf::from(format!("{}-wal", collector.database().display()));
    let mut batches = 0;
    while batches < 6 || std::fs::metadata(&log).is_ok_and(|log| log.len() < 200 << 10) {
        device.send(batch(batches));
        device.acknowledged();
        batches += 1;
    }
    collector.kill();
    let mut bytes = std::fs::read(&log).expect("a kill leaves it");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&log, bytes).expect("written");
    collector.restart();
    device.reconnect(&collector);
    let lost = batches.cast_signed() * 10 - database.count("SELECT COUNT(*) FROM records");
    assert!(lost > 0, "SQLite ends its recovery at the bit");
    let (status, health) = api::get(collector.api(), "/health");
    assert_eq!(status, 503);
    assert!(health["database"]["detail"].as_str().expect("words").contains("commits were found missing"), "{health:#}");
    // The device has not yet forgotten what it heard acknowledged.
    for number in 0..batches {
        device.send(batch(number));
        assert_eq!(device.acknowledged(), [(Seq(1 + number * 10), Seq(10 + number * 10))]);
    }
    assert_eq!(database.count("SELECT COUNT(*) FROM records"), batches.cast_signed() * 10);
}

#[test]
fn a_device_that_a_collector_put_back_from_a_copy_does_not_know_is_told_so_and_goes_on_once_it_does() {
    let place = Place::new();
    let mut collector = Collector::start(&place);
    let (before, after) = (place.join("before"), place.join("after"));
    collector.process().signal("TERM");
    copy(collector.state(), &before);
    collector.restart();
    let agent = Agent::enrol(&place, "device", &collector, "alice");
    collector.process().signal("TERM");
    copy(collector.state(), &after);
    put_back(&before, &collector);
    collector.restart();
    let recording = recordings::only(place.path(), &[Modality::Heart]);
    let mut running = agent.run(&recording, &["--speed", "max", "--start", play::START, "--until-sent"]);
    let not_known = "the collector does not know this device";
    wait::until("status to say what to do", || {
        let status = agent.status();
        (status.contains(not_known) && status.contains("enrol --again")).then_some(())
    });
    assert!(running.is_running() && collector.counted("unknown_devices") > 0, "what waits stays");
    collector.process().signal("TERM");
    put_back(&after, &collector);
    collector.restart();
    running.succeed();
    assert!(!agent.status().contains(not_known), "{}", agent.status());
    let stored = database::keys(&collector.database());
    assert!(agent.journal().iter().all(|key| stored.contains_key(key)));
}

#[test]
fn a_device_whose_collector_was_made_anew_is_told_so() {
    let place = Place::new();
    let mut collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "alice");
    collector.process().signal("TERM");
    std::fs::remove_dir_all(collector.state()).expect("it is there");
    collector.restart();
    let recording = recordings::only(place.path(), &[Modality::Heart]);
    let mut running = agent.run(&recording, &["--speed", "max", "--start", play::START]);
    wait::until("status to say what to do", || {
        let status = agent.status();
        (status.contains("answers come that another has signed") && status.contains("enrol --again")).then_some(())
    });
    assert!(running.signal("TERM").success(), "{}", running.log());
    agent.take_code(&collector, "alice", &["--again", "--yes"]);
    agent.consent("grant", "all");
    agent.send_all(&recording, "2026-01-05T12:00:00Z", &[]);
    assert!(!agent.status().contains("answers come"), "{}", agent.status());
}

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().expect("the system copies").success());
}

fn put_back(copied: &Path, collector: &Collector) {
    std::fs::remove_dir_all(collector.state()).expect("it is there");
    copy(copied, collector.state());
}

#[test]
fn a_full_disk_is_said_and_the_collector_goes_on_when_there_is_room_again() {
    let place = Place::new();
    let Some(_disk) = SmallDisk::mount(&place.join("collector")) else { return };
    let (mut collector, database) = Database::sqlite(&place);
    let mut device = Device::enrolled(&collector, "alice");
    let process = collector.process().id();
    let filler = collector.state().join("filler");
    for round in 0..2 {
        std::fs::write(&filler, vec![1; 64 << 20]).expect_err("the disk is full");
        wait::until("health to say that there is no room", || {
            let (status, health) = api::get(collector.api(), "/health");
            let detail = health["database"]["detail"].as_str()?.contains("no room");
            (status == 503 && detail).then_some(())
        });
        let items = || (1 + round * 200..=200 + round * 200).map(motion_item).collect::<Vec<_>>();
        let before = database.count("SELECT COUNT(*) FROM records");
        device.send(items());
        std::thread::sleep(std::time::Duration::from_secs(2));
        std::fs::remove_file(&filler).expect("removed");
        device.send(items());
        // What was sent before may be answered, too.
        while device.acknowledged() != [(Seq(1 + round * 200), Seq(200 + round * 200))] {}
        assert_eq!(database.count("SELECT COUNT(*) FROM records"), before + 200, "stored once");
        wait::until("health to say that commits are taken", || {
            (api::get(collector.api(), "/health").1["database"]["ok"] == true).then_some(())
        });
    }
    assert!(collector.process().is_running() && collector.process().id() == process);
    // The disk goes before the test's folder; a collector that holds it open would keep it.
    collector.process().signal("TERM");
}

#[test]
fn a_server_that_ended_all_connections_is_used_again_without_a_restart() {
    let place = Place::new();
    let Some((mut collector, database)) = Database::postgres(&place, "a Postgres server that goes away") else {
        return;
    };
    let mut device = Device::enrolled(&collector, "alice");
    for round in 0..5 {
        database.end_connections();
        let items = || (1 + round * 10..=10 + round * 10).map(motion_item).collect::<Vec<_>>();
        device.send(items());
        // What was not committed is not acknowledged: the device sends it again.
        std::thread::sleep(std::time::Duration::from_millis(500));
        device.send(items());
        device.acknowledged();
        wait::until("the batch to be stored", || {
            (database.count("SELECT COUNT(*) FROM records") == (round + 1).cast_signed() * 10).then_some(())
        });
        assert_eq!(api::get(collector.api(), "/api/v1/sessions").0, 200);
    }
    wait::until("health to be well", || {
        (api::get(collector.api(), "/health").1["database"]["ok"] == true).then_some(())
    });
    assert!(collector.process().is_running());
}

/// A small file system at a folder, where the system lets this user mount one.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Option<Self> {
        std::fs::create_dir_all(at).expect("the test's folder can be written");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=8m,mode=0700", "none"]).arg(at).output();
        if mounted.is_ok_and(|done| done.status.success()) {
            return Some(Self(at.to_owned()));
        }
        left_out("a full disk", "this user mounts no file system");
        None
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
