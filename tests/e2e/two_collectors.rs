//! Consent travels with the records and may be overtaken by them: nothing that was consented to is lost for that.

use std::collections::BTreeSet;
use std::path::PathBuf;

use attune_protocol::registry::Modality;
use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::database::Database;
use attune_tests::left_out::tool_for;
use attune_tests::mosquitto::Mosquitto;
use attune_tests::place::Place;
use attune_tests::play::START;
use attune_tests::proxy::Proxy;
use attune_tests::wire::{Device, motion_item};
use attune_tests::{database, recordings, trial, wait};

/// Four hours, a week where the trial is 42 times as long.
fn seconds_away() -> usize {
    14_400 * trial::times()
}

/// What two modalities are of that time.
fn sensed() -> usize {
    seconds_away() / 10 * 2
}

/// Consent to four modalities for two purposes.
const CONSENTS: usize = 2 * Modality::ALL.len();

/// Hours of sensing that wait, and how they are sent on: the same recording for the same time.
fn hours_offline(place: &Place, agent: &Agent) -> (PathBuf, Vec<String>) {
    let recording = recordings::only(place.path(), &[Modality::Motion, Modality::Heart]);
    let seconds = seconds_away().to_string();
    let arguments = ["--start", START, "--loop", "motion", "--loop", "heart", "--duration", &seconds, "--speed", "max"];
    agent.keep_offline(&recording, &arguments, sensed() + CONSENTS);
    (recording, arguments.map(str::to_owned).to_vec())
}

fn send(agent: &Agent, (recording, arguments): &(PathBuf, Vec<String>)) -> attune_tests::process::Process {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).chain(["--until-sent"]).collect();
    agent.run(recording, &arguments)
}

/// The agent says that all is stored and nothing refused, dropped or lost.
fn all_is_stored(agent: &Agent) {
    let status = agent.status();
    assert!(status.contains("waiting 0 "), "{status}");
    let stored = status.lines().find_map(|line| line.strip_prefix("stored ")?.parse::<usize>().ok());
    // A collector to which records came before their consent asks for it, and all of it is told once more.
    let consents = stored.and_then(|stored| stored.checked_sub(sensed())).unwrap_or_default();
    assert!(consents >= CONSENTS && consents.is_multiple_of(CONSENTS), "{status}");
    assert!(
        !status.contains("refused") && status.contains("dropped 0 (over the limits), damaged 0, lost 0"),
        "{status}"
    );
}

#[test]
fn hours_that_waited_are_stored_whole_by_two_collectors_on_one_database() {
    let test = "two collectors on one database";
    let Some(program) = tool_for(test, "mosquitto") else { return };
    let Some(url) = database::new_on_postgres(test) else { return };
    let Some(keys) = database::new_on_postgres(test) else { return };
    let place = Place::new();
    let mosquitto = Mosquitto::start(&program, &place);
    let [mut first, second] = Collector::start_two(&place, &mosquitto.url, [&url, &keys]);
    let agent = Agent::enrol(&place, "device", &first, "alice");
    let waiting = hours_offline(&place, &agent);

    // One of the two stands still while the other takes its share: what comes first may be settled last.
    first.process().suspend();
    let mut running = send(&agent, &waiting);
    wait::until("the other collector to take in a batch", || (second.counted("batches") > 0).then_some(()));
    first.process().resume();
    running.succeed();

    all_is_stored(&agent);
    let stored: BTreeSet<_> = database::keys_on_postgres(&url).into_keys().collect();
    assert_eq!(stored, agent.journal().into_iter().collect());
    let records = database::count_on_postgres(&url, "SELECT COUNT(*) FROM records");
    assert_eq!(usize::try_from(records), Ok(sensed()));
    let shares = [&first, &second].map(|collector| collector.counted("records"));
    assert!(shares.iter().all(|&share| share > 0), "both took their share: {shares:?}");
    for refused in ["refused_no_consent", "refused_withdrawn"] {
        assert_eq!([&first, &second].map(|collector| collector.counted(refused)), [0, 0], "{refused}");
    }
}

#[test]
fn hours_that_waited_are_stored_whole_where_the_first_of_several_batches_is_lost() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let (_, port) = collector.broker().rsplit_once(':').expect("a port");
    let proxy = Proxy::losing_the_first_batch(port.parse().expect("a number"));
    let agent = Agent::enrol(&place, "device", &collector, "alice");
    let waiting = hours_offline(&place, &agent);
    agent.reach_over(&format!("mqtt://127.0.0.1:{}", proxy.port));
    send(&agent, &waiting).succeed();

    all_is_stored(&agent);
    let stored: BTreeSet<_> = database::keys(&collector.database()).into_keys().collect();
    assert_eq!(stored, agent.journal().into_iter().collect());
    assert!(collector.counted("waiting_for_consent") > 0, "the consent was lost with the first batch");
    assert_eq!((collector.counted("refused_no_consent"), collector.counted("records")), (0, sensed() as u64));
}

#[test]
fn devices_that_send_at_once_to_two_collectors_fail_no_group_and_are_fused_once() {
    const DEVICES: u64 = 6;
    const BATCHES: u64 = 15;
    const ITEMS: u64 = 20;
    let test = "two collectors that fuse";
    let Some(program) = tool_for(test, "mosquitto") else { return };
    let Some(url) = database::new_on_postgres(test) else { return };
    let Some(keys) = database::new_on_postgres(test) else { return };
    let place = Place::new();
    let mosquitto = Mosquitto::start(&program, &place);
    let collectors = Collector::start_two(&place, &mosquitto.url, [&url, &keys]);
    std::thread::scope(|scope| {
        for user in 0..DEVICES {
            let collector = &collectors[0];
            scope.spawn(move || {
                // Their consents come at once, too.
                let mut device = Device::enrolled(collector, &format!("user {user}"));
                for batch in 0..BATCHES {
                    let first = 1 + batch * ITEMS;
                    device.send((first..first + ITEMS).map(motion_item).collect());
                    device.acknowledged();
                }
            });
        }
    });
    let windows = (DEVICES * BATCHES * ITEMS).cast_signed();
    let count = |statement| database::count_on_postgres(&url, statement);
    wait::until("everything to be fused", || (count("SELECT COUNT(*) FROM pending_fusion") == 0).then_some(()));
    assert_eq!(count("SELECT COUNT(*) FROM records"), windows);
    assert_eq!(count("SELECT COUNT(*) FROM fused_windows"), windows);
    assert_eq!(count("SELECT COUNT(*) FROM sessions"), DEVICES.cast_signed());
    assert_eq!(count("SELECT COUNT(*) FROM consent_log"), DEVICES.cast_signed());
    let of = |counter: &str| collectors.each_ref().map(|collector| collector.counted(counter));
    assert_eq!(of("failed_commits"), [0, 0]);
    assert!(of("records").iter().all(|&share| share > 0), "both took their share: {:?}", of("records"));
    assert!(collectors[1].command(&["check"]).contains("the log of consents is whole"));
}

#[test]
fn three_collectors_one_killed_under_load_and_a_database_that_ends_all_connections_store_each_record_once() {
    const DEVICES: usize = 4;
    let test = "three collectors, one killed, and a database that ends all connections";
    let Some(program) = tool_for(test, "mosquitto") else { return };
    let Some(url) = database::new_on_postgres(test) else { return };
    let Some(keys) = database::new_on_postgres(test) else { return };
    let mut random = trial::random(test);
    let place = Place::new();
    let mosquitto = Mosquitto::start(&program, &place);
    let [first, second] = Collector::start_two(&place, &mosquitto.url, [&url, &keys]);
    let third = Collector::start_third(&place, &first, [&url, &keys]);
    let mut collectors = [first, second, third];
    let shared = Database::of(&collectors[0], Some([&url, &keys]));
    let recording = recordings::only(place.path(), &[Modality::Motion, Modality::Heart]);
    let seconds = (2_400 * trial::times()).to_string();
    let agents: Vec<Agent> = (0..DEVICES)
        .map(|number| Agent::enrol(&place, &format!("device{number}"), &collectors[0], &format!("person {number}")))
        .collect();
    let start = |agent: &Agent| {
        let looped = ["--loop", "motion", "--loop", "heart", "--duration", &seconds, "--speed", "40", "--until-sent"];
        agent.run(&recording, &[&["--start", START][..], &looped].concat())
    };
    let mut running: Vec<_> = agents.iter().map(start).collect();
    for _ in 0..4 * trial::times() {
        std::thread::sleep(std::time::Duration::from_millis(random.u64(1_000..4_000)));
        if random.bool() {
            shared.end_connections();
        }
        let victim = random.usize(0..collectors.len());
        collectors[victim].kill();
        std::thread::sleep(std::time::Duration::from_millis(random.u64(0..2_000)));
        collectors[victim].restart();
    }
    running.iter_mut().for_each(attune_tests::process::Process::succeed);
    let stored = database::keys_on_postgres(&url);
    assert!(stored.values().all(|&times| times == 1), "none stands twice");
    let kept: BTreeSet<_> = agents.iter().flat_map(Agent::journal).collect();
    assert_eq!(stored.into_keys().collect::<BTreeSet<_>>(), kept, "what was kept is what is stored");
    let windows = i64::try_from(DEVICES * 240 * trial::times() * 2).expect("a small number");
    assert_eq!(database::count_on_postgres(&url, "SELECT COUNT(*) FROM records"), windows);
}
