//! Consent over the real programs: a withdrawal stands, whatever happens beside it and to its file.

use std::path::PathBuf;
use std::time::Duration;

use attune_protocol::registry::Modality;
use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::process::{self, Process};
use attune_tests::{database, models, recordings, wait};

const PAIRS: usize = 60;
/// Windows of the shipped recording.
const WINDOWS: i64 = 12;

fn heart(place: &Place) -> PathBuf {
    recordings::only(place.path(), &[Modality::Heart])
}

fn stored(collector: &Collector) -> i64 {
    database::count(&collector.database(), "SELECT COUNT(*) FROM records")
}

#[test]
fn of_two_withdrawals_at_once_both_stand() {
    let place = Place::new();
    let agent = Agent::new(&place, "device", &models::shipped(), "research");
    for pair in 0..PAIRS {
        agent.consent("grant", "all");
        let both = ["heart", "motion"].map(|modality| {
            let mut command = agent.command();
            command.args(["consent", "withdraw", "--modality", modality]);
            Process::start(&mut command, &place.join("withdraw.log"))
        });
        both.into_iter().for_each(|mut one| one.succeed());
        let list = process::output(agent.command().args(["consent", "list"]));
        for modality in ["heart", "motion"] {
            let line = list.lines().find(|line| line.starts_with(modality)).expect("all are listed");
            assert_eq!(line.matches("not granted").count(), 2, "pair {pair}: {list}");
        }
    }
}

#[test]
fn a_file_of_consent_that_was_lost_or_put_back_from_a_copy_neither_loses_records_nor_undoes_a_withdrawal() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let recording = heart(&place);
    let agent = Agent::enrol(&place, "device", &collector, "alice");
    let file = agent.state().join("consent.toml");
    agent.send_all(&recording, "2026-01-05T09:00:00Z", &[]);
    assert_eq!(stored(&collector), WINDOWS);

    // Lost: everything in it is numbered anew.
    std::fs::remove_file(&file).expect("it was there");
    agent.consent("grant", "heart");
    agent.send_all(&recording, "2026-01-05T12:00:00Z", &[]);
    assert_eq!(stored(&collector), 2 * WINDOWS);

    // Lost, and what is withdrawn is numbered below what was told: it waits, and is removed all the same.
    let older = std::fs::read(&file).expect("it is there");
    agent.keep_offline(&recording, &["--speed", "max", "--start", "2026-01-05T15:00:00Z"], WINDOWS as usize);
    std::fs::remove_file(&file).expect("it was there");
    agent.consent("grant", "heart");
    agent.consent("withdraw", "heart");
    agent.send_all(&recording, "2026-01-05T15:00:00Z", &[]);
    assert_eq!(stored(&collector), 2 * WINDOWS);
    let told = database::count(&collector.database(), "SELECT COUNT(*) FROM consent_log");

    // A copy of before the withdrawal is put back: it is no new consent.
    std::fs::write(&file, &older).expect("our own file");
    agent.send_all(&recording, "2026-01-05T18:00:00Z", &[]);
    assert_eq!(stored(&collector), 2 * WINDOWS);
    let list = process::output(agent.command().args(["consent", "list"]));
    assert!(!list.lines().any(|line| line.starts_with("heart") && line.ends_with("wellbeing: granted     ")), "{list}");
    assert_eq!(database::count(&collector.database(), "SELECT COUNT(*) FROM consent_log"), told);

    // Written twice over: its sum tells, and as files of earlier versions, which have none, it is read.
    agent.consent("grant", "heart");
    let text = std::fs::read_to_string(&file).expect("it is there");
    let changes = text.split_once("[[change]]").expect("changes").1;
    let twice = format!("{text}\n[[change]]{changes}");
    std::fs::write(&file, &twice).expect("our own file");
    let status = process::output(agent.command().arg("status"));
    assert!(status.contains("what you decided does not read, so nothing is sensed and nothing sent"), "{status}");
    let without_sum: String =
        twice.lines().filter(|line| !line.starts_with("# sum ")).map(|l| format!("{l}\n")).collect();
    std::fs::write(&file, without_sum).expect("our own file");
    agent.send_all(&recording, "2026-01-05T21:00:00Z", &[]);
    assert_eq!(stored(&collector), 3 * WINDOWS);
}

#[test]
fn what_was_sensed_before_a_withdrawal_is_not_stored_though_consent_is_given_again_54_milliseconds_later() {
    let place = Place::new();
    let mut collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "alice");
    collector.process().suspend();
    let arguments = ["--speed", "40", "--loop", "heart", "--duration", "1200", "--until-sent"];
    let mut running = agent.run(&heart(&place), &[&arguments[..], &["--start", "2026-01-05T09:00:00Z"]].concat());
    wait::until("some to be durable", || (agent.journal().len() >= 12 + 20).then_some(()));
    agent.consent("withdraw", "heart");
    std::thread::sleep(Duration::from_millis(54));
    let before = agent.journal();
    agent.consent("grant", "heart");
    wait::until("more to be durable", || (agent.journal().len() >= before.len() + 20).then_some(()));
    collector.process().resume();
    running.succeed();
    let stored = database::keys_of_records(&collector.database());
    assert!(stored.len() > 10, "sensing went on");
    let undone: Vec<_> = before.iter().filter(|key| stored.contains(key)).collect();
    assert!(undone.is_empty(), "stored though consent to them had ended: {undone:?}");
}
