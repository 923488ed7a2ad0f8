//! Reads the bytes of every format version, and still writes the newest the same.
//!
//! `golden/v*/*.hex` are read for ever: never change them, add the next version's beside them.

use attune_protocol::ProtocolError;
use attune_protocol::ack::{Ack, Answer, Run};
use attune_protocol::batch::{Batch, Item};
use attune_protocol::collector_key::{CollectorKeyTaken, NewCollectorKey};
use attune_protocol::consent::{Consent, Purpose};
use attune_protocol::digest::Digest;
use attune_protocol::enrol::{Code, EnrolOutcome, EnrolReply, EnrolRequest};
use attune_protocol::envelope::Kind;
use attune_protocol::features::Features;
use attune_protocol::heartbeat::{Heartbeat, Sensing};
use attune_protocol::ids::{DeviceId, Epoch, Seq};
use attune_protocol::new_key::{KeyTaken, NewKey};
use attune_protocol::pace::Pace;
use attune_protocol::policy::Profile;
use attune_protocol::record::{Coverage, Dropped, Gap, Record};
use attune_protocol::registry::{Category, Modality, Ordinal, check_in, heart, text};
use attune_protocol::sign::KeyPair;
use attune_protocol::unknown::Unknown;
use attune_protocol::window::Window;
use attune_protocol::wishes::{Followed, Wishes};
use attune_protocol::withdrawals::{Asked, Withdrawals};

fn key() -> KeyPair {
    KeyPair::from_secret(&[42; 32])
}

fn device() -> DeviceId {
    DeviceId([7; 16])
}

/// The golden bytes. `ATTUNE_WRITE_GOLDEN=1` writes a file that is not there yet, for a new kind; it never changes one.
fn golden(version: u8, name: &str, written: &[u8]) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/v{version}/{name}.hex"));
    if std::env::var_os("ATTUNE_WRITE_GOLDEN").is_some() && !path.exists() {
        std::fs::write(&path, data_encoding::HEXLOWER.encode(written) + "\n").expect("the folder is there");
    }
    let text = std::fs::read_to_string(&path).expect("every kind has its golden bytes");
    data_encoding::HEXLOWER.decode(text.trim().as_bytes()).expect("hex")
}

/// The golden bytes, which must also be what this build writes.
fn golden_both_ways(version: u8, name: &str, written: &[u8]) -> Vec<u8> {
    let bytes = golden(version, name, written);
    assert_eq!(written, bytes, "{name} is no longer written as in version {version}");
    bytes
}

fn batch(enrolment: u32) -> Batch {
    let items = (0..4_u8).map(|n| Item { seq: Seq(u64::from(n) + 9), bytes: vec![n; 30] }).collect();
    Batch { device: device(), epoch: Epoch(5), enrolment, sent_at_millis: 1_700_000_000_000, items }
}

/// Of the first revision of the registry, in which there were no check-ins.
fn record() -> Record {
    let mut features = Features::new(Modality::Heart);
    features.set(heart::MEAN_HR, 62.0);
    features.set(heart::RMSSD, 42.0);
    features.set(heart::CONTACT, 1.0);
    let coverage =
        Coverage { expected: 10_000, received: 9_870, last_60_s: 0.8, last_300_s: 0.2, gap: Some(Gap::NotWorn) };
    Record { revision: 1, ..Record::new(Window(170_000_001), 0.75, coverage, features) }
}

/// A modality of its own since revision 2.
fn check_in() -> Record {
    let mut features = Features::new(Modality::CheckIn);
    features.set(check_in::VIBE, 4.0);
    features.set(check_in::VALENCE, 0.5);
    features.set(check_in::AROUSAL, -0.5);
    let coverage = Coverage { expected: 1, received: 1, last_60_s: 0.0, last_300_s: 0.0, gap: None };
    Record { consent: 9, revision: 2, ..Record::new(Window(170_000_001), 1.0, coverage, features) }
}

/// A modality of its own since revision 3: three messages, of which two have scores.
fn written() -> Record {
    let mut features = Features::new(Modality::Text);
    for (ordinal, value) in WRITTEN {
        features.set(ordinal, value);
    }
    let coverage = Coverage { expected: 1, received: 1, last_60_s: 0.0, last_300_s: 0.0, gap: None };
    Record { consent: 9, revision: 3, ..Record::new(Window(170_000_001), 1.0, coverage, features) }
}

const WRITTEN: [(Ordinal, f64); 7] = [
    (text::MESSAGES, 3.0),
    (text::SCORED, 2.0),
    (text::WORDS, 41.0),
    (text::SENTIMENT, -0.5),
    (text::STRESS, 0.25),
    (text::SADNESS, 0.8),
    (text::ANGER, 0.6),
];

/// Compressors may come to other bytes for the same items, so these are only read.
#[test]
fn a_batch_of_either_format_version_still_reads() {
    let read = |bytes: &[u8]| Batch::decode(bytes, &key().public());
    assert_eq!(read(&golden(1, "batch", &[])), Ok(batch(0)), "version 1 named no enrolment");
    let bytes = golden(2, "batch", &batch(3).encode(&key()).expect("within limits"));
    assert_eq!(read(&bytes), Ok(batch(3)));
}

#[test]
fn a_record_of_either_format_version_still_reads() {
    let mut named = record();
    named.consent = 7;
    named.withheld.insert(Category::Affect);
    assert_eq!(Record::decode(&golden_both_ways(2, "record", &named.encode())).map(|r| r.encode()), Ok(named.encode()));
    let old = Record::decode(&golden(1, "record", &[])).expect("reads");
    assert_eq!((old.consent, old.withheld.is_empty()), (0, true), "version 1 named neither");
    assert_eq!(old.encode(), record().encode());
}

#[test]
fn a_check_in_of_format_version_2_still_reads_as_what_was_said() {
    let read = Record::decode(&golden_both_ways(2, "check_in", &check_in().encode())).expect("reads");
    assert_eq!((read.modality(), read.consent, read.coverage.received), (Modality::CheckIn, 9, 1));
    let said = [check_in::VIBE, check_in::VALENCE, check_in::AROUSAL].map(|ordinal| read.features.get(ordinal));
    for (said, was) in said.into_iter().zip([4.0, 0.5, -0.5]) {
        assert!(said.is_some_and(|said| (said - was).abs() < 2e-5), "{said:?} {was}");
    }
    let consent = Consent {
        modality: Modality::CheckIn,
        purpose: Purpose::Wellbeing,
        granted: true,
        version: 4,
        at_millis: 1_700_000_000_000,
        text: None,
    };
    assert_eq!(Consent::decode(&golden_both_ways(1, "consent_check_in", &consent.encode())), Ok(consent));
}

#[test]
fn what_was_read_from_messages_of_format_version_2_still_reads() {
    let read = Record::decode(&golden_both_ways(2, "text", &written().encode())).expect("reads");
    assert_eq!((read.modality(), read.consent, read.coverage.received), (Modality::Text, 9, 1));
    assert_eq!(read.features.iter().count(), WRITTEN.len());
    for (ordinal, was) in WRITTEN {
        assert!(read.features.get(ordinal).is_some_and(|value| (value - was).abs() < 2e-5), "{ordinal:?}");
    }
}

#[test]
fn an_acknowledgement_of_format_version_2_still_reads() {
    let item = |seq, answer| (Seq(seq), answer, Digest::of_item(Seq(seq), b"item"));
    let ack = Ack {
        device: device(),
        epoch: Epoch(5),
        profile: Profile::Us,
        at_millis: 1_700_000_000_000,
        settled: Run::of([item(0, Answer::Stored), item(1, Answer::Stored), item(2, Answer::Withdrawn)]),
        taken: vec![(Seq(8), Seq(9))],
        wants_consent: Some(4),
    };
    let bytes = golden_both_ways(2, "ack", &ack.encode(&key()));
    assert_eq!(Ack::decode(&bytes, &key().public()), Ok(ack));
}

#[test]
fn that_a_device_is_not_known_of_format_version_1_still_reads() {
    let unknown = Unknown { device: device(), batch: Unknown::name_of(b"a batch") };
    let bytes = golden_both_ways(1, "unknown", &unknown.encode(&key()));
    assert_eq!(Unknown::decode(&bytes, &key().public()), Ok(unknown));
}

#[test]
fn what_was_withdrawn_in_the_browser_of_format_version_1_still_reads() {
    let asked = vec![
        Asked { modality: Modality::Face, purpose: Purpose::OwnView, at_millis: 1_700_000_000_000 },
        Asked { modality: Modality::Heart, purpose: Purpose::Wellbeing, at_millis: 1_700_000_000_001 },
    ];
    let said = Withdrawals { device: device(), enrolment: 3, asked };
    let bytes = golden_both_ways(1, "withdrawals", &said.encode(&key()));
    assert_eq!(Withdrawals::decode(&bytes, &key().public(), device(), 3), Ok(said));
}

#[test]
fn what_was_chosen_in_the_browser_and_that_it_is_followed_of_format_version_1_still_read() {
    let off = vec![Modality::Face, Modality::Heart];
    let wishes = Wishes { device: device(), enrolment: 3, number: 1_700_000_000_000, keep: false, off };
    let bytes = golden_both_ways(1, "wishes", &wishes.encode(&key()));
    assert_eq!(Wishes::decode(&bytes, &key().public(), device(), 3), Ok(wishes));
    let followed = Followed { device: device(), enrolment: 3, number: 1_700_000_000_000 };
    let bytes = golden_both_ways(1, "followed", &followed.encode(&key()));
    assert_eq!(Followed::decode(&bytes, &key().public(), device()), Ok(followed));
}

#[test]
fn another_key_and_that_it_is_taken_of_format_version_1_still_read() {
    let next = KeyPair::from_secret(&[43; 32]);
    let said = NewKey::new(device(), 3, &key().public(), &next);
    let bytes = golden_both_ways(1, "new_key", &said.encode(&key()));
    assert_eq!(NewKey::decode(&bytes, &key().public(), device()), Ok(said));
    let taken = KeyTaken { device: device(), enrolment: 3, key: next.public() };
    let bytes = golden_both_ways(1, "key_taken", &taken.encode(&key()));
    assert_eq!(KeyTaken::decode(&bytes, &key().public()), Ok(taken));
}

#[test]
fn another_key_of_the_collector_and_that_a_device_pins_it_of_format_version_1_still_read() {
    let next = KeyPair::from_secret(&[43; 32]);
    let said = NewCollectorKey::new(device(), 3, &key().public(), &next);
    let bytes = golden_both_ways(1, "new_collector_key", &said.encode(&key()));
    assert_eq!(NewCollectorKey::decode(&bytes, &key().public(), device(), 3), Ok(said));
    let taken = CollectorKeyTaken { device: device(), enrolment: 3, key: next.public() };
    let bytes = golden_both_ways(1, "collector_key_taken", &taken.encode(&key()));
    assert_eq!(CollectorKeyTaken::decode(&bytes, &key().public(), device()), Ok(taken));
}

#[test]
fn what_is_asked_of_the_pace_of_format_version_1_still_reads() {
    let pace = Pace { device: device(), at_millis: 1_700_000_000_000, lasts_s: 60, every_s: 20, most: 1 };
    let bytes = golden_both_ways(1, "pace", &pace.encode(&key()));
    assert_eq!(Pace::decode(&bytes, &key().public(), device()), Ok(pace));
}

#[test]
fn a_heartbeat_of_format_version_1_still_reads() {
    let sensing = |modality, gap, newest| Sensing { modality, gap, newest };
    let heartbeat = Heartbeat {
        device: device(),
        enrolment: 3,
        epoch: Epoch(5),
        run: 1_700_000_000,
        number: 2,
        since_millis: 1_700_000_000_000,
        ends: false,
        waiting: 300,
        oldest_millis: Some(1_699_999_999_000),
        modalities: vec![
            sensing(Modality::Face, Some(Gap::SwitchedOff), None),
            sensing(Modality::Heart, None, Some(Window(170_000_009))),
        ],
    };
    let bytes = golden_both_ways(1, "heartbeat", &heartbeat.encode(&key()));
    assert_eq!(Heartbeat::decode(&bytes, &key().public(), device()), Ok(heartbeat));
}

#[test]
fn a_change_of_consent_of_format_version_1_still_reads() {
    let consent = Consent {
        modality: Modality::Voice,
        purpose: Purpose::Wellbeing,
        granted: false,
        version: 3,
        at_millis: 1_700_000_000_000,
        text: None,
    };
    assert_eq!(Consent::decode(&golden_both_ways(1, "consent", &consent.encode())), Ok(consent), "it names no text");
}

#[test]
fn a_change_of_consent_of_format_version_2_names_the_text_that_was_shown() {
    let consent = Consent {
        modality: Modality::Voice,
        purpose: Purpose::Wellbeing,
        granted: true,
        version: 3,
        at_millis: 1_700_000_000_000,
        text: Some(1),
    };
    assert_eq!(Consent::decode(&golden_both_ways(2, "consent", &consent.encode())), Ok(consent));
}

#[test]
fn a_count_of_dropped_records_of_format_version_1_still_reads() {
    let dropped =
        Dropped { modality: Modality::Motion, first: Window(170_000_000), last: Window(170_000_009), count: 10 };
    assert_eq!(Dropped::decode(&golden_both_ways(1, "dropped", &dropped.encode())), Ok(dropped));
}

/// Requests draw a nonce, so the request is only read; the reply to it is written the same.
#[test]
fn an_enrolment_of_format_version_2_still_reads_and_proves_what_it_did() {
    let code = Code::of("ABCD-EFGH");
    let fresh = EnrolRequest::new(device(), key().public(), 2, Epoch(5), &code);
    let request = EnrolRequest::decode(&golden(2, "enrol_request", &fresh.encode(&key()))).expect("reads");
    assert!(request.proves(&code));
    assert_eq!((request.device, request.enrolment, request.epoch), (device(), 2, Epoch(5)));
    let (outcome, at) = (EnrolOutcome::Accepted, 1_700_000_000_000);
    let reply = EnrolReply::to(&request, key().public(), outcome, Profile::Research, at, Some(&code));
    let read = EnrolReply::decode(&golden_both_ways(2, "enrol_reply", &reply.encode(&key())));
    assert_eq!(read, Ok(reply.clone()));
    assert!(reply.proves(&code, &request));
}

#[test]
fn what_proved_too_little_in_version_1_is_refused_as_outdated() {
    let outdated = |kind| Some(ProtocolError::Outdated { kind, version: 1 });
    assert_eq!(Ack::decode(&golden(1, "ack", &[]), &key().public()).err(), outdated(Kind::Ack));
    assert_eq!(EnrolRequest::decode(&golden(1, "enrol_request", &[])).err(), outdated(Kind::EnrolRequest));
    assert_eq!(EnrolReply::decode(&golden(1, "enrol_reply", &[])).err(), outdated(Kind::EnrolReply));
}
