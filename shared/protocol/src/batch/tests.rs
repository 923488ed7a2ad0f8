use super::*;
use crate::ack::{Ack, Answer, Run};
use crate::digest::Digest;
use crate::features::Features;
use crate::policy::Profile;
use crate::record::{Coverage, Record};
use crate::registry::{Category, Modality};
use crate::topics;
use crate::window::Window;

fn example(key: &KeyPair) -> Vec<u8> {
    let items = (3..9).map(|n| Item { seq: Seq(n), bytes: vec![n as u8; 40] }).collect();
    Batch { device: DeviceId([7; 16]), epoch: Epoch(5), enrolment: 1, sent_at_millis: 1_700_000_000_000, items }
        .encode(key)
        .expect("within limits")
}

#[test]
fn a_batch_reads_back_under_the_key_that_signed_it() {
    let key = KeyPair::generate();
    let signed = example(&key);
    assert_eq!(Batch::claimed_device(&signed), Ok(DeviceId([7; 16])));
    let read = Batch::decode(&signed, &key.public()).expect("reads");
    assert_eq!(read.items.len(), 6);
    assert_eq!(read.items[0].seq, Seq(3));
}

#[test]
fn a_batch_tells_what_it_takes_before_it_is_inflated_and_never_more_than_it_may() {
    let key = KeyPair::generate();
    let of = |items: Vec<Item>| {
        let batch = Batch { device: DeviceId([7; 16]), epoch: Epoch(5), enrolment: 1, sent_at_millis: 0, items };
        Batch::claimed_inflated(&batch.encode(&key).expect("within limits")).expect("a batch")
    };
    let (none, large) = (of(Vec::new()), of(vec![Item { seq: Seq(3), bytes: vec![0; 10_000] }]));
    assert!(none < 10 && (10_000..10_100).contains(&large), "{none}, {large}");
    let body = Body {
        device: DeviceId([7; 16]),
        epoch: Epoch(5),
        enrolment: 1,
        sent_at_millis: 0,
        groups: Deflated { inflated_len: u32::MAX, bytes: Vec::new() },
        low: Deflated { inflated_len: u32::MAX, bytes: Vec::new() },
    };
    let lies = key.sign(envelope::encode(Kind::Batch, &body));
    assert_eq!(Batch::claimed_inflated(&lies), Ok(2 * MAX_INFLATED));
    assert!(Batch::claimed_inflated(b"no batch").is_err());
}

#[test]
fn a_batch_of_another_key_or_with_one_bit_changed_is_refused() {
    let key = KeyPair::generate();
    let signed = example(&key);
    assert_eq!(Batch::decode(&signed, &KeyPair::generate().public()), Err(ProtocolError::Signature));
    for index in 0..signed.len() {
        let mut changed = signed.clone();
        changed[index] ^= 1;
        assert!(Batch::decode(&changed, &key.public()).is_err(), "byte {index}");
    }
}

#[test]
fn a_decompression_bomb_is_refused_by_its_stated_length_and_by_its_real_one() {
    let key = KeyPair::generate();
    let honest = Deflated::new(&vec![0; MAX_INFLATED]).expect("just within the limit");
    for inflated_len in [u32::try_from(MAX_INFLATED).expect("small") + 1, 100] {
        let body = Body {
            device: DeviceId([0; 16]),
            epoch: Epoch(0),
            enrolment: 1,
            sent_at_millis: 0,
            groups: Deflated { inflated_len, bytes: honest.bytes.clone() },
            low: Deflated::new(&[]).expect("empty"),
        };
        let error = Batch::decode(&key.sign(envelope::encode(Kind::Batch, &body)), &key.public()).expect_err("refused");
        assert!(matches!(error, ProtocolError::TooLarge { .. } | ProtocolError::Rule { .. }), "{error}");
    }
}

/// DESIGN's promise of 80 KB an hour, with every feature of every modality, values that jump by 3 % of their range, and a
/// person who speaks in every other window. Counts the batches, as sent every five minutes, with their MQTT and TCP/IP
/// headers and the acknowledgements.
#[test]
fn an_hour_of_all_modalities_takes_at_most_80_kilobytes_on_the_wire() {
    let key = KeyPair::generate();
    let mut state = 1_u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(state >> 32).expect("32 bits")) / f64::from(u32::MAX) - 0.5
    };
    let mut seq = 0;
    let mut total = 0;
    for batch in 0..12_u32 {
        let mut items = Vec::new();
        for window in batch * 30..batch * 30 + 30 {
            for modality in Modality::SENSED {
                let mut features = Features::new(modality);
                let silent = modality == Modality::Voice && window % 2 == 0;
                for spec in modality.features().iter().filter(|spec| !silent || spec.category == Category::Technical) {
                    let raw = 30_000.0 + 65_535.0 * 0.03 * 3.46 * noise();
                    features.set(spec.ordinal, spec.from_wire(raw as u16));
                }
                let coverage = Coverage { expected: 1000, received: 990, last_60_s: 1.0, last_300_s: 1.0, gap: None };
                let record = Record::new(Window(170_000_000 + window), 0.9, coverage, features);
                items.push(Item { seq: Seq(seq), bytes: record.encode() });
                seq += 1;
            }
        }
        let device = DeviceId([7; 16]);
        let sent = Batch { device, epoch: Epoch(5), enrolment: 1, sent_at_millis: 1_700_000_000_000, items };
        let settled = Run::of([(Seq(seq), Answer::Stored, Digest::of_item(Seq(seq), b"item"))]);
        let (at_millis, taken, wants_consent) = (sent.sent_at_millis, Vec::new(), None);
        let ack = Ack { device, epoch: Epoch(5), profile: Profile::Research, at_millis, settled, taken, wants_consent };
        let mqtt = |topic: String| 5 + 2 + topic.len() + 2;
        total += sent.encode(&key).expect("within limits").len() + mqtt(topics::batches_of(device));
        total += ack.encode(&key).len() + mqtt(topics::answers_to(device));
        // Two publishes, two PUBACKs of four bytes, and a segment of 40 bytes for each of the four and their TCP ACKs.
        total += 2 * 4 + 8 * 40;
    }
    println!("an hour takes {total} bytes");
    assert!(total <= 80_000, "{total} bytes");
}

#[test]
fn a_batch_holds_as_many_items_as_it_may_and_each_place_once() {
    let key = KeyPair::generate();
    let batch = |seqs: &mut dyn Iterator<Item = u64>| {
        let items = seqs.map(|seq| Item { seq: Seq(seq), bytes: vec![1; 4] }).collect();
        Batch { device: DeviceId([7; 16]), epoch: Epoch(5), enrolment: 3, sent_at_millis: 0, items }
    };
    let most = MAX_ITEMS as u64;
    let full = batch(&mut (0..most)).encode(&key).expect("as many as it may");
    let read = Batch::decode(&full, &key.public()).expect("reads");
    assert_eq!((read.items.len(), read.enrolment), (MAX_ITEMS, 3));
    let over = batch(&mut (0..=most)).encode(&key).expect_err("one too many");
    let what = "the number of items in a batch";
    assert_eq!(over, ProtocolError::TooLarge { what, got: MAX_ITEMS + 1, limit: MAX_ITEMS });
    let twice = batch(&mut [4, 5, 5].into_iter()).encode(&key).expect("nobody looks yet");
    assert!(matches!(Batch::decode(&twice, &key.public()), Err(ProtocolError::Rule { kind: Kind::Batch, .. })));
    let long = vec![0; MAX_ENCODED + 1];
    for refused in [Batch::decode(&long, &key.public()).map(drop), Batch::claimed_device(&long).map(drop)] {
        let too_large = ProtocolError::TooLarge { what: "a batch", got: MAX_ENCODED + 1, limit: MAX_ENCODED };
        assert_eq!(refused, Err(too_large));
    }
}
