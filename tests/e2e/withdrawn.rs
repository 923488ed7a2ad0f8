//! Who withdraws consent has what waits on the device removed, and nothing of it becomes a session.

use attune_protocol::registry::Modality;
use attune_tests::agent::Agent;
use attune_tests::api;
use attune_tests::collector::Collector;
use attune_tests::database::count;
use attune_tests::place::Place;
use attune_tests::{process, recordings, wait};

/// Records of one run, of motion and of heart alike: two minutes in windows of ten seconds.
const RECORDS: i64 = 12;
/// What is kept of a run: its records, and before them consent to each modality for each of two purposes.
const KEPT: usize = 2 * RECORDS as usize + 2 * Modality::ALL.len();

/// What waited when the collector was away, and what became of it once consent to a modality was withdrawn.
fn withdrawn_while_away(modality: &str) -> (Collector, Place) {
    let place = Place::new();
    let mut collector = Collector::start(&place);
    let recording = recordings::only(place.path(), &[Modality::Motion, Modality::Heart]);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    collector.kill();
    let mut running = agent.run(&recording, &["--speed", "max", "--start", "2026-03-02T09:00:00Z"]);
    wait::until("everything to be durable", || (agent.journal().len() >= KEPT).then_some(()));
    assert!(running.signal("TERM").success(), "{}", running.log());

    process::output(agent.command().args(["consent", "withdraw", "--modality", modality]));
    collector.restart();
    let arguments = ["--speed", "max", "--start", "2026-03-02T09:02:00Z", "--until-sent"];
    agent.run(&recording, &arguments).succeed();
    (collector, place)
}

/// Records of what waited: of the first run, which ended at 09:02 of 2 March 2026.
fn arrived(collector: &Collector, modality: Modality) -> i64 {
    let early = match modality {
        Modality::Motion => "SELECT COUNT(*) FROM records WHERE window_start < 1772442120000 AND modality = 2",
        Modality::Heart => "SELECT COUNT(*) FROM records WHERE window_start < 1772442120000 AND modality = 3",
        _ => unreachable!("the recording has no other"),
    };
    count(&collector.database(), early)
}

#[test]
fn of_what_waited_nothing_is_sent_once_all_consent_is_withdrawn() {
    let (collector, _place) = withdrawn_while_away("all");
    assert_eq!((arrived(&collector, Modality::Motion), arrived(&collector, Modality::Heart)), (0, 0));
    let sessions = api::ok(collector.api(), "/api/v1/sessions");
    assert_eq!(sessions["sessions"].as_array().map(Vec::len), Some(0), "{sessions:#}");
}

#[test]
fn what_waited_of_another_modality_is_sent() {
    let (collector, _place) = withdrawn_while_away("heart");
    assert_eq!((arrived(&collector, Modality::Motion), arrived(&collector, Modality::Heart)), (RECORDS, 0));
}
