//! Which recordings are played again, and what of them.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::Command;

use attune_protocol::registry::Modality;
use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::process::Process;
use attune_tests::{database, models, play, recordings, wait};

fn heart(place: &Place) -> std::path::PathBuf {
    recordings::only(place.path(), &[Modality::Heart])
}

fn records(collector: &Collector) -> i64 {
    database::count(&collector.database(), "SELECT COUNT(*) FROM records")
}

/// Waits until a run says, as the nth one, that nothing more is to be played.
fn wait_for_end(running: &mut Process, nth: usize) {
    wait::until("the recording to end", || {
        assert!(running.is_running(), "the agent ended:\n{}", running.log());
        (running.log().matches("all recordings have ended").count() >= nth).then_some(())
    });
}

#[test]
fn a_recording_that_ended_is_played_again_by_the_next_run_however_the_idle_agent_was_ended() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "alice");
    let recording = heart(&place);
    let mut running = agent.run(&recording, &["--speed", "max"]);
    wait_for_end(&mut running, 1);
    wait::until("the place to be written", || (agent.journal().len() > 9).then_some(()));
    // Commands that stand behind the end in line are answered only once that is durable.
    for command in ["pause", "resume"] {
        assert!(agent.command().arg(command).status().expect("the program starts").success());
    }
    let once = agent.journal().len();
    running.kill();
    let mut running = agent.run(&recording, &["--speed", "max"]);
    wait_for_end(&mut running, 2);
    wait::until("it to be played again", || (agent.journal().len() > once + 9).then_some(()));
    assert!(running.signal("TERM").success());
}

#[test]
fn another_file_in_the_place_of_a_recording_is_played_from_its_beginning() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "alice");
    let file = place.join("heart.csv");
    let beats = |count: usize, rr: usize| {
        let rows: String = (1..=count).map(|beat| format!("{},{rr}\n", beat * rr)).collect();
        std::fs::write(&file, format!("time_ms,rr_ms\n{rows}")).expect("the test's folder can be written");
    };
    let play = || {
        let mut command = agent.command();
        command.args(["run", "--heart"]).arg(&file);
        command.args(["--start", play::START, "--speed", "max", "--until-sent"]);
        Process::start(&mut command, &place.join("play.log")).succeed();
    };
    beats(120, 800);
    play();
    let first = records(&collector);
    assert!(first > 5, "{first}");
    play();
    assert_eq!(records(&collector), first, "the same again is gone on with, and nothing is left of it");
    beats(120, 900);
    play();
    assert!(records(&collector) > 2 * first, "the other one is longer, and its first minute is there");
}

#[test]
fn what_was_played_without_consent_is_played_once_there_is_some() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let agent = Agent::new(&place, "device", &models::shipped(), "research");
    agent.take_code(&collector, "alice", &[]);
    let recording = heart(&place);
    agent.send_all(&recording, play::START, &[]);
    assert_eq!(records(&collector), 0);
    agent.consent("grant", "heart");
    agent.send_all(&recording, play::START, &[]);
    let stored = records(&collector);
    assert!(stored > 5, "{stored}");
    agent.send_all(&recording, play::START, &[]);
    assert_eq!(records(&collector), stored, "once");
}

#[test]
fn who_reads_the_progress_and_goes_ends_no_sensing() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "alice");
    let pipe = place.join("progress");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("it is installed").success());
    let mut run = agent.command();
    run.arg("run").arg("--recording").arg(heart(&place)).args(["--loop", "heart", "--duration", "3600"]);
    run.args(["--start", play::START, "--speed", "20", "--progress", "json"]);
    let mut piped = Command::new("sh");
    piped.args(["-c", "pipe=$1; shift; exec \"$@\" >\"$pipe\"", "sh"]).arg(&pipe);
    piped.arg(run.get_program()).args(run.get_args());
    let mut running = Process::start(&mut piped, &place.join("run.log"));
    let mut reader = BufReader::new(File::open(&pipe).expect("the agent writes there"));
    let mut line = String::new();
    reader.read_line(&mut line).expect("the agent tells");
    assert!(line.starts_with('{'), "{line}");
    drop(reader);
    let before = records(&collector);
    wait::until("records to be sensed and sent without a reader", || {
        assert!(running.is_running(), "the agent ended:\n{}", running.log());
        (records(&collector) >= before + 20).then_some(())
    });
    assert!(running.signal("TERM").success(), "{}", running.log());
}
