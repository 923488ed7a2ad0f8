//! Consent that is withdrawn in the browser: it holds here at once, and on the device within one window.

use std::time::{Duration, Instant};

use attune_protocol::ack::Answer;
use attune_protocol::batch::Item;
use attune_protocol::consent::{Consent, Purpose};
use attune_protocol::ids::Seq;
use attune_protocol::registry::Modality;
use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::database::{Database, count};
use attune_tests::left_out::tool_for;
use attune_tests::mosquitto::Mosquitto;
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

fn withdraw(visitor: &mut Visitor, modality: &str) {
    let shown = visitor.open("/me/consent");
    let csrf = shown.hidden("csrf").expect("something is agreed to");
    let done = visitor.send("/me/consent", &[("csrf", &csrf), ("modality", modality)]);
    assert_eq!(done.location, "/me/consent", "{}", done.text);
}

/// Records with something in them: one that says that there is no consent is refused.
fn stored(collector: &Collector, modality: Modality) -> i64 {
    match modality {
        Modality::Motion => count(&collector.database(), "SELECT COUNT(*) FROM records WHERE modality = 2"),
        _ => count(&collector.database(), "SELECT COUNT(*) FROM records WHERE modality = 3"),
    }
}

#[test]
fn what_is_withdrawn_in_the_browser_is_sensed_no_more_within_one_window_and_by_a_device_that_was_away_when_it_is_back()
{
    let place = Place::new();
    let collector = Collector::start_under(&place, "research");
    let recording = recordings::only(place.path(), &[Modality::Motion, Modality::Heart]);
    let agent = Agent::enrol(&place, "device", &collector, "alice");
    let mut alice = signed_in(&collector, "alice");
    let play = |start: &str| {
        let looped = ["--speed", "10", "--loop", "heart", "--loop", "motion", "--duration", "6000", "--start", start];
        agent.run(&recording, &looped)
    };
    let mut running = play("2026-01-05T09:00:00Z");
    wait::until("some to be stored", || (stored(&collector, Modality::Heart) > 3).then_some(()));
    withdraw(&mut alice, "heart");
    let asked = Instant::now();
    let at_once = stored(&collector, Modality::Heart);
    wait::until("the device to confirm", || {
        alice.open("/me/consent").text.contains("confirmed by the device").then_some(())
    });
    assert!(asked.elapsed() < WINDOW, "{:?}", asked.elapsed());
    let motion = stored(&collector, Modality::Motion);
    wait::until("motion to go on", || (stored(&collector, Modality::Motion) > motion + 5).then_some(()));
    assert_eq!(stored(&collector, Modality::Heart), at_once, "nothing since it was asked");
    let list = process::output(agent.command().args(["consent", "list"]));
    assert!(list.contains("wellbeing was withdrawn in the browser"), "{list}");
    assert!(running.signal("TERM").success(), "{}", running.log());

    // Given anew on the device; and while that is away, the other is withdrawn.
    agent.consent("grant", "heart");
    withdraw(&mut alice, "motion");
    assert!(alice.open("/me/consent").text.contains("waiting for the device"));
    let motion = stored(&collector, Modality::Motion);
    let mut running = play("2026-01-06T09:00:00Z");
    wait::until("heart to be stored again", || (stored(&collector, Modality::Heart) > at_once + 3).then_some(()));
    let is_confirmed = |text: &str| !text.contains("waiting for the device");
    wait::until("it to confirm", || is_confirmed(&alice.open("/me/consent").text).then_some(()));
    assert_eq!(stored(&collector, Modality::Motion), motion);
    assert!(running.signal("TERM").success(), "{}", running.log());
}

#[test]
fn who_has_all_erased_in_the_browser_is_sensed_no_more() {
    let place = Place::new();
    let collector = Collector::start_under(&place, "research");
    let recording = recordings::only(place.path(), &[Modality::Heart]);
    let agent = Agent::enrol(&place, "device", &collector, "alice");
    let mut alice = signed_in(&collector, "alice");
    let looped = ["--speed", "10", "--loop", "heart", "--duration", "6000", "--start", "2026-01-05T09:00:00Z"];
    let mut running = agent.run(&recording, &looped);
    wait::until("some to be stored", || (stored(&collector, Modality::Heart) > 3).then_some(()));
    let before = process::output(agent.command().args(["consent", "list"]));
    let refused = alice.fill("/me/erase", "/me/erase", &[("word", "erase"), ("password", "another one")]);
    assert!(refused.status == 400 && refused.text.contains("not your password"), "{}", refused.text);
    let erased = alice.fill("/me/erase", "/me/erase", &[("word", "erase"), ("password", PASSWORD)]);
    assert!(erased.location.starts_with("/receipts/"), "{}", erased.text);
    wait::until("the device to end what was agreed to", || {
        let now = process::output(agent.command().args(["consent", "list"]));
        (now.matches("not granted").count() > before.matches("not granted").count()).then_some(())
    });
    assert_eq!(stored(&collector, Modality::Heart), 0);
    assert!(running.signal("TERM").success(), "{}", running.log());
}

/// What a device gets stored, whatever it says, before and after it has confirmed.
fn of_a_lying_device(collector: &Collector, database: &Database) {
    let mut device = Device::enrolled(collector, "alice");
    let mut alice = signed_in(collector, "alice");
    let answer = |device: &mut Device, items: Vec<Item>| -> Vec<Answer> {
        device.send(items);
        device.acknowledgement().settled.iter().map(|run| run.answer).collect()
    };
    assert_eq!(answer(&mut device, vec![motion_item(1)]), [Answer::Stored]);
    withdraw(&mut alice, "motion");
    let said = device.withdrawals();
    assert_eq!(said.asked.len(), 2, "of both purposes");
    assert_eq!(answer(&mut device, vec![motion_item(2)]), [Answer::Withdrawn], "it goes on as if nothing were");
    let change = |version, granted, at_millis| {
        let consent = Consent {
            modality: Modality::Motion,
            purpose: Purpose::Wellbeing,
            granted,
            version,
            at_millis,
            text: None,
        };
        Item { seq: Seq(100 + u64::from(version)), bytes: consent.encode() }
    };
    let far = 4_000_000_000_000;
    let answers = answer(&mut device, vec![motion_item(3), change(2, true, far)]);
    assert_eq!(answers, [Answer::Withdrawn, Answer::Stored], "a grant that is dated ahead undoes nothing");
    let asked = said.asked.iter().find(|one| one.purpose == Purpose::Wellbeing).expect("it is asked");
    assert_eq!(device.withdrawals(), said, "told until it is confirmed");
    let _ = answer(&mut device, vec![change(3, false, asked.at_millis)]);
    assert_eq!(answer(&mut device, vec![motion_item(4)]), [Answer::Withdrawn]);
    let page = alice.open("/me/consent").text;
    assert!(page.contains("confirmed by the device"), "{page}");
    assert!(
        page.contains("version 1") && page.contains("not recorded"),
        "shown in the browser; its agent says nothing: {page}"
    );
    let (_, consents) = alice
        .open("/api/v1/me/consents")
        .text
        .split_once("text_version")
        .map(|(a, b)| (a.len(), b.to_owned()))
        .expect("named");
    assert!(consents.contains("\"text_version\":1"), "{consents}");
    assert_eq!(database.count("SELECT COUNT(*) FROM records"), 1);
}

#[test]
fn what_a_device_sends_of_what_was_withdrawn_in_the_browser_is_refused_at_once_on_sqlite() {
    let place = Place::new();
    let (collector, database) = Database::sqlite(&place);
    of_a_lying_device(&collector, &database);
}

#[test]
fn what_a_device_sends_of_what_was_withdrawn_in_the_browser_is_refused_at_once_on_postgres() {
    let place = Place::new();
    let Some((collector, database)) = Database::postgres(&place, "withdrawing in the browser on Postgres") else {
        return;
    };
    of_a_lying_device(&collector, &database);
}

#[test]
fn what_is_withdrawn_in_the_browser_is_told_over_a_broker_of_others_too() {
    let test = "what is withdrawn in the browser is told over a broker of others, too";
    let Some(program) = tool_for(test, "mosquitto") else { return };
    let place = Place::new();
    let mosquitto = Mosquitto::start(&program, &place);
    let collector = Collector::start_on(&place, &mosquitto.url);
    let mut device = Device::enrolled(&collector, "alice");
    let mut alice = signed_in(&collector, "alice");
    withdraw(&mut alice, "motion");
    let said = device.withdrawals();
    device.reconnect(&collector);
    assert_eq!(device.withdrawals(), said, "also to a device that has come back");
}
