//! A device may speak only for itself.

use attune_protocol::ids::{DeviceId, Seq};
use attune_protocol::sign::{KeyPair, SIGNATURE_LEN};
use attune_protocol::topics;
use attune_tests::api;
use attune_tests::collector::Collector;
use attune_tests::database;
use attune_tests::left_out::tool_for;
use attune_tests::mosquitto::Mosquitto;
use attune_tests::place::Place;
use attune_tests::stranger::Stranger;
use attune_tests::wire::{Device, motion_item};
use attune_tests::{trial, wait};

/// On a broker that lets everybody in, the collector alone holds it.
#[test]
fn forged_foreign_unknown_and_unreadable_messages_store_nothing_and_are_counted() {
    let test = "forged, foreign, unknown and unreadable messages store nothing and are counted";
    let Some(program) = tool_for(test, "mosquitto") else { return };
    let place = Place::new();
    let mosquitto = Mosquitto::start(&program, &place);
    let collector = Collector::start_on(&place, &mosquitto.url);
    let mut alice = Device::enrolled(&collector, "alice");
    let mut mallory = Device::enrolled(&collector, "mallory");
    let mut stranger = Device::connect(&collector);
    let records = || database::count(&collector.database(), "SELECT COUNT(*) FROM records");

    // One connection speaks for one device; so who speaks as another does it on one of their own.
    let mut impostor = Device::connect_as(&collector, alice.id);
    let forged = impostor.batch(vec![motion_item(1)]);
    impostor.publish(&topics::batches_of(alice.id), forged);
    counted(&collector, "forged", 1);

    let foreign = mallory.batch(vec![motion_item(1)]);
    impostor.publish(&topics::batches_of(alice.id), foreign);
    counted(&collector, "foreign", 1);

    let unknown = stranger.batch(vec![motion_item(1)]);
    stranger.publish(&topics::batches_of(stranger.id), unknown);
    counted(&collector, "unknown_devices", 1);

    mallory.publish(&topics::batches_of(mallory.id), b"no envelope at all".to_vec());
    counted(&collector, "unreadable", 1);
    assert_eq!(records(), 0);

    let genuine = alice.batch(vec![motion_item(1), motion_item(2)]);
    alice.publish(&topics::batches_of(alice.id), genuine.clone());
    assert_eq!(alice.acknowledged(), [(Seq(1), Seq(2))]);
    impostor.publish(&topics::batches_of(alice.id), genuine);
    counted(&collector, "duplicates", 2);
    assert_eq!(records(), 2, "what is replayed is stored once");
}

/// Ten times as many with `ATTUNE_TRIALS=10`.
const ENVELOPES: usize = 1000;

#[test]
fn of_envelopes_that_are_forged_cut_flipped_shown_again_or_made_up_none_is_stored_and_an_honest_device_is_heard() {
    let test = "envelopes that are forged, cut, flipped, shown again or made up";
    let Some(program) = tool_for(test, "mosquitto") else { return };
    let mut random = trial::random(test);
    let place = Place::new();
    let mosquitto = Mosquitto::start(&program, &place);
    let collector = Collector::start_on(&place, &mosquitto.url);
    let mut alice = Device::enrolled(&collector, "alice");
    let genuine = alice.batch((1..20).map(motion_item).collect());
    alice.publish(&topics::batches_of(alice.id), genuine.clone());
    assert_eq!(alice.acknowledged(), [(Seq(1), Seq(19))]);
    let stranger = Stranger::on(&mosquitto.url);
    let mallory = KeyPair::generate();
    for number in 0..ENVELOPES * trial::times() {
        let mut bytes = genuine.clone();
        let device = if random.bool() { alice.id } else { DeviceId::random() };
        match number % 6 {
            0 => bytes.truncate(random.usize(0..bytes.len())),
            1 => bytes[random.usize(0..genuine.len())] ^= 1 << random.u8(0..8),
            2 => bytes = (0..random.usize(0..2000)).map(|_| random.u8(..)).collect(),
            3 => bytes = mallory.sign(bytes[..bytes.len() - SIGNATURE_LEN].to_vec()),
            // A header that holds, and anything behind it.
            4 => bytes.splice(4.., (0..random.usize(0..500)).map(|_| random.u8(..))).for_each(drop),
            _ => {}
        }
        let topic = if random.u8(0..10) == 0 { topics::enrolment_of(device) } else { topics::batches_of(device) };
        stranger.publish(&topic, bytes);
        // What comes too fast is let go before anybody has read it, which is not what is tried here.
        if number % 8 == 7 {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
    wait::until("what waits to be looked at", || {
        // Her own line may be full of what others sent under her name: a device sends again.
        alice.send((20..30).map(motion_item).collect());
        (database::count(&collector.database(), "SELECT COUNT(*) FROM records") == 29).then_some(())
    });
    assert_eq!(database::count(&collector.database(), "SELECT COUNT(*) FROM records"), 29, "what she sent, once");
    let of = |counter: &str| collector.counted(counter);
    for counter in ["forged", "unreadable", "unknown_devices", "duplicates"] {
        assert!(of(counter) > 0, "{counter}");
    }
    assert_eq!(of("failed_commits"), 0);
    assert!(collector.command(&["check"]).contains("the log of consents is whole"));
}

#[test]
fn at_the_gate_nobody_comes_in_as_another_device_and_who_is_not_known_is_counted() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let mut alice = Device::enrolled(&collector, "alice");
    let refused = |reason: &str| api::ok(collector.api(), "/api/v1/health")["gate"]["refused"][reason].as_u64();
    assert_eq!(refused("login"), Some(0));
    assert!(Device::connect_as(&collector, alice.id).is_refused(), "her id, and no password of hers");
    assert!(refused("login") >= Some(1));
    let mut stranger = Device::connect(&collector);
    let unknown = stranger.batch(vec![motion_item(1)]);
    stranger.publish(&topics::batches_of(stranger.id), unknown);
    counted(&collector, "unknown_devices", 1);
    let genuine = alice.batch(vec![motion_item(1), motion_item(2)]);
    alice.publish(&topics::batches_of(alice.id), genuine.clone());
    assert_eq!(alice.acknowledged(), [(Seq(1), Seq(2))]);
    alice.publish(&topics::batches_of(alice.id), genuine);
    counted(&collector, "duplicates", 2);
    assert_eq!(database::count(&collector.database(), "SELECT COUNT(*) FROM records"), 2);
}

#[test]
fn a_code_enrols_one_device_and_a_wrong_code_none() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let code = collector.code("alice");
    let enrol = |code: &str| Device::connect(&collector).ask_to_enrol(code);
    assert!(enrol(&code));
    assert!(!enrol(&code), "a code is for one device");
    assert!(!enrol("AAAA-AAAA-AAAA-AAAA"), "nobody gave this code out");
}

fn counted(collector: &Collector, counter: &str, expected: u64) {
    wait::until(&format!("{counter} to be {expected}"), || {
        let health = api::ok(collector.api(), "/api/v1/health");
        (health["ingest"][counter].as_u64() == Some(expected)).then_some(())
    });
}
