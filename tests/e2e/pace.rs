//! A collector that takes in less than comes asks its devices for less haste, and they follow; nothing is lost for it.

use attune_protocol::registry::Modality;
use attune_protocol::topics;
use attune_tests::agent::Agent;
use attune_tests::api;
use attune_tests::collector::Collector;
use attune_tests::database::{self, Locked};
use attune_tests::place::Place;
use attune_tests::process::Process;
use attune_tests::wire::{Device, motion_item};
use attune_tests::{play, recordings, wait};

/// Records of each agent: two modalities for an hour.
const RECORDS: i64 = 720;
const NAMES: [&str; 3] = ["alice", "bob", "carol"];

fn metric(collector: &Collector, name: &str) -> i64 {
    let text = api::fetch(collector.api(), "/metrics", "*/*").text();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{name} in\n{text}")).parse().expect("a number")
}

#[test]
fn devices_send_more_slowly_while_a_collector_cannot_commit_and_all_their_records_arrive() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let recording = recordings::only(place.path(), &[Modality::Motion, Modality::Heart]);
    let agents = NAMES.map(|name| Agent::enrol(&place, name, &collector, name));
    let locked = Locked::new(&collector.database());
    let start = |agent: &Agent| {
        let arguments = ["--loop", "motion", "--loop", "heart", "--duration", "3600", "--speed", "max", "--until-sent"];
        agent.run(&recording, &[&["--start", play::START], &arguments[..]].concat())
    };
    let mut running: Vec<Process> = agents.iter().map(start).collect();
    for agent in &agents {
        wait::until("the device to be asked for less haste", || {
            agent.status().contains("asks for a batch every").then_some(())
        });
    }
    assert!(metric(&collector, "attune_ingest_slowed_total") >= 3);
    wait::until("the lag to be seen", || (metric(&collector, "attune_ingest_lag_milliseconds") > 1000).then_some(()));
    drop(locked);
    for process in &mut running {
        process.succeed();
        let log = process.log();
        let asked = log.matches("the collector asks for a batch in so many seconds at most").count();
        assert!(asked >= 1, "{log}");
    }
    let counted = |statement| database::count(&collector.database(), statement);
    let of_each = "SELECT COUNT(*) FROM (SELECT device FROM records GROUP BY device HAVING COUNT(*) = 720)";
    assert_eq!((counted("SELECT COUNT(*) FROM records"), counted(of_each)), (3 * RECORDS, 3), "no device starves");
    assert_eq!(counted("SELECT COUNT(*) FROM dropped"), 0);
}

#[test]
fn a_device_whose_line_is_full_is_asked_for_less_haste_and_nobody_else_waits_for_it() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let (mut loud, mut quiet) = (Device::enrolled(&collector, "alice"), Device::enrolled(&collector, "bob"));
    let locked = Locked::new(&collector.database());
    for seq in 1..=40 {
        loud.send(vec![motion_item(seq)]);
    }
    let said = loud.asked_for_less_haste();
    assert!(said.every_s >= 10 && said.most == 1 && said.lasts_s >= 60, "{said:?}");
    assert!(collector.counted("overrun") > 0);
    drop(locked);
    quiet.send(vec![motion_item(1)]);
    assert_eq!(quiet.acknowledged().len(), 1);
}

#[test]
fn an_agent_of_a_later_version_that_asks_to_be_enrolled_is_named_in_the_log_and_counted_as_such() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let mut device = Device::connect(&collector);
    let [before_forged, before_newer] = ["forged", "newer"].map(|counter| collector.counted(counter));
    // A header of a format of later, what nobody here can read, and a signature.
    let later = [b"AT\x09\x12".as_slice(), &[7; 120]].concat();
    device.publish(&topics::enrolment_of(device.id), later);
    wait::until("it to be counted", || (collector.counted("newer") > before_newer).then_some(()));
    assert_eq!(collector.counted("forged"), before_forged);
    let log = collector.log();
    assert!(log.contains("bring this collector up to date") && log.contains("format version 9"), "{log}");
}
