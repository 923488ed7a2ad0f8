//! The profile is the collector's: a running agent hears of a change with the next acknowledgement, and holds to it.

use std::collections::BTreeSet;

use attune_protocol::registry::Modality;
use attune_tests::agent::Agent;
use attune_tests::api;
use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::{database, play, recordings, wait};
use serde_json::Value;

/// Records that the agent keeps by itself once it has heard.
const KEPT: usize = 10;

#[test]
fn a_profile_that_becomes_stricter_reaches_the_running_agent_and_what_it_keeps_from_then_on() {
    let place = Place::new();
    let mut collector = Collector::start(&place);
    let recording = recordings::only(place.path(), &[Modality::Heart]);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    let log = place.join("device.log");
    let arguments = ["--loop", "heart", "--start", play::START, "--duration", "14400", "--progress", "json"];
    let mut running = agent.run(&recording, &[&arguments[..], &["--speed", "20"]].concat());
    let says = |profile: &str| agent.status().contains(&format!("its profile is {profile}"));
    wait::until("something to be stored", || (collector.counted("records") > 6).then_some(()));
    assert!(says("research"), "{}", agent.status());

    collector.restart_under("eu");
    wait::until("the running agent to hear of it", || says("eu").then_some(()));
    assert!(running.is_running(), "{}", running.log());
    // What it keeps now no collector has seen yet.
    collector.process().suspend();
    let heard = agent.journal().len();
    wait::until("more to be kept", || (agent.journal().len() >= heard + KEPT + 4).then_some(()));
    assert!(running.signal("TERM").success());
    collector.process().resume();
    let seqs: BTreeSet<u64> = agent.journal()[heard + 2..].iter().map(|(_, _, seq)| *seq).collect();
    let seen = database::keys(&collector.database());
    let unseen: BTreeSet<u64> = seqs.into_iter().filter(|seq| !seen.keys().any(|key| key.2 == *seq)).collect();

    // A collector that lets everything in shows what is missing: it never left the device.
    collector.restart_under("research");
    let text = std::fs::read_to_string(&log).expect("the agent wrote it");
    let lines: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let kept: BTreeSet<i64> = lines
        .iter()
        .filter(|line| line["seq"].as_u64().is_some_and(|seq| unseen.contains(&seq)))
        .filter_map(|line| line["window"].as_i64())
        .collect();
    assert!(!kept.is_empty(), "{unseen:?}: {text}");
    let mut again = agent.run(&recording, &[&arguments[..], &["--speed", "20"]].concat());
    let all_came = || {
        let stored = database::keys(&collector.database());
        unseen.iter().all(|seq| stored.keys().any(|key| key.2 == *seq)).then_some(())
    };
    wait::until("what was kept to be stored", all_came);
    assert!(again.signal("TERM").success());
    let outcome = play::outcome(&collector, "person");
    let reason = |index: usize| {
        let scores = &outcome.windows[index];
        match scores["stress_level"].is_null() {
            true => api::reason(scores, "stress_level")["code"].as_str().map(str::to_owned),
            false => None,
        }
    };
    let mut looked = 0;
    for (index, start) in outcome.starts.iter().enumerate() {
        if kept.contains(&(start * 1000)) {
            assert_eq!(reason(index).as_deref(), Some("withheld_by_profile"), "{:#}", outcome.windows[index]);
            looked += 1;
        }
    }
    assert!(looked > 0);
}
