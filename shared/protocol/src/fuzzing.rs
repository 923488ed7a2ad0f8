//! What is fuzzed here. `tests/fuzz` holds the seeds, and the programs that go on for longer.

use std::fmt::Debug;
use std::io::Write as _;
use std::sync::LazyLock;

use flate2::Compression;
use flate2::write::DeflateEncoder;

use crate::ProtocolError;
use crate::ack::Ack;
use crate::batch::Batch;
use crate::broker::BrokerAddress;
use crate::collector_key::{CollectorKeyTaken, NewCollectorKey};
use crate::consent::Consent;
use crate::enrol::{Code, EnrolReply, EnrolRequest};
use crate::envelope::{self, Kind};
use crate::heartbeat::Heartbeat;
use crate::ids::{DeviceId, Epoch};
use crate::new_key::{KeyTaken, NewKey};
use crate::pace::Pace;
use crate::record::{Dropped, Record};
use crate::seal::SealKey;
use crate::sign::{self, KeyPair, PublicKey};
use crate::unknown::Unknown;
use crate::wishes::{Followed, Wishes};
use crate::withdrawals::Withdrawals;
use crate::{login, topics};

/// Whose the golden bytes are, from which the seeds come: what is changed of them is signed anew.
static KEY: LazyLock<(KeyPair, PublicKey)> = LazyLock::new(|| {
    let key = KeyPair::from_secret(&[42; 32]);
    let public = key.public();
    (key, public)
});
const DEVICE: DeviceId = DeviceId([7; 16]);
const ENROLMENT: u32 = 3;

/// An envelope without its signature; or, where the bytes begin otherwise, what a batch holds before it is compressed: two bytes
/// with the length of its groups, the groups, and the low bytes. Where it reads, it is written and reads as the same again.
pub fn envelope(bytes: &[u8]) {
    as_they_come(bytes);
    if !bytes.starts_with(&envelope::MAGIC) {
        columns(bytes);
        return;
    }
    items(bytes);
    let (key, public) = &*KEY;
    let Ok(opened) = envelope::open(bytes) else { return };
    let signed = || key.sign(bytes.to_vec());
    match opened.kind {
        Kind::Record | Kind::Dropped | Kind::Consent => {}
        Kind::Batch => batch(&signed()),
        Kind::Ack => same_again(&signed(), |it| Ack::decode(it, public), |it| it.encode(key)),
        Kind::EnrolRequest => {
            if let Ok(request) = EnrolRequest::decode(&signed()) {
                let _ = request.proves(&Code::of("ABCD-EFGH"));
            }
            same_again(&signed(), EnrolRequest::decode, |it| it.encode(key));
        }
        Kind::EnrolReply => same_again(&signed(), EnrolReply::decode, |it| it.encode(key)),
        Kind::Unknown => same_again(&signed(), |it| Unknown::decode(it, public), |it| it.encode(key)),
        Kind::Withdrawals => {
            same_again(&signed(), |it| Withdrawals::decode(it, public, DEVICE, ENROLMENT), |it| it.encode(key));
        }
        Kind::Wishes => same_again(&signed(), |it| Wishes::decode(it, public, DEVICE, ENROLMENT), |it| it.encode(key)),
        Kind::Followed => same_again(&signed(), |it| Followed::decode(it, public, DEVICE), |it| it.encode(key)),
        Kind::Pace => {
            if let Ok(pace) = Pace::decode(&signed(), public, DEVICE) {
                let _ = (pace.lasts(), pace.every());
            }
            same_again(&signed(), |it| Pace::decode(it, public, DEVICE), |it| it.encode(key));
        }
        Kind::Heartbeat => {
            let _ = Heartbeat::from_bytes(bytes);
            same_again(&signed(), |it| Heartbeat::decode(it, public, DEVICE), |it| it.encode(key));
        }
        Kind::NewKey => same_again(&signed(), |it| NewKey::decode(it, public, DEVICE), |it| it.encode(key)),
        Kind::KeyTaken => same_again(&signed(), |it| KeyTaken::decode(it, public), |it| it.encode(key)),
        Kind::NewCollectorKey => {
            same_again(&signed(), |it| NewCollectorKey::decode(it, public, DEVICE, ENROLMENT), |it| it.encode(key));
        }
        Kind::CollectorKeyTaken => {
            same_again(&signed(), |it| CollectorKeyTaken::decode(it, public, DEVICE), |it| it.encode(key));
        }
    }
}

/// What is read of bytes before it is known whose they are.
fn as_they_come(bytes: &[u8]) {
    let _ = (sign::split(bytes), sign::verify(bytes, &KEY.1), Batch::claimed_device(bytes), Unknown::name_of(bytes));
    let _ = Batch::claimed_inflated(bytes);
    let _ = (EnrolRequest::decode(bytes), EnrolReply::decode(bytes));
    let _ = SealKey::from_secret([7; 32]).open(b"fuzzing", bytes);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = (topics::parse(text), Code::of(text), text.parse::<DeviceId>());
    let _ = login::proves(text, DEVICE, &KEY.1, &KEY.0);
    if let Ok(address) = BrokerAddress::read(text) {
        let written = address.to_string();
        assert_eq!(BrokerAddress::read(&written).as_ref(), Ok(&address), "{written}");
    }
}

/// What lies in an outbox.
fn items(bytes: &[u8]) {
    let _ = Record::has_unknown(bytes);
    same_again(bytes, Record::decode, Record::encode);
    same_again(bytes, Dropped::decode, Dropped::encode);
    same_again(bytes, Consent::decode, Consent::encode);
}

fn batch(signed: &[u8]) {
    let Ok(batch) = Batch::decode(signed, &KEY.1) else { return };
    batch.items.iter().for_each(|item| items(&item.bytes));
    let written = batch.encode(&KEY.0).expect("what was read is within limits");
    assert_eq!(Batch::decode(&written, &KEY.1), Ok(batch));
}

/// A batch of these columns, compressed.
fn columns(bytes: &[u8]) {
    let Some((length, rest)) = bytes.split_first_chunk() else { return };
    let (groups, low) = rest.split_at(rest.len().min(u16::from_le_bytes(*length).into()));
    let body = (DEVICE, Epoch(5), ENROLMENT, 1_700_000_000_000_i64, deflated(groups), deflated(low));
    batch(&KEY.0.sign(envelope::encode(Kind::Batch, &body)));
}

fn deflated(plain: &[u8]) -> (u32, Vec<u8>) {
    let mut deflated = DeflateEncoder::new(Vec::new(), Compression::fast());
    deflated.write_all(plain).expect("memory takes it");
    (plain.len().try_into().unwrap_or(u32::MAX), deflated.finish().expect("memory takes it"))
}

fn same_again<T: Debug>(
    bytes: &[u8],
    decode: impl Fn(&[u8]) -> Result<T, ProtocolError>,
    encode: impl Fn(&T) -> Vec<u8>,
) {
    let Ok(read) = decode(bytes) else { return };
    let written = encode(&read);
    let again = decode(&written).expect("what was written reads");
    assert_eq!(encode(&again), written, "{read:?} is not {again:?}");
}

#[cfg(test)]
#[path = "../../../tests/fuzz/short.rs"]
mod short;

#[test]
fn no_bytes_are_taken_for_an_envelope_that_is_none() {
    short::run("envelope", envelope, 5000);
}
