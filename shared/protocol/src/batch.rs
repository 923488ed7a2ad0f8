//! Items of one outbox, compressed and signed by their device.

use std::io::Read;

use flate2::Compression;
use flate2::read::{DeflateDecoder, DeflateEncoder};
use serde::{Deserialize, Serialize};

use crate::ProtocolError;
use crate::envelope::{self, Kind};
use crate::ids::{DeviceId, Epoch, Seq};
use crate::sign::{self, KeyPair, PublicKey};

/// The most items in one batch.
pub const MAX_ITEMS: usize = 4096;
/// The most bytes that a batch may take before compression.
pub const MAX_INFLATED: usize = 1 << 20;
/// The most bytes of a signed batch.
pub const MAX_ENCODED: usize = 512 << 10;

/// One thing from an outbox: an encoded record, gap or consent, opaque here so that what one build does not know can
/// still be carried, counted and kept.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Item {
    /// Place in its epoch.
    pub seq: Seq,
    /// Envelope of the item.
    pub bytes: Vec<u8>,
}

/// Items of one device and epoch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Batch {
    /// Who sends.
    pub device: DeviceId,
    /// Which of its outbox stores.
    pub epoch: Epoch,
    /// The device's clock at sending, Unix milliseconds: the collector estimates the offset from it.
    pub sent_at_millis: i64,
    /// The items, ascending by sequence number.
    pub items: Vec<Item>,
}

#[derive(Serialize, Deserialize)]
struct Body {
    device: DeviceId,
    epoch: Epoch,
    sent_at_millis: i64,
    inflated_len: u32,
    deflated: Vec<u8>,
}

impl Batch {
    /// Compresses, encodes and signs.
    ///
    /// # Errors
    /// When there are more than [`MAX_ITEMS`] items or more than [`MAX_INFLATED`] bytes of them.
    ///
    /// # Panics
    /// Never: reading from memory into memory does not fail.
    pub fn encode(&self, key: &KeyPair) -> Result<Vec<u8>, ProtocolError> {
        limit("the number of items in a batch", self.items.len(), MAX_ITEMS)?;
        let plain = postcard::to_stdvec(&self.items).expect("items are sequences of bytes");
        limit("a batch before compression", plain.len(), MAX_INFLATED)?;
        let mut deflated = Vec::new();
        DeflateEncoder::new(plain.as_slice(), Compression::best())
            .read_to_end(&mut deflated)
            .expect("reading from memory does not fail");
        let body = Body {
            device: self.device,
            epoch: self.epoch,
            sent_at_millis: self.sent_at_millis,
            inflated_len: u32::try_from(plain.len()).expect("checked against MAX_INFLATED"),
            deflated,
        };
        Ok(key.sign(envelope::encode(Kind::Batch, &body)))
    }

    /// Who claims to have signed a batch, so that the right key can be looked up; nothing is inflated.
    ///
    /// # Errors
    /// When the bytes are no batch.
    pub fn claimed_device(signed: &[u8]) -> Result<DeviceId, ProtocolError> {
        Ok(body(sign::split(signed)?)?.device)
    }

    /// Verifies, then inflates within limits and decodes.
    ///
    /// # Errors
    /// When the signature is not of `key`, the bytes are no batch, or a limit is passed.
    pub fn decode(signed: &[u8], key: &PublicKey) -> Result<Self, ProtocolError> {
        limit("a batch", signed.len(), MAX_ENCODED)?;
        let body = body(sign::verify(signed, key)?)?;
        let inflated_len = usize::try_from(body.inflated_len).unwrap_or(usize::MAX);
        limit("a batch before compression", inflated_len, MAX_INFLATED)?;
        let mut plain = Vec::with_capacity(inflated_len);
        DeflateDecoder::new(body.deflated.as_slice())
            .take(inflated_len as u64 + 1)
            .read_to_end(&mut plain)
            .map_err(|_| ProtocolError::Body(Kind::Batch))?;
        if plain.len() != inflated_len {
            return Err(ProtocolError::Rule { kind: Kind::Batch, rule: "it inflates to the length it states" });
        }
        let items: Vec<Item> = envelope::decode_body(Kind::Batch, &plain)?;
        limit("the number of items in a batch", items.len(), MAX_ITEMS)?;
        if !items.is_sorted_by(|a, b| a.seq < b.seq) {
            return Err(ProtocolError::Rule { kind: Kind::Batch, rule: "its items ascend by sequence number" });
        }
        Ok(Self { device: body.device, epoch: body.epoch, sent_at_millis: body.sent_at_millis, items })
    }
}

fn body(message: &[u8]) -> Result<Body, ProtocolError> {
    envelope::decode_body(Kind::Batch, envelope::expect(message, Kind::Batch)?)
}

fn limit(what: &'static str, got: usize, limit: usize) -> Result<(), ProtocolError> {
    if got > limit { Err(ProtocolError::TooLarge { what, got, limit }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(key: &KeyPair) -> Vec<u8> {
        let items = (3..9).map(|n| Item { seq: Seq(n), bytes: vec![n as u8; 40] }).collect();
        Batch { device: DeviceId([7; 16]), epoch: Epoch(5), sent_at_millis: 1_700_000_000_000, items }
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
        let mut deflated = Vec::new();
        DeflateEncoder::new([0_u8; 4 << 20].as_slice(), Compression::best())
            .read_to_end(&mut deflated)
            .expect("memory");
        for inflated_len in [4 << 20, 100] {
            let body = Body {
                device: DeviceId([0; 16]),
                epoch: Epoch(0),
                sent_at_millis: 0,
                inflated_len,
                deflated: deflated.clone(),
            };
            let signed = key.sign(envelope::encode(Kind::Batch, &body));
            assert!(Batch::decode(&signed, &key.public()).is_err());
        }
    }
}
