//! What a person chooses in the browser: it holds at ingest at once, and on the device within one window.

use std::time::{Duration, Instant};

use attune_protocol::ack::Answer;
use attune_protocol::batch::Item;
use attune_protocol::registry::Modality;
use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::database::{Database, count};
use attune_tests::place::Place;
use attune_tests::visitor::{Visitor, join};
use attune_tests::wire::{Device, motion_item};
use attune_tests::{process, recordings, wait};

const PASSWORD: &str = "correct horse battery";
const WINDOW: Duration = Duration::from_secs(10);

fn signed_in(collector: &Collector, name: &str) -> Visitor {
    let link = collector.command(&["account", "create", "--name", name, "--role", "employee"]);
    let mut visitor = Visitor::new(collector.api());
    join(&mut visitor, &link, name, PASSWORD);
    visitor
}

/// Everything is on but what is named.
fn choose(visitor: &mut Visitor, off: &[&str]) {
    let shown = visitor.open("/me/preferences");
    let csrf = shown.hidden("csrf").expect("a form");
    let all = ["face", "voice", "motion", "heart", "store_sessions"].into_iter().filter(|field| !off.contains(field));
    let fields: Vec<(&str, &str)> = all.map(|field| (field, "yes")).chain([("csrf", csrf.as_str())]).collect();
    let done = visitor.send("/me/preferences", &fields);
    assert_eq!(done.location, "/me/preferences", "{}", done.text);
}

fn stored(collector: &Collector, modality: Modality) -> i64 {
    match modality {
        Modality::Motion => count(&collector.database(), "SELECT COUNT(*) FROM records WHERE modality = 2"),
        _ => count(&collector.database(), "SELECT COUNT(*) FROM records WHERE modality = 3"),
    }
}

#[test]
fn what_is_switched_off_in_the_browser_is_sensed_no_more_within_one_window_and_on_again_as_far_as_was_agreed() {
    let place = Place::new();
    let collector = Collector::start_under(&place, "research");
    let recording = recordings::only(place.path(), &[Modality::Motion, Modality::Heart]);
    let agent = Agent::enrol(&place, "device", &collector, "alice");
    let mut alice = signed_in(&collector, "alice");
    let looped = ["--speed", "10", "--loop", "heart", "--loop", "motion", "--duration", "9000"];
    let mut running = agent.run(&recording, &[&looped[..], &["--start", "2026-01-05T09:00:00Z"]].concat());
    wait::until("some to be stored", || (stored(&collector, Modality::Heart) > 3).then_some(()));
    choose(&mut alice, &["heart"]);
    let asked = Instant::now();
    let at_once = stored(&collector, Modality::Heart);
    let status = |agent: &Agent| process::output(agent.command().arg("status"));
    let says = |words: &str| wait::until(words, || status(&agent).contains(words).then_some(()));
    says("switched off in the browser: heart");
    says("(switched_off)");
    assert!(asked.elapsed() < WINDOW, "{:?}", asked.elapsed());
    wait::until("the page to say so", || alice.open("/me/preferences").text.contains("since ").then_some(()));
    let motion = stored(&collector, Modality::Motion);
    wait::until("motion to go on", || (stored(&collector, Modality::Motion) > motion + 5).then_some(()));
    assert_eq!(stored(&collector, Modality::Heart), at_once, "nothing since it was asked");

    choose(&mut alice, &["store_sessions"]);
    says("nothing that is sensed is sent or kept at the collector");
    let all = stored(&collector, Modality::Motion) + at_once;
    assert!(running.signal("TERM").success(), "{}", running.log());

    // It holds over starts, also where the collector cannot be asked.
    let mut running = agent.run(&recording, &[&looped[..], &["--start", "2026-01-06T09:00:00Z"]].concat());
    says("windows");
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(stored(&collector, Modality::Motion) + stored(&collector, Modality::Heart), all);

    // On again; but what was withdrawn on the device stays so.
    agent.consent("withdraw", "motion");
    choose(&mut alice, &[]);
    wait::until("heart to be stored again", || (stored(&collector, Modality::Heart) > at_once + 3).then_some(()));
    assert_eq!(stored(&collector, Modality::Motion) + at_once, all, "preferences give no consent");
    assert!(running.signal("TERM").success(), "{}", running.log());
    let own = alice.open("/api/v1/me/preferences").text;
    assert!(own.contains("\"store_sessions\":true") && own.contains("\"follows_since\":\"20"), "{own}");
}

/// What a device gets stored, whatever it says.
fn of_a_device_that_goes_on(collector: &Collector, database: &Database) {
    let mut device = Device::enrolled(collector, "alice");
    let mut alice = signed_in(collector, "alice");
    let answer = |device: &mut Device, items: Vec<Item>| -> Vec<Answer> {
        device.send(items);
        device.acknowledgement().settled.iter().map(|run| run.answer).collect()
    };
    assert_eq!(answer(&mut device, vec![motion_item(1)]), [Answer::Stored]);
    choose(&mut alice, &["motion"]);
    let said = device.wishes();
    assert_eq!((said.keep, said.off.clone()), (true, vec![Modality::Motion]));
    assert_eq!(answer(&mut device, vec![motion_item(2)]), [Answer::SwitchedOff], "it goes on as if nothing were");
    assert_eq!(device.wishes(), said, "told until it follows");
    assert!(alice.open("/me/preferences").text.contains("One device has not said yet"));
    device.follow(said.number);
    wait::until("the page to say that it follows", || {
        alice.open("/me/preferences").text.contains("since ").then_some(())
    });
    choose(&mut alice, &["store_sessions"]);
    assert_eq!(answer(&mut device, vec![motion_item(3)]), [Answer::NotKept]);
    choose(&mut alice, &[]);
    assert_eq!(answer(&mut device, vec![motion_item(4)]), [Answer::Stored]);
    assert_eq!(database.count("SELECT COUNT(*) FROM records"), 2);
    // Numbers are told to who has signed in.
    let health: serde_json::Value = serde_json::from_str(&alice.open("/api/v1/health").text).expect("JSON");
    let counted = ["refused_switched_off", "refused_not_kept"].map(|counter| health["ingest"][counter].as_u64());
    assert_eq!(counted, [Some(1), Some(1)]);
}

#[test]
fn what_a_device_sends_of_what_is_switched_off_is_refused_at_once_on_sqlite() {
    let place = Place::new();
    let (collector, database) = Database::sqlite(&place);
    of_a_device_that_goes_on(&collector, &database);
}

#[test]
fn what_a_device_sends_of_what_is_switched_off_is_refused_at_once_on_postgres() {
    let place = Place::new();
    let Some((collector, database)) = Database::postgres(&place, "switching off in the browser on Postgres") else {
        return;
    };
    of_a_device_that_goes_on(&collector, &database);
}
