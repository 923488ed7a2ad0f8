//! Nothing that was kept is lost, and nothing is doubled, whatever is killed and when.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use attune_protocol::registry::Modality;
use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::database::{self, Locked};
use attune_tests::left_out::tool_for;
use attune_tests::mosquitto::Mosquitto;
use attune_tests::place::Place;
use attune_tests::process::Process;
use attune_tests::{recordings, trial, wait};

/// Kills of each trial, with `ATTUNE_TRIALS=1`.
const KILLS: usize = 20;
/// Agents that are killed while the collector stands still, so that nothing they flushed last can be acknowledged.
const BEFORE_ACKNOWLEDGEMENT: usize = 6;
/// Collectors that are killed while the database lets nobody write, so that nothing they took in can be committed.
const BEFORE_COMMIT: usize = 4;
/// Long enough for that many.
const RECORDED_SECONDS: usize = 2400;
const MODALITIES: [Modality; 2] = [Modality::Motion, Modality::Heart];

#[test]
fn twenty_kills_of_agent_and_collector_lose_nothing_and_double_nothing() {
    let place = Place::new();
    let collector = Collector::start(&place);
    survive(&place, collector);
}

#[test]
fn twenty_kills_lose_nothing_with_mosquitto_between_agent_and_collector() {
    let Some(program) = tool_for("twenty kills with mosquitto between agent and collector", "mosquitto") else {
        return;
    };
    let place = Place::new();
    let mosquitto = Mosquitto::start(&program, &place);
    let collector = Collector::start_on(&place, &mosquitto.url);
    survive(&place, collector);
}

#[derive(Clone, Copy, Debug)]
enum Victim {
    Agent,
    AgentBeforeAcknowledgement,
    Collector,
    CollectorBeforeCommit,
    Both,
}

fn survive(place: &Place, mut collector: Collector) {
    let mut random = trial::random("kills of agent and collector");
    let recording = recordings::only(place.path(), &MODALITIES);
    let agent = Agent::enrol(place, "device", &collector, "person");
    let mut running = start(&agent, &recording, "20");

    let mut victims = vec![Victim::AgentBeforeAcknowledgement; BEFORE_ACKNOWLEDGEMENT];
    victims.extend([Victim::CollectorBeforeCommit; BEFORE_COMMIT]);
    victims.resize_with(KILLS * trial::times(), || {
        random.choice([Victim::Agent, Victim::Collector, Victim::Both]).expect("not empty")
    });
    random.shuffle(&mut victims);
    let mut unacknowledged = 0;
    for (number, victim) in victims.into_iter().enumerate() {
        let seen = agent.journal().len();
        wait::until("the agent to make something durable", || (agent.journal().len() > seen).then_some(()));
        std::thread::sleep(Duration::from_millis(random.u64(0..400)));
        assert!(running.is_running(), "the recording is long enough for kill {number}; the log:\n{}", running.log());
        match victim {
            Victim::Agent => running.kill(),
            Victim::AgentBeforeAcknowledgement => {
                kill_before_acknowledgement(&agent, &recording, &mut running, &mut collector);
                unacknowledged += 1;
            }
            Victim::Collector => collector.kill(),
            Victim::CollectorBeforeCommit => kill_before_commit(&agent, &mut collector),
            Victim::Both => {
                collector.kill();
                running.kill();
            }
        }
        if matches!(victim, Victim::Collector | Victim::CollectorBeforeCommit | Victim::Both) {
            collector.restart();
        }
        if matches!(victim, Victim::Agent | Victim::AgentBeforeAcknowledgement | Victim::Both) {
            running = start(&agent, &recording, "20");
        }
    }
    assert!(unacknowledged >= 5);
    running.signal("TERM");
    let mut last = start(&agent, &recording, "max");
    last.succeed();

    let journal: BTreeSet<_> = agent.journal().into_iter().collect();
    let stored = database::keys(&collector.database());
    assert!(stored.values().all(|&times| times == 1), "none stands twice: {stored:?}");
    let stored: BTreeSet<_> = stored.into_keys().collect();
    assert_eq!(journal.difference(&stored).collect::<Vec<_>>(), Vec::<&database::Key>::new(), "kept, but lost");
    assert_eq!(stored.difference(&journal).collect::<Vec<_>>(), Vec::<&database::Key>::new(), "stored, but never kept");
    every_window_has_one_record(&collector);
}

/// The collector stands still from before a flush until the agent is dead: no acknowledgement can have come. What was
/// flushed must then be in the outbox that the next agent opens; it plays so slowly that it cannot make it anew.
fn kill_before_acknowledgement(agent: &Agent, recording: &Path, running: &mut Process, collector: &mut Collector) {
    collector.process().suspend();
    let seen = agent.journal().len();
    wait::until("the agent to make something durable", || (agent.journal().len() > seen).then_some(()));
    let flushed = agent.journal();
    let newest = flushed.last().expect("it has grown");
    running.kill();
    let told = agent.journal().len(); // it may have flushed once more meanwhile
    let stored = database::keys(&collector.database());
    assert!(!stored.contains_key(newest), "{newest:?} cannot have been committed");

    let mut next = start(agent, recording, "1");
    let listed = wait::until("the next agent to list what its outbox holds", || {
        let lines = agent.journal().split_off(told);
        (!lines.is_empty()).then_some(lines)
    });
    next.kill();
    assert!(listed.contains(newest), "{newest:?} was flushed, and is not in the outbox: {listed:?}");
    collector.process().resume();
}

/// The agent sends while nothing can be committed, and the collector dies with what it took in.
fn kill_before_commit(agent: &Agent, collector: &mut Collector) {
    let _locked = Locked::new(&collector.database());
    let seen = agent.journal().len();
    wait::until("the agent to make something durable", || (agent.journal().len() > seen).then_some(()));
    // Long enough for several batches to go out: were they acknowledged now, their records would be gone.
    std::thread::sleep(Duration::from_secs(1));
    collector.kill();
}

fn start(agent: &Agent, recording: &Path, speed: &str) -> Process {
    let seconds = (RECORDED_SECONDS * trial::times()).to_string();
    let arguments =
        ["--start", attune_tests::play::START, "--loop", "motion", "--loop", "heart", "--duration", &seconds];
    agent.run(recording, &[&arguments[..], &["--speed", speed, "--until-sent"]].concat())
}

/// The recording went on after its last durable window each time: no window is missing and none was sent twice.
fn every_window_has_one_record(collector: &Collector) {
    let records = database::count(&collector.database(), "SELECT COUNT(*) FROM records");
    let places = database::count(
        &collector.database(),
        "SELECT COUNT(*) FROM (SELECT DISTINCT window_start, modality FROM records)",
    );
    let expected = i64::try_from(RECORDED_SECONDS * trial::times() / 10 * MODALITIES.len()).expect("a small number");
    assert_eq!((records, places), (expected, expected), "records, and windows with a record");
}
