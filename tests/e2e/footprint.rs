//! What sensing takes of the machine: it is fitted to its share, halves on battery, and the camera rests while the screen is locked.

use std::path::Path;

use attune_protocol::record::{Gap, Record};
use attune_protocol::registry::{Modality, face};
use attune_tests::agent::Agent;
use attune_tests::bluez::Bus;
use attune_tests::collector::Collector;
use attune_tests::devices::Camera;
use attune_tests::place::Place;
use attune_tests::process::Process;
use attune_tests::session::Session;
use attune_tests::{process, stored, wait};

const CAMERA_ALONE: &str = "[camera]\ndevice = \"0\"\n[microphone]\ndevice = \"off\"\n";

/// Waits for a record of the face that is as it should be.
fn face(collector: &Collector, running: &mut Process, what: &str, is: impl Fn(&Record) -> bool) -> Record {
    wait::until(what, || {
        assert!(running.is_running(), "the agent ended:\n{}", running.log());
        stored::records(collector).into_iter().find(|record| record.modality() == Modality::Face && is(record))
    })
}

fn is_whole(record: &Record) -> bool {
    record.coverage.received * 10 >= record.coverage.expected * 9
}

#[test]
fn while_the_screen_is_locked_the_camera_is_closed_and_its_windows_say_so() {
    const TEST: &str = "a locked screen";
    let place = Place::new();
    let Some(camera) = Camera::new(&place, TEST) else { return };
    let Some(bus) = Bus::start(TEST, &place) else { return };
    let Some(mut session) = Session::start(TEST, &place, &bus) else { return };
    let collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    agent.configure(CAMERA_ALONE);
    let environment = [camera.environment(), bus.environment()].concat();
    let doctor = |agent: &Agent| {
        // It ends with 1 where anything is wrong, as a machine of a test may well be.
        let done = agent.command().envs(bus.environment()).arg("doctor").output().expect("the agent starts");
        String::from_utf8_lossy(&done.stdout).into_owned()
    };
    assert!(doctor(&agent).contains("screen: it is not locked"), "{}", doctor(&agent));
    let mut running = agent.sense(&environment, &[]);
    face(&collector, &mut running, "a whole window", is_whole);
    for (locks, opens) in [("lock", "unlock"), ("save", "wake")] {
        session.say(locks);
        wait::until("the camera's light to go out", || (!camera.is_open()).then_some(()));
        wait::until("the person to be told", || agent.status().contains("screen is locked").then_some(()));
        let before = stored::records(&collector).len();
        wait::until("a window that says so", || {
            let all = stored::records(&collector);
            let locked = |record: &&Record| record.coverage.gap == Some(Gap::ScreenLocked);
            (all.len() > before && all.iter().rev().take(1).any(|last| locked(&last))).then_some(())
        });
        session.say(opens);
        wait::until("the camera to be open", || camera.is_open().then_some(()));
    }
    // Who knew is gone: nothing is known, and the camera goes on.
    session.say("end");
    drop(session);
    let last = stored::records(&collector).last().map(|record| record.window).expect("there are some");
    face(&collector, &mut running, "a whole window behind it", |record| record.window > last && is_whole(record));
    assert!(running.signal("TERM").success(), "{}", running.log());
    let told = doctor(&agent);
    assert_eq!(told.matches("nobody here says whether it is locked").count(), 1, "{told}");
}

#[test]
fn on_battery_with_half_a_small_share_fewer_pictures_are_looked_at_then_parts_rest_and_each_is_said() {
    const TEST: &str = "a share of the processor";
    let place = Place::new();
    let Some(camera) = Camera::new(&place, TEST) else { return };
    let supply = place.join("sys/class/power_supply/BAT0");
    std::fs::create_dir_all(&supply).expect("the test's folder can be written");
    for (name, text) in [("type", "Battery"), ("status", "Discharging")] {
        std::fs::write(supply.join(name), text).expect("the test's folder can be written");
    }
    let collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    agent.configure(CAMERA_ALONE);
    // Half of it is less than one picture a second takes.
    let (share, root) = (Path::new("0.2"), place.path());
    let footprint = [("ATTUNE_AGENT_FOOTPRINT_SHARE", share), ("ATTUNE_AGENT_FOOTPRINT_ROOT", root)];
    let mut running = agent.sense(&[camera.environment(), footprint].concat(), &[]);
    let low = |record: &Record| record.coverage.gap == Some(Gap::LowPower);
    face(&collector, &mut running, "a whole window", is_whole);
    let fewer = face(&collector, &mut running, "a window of fewer pictures", |record| {
        low(record) && (15..30).contains(&record.coverage.received)
    });
    assert_eq!(fewer.coverage.expected, 100, "{:?}", fewer.coverage);
    let has = |ordinal| fewer.features.get(ordinal).is_some();
    assert!(has(face::BOX_SIZE) && !has(face::EXPRESSION_HAPPY), "{fewer:?}");
    face(&collector, &mut running, "a window of a camera that rests", |record| {
        low(record) && record.coverage.received == 0
    });
    wait::until("its light to go out", || (!camera.is_open()).then_some(()));
    let status = agent.status();
    for part in ["half, on battery", "2.8 of 10.0 pictures a second", "rests: expression, camera"] {
        assert!(status.contains(part), "{part}: {status}");
    }
    // Pictures that are not looked at are no loss: a window has seventy of them. A busy machine may lose one.
    let log = running.log();
    let lost = log.split(" overload=").skip(1).map(|rest| rest.lines().next().unwrap_or_default().trim());
    assert!(lost.map(|number| number.parse::<u32>().expect("a number")).all(|lost| lost < 20), "{log}");
    process::output(agent.command().arg("pause"));
    assert!(running.signal("TERM").success(), "{}", running.log());
}
