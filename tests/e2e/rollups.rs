//! Roll-ups of a collector that runs are what they are made of, and the command that holds them against it finds where they are not.

use std::process::Command;

use attune_protocol::ids::Seq;
use attune_tests::binaries::program;
use attune_tests::collector::Collector;
use attune_tests::database::Database;
use attune_tests::place::Place;
use attune_tests::wire::{Device, motion_item};
use attune_tests::{api, wait};

const ITEMS: u64 = 40;

#[test]
fn roll_ups_are_held_against_what_was_sensed_and_go_with_it_on_sqlite() {
    let place = Place::new();
    let (collector, database) = Database::sqlite(&place);
    roll_up(&collector, &database);
}

#[test]
fn roll_ups_are_held_against_what_was_sensed_and_go_with_it_on_postgres() {
    let place = Place::new();
    let Some((collector, database)) = Database::postgres(&place, "roll-ups on Postgres") else { return };
    roll_up(&collector, &database);
    // Beside it nobody is made up, whichever state folder that is done from.
    let made_up = Place::new();
    let mut simulate = Command::new(program("attune-collector"));
    simulate.arg("--state").arg(made_up.join("collector")).args(["--database", database.url(), "simulate"]);
    let said = wait::until("it to say that it runs", || {
        let output = simulate.output().expect("the program starts");
        assert!(!output.status.success(), "a database in use is refused");
        Some(String::from_utf8_lossy(&output.stderr).into_owned()).filter(|said| said.contains("is at work on it"))
    });
    assert!(said.contains("have the database at"), "{said}");
}

fn roll_up(collector: &Collector, database: &Database) {
    const REBUILD: [&str; 2] = ["rollups", "rebuild"];
    const CHECK: [&str; 3] = ["rollups", "rebuild", "--check"];
    let mut device = Device::enrolled(collector, "alice");
    device.send((1..=ITEMS).map(motion_item).collect());
    assert_eq!(device.acknowledged(), [(Seq(1), Seq(ITEMS))]);
    wait::until("everything to be fused", || {
        (database.count("SELECT COUNT(*) FROM fused_windows") == ITEMS.cast_signed()).then_some(())
    });
    assert_eq!(collector.command(&REBUILD), "all roll-ups of 1 person are as they are made\n");
    let rows = || database.count("SELECT COUNT(*) FROM rollups");
    let made = rows();
    assert!(made >= 4, "an hour, a day, a week and a month at least: {made}");
    assert_eq!(collector.command(&CHECK), "all roll-ups of 1 person are as they are made\n");

    database.run("DELETE FROM rollups WHERE span = 2");
    let said = collector.refused(&CHECK);
    assert!(said.contains(": the day of ") && !said.contains(": the hour of "), "{said}");
    assert!(rows() < made, "it changes nothing");
    assert!(collector.command(&REBUILD).ends_with("were made anew\n"));
    assert_eq!(rows(), made);

    let list = api::ok(collector.api(), "/api/v1/sessions?user_id=alice");
    let session = list["sessions"][0]["session_id"].as_str().expect("an id");
    assert_eq!(api::delete(collector.api(), &format!("/api/v1/sessions/{session}")), 204);
    assert_eq!(collector.command(&REBUILD), "all roll-ups of 1 person are as they are made\n");
    assert_eq!(rows(), 0, "nothing of it is left");
}
