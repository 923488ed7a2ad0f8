//! Whatever the network does, what is kept arrives, and once.

use std::collections::BTreeSet;

use attune_protocol::registry::Modality;
use attune_tests::agent::Agent;
use attune_tests::bad_network::{BadNetwork, Fault};
use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::play::START;
use attune_tests::{database, recordings, trial, wait};

/// Recorded seconds for each fault.
const SECONDS: usize = 1200;

/// Plays a recording over a network with these faults, which is well from `healed` connections on, and looks that all that was kept is
/// stored once.
fn arrives(faults: Vec<Fault>, healed: u64) {
    let place = Place::new();
    let collector = Collector::start(&place);
    let (_, port) = collector.broker().rsplit_once(':').expect("a port");
    let agent = Agent::enrol(&place, "device", &collector, "person");
    let network = BadNetwork::before(port.parse().expect("a number"), faults.clone());
    agent.reach_over(&format!("mqtt://127.0.0.1:{}", network.port));
    let recording = recordings::only(place.path(), &[Modality::Motion, Modality::Heart]);
    let seconds = SECONDS.to_string();
    let arguments = ["--start", START, "--loop", "motion", "--loop", "heart", "--duration", &seconds, "--speed", "100"];
    let mut running = agent.run(&recording, &[&arguments[..], &["--until-sent"]].concat());
    wait::until("the network to have done its worst", || {
        (network.connections() >= healed || !running.is_running()).then_some(())
    });
    network.heal();
    running.succeed();
    let stored = database::keys(&collector.database());
    assert!(stored.values().all(|&times| times == 1), "{faults:?}: none stands twice");
    let stored: BTreeSet<_> = stored.into_keys().collect();
    assert_eq!(stored, agent.journal().into_iter().collect(), "{faults:?}: what was kept is what is stored");
    let records = usize::try_from(database::count(&collector.database(), "SELECT COUNT(*) FROM records"));
    assert_eq!(records, Ok(SECONDS / 10 * 2));
}

#[test]
fn a_connection_that_is_cut_anywhere_or_half_open_loses_nothing_and_doubles_nothing() {
    let mut random = trial::random("connections that are cut anywhere, or half open");
    let mut faults = Vec::new();
    for number in 0..12 * trial::times() {
        let after = random.usize(1..8_000);
        // Only its own patience tells an agent of a connection that is half open: few of them.
        faults.push(if number % 12 == 11 { Fault::HalfOpenAfter(after) } else { Fault::CutAfter(after) });
    }
    let healed = faults.len() as u64 + 1;
    faults.push(Fault::None);
    arrives(faults, healed);
}

#[test]
fn a_slow_and_a_late_connection_lose_nothing_and_double_nothing() {
    arrives(vec![Fault::Slow], 1);
    arrives(vec![Fault::Late], 1);
}
