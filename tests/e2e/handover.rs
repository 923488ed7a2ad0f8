//! Whose a device is: handed on, enrolled anew, and enrolled wrongly.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use attune_protocol::registry::Modality;
use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::left_out::tool_for;
use attune_tests::mosquitto::Mosquitto;
use attune_tests::place::Place;
use attune_tests::stranger::Stranger;
use attune_tests::{api, binaries, database, models, play, recordings, wait};

/// Two minutes each, far enough apart to be sessions of their own.
const OF_ALICE: &str = "2026-01-05T09:00:00Z";
const OF_BOB: &str = "2026-01-05T15:00:00Z";
const WINDOWS: usize = 12;

fn heart(place: &Place) -> PathBuf {
    recordings::only(place.path(), &[Modality::Heart])
}

/// How many windows the sessions of a user hold in which something was seen, once all is fused.
fn windows(collector: &Collector, user: &str) -> usize {
    wait::until("everything stored to be fused", || {
        (database::count(&collector.database(), "SELECT COUNT(*) FROM pending_fusion") == 0).then_some(())
    });
    let (status, answer) = api::get(collector.api(), &format!("/api/v1/sessions?user_id={user}"));
    if status == 404 {
        return 0;
    }
    let sessions = answer["sessions"].as_array().unwrap_or_else(|| panic!("{answer:#}")).clone();
    let of = |session: &serde_json::Value| {
        let id = session["session_id"].as_str().expect("an id");
        play::pages(collector.api(), &format!("/api/v1/sessions/{id}/windows?limit=500"), "windows").len()
    };
    sessions.iter().map(of).sum()
}

/// The agent's command that enrols it, run to its end.
fn enrol(agent: &Agent, broker: &str, code: &str, arguments: &[&str]) -> Output {
    let mut command = agent.command();
    command.args(["enrol", "--broker", broker, "--code", code]).args(arguments).output().expect("the program starts")
}

fn refused(done: &Output, part: &str) {
    let error = String::from_utf8_lossy(&done.stderr);
    assert!(!done.status.success() && error.contains(part), "{part:?} in: {error}");
}

/// The files of a state folder that say whose it is, with what they say.
fn standing(state: &Path) -> BTreeMap<&'static str, Option<Vec<u8>>> {
    ["identity.toml", "consent.toml"].map(|name| (name, std::fs::read(state.join(name)).ok())).into()
}

fn offline(agent: &Agent, recording: &Path, start: &str) {
    agent.keep_offline(recording, &["--speed", "max", "--start", start], WINDOWS);
}

#[test]
fn a_device_that_is_handed_on_gives_each_what_is_theirs_and_senses_nobody_without_consent() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let recording = heart(&place);
    let agent = Agent::enrol(&place, "device", &collector, "alice");
    agent.send_all(&recording, OF_ALICE, &[]);
    assert_eq!(windows(&collector, "alice"), WINDOWS);
    // Some of what is hers waits when the device changes hands.
    offline(&agent, &recording, "2026-01-05T12:00:00Z");

    let (before, code) = (standing(agent.state()), collector.code("bob"));
    refused(&enrol(&agent, collector.broker(), &code, &[]), "--again");
    assert_eq!(standing(agent.state()), before, "nothing changes unasked");
    let done = enrol(&agent, collector.broker(), &code, &["--again", "--yes"]);
    let told = String::from_utf8_lossy(&done.stdout);
    assert!(
        done.status.success() && told.contains("removed") && told.contains("nothing is sensed before you consent"),
        "{told}"
    );

    let status = agent.status();
    assert!(!status.contains("waiting") && !status.contains("windows"), "nothing of hers is told to him: {status}");

    // Bob has agreed to nothing.
    agent.send_all(&recording, OF_BOB, &[]);
    assert_eq!((windows(&collector, "alice"), windows(&collector, "bob")), (WINDOWS, 0));
    // Granting changes something, for it is not granted already.
    agent.consent("grant", "heart");
    agent.send_all(&recording, "2026-01-05T18:00:00Z", &[]);
    assert_eq!((windows(&collector, "alice"), windows(&collector, "bob")), (WINDOWS, WINDOWS));
    assert_eq!(collector.counted("refused_withdrawn"), 0);
}

#[test]
fn an_enrolment_of_before_that_is_sent_again_gives_nothing_back() {
    let Some(program) = tool_for("an enrolment of before, sent again", "mosquitto") else { return };
    let place = Place::new();
    let mosquitto = Mosquitto::start(&program, &place);
    let collector = Collector::start_on(&place, &mosquitto.url);
    let stranger = Stranger::on(&mosquitto.url);
    let recording = heart(&place);
    let agent = Agent::enrol(&place, "device", &collector, "alice");
    agent.send_all(&recording, OF_ALICE, &[]);
    let of_alice = stranger.heard();
    agent.take_code(&collector, "bob", &["--again", "--yes"]);
    agent.consent("grant", "heart");
    // Her enrolment, her consents and her records, byte for byte.
    let down = |topic: &str| topic.starts_with("attune/v1/down/");
    for message in of_alice.iter().filter(|message| !down(&message.topic)) {
        stranger.publish(&message.topic, message.payload.clone());
    }
    wait::until("what was sent again to be taken in", || (collector.counted("duplicates") > 0).then_some(()));
    agent.send_all(&recording, OF_BOB, &[]);
    assert_eq!((windows(&collector, "alice"), windows(&collector, "bob")), (WINDOWS, WINDOWS));
}

#[test]
fn a_clock_that_ran_ahead_while_the_device_was_enrolled_decides_nothing() {
    let Some(faketime) = tool_for("an enrolment while the clock runs an hour ahead", "faketime") else { return };
    let place = Place::new();
    let collector = Collector::start(&place);
    let recording = heart(&place);
    let agent = Agent::new(&place, "device", &models::shipped(), "research");
    let code = collector.code("alice");
    let ahead = |arguments: &[&str]| {
        let plain = agent.command();
        let mut command = Command::new(&faketime);
        // Waiting goes by the monotonic clock, which no wrong clock changes.
        command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1").args(["-f", "+1h"]).arg(plain.get_program());
        attune_tests::process::output(command.args(plain.get_args()).args(arguments));
    };
    ahead(&["enrol", "--broker", collector.broker(), "--code", &code]);
    ahead(&["consent", "grant", "--modality", "heart"]);
    agent.send_all(&recording, OF_ALICE, &[]);
    // The clock is right when it is bob's.
    agent.take_code(&collector, "bob", &["--again", "--yes"]);
    agent.consent("grant", "heart");
    agent.send_all(&recording, OF_BOB, &[]);
    assert_eq!((windows(&collector, "alice"), windows(&collector, "bob")), (WINDOWS, WINDOWS));
}

#[test]
fn an_enrolment_that_nobody_answers_or_that_is_refused_leaves_a_working_device_as_it_is() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let recording = heart(&place);
    let agent = Agent::enrol(&place, "device", &collector, "alice");
    offline(&agent, &recording, OF_ALICE);
    let before = standing(agent.state());
    refused(
        &enrol(&agent, "mqtt://127.0.0.1:1", "AAAA-BBBB-CCCC-DDDD", &["--again", "--yes"]),
        "nothing listens there",
    );
    refused(&enrol(&agent, collector.broker(), "AAAA-BBBB-CCCC-DDDD", &["--again", "--yes"]), "the code is refused");
    assert_eq!(standing(agent.state()), before);
    agent.send_all(&recording, OF_ALICE, &[]);
    assert_eq!(windows(&collector, "alice"), WINDOWS);
    let stored = database::keys(&collector.database());
    assert!(agent.journal().iter().all(|key| stored.contains_key(key)), "what waited was sent");
}

#[test]
fn a_state_folder_of_before_the_hand_over_does_not_take_the_device_back() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let recording = heart(&place);
    let agent = Agent::enrol(&place, "device", &collector, "alice");
    let copy = place.join("copy");
    let copied = |from: &Path, to: &Path| {
        assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().is_ok_and(|status| status.success()));
    };
    copied(agent.state(), &copy);
    agent.take_code(&collector, "bob", &["--again", "--yes"]);
    std::fs::remove_dir_all(agent.state()).expect("our own folder");
    copied(&copy, agent.state());
    refused(
        &enrol(&agent, collector.broker(), &collector.code("carol"), &["--again", "--yes"]),
        "put back from a copy",
    );
    agent.take_code(&collector, "carol", &["--again", "--yes"]);
    agent.consent("grant", "heart");
    agent.send_all(&recording, OF_BOB, &[]);
    assert_eq!(["alice", "bob", "carol"].map(|user| windows(&collector, user)), [0, 0, WINDOWS]);
}

#[test]
fn a_code_that_is_made_under_another_master_key_is_refused_before_anything_is_written() {
    let place = Place::new();
    let mut collector = Collector::start(&place);
    let (sqlite, keys) = (collector.database(), collector.keys());
    with_another_key(&place, &format!("sqlite:{}", sqlite.display()), || {
        let [accounts, codes] = ["SELECT COUNT(*) FROM accounts", "SELECT COUNT(*) FROM enrolment_codes"]
            .map(|statement| database::count(&sqlite, statement));
        [accounts, codes, database::count(&keys, "SELECT COUNT(*) FROM person_keys")]
    });
    let agent = Agent::enrol(&place, "device", &collector, "alice");
    agent.send_all(&heart(&place), OF_ALICE, &[]);
    assert_eq!(windows(&collector, "alice"), WINDOWS, "the account works");
    collector.kill();

    let Some(url) = database::new_on_postgres("a code under another master key") else { return };
    let place = Place::new();
    let collector = Collector::start_set(&place, &format!("[database]\nurl = {url:?}"));
    let keys = collector.keys();
    with_another_key(&place, &url, || {
        let [accounts, codes] = ["SELECT COUNT(*) FROM accounts", "SELECT COUNT(*) FROM enrolment_codes"]
            .map(|statement| database::count_on_postgres(&url, statement));
        [accounts, codes, database::count(&keys, "SELECT COUNT(*) FROM person_keys")]
    });
}

fn with_another_key(place: &Place, url: &str, rows: impl Fn() -> [i64; 3]) {
    // A collector of its own has made the key.
    let elsewhere = Place::new();
    let mut other = Collector::start(&elsewhere);
    other.process().signal("TERM");
    let state = place.join("wrong");
    std::fs::create_dir(&state).expect("the test's folder can be written");
    std::fs::copy(elsewhere.join("collector/master.key"), state.join("master.key")).expect("it is there");
    let before = rows();
    let mut command = Command::new(binaries::program("attune-collector"));
    command.arg("--state").arg(&state).arg("--models").arg(models::shipped()).env("ATTUNE_COLLECTOR_DATABASE_URL", url);
    let done = command.args(["enrol", "--user", "alice"]).output().expect("the program starts");
    refused(&done, "master");
    assert_eq!(rows(), before);
}
