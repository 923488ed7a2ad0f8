//! One enrolled device that sends without end is late with its own, and with nobody else's.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use attune_protocol::batch::Item;
use attune_protocol::consent::{Consent, Purpose};
use attune_protocol::ids::Seq;
use attune_protocol::registry::Modality;
use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::wire::{Device, motion_item};

const CHANGES: u32 = 80_000;
/// Of each batch of changes.
const TOGETHER: u32 = 4000;
/// Batches of the loud device that may be taken in while a batch of the quiet one waits: two groups of a full line each.
const AT_MOST: u64 = 64;

#[test]
fn eighty_thousand_changes_of_consent_and_fifty_batches_a_second_hold_nobody_else_up() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let mut quiet = Device::enrolled(&collector, "alice");
    let mut loud = Device::enrolled(&collector, "mallory");
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let flood = std::thread::spawn(move || {
        let mut changes = (1..CHANGES).collect::<Vec<_>>();
        let mut seq = u64::from(CHANGES);
        while !stopped.load(Ordering::Relaxed) {
            let rest = changes.split_off(changes.len().min(TOGETHER as usize));
            let items: Vec<Item> = std::mem::replace(&mut changes, rest).into_iter().map(change).collect();
            let batch = loud.batch(if items.is_empty() { vec![motion_item(seq)] } else { items });
            seq += 1;
            loud.publish(&attune_protocol::topics::batches_of(loud.id), batch);
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    attune_tests::wait::until("the flood to have come", || (collector.counted("batches") > 25).then_some(()));
    for seq in 1..=5 {
        let before = collector.counted("batches");
        quiet.send(vec![motion_item(seq)]);
        assert_eq!(quiet.acknowledged(), [(Seq(seq), Seq(seq))]);
        let meanwhile = collector.counted("batches") - before;
        assert!(meanwhile <= AT_MOST, "{meanwhile} batches of another device came first");
    }
    stop.store(true, Ordering::Relaxed);
    flood.join().expect("ends");
    assert_eq!(attune_tests::api::get(collector.api(), "/health").0, 200);
}

/// One of the changes of somebody who cannot decide.
fn change(version: u32) -> Item {
    let granted = version.is_multiple_of(2);
    let consent = Consent {
        modality: Modality::Heart,
        purpose: Purpose::Wellbeing,
        granted,
        version: version + 1,
        at_millis: 1_767_603_600_000,
        text: None,
    };
    Item { seq: Seq(version.into()), bytes: consent.encode() }
}
