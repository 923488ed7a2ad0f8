use proptest::prelude::*;

use super::*;
use crate::registry::heart;

fn example() -> Record {
    let mut features = Features::new(Modality::Heart);
    features.set(heart::MEAN_HR, 62.0);
    features.set(heart::RMSSD, 42.0);
    features.set(heart::CONTACT, 1.0);
    let coverage =
        Coverage { expected: 10_000, received: 9_870, last_60_s: 0.8, last_300_s: 0.2, gap: Some(Gap::NotWorn) };
    Record::new(Window(170_000_001), 0.75, coverage, features)
}

#[test]
fn the_largest_record_stays_within_its_constant() {
    let body = Body {
        modality: u8::MAX,
        revision: u16::MAX,
        consent: u32::MAX,
        withheld: Categories::NONE,
        window: u32::MAX,
        quality: u8::MAX,
        expected: u32::MAX,
        received: u32::MAX,
        gap: Some(Gap::EndOfRecording),
        last_60_s: u8::MAX,
        last_300_s: u8::MAX,
        present: u64::MAX,
        values: vec![Fixed16(u16::MAX); 64],
    };
    assert_eq!(envelope::encode(Kind::Record, &body).len(), MAX_ENCODED);
}

#[test]
fn ordinals_of_a_later_registry_are_skipped() {
    let known = Modality::Heart.features().len() as u8;
    let mut body: Body = envelope::decode_body(Kind::Record, &example().encode()[4..]).expect("a record");
    body.present |= 1 << known;
    body.values.push(Fixed16(7));
    body.revision += 1;
    let read = Record::decode(&envelope::encode(Kind::Record, &body)).expect("reads");
    assert_eq!(read.features, Record::decode(&example().encode()).expect("reads").features);
}

#[test]
fn a_bitmap_that_disagrees_with_its_values_is_refused() {
    let mut body: Body = envelope::decode_body(Kind::Record, &example().encode()[4..]).expect("a record");
    body.values.pop();
    let error = Record::decode(&envelope::encode(Kind::Record, &body)).expect_err("refused");
    assert!(matches!(error, ProtocolError::Rule { .. }), "{error}");
}

#[test]
fn unknown_magic_version_and_kind_are_named() {
    let good = example().encode();
    let with = |index: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[index] = byte;
        Record::decode(&bytes).expect_err("refused")
    };
    assert_eq!(with(0, b'X'), ProtocolError::Magic);
    assert_eq!(with(2, 9), ProtocolError::Version(9));
    assert_eq!(with(3, 200), ProtocolError::UnknownKind(200));
    assert_eq!(with(3, Kind::Ack as u8), ProtocolError::UnexpectedKind { expected: Kind::Record, found: Kind::Ack });
}

proptest! {
    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Record::decode(&bytes);
        for version in [1, 2] {
            let framed = [&[b'A', b'T', version, 1], bytes.as_slice()].concat();
            let _ = Record::decode(&framed);
        }
    }
}
