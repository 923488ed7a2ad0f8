//! Another signing key for the collector, with devices that are there, away and told lies.

use attune_protocol::collector_key::NewCollectorKey;
use attune_protocol::envelope::Kind;
use attune_protocol::ids::DeviceId;
use attune_protocol::registry::Modality;
use attune_protocol::sign::{KeyPair, PublicKey};
use attune_protocol::topics;
use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::database::Database;
use attune_tests::left_out::tool_for;
use attune_tests::mosquitto::Mosquitto;
use attune_tests::place::Place;
use attune_tests::ports::free_port;
use attune_tests::stranger::Stranger;
use attune_tests::{play, process, recordings, trial, wait};
use data_encoding::HEXLOWER;

use crate::external_broker::told_by_collectors;

const ROTATE: [&str; 1] = ["rotate-signing-key"];
const FORGET: [&str; 2] = ["rotate-signing-key", "--forget-former"];

/// A value of a device's identity.
fn kept(agent: &Agent, name: &str) -> String {
    let text = std::fs::read_to_string(agent.state().join("identity.toml")).expect("it is enrolled");
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name} = \"")));
    line.expect("it is there").trim_end_matches('"').to_owned()
}

fn pinned(agent: &Agent) -> PublicKey {
    HEXLOWER.decode(kept(agent, "collector_key").as_bytes()).expect("hex").try_into().expect("32 bytes")
}

/// The key that the collector says it signs with from now on.
fn rotated(collector: &Collector) -> PublicKey {
    let said = collector.command(&ROTATE);
    let key = said.split_once("signs with the key ").expect("it says so").1;
    HEXLOWER.decode(&key.as_bytes()[..64]).expect("hex").try_into().expect("32 bytes")
}

fn wait_for_pin(agent: &Agent, key: &PublicKey) {
    wait::until("the device to take the key", || (pinned(agent) == *key).then_some(()));
}

/// Waits until so many devices have not confirmed the new key, as the collector says.
fn wait_for_behind(collector: &Collector, devices: u64) {
    let wanted = format!("{devices} devices have not taken the new one");
    wait::until("devices to confirm", || collector.refused(&FORGET).contains(&wanted).then_some(()));
}

/// Waits until every device has confirmed the new key, and the one before is gone.
fn wait_until_forgotten(collector: &Collector) {
    wait::until("the former key to be destroyed", || {
        let done = collector.to_run(&FORGET).output().expect("the program starts");
        done.status.success().then_some(())
    });
}

#[test]
fn the_collectors_key_is_exchanged_and_devices_that_are_there_or_away_send_on_on_sqlite() {
    let place = Place::new();
    let (collector, database) = Database::sqlite(&place);
    exchanged(&place, collector, &database);
}

#[test]
fn the_collectors_key_is_exchanged_and_devices_that_are_there_or_away_send_on_on_postgres() {
    let place = Place::new();
    let test = "another signing key on Postgres";
    let Some((collector, database)) = Database::postgres(&place, test) else { return };
    exchanged(&place, collector, &database);
}

fn exchanged(place: &Place, mut collector: Collector, database: &Database) {
    let mut random = trial::random("another signing key");
    let laptop = Agent::enrol(place, "laptop", &collector, "alice");
    let away = Agent::enrol(place, "phone", &collector, "bob");
    let recording = recordings::only(place.path(), &[Modality::Heart]);
    for agent in [&laptop, &away] {
        agent.send_all(&recording, play::START, &[]);
    }
    let (first, old) = (pinned(&laptop), laptop.copied(place, "old"));
    assert!(collector.refused(&FORGET).contains("there is none"));

    // Exchanged while the one sends, and killed behind it.
    let mut running = laptop.run(&recording, &["--speed", "1"]);
    wait::until("the agent to run", || (!laptop.status().contains("the agent does not run")).then_some(()));
    let next = rotated(&collector);
    assert_ne!(next, first);
    collector.kill();
    collector.restart();
    wait_for_pin(&laptop, &next);
    wait_for_behind(&collector, 1);
    assert!(laptop.status().contains(&format!("key {}, exchanged at", HEXLOWER.encode(&next[..8]))));
    assert!(collector.refused(&ROTATE).contains("it was exchanged before"));
    running.signal("TERM");
    laptop.send_all(&recording, "2026-01-05T15:00:00Z", &[]);

    // Its word is lost, as where it is killed between storing and saying it; and it is killed again and again.
    database.run("UPDATE devices SET collector_key = NULL");
    assert!(collector.refused(&FORGET).contains("2 devices"));
    // With a key of its own, too, and by that it says so.
    process::output(laptop.command().arg("new-key"));
    wait_for_behind(&collector, 1);
    assert_eq!(pinned(&laptop), next);
    database.run("UPDATE devices SET collector_key = NULL");
    for _ in 0..4 {
        let mut killed = laptop.run(&recording, &["--speed", "1"]);
        std::thread::sleep(std::time::Duration::from_millis(random.u64(0..800)));
        killed.kill();
    }
    let mut running = laptop.run(&recording, &["--speed", "1"]);
    wait_for_behind(&collector, 1);
    running.signal("TERM");

    // The one that was away takes it when it is back; then the key of before is gone.
    assert_eq!(pinned(&away), first);
    let mut back = away.run(&recording, &["--speed", "1"]);
    wait_until_forgotten(&collector);
    back.signal("TERM");
    assert_eq!(pinned(&away), next);
    assert_eq!(database.count("SELECT COUNT(*) FROM collector_keys WHERE name = 'signing former'"), 0);
    for agent in [&laptop, &away] {
        agent.send_all(&recording, "2026-01-05T19:00:00Z", &[]);
        let status = agent.status();
        assert!(status.contains("waiting 0 ") && status.contains("lost 0"), "{status}");
        assert!(!status.contains("another has signed") && !status.contains("refused"), "{status}");
    }
    let twice =
        "SELECT COUNT(*) FROM (SELECT 1 AS one FROM records GROUP BY device, epoch, seq HAVING COUNT(*) > 1) twice";
    assert_eq!(database.count(twice), 0);
    for start in ["1767603600000", "1767625200000", "1767639600000"] {
        let of = format!("SELECT COUNT(*) FROM records WHERE window_start = {start}");
        assert!(database.count(&of) > 0, "what was sensed at {start} is there");
    }

    // Who still has the state of before hears and believes nothing more, and is let in nowhere.
    let stored = database.count("SELECT COUNT(*) FROM records");
    let mut stale = old.run(&recording, &["--speed", "max", "--start", "2026-01-05T21:00:00Z"]);
    wait::until("it to be refused", || stale.log().contains("does not know this device by its key").then_some(()));
    stale.signal("TERM");
    assert_eq!(database.count("SELECT COUNT(*) FROM records"), stored);
}

#[test]
fn an_exchange_that_is_killed_anywhere_is_done_or_not_begun() {
    let mut random = trial::random("an exchange that is killed");
    let place = Place::new();
    let (collector, database) = Database::sqlite(&place);
    let agent = Agent::enrol(&place, "laptop", &collector, "alice");
    let recording = recordings::only(place.path(), &[Modality::Heart]);
    for _ in 0..4 {
        for step in [&ROTATE[..], &FORGET[..]] {
            let mut command = collector.to_run(step).spawn().expect("it starts");
            std::thread::sleep(std::time::Duration::from_millis(random.u64(0..300)));
            let _ = command.kill();
            let _ = command.wait();
        }
        // Whatever came of it, it can be gone on with, and the device sends.
        let _ = collector.to_run(&ROTATE).output().expect("the program starts");
        let mut running = agent.run(&recording, &["--speed", "1"]);
        wait_until_forgotten(&collector);
        running.signal("TERM");
        assert_eq!(database.count("SELECT COUNT(*) FROM collector_keys WHERE name LIKE 'signing%'"), 1);
    }
    agent.send_all(&recording, "2026-01-05T19:00:00Z", &[]);
    assert!(agent.status().contains("waiting 0 "), "{}", agent.status());
}

#[test]
fn a_mosquitto_that_collectors_tell_lets_a_device_in_before_and_behind_its_word_that_it_has_taken_the_new_key() {
    let test = "a mosquitto that collectors tell lets a device in while the collector's key is exchanged";
    let Some(program) = tool_for(test, "mosquitto") else { return };
    let (place, port) = (Place::new(), free_port());
    let told = place.join("told");
    let mosquitto = Mosquitto::start_told(&program, &place, (&told_by_collectors(port), port), &told);
    std::fs::write(place.join("broker.password"), "of collectors alone\n").expect("the test's folder can be written");
    let lines = format!("user = \"collectors\"\npassword_file = {:?}\nacl = {told:?}", place.join("broker.password"));
    let collector = Collector::start_on_set(&place, &mosquitto.url, &lines);
    let agent = Agent::enrol(&place, "laptop", &collector, "alice");
    let recording = recordings::only(place.path(), &[Modality::Heart]);
    agent.send_all(&recording, play::START, &[]);
    let passwords = || std::fs::read_to_string(told.join("attune.passwords")).expect("it was written");
    let before = passwords();

    // It takes the new key while it is let in by the one so far, and dies; its word is lost.
    let next = rotated(&collector);
    assert_eq!(passwords(), before, "it has not taken it");
    let mut running = agent.run(&recording, &["--speed", "1"]);
    wait_for_pin(&agent, &next);
    wait::until("its line to be of the new key", || (passwords() != before).then_some(()));
    running.kill();
    Database::of(&collector, None).run("UPDATE devices SET collector_key = NULL");
    wait::until("the line of before", || (passwords() == before).then_some(()));

    // Of the new key it would not be let in now: it is by the one before, says its word again, and is let in by the new one.
    let mut running = agent.run(&recording, &["--speed", "1"]);
    wait_until_forgotten(&collector);
    running.signal("TERM");
    wait::until("the line of the new key", || (passwords() != before).then_some(()));
    agent.send_all(&recording, "2026-01-05T19:00:00Z", &[]);
    let status = agent.status();
    assert!(status.contains("waiting 0 ") && status.contains("lost 0"), "{status}");
    assert_eq!(pinned(&agent), next);
}

/// Answers that a device did not believe in this run.
fn disbelieved(agent: &Agent) -> u64 {
    let status = agent.status();
    let count = status.lines().find_map(|line| line.strip_prefix("answers that were not believed: "));
    count.map_or(0, |count| count.parse().expect("a number"))
}

#[test]
fn a_false_key_of_the_collector_changes_nothing_whoever_tells_it() {
    let test = "a false key of the collector changes nothing";
    let Some(program) = tool_for(test, "mosquitto") else { return };
    let place = Place::new();
    let mosquitto = Mosquitto::start(&program, &place);
    let collector = Collector::start_on(&place, &mosquitto.url);
    let stranger = Stranger::on(&mosquitto.url);
    let agents = ["laptop", "phone"].map(|name| Agent::enrol(&place, name, &collector, name));
    let [laptop, phone] = &agents;
    let recording = recordings::only(place.path(), &[Modality::Heart]);
    let ids = [laptop, phone].map(|agent| kept(agent, "device").parse::<DeviceId>().expect("an id"));
    let mut running = [laptop, phone].map(|agent| agent.run(&recording, &["--speed", "1"]));
    for agent in &agents {
        wait::until("it to be connected", || agent.status().contains("collector: connected").then_some(()));
    }
    let tell = |agent: &Agent, device: DeviceId, lie: Vec<u8>| {
        let (before, pin) = (disbelieved(agent), pinned(agent));
        stranger.publish(&topics::answers_to(device), lie);
        wait::until("it to be disbelieved", || (disbelieved(agent) > before).then_some(()));
        assert_eq!(pinned(agent), pin);
    };

    let (first, mallory) = (pinned(laptop), KeyPair::generate());
    tell(laptop, ids[0], NewCollectorKey::new(ids[0], 1, &first, &mallory).encode(&mallory));
    tell(laptop, ids[0], NewCollectorKey::new(ids[0], 1, &mallory.public(), &mallory).encode(&mallory));
    let second = rotated(&collector);
    agents.iter().for_each(|agent| wait_for_pin(agent, &second));
    let is_it = |payload: &[u8]| payload.get(3) == Some(&(Kind::NewCollectorKey as u8));
    let genuine = stranger.hear("the collector to tell it", |message| {
        let is_for_laptop = message.topic == topics::answers_to(ids[0]) && is_it(&message.payload);
        let by_collector = NewCollectorKey::decode(&message.payload, &first, ids[0], 1).is_ok();
        (is_for_laptop && by_collector).then(|| message.payload.clone())
    });
    tell(phone, ids[1], genuine.clone());

    wait_until_forgotten(&collector);
    let third = rotated(&collector);
    agents.iter().for_each(|agent| wait_for_pin(agent, &third));
    tell(laptop, ids[0], genuine);
    wait_until_forgotten(&collector);
    for process in &mut running {
        process.signal("TERM");
    }
    for agent in &agents {
        agent.send_all(&recording, "2026-01-05T19:00:00Z", &[]);
        assert!(agent.status().contains("waiting 0 "), "{}", agent.status());
        assert_eq!(pinned(agent), third);
    }
}
