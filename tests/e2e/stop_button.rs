//! The stop button needs neither disk space nor a folder that can be written, nor an agent that answers; and what it says
//! is so.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::UNIX_EPOCH;

use attune_protocol::registry::Modality;
use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::mount::Mount;
use attune_tests::place::Place;
use attune_tests::process::Process;
use attune_tests::{database, play, recordings, wait};
use serde_json::Value;

const MODALITIES: [Modality; 2] = [Modality::Motion, Modality::Heart];

fn command(agent: &Agent, arguments: &[&str]) -> Output {
    agent.command().args(arguments).output().expect("the program starts")
}

/// What a command says that must succeed.
fn says(agent: &Agent, arguments: &[&str]) -> String {
    let done = command(agent, arguments);
    let (out, error) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{arguments:?} ended with {}:\n{out}\n{error}", done.status);
    out.into_owned()
}

fn recording(place: &Place) -> PathBuf {
    recordings::only(place.path(), &MODALITIES)
}

/// An hour at twenty times the speed, with a line for each window that is durable.
fn sense(agent: &Agent, recording: &Path) -> Process {
    let arguments = ["--start", play::START, "--loop", "motion", "--loop", "heart", "--duration", "3600"];
    agent.run(recording, &[&arguments[..], &["--speed", "20", "--progress", "json"]].concat())
}

/// Coverage of every window that was told.
fn told(running: &Process) -> Vec<f64> {
    let log = running.log();
    let lines = log.lines().filter(|line| line.starts_with('{'));
    let lines = lines.filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter_map(|line| line["coverage"].as_f64()).collect()
}

fn wait_until_told(running: &mut Process, more: usize, than: usize) {
    wait::until("windows to be kept", || {
        assert!(running.is_running(), "the agent ended:\n{}", running.log());
        (told(running).len() >= than + more).then_some(())
    });
}

/// The status that the agent wrote last.
fn status(agent: &Agent) -> Value {
    let text = std::fs::read_to_string(agent.state().join("status.json")).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

fn later_status(agent: &Agent) -> Value {
    let before = status(agent)["at_millis"].clone();
    wait::until("the agent to write its status", || {
        let now = status(agent);
        (now["at_millis"] != before && now["at_millis"].is_i64()).then_some(now)
    })
}

/// Of windows that are kept from now on nothing but that nothing was seen; what was on its way and what was decided may still
/// go, but no record.
fn nothing_more_is_sensed_kept_or_sent(agent: &Agent, running: &mut Process) {
    let kept = told(running).len();
    wait::until("sending to cease while more is kept", || {
        let (before, sent) = (told(running).len(), later_status(agent)["sent_bytes"].clone());
        wait_until_told(running, 12, before);
        (later_status(agent)["sent_bytes"] == sent).then_some(())
    });
    assert!(told(running)[kept..].iter().all(|coverage| *coverage == 0.0), "{:?}", &told(running)[kept..]);
}

fn wait_until_sensed(running: &Process) {
    let kept = told(running).len();
    wait::until("sensing to go on", || told(running)[kept..].iter().any(|&coverage| coverage > 0.5).then_some(()));
}

#[test]
fn a_pause_is_in_force_when_the_command_says_so_and_what_waited_goes_on_behind_it() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    let mut running = sense(&agent, &recording(&place));
    wait_until_told(&mut running, 6, 0);
    assert!(says(&agent, &["status"]).contains(&format!("the agent runs (process {})", running.id())));
    let said = says(&agent, &["pause"]);
    assert!(said.starts_with("paused") && !said.contains("ended"), "{said}");
    nothing_more_is_sensed_kept_or_sent(&agent, &mut running);
    assert!(says(&agent, &["resume"]).contains("sensing goes on"));
    wait_until_sensed(&running);
    running.signal("TERM");
    assert!(says(&agent, &["status"]).contains("the agent does not run"));
}

#[test]
fn an_agent_that_hangs_is_ended_by_a_pause_and_senses_nothing_when_it_is_started_again() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    let recording = recording(&place);
    let mut running = sense(&agent, &recording);
    wait_until_told(&mut running, 6, 0);
    running.suspend();
    let said = says(&agent, &["pause"]);
    assert!(
        said.starts_with("paused") && said.contains(&format!("(process {}) did not answer", running.id())),
        "{said}"
    );
    assert!(!running.wait().success());
    assert!(says(&agent, &["status"]).contains("sensing is paused"));
    let mut again = sense(&agent, &recording);
    nothing_more_is_sensed_kept_or_sent(&agent, &mut again);
    again.signal("TERM");
    // And what it had kept is not lost.
    says(&agent, &["resume"]);
    agent.send_all(&recording, "2026-01-05T12:00:00Z", &["--duration", "20"]);
    let stored = database::keys(&collector.database());
    let kept = agent.journal();
    assert!(kept.iter().all(|key| stored.contains_key(key)), "{} kept, {} stored", kept.len(), stored.len());
}

#[test]
fn an_agent_that_hangs_is_ended_by_a_withdrawal_which_removes_what_waits() {
    let place = Place::new();
    let mut collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    collector.kill();
    let recording = recording(&place);
    let mut running = sense(&agent, &recording);
    wait_until_told(&mut running, 8, 0);
    running.suspend();
    let said = says(&agent, &["consent", "withdraw", "--modality", "all"]);
    assert!(!said.contains(": granted") && said.contains("did not answer and was ended"), "{said}");
    assert!(removed(&said) >= 8, "{said}");
    drop(running);
    collector.restart();
    agent.send_all(&recording, "2026-01-05T12:00:00Z", &["--duration", "20"]);
    nothing_is_known_of(&collector);
}

fn removed(said: &str) -> u64 {
    let line =
        said.lines().find_map(|line| line.strip_prefix("removed ")).unwrap_or_else(|| panic!("none removed: {said}"));
    line.split(' ').next().and_then(|number| number.parse().ok()).expect("a number")
}

/// No window with a feature and no session: records that stand there say only that there was no consent.
fn nothing_is_known_of(collector: &Collector) {
    wait::until("everything stored to be fused", || {
        (database::count(&collector.database(), "SELECT COUNT(*) FROM pending_fusion") == 0).then_some(())
    });
    let list = play::pages(collector.api(), "/api/v1/sessions?user_id=person", "sessions");
    assert!(list.is_empty(), "{list:#?}");
}

#[test]
fn what_waits_offline_is_removed_with_its_consent_and_the_withdrawal_arrives_later() {
    let place = Place::new();
    let mut collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    collector.kill();
    let recording = recording(&place);
    let arguments =
        ["--start", play::START, "--loop", "motion", "--loop", "heart", "--duration", "140", "--speed", "max"];
    let mut running = agent.run(&recording, &[&arguments[..], &["--progress", "json"]].concat());
    wait_until_told(&mut running, 28, 0);
    running.signal("TERM");
    let said = says(&agent, &["consent", "withdraw", "--modality", "all"]);
    assert_eq!(removed(&said), 28, "{said}");
    assert_eq!(removed(&says(&agent, &["consent", "withdraw", "--modality", "all"])), 0, "they are removed once");
    // Twelve grants and twelve withdrawals.
    let status = agent.status();
    assert!(status.contains("waiting 24 ("), "what was removed waits no more: {status}");
    collector.restart();
    agent.run(&recording, &[&arguments[..], &["--until-sent"]].concat()).succeed();
    assert_eq!(database::count(&collector.database(), "SELECT COUNT(*) FROM records"), 0);
    nothing_is_known_of(&collector);
    // Twelve grants and twelve withdrawals.
    assert_eq!(database::count(&collector.database(), "SELECT COUNT(*) FROM settled"), 24);
}

#[test]
fn an_agent_that_runs_removes_what_waits_and_the_command_says_how_much() {
    let place = Place::new();
    let mut collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    collector.kill();
    let mut running = sense(&agent, &recording(&place));
    wait_until_told(&mut running, 8, 0);
    let said = says(&agent, &["consent", "withdraw", "--modality", "all"]);
    assert!(removed(&said) >= 8 && !said.contains("ended"), "{said}");
    let kept = told(&running).len();
    wait_until_told(&mut running, 8, kept);
    assert!(told(&running)[kept..].iter().all(|coverage| *coverage == 0.0));
    collector.restart();
    wait::until("everything to be sent", || (status(&agent)["waiting"].as_u64()? < 8).then_some(()));
    running.signal("TERM");
    nothing_is_known_of(&collector);
}

#[test]
fn a_full_disk_does_not_keep_anybody_from_stopping() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let Some(disk) = Mount::small("a full disk does not keep anybody from stopping", &place.join("device"), 24) else {
        return;
    };
    let agent = Agent::enrol(&place, "device", &collector, "person");
    let recording = recording(&place);
    let mut running = sense(&agent, &recording);
    wait_until_told(&mut running, 4, 0);
    let filling = disk.fill();
    // It may end by itself: it can keep nothing any more.
    let said = says(&agent, &["pause"]);
    assert!(said.starts_with("paused") && !said.contains("restarted"), "{said}");
    let said = says(&agent, &["consent", "withdraw", "--modality", "heart"]);
    assert!(said.lines().any(|line| line.starts_with("heart") && !line.contains(": granted")), "{said}");
    assert!(says(&agent, &["status"]).contains("sensing is paused"));
    running.kill();
    std::fs::remove_file(filling).expect("it can be removed");
    assert!(says(&agent, &["status"]).contains("sensing is paused"));

    let mut again = sense(&agent, &recording);
    nothing_more_is_sensed_kept_or_sent(&agent, &mut again);
    says(&agent, &["resume"]);
    wait_until_sensed(&again);
    again.signal("TERM");
    let said = says(&agent, &["consent", "list"]);
    assert!(said.lines().any(|line| line.starts_with("heart") && !line.contains(": granted")), "{said}");
    assert!(said.lines().any(|line| line.starts_with("motion") && line.contains(": granted")), "{said}");
}

#[test]
fn a_folder_that_cannot_be_written_does_not_keep_anybody_from_stopping() {
    let test = "a folder that cannot be written does not keep anybody from stopping";
    let place = Place::new();
    let collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    let recording = recording(&place);
    let mut running = sense(&agent, &recording);
    wait_until_told(&mut running, 4, 0);
    // Nor can it be closed to others then.
    std::fs::set_permissions(agent.state(), Permissions::from_mode(0o755)).expect("it is the test's own");
    let Some(read_only) = Mount::read_only(test, agent.state()) else { return };
    let said = says(&agent, &["pause"]);
    assert!(said.starts_with("paused") && said.contains("until the machine is restarted"), "{said}");
    let said = says(&agent, &["consent", "withdraw", "--modality", "heart"]);
    assert!(said.lines().any(|line| line.starts_with("heart") && !line.contains(": granted")), "{said}");
    assert!(
        !command(&agent, &["consent", "grant", "--modality", "heart"]).status.success(),
        "a grant needs the folder"
    );
    assert!(says(&agent, &["status"]).contains("sensing is paused"));
    running.kill();
    drop(read_only);
    assert!(says(&agent, &["status"]).contains("sensing is paused"));

    let mut again = sense(&agent, &recording);
    nothing_more_is_sensed_kept_or_sent(&agent, &mut again);
    again.signal("TERM");
    // The agent could write: what was decided now stands where it belongs.
    assert!(agent.state().join("paused").exists());
    let book = std::fs::read_to_string(agent.state().join("consent.toml")).expect("the book is there");
    assert_eq!(book.matches("granted = false").count(), 2, "{book}");
    says(&agent, &["resume"]);
    assert!(!says(&agent, &["status"]).contains("sensing is paused"));
}

#[test]
fn where_nothing_at_all_can_be_written_a_stop_ends_the_agent_and_says_so() {
    let test = "where nothing at all can be written a stop ends the agent and says so";
    let place = Place::new();
    let collector = Collector::start(&place);
    let recording = recording(&place);
    let stops: [(&str, &[&str]); 2] =
        [("paused", &["pause"]), ("withdrawn", &["consent", "withdraw", "--modality", "heart"])];
    for (name, stop) in stops {
        let agent = Agent::enrol(&place, name, &collector, "person");
        let mut running = sense(&agent, &recording);
        wait_until_told(&mut running, 4, 0);
        // Else it might end by itself: it can keep nothing any more.
        running.suspend();
        let Some(_unwritable) = unwritable(test, agent.state()) else { return };
        let said = says(&agent, stop);
        let ended = format!("the agent (process {}) was ended", running.id());
        assert!(said.contains(&ended) && said.contains("until it is started again"), "{said}");
        assert!(!running.wait().success());
        assert!(!command(&agent, stop).status.success(), "where no agent runs, nothing would be in force");
    }
}

/// Lets nobody write to a state folder, nor orders for it in memory of the machine.
fn unwritable(test: &str, state: &Path) -> Option<Vec<Mount>> {
    let there = std::fs::metadata(state).expect("the state folder is there");
    let born = there.created().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let born = born.map_or(0, |since| since.as_nanos());
    let name = format!("{:x}-{:x}-{born:x}.orders", there.dev(), there.ino());
    let mut mounts = vec![Mount::read_only(test, state)?];
    let user = there.uid();
    for memory in [format!("/run/user/{user}"), "/dev/shm".into(), "/tmp".into()].map(PathBuf::from) {
        if memory.is_dir() {
            let folder = memory.join(format!("attune-agent-{user}"));
            std::fs::create_dir_all(&folder).expect("the folder is the test's user's own");
            let orders = folder.join(&name);
            std::fs::write(&orders, "").expect("a file of the test's own");
            mounts.push(Mount::read_only(test, &orders)?);
        }
    }
    Some(mounts)
}
