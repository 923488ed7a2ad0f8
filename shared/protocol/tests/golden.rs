//! Reads the bytes of every format version, and still writes the newest the same.
//!
//! `golden/v1/*.hex` are read for ever: never change them, add the next version's beside them.

use attune_protocol::ack::Ack;
use attune_protocol::batch::{Batch, Item};
use attune_protocol::consent::{Consent, Purpose};
use attune_protocol::enrol::{EnrolOutcome, EnrolReply, EnrolRequest};
use attune_protocol::ids::{DeviceId, Epoch, Seq};
use attune_protocol::record::Dropped;
use attune_protocol::registry::Modality;
use attune_protocol::sign::KeyPair;
use attune_protocol::window::Window;

fn key() -> KeyPair {
    KeyPair::from_secret(&[42; 32])
}

fn device() -> DeviceId {
    DeviceId([7; 16])
}

/// The golden bytes. `ATTUNE_WRITE_GOLDEN=1` writes a file that is not there yet, for a new kind; it never changes one.
fn golden(name: &str, written: &[u8]) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/v1/{name}.hex"));
    if std::env::var_os("ATTUNE_WRITE_GOLDEN").is_some() && !path.exists() {
        std::fs::write(&path, data_encoding::HEXLOWER.encode(written) + "\n").expect("the folder is there");
    }
    let text = std::fs::read_to_string(&path).expect("every kind has its golden bytes");
    data_encoding::HEXLOWER.decode(text.trim().as_bytes()).expect("hex")
}

/// The golden bytes, which must also be what this build writes.
fn golden_both_ways(name: &str, written: &[u8]) -> Vec<u8> {
    let bytes = golden(name, written);
    assert_eq!(written, bytes, "{name} is no longer written as in version 1");
    bytes
}

/// Compressors may come to other bytes for the same items, so these are only read.
#[test]
fn a_batch_of_format_version_1_still_reads() {
    let items = (0..4_u8).map(|n| Item { seq: Seq(u64::from(n) + 9), bytes: vec![n; 30] }).collect();
    let batch = Batch { device: device(), epoch: Epoch(5), sent_at_millis: 1_700_000_000_000, items };
    let bytes = golden("batch", &batch.encode(&key()).expect("within limits"));
    assert_eq!(Batch::decode(&bytes, &key().public()), Ok(batch));
}

#[test]
fn an_acknowledgement_of_format_version_1_still_reads() {
    let ack = Ack { device: device(), epoch: Epoch(5), committed: vec![(Seq(0), Seq(5)), (Seq(8), Seq(8))] };
    let bytes = golden_both_ways("ack", &ack.encode(&key()));
    assert_eq!(Ack::decode(&bytes, &key().public()), Ok(ack));
}

#[test]
fn a_change_of_consent_of_format_version_1_still_reads() {
    let consent = Consent {
        modality: Modality::Voice,
        purpose: Purpose::Wellbeing,
        granted: false,
        version: 3,
        at_millis: 1_700_000_000_000,
    };
    assert_eq!(Consent::decode(&golden_both_ways("consent", &consent.encode())), Ok(consent));
}

#[test]
fn a_count_of_dropped_records_of_format_version_1_still_reads() {
    let dropped =
        Dropped { modality: Modality::Motion, first: Window(170_000_000), last: Window(170_000_009), count: 10 };
    assert_eq!(Dropped::decode(&golden_both_ways("dropped", &dropped.encode())), Ok(dropped));
}

#[test]
fn an_enrolment_of_format_version_1_still_reads() {
    let request = EnrolRequest { device: device(), public_key: key().public(), code: "ABCD-EFGH".into() };
    assert_eq!(EnrolRequest::decode(&golden_both_ways("enrol_request", &request.encode(&key()))), Ok(request));
    let reply = EnrolReply { device: device(), collector_key: key().public(), outcome: EnrolOutcome::CodeRefused };
    assert_eq!(EnrolReply::decode(&golden_both_ways("enrol_reply", &reply.encode(&key()))), Ok(reply));
}
