//! Items of one outbox, compressed and signed by their device.

mod columns;
mod deflated;

use serde::{Deserialize, Serialize};

use crate::ProtocolError;
use crate::envelope::{self, Kind};
use crate::ids::{DeviceId, Epoch, Seq};
use crate::sign::{self, KeyPair, PublicKey};
use columns::{Columns, Group};
use deflated::Deflated;

/// The most items in one batch.
pub const MAX_ITEMS: usize = 4096;
/// The most bytes that a batch may take before compression.
pub const MAX_INFLATED: usize = 1 << 20;
/// The most bytes of a signed batch.
pub const MAX_ENCODED: usize = 512 << 10;

/// One thing from an outbox: an encoded record, gap or consent, opaque here so that what one build does not know can
/// still be carried, counted and kept.
#[derive(Clone, PartialEq, Eq, Debug)]
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
    /// The enrolment under which that store was begun, which says whose it is; 0 when the sender did not say.
    pub enrolment: u32,
    /// The device's clock at sending, Unix milliseconds: the collector estimates the offset from it.
    pub sent_at_millis: i64,
    /// The items, ascending by sequence number.
    pub items: Vec<Item>,
}

#[derive(Serialize, Deserialize)]
struct Body {
    device: DeviceId,
    epoch: Epoch,
    enrolment: u32,
    sent_at_millis: i64,
    groups: Deflated,
    low: Deflated,
}

/// The body as version 1 had it.
#[derive(Deserialize)]
struct BodyV1 {
    device: DeviceId,
    epoch: Epoch,
    sent_at_millis: i64,
    groups: Deflated,
    low: Deflated,
}

impl Batch {
    /// Compresses, encodes and signs.
    ///
    /// # Errors
    /// When there are more than [`MAX_ITEMS`] items or more than [`MAX_INFLATED`] bytes of them.
    ///
    /// # Panics
    /// Never: columns are sequences of bytes, which postcard can write.
    pub fn encode(&self, key: &KeyPair) -> Result<Vec<u8>, ProtocolError> {
        limit("the number of items in a batch", self.items.len(), MAX_ITEMS)?;
        let Columns { groups, low } = columns::pack(&self.items);
        let groups = postcard::to_stdvec(&groups).expect("columns are sequences of bytes");
        let body = Body {
            device: self.device,
            epoch: self.epoch,
            enrolment: self.enrolment,
            sent_at_millis: self.sent_at_millis,
            groups: Deflated::new(&groups)?,
            low: Deflated::new(&low)?,
        };
        Ok(key.sign(envelope::encode(Kind::Batch, &body)))
    }

    /// Who claims to have signed a batch, so that the right key can be looked up; nothing is inflated.
    ///
    /// # Errors
    /// When the bytes are no batch or over [`MAX_ENCODED`].
    pub fn claimed_device(signed: &[u8]) -> Result<DeviceId, ProtocolError> {
        limit("a batch", signed.len(), MAX_ENCODED)?;
        Ok(body(sign::split(signed)?)?.device)
    }

    /// How many bytes a batch says that it takes before compression, whoever signed it; nothing is inflated. One that says
    /// more than it may is refused later, and counts as if it took as much as it may.
    ///
    /// # Errors
    /// When the bytes are no batch or over [`MAX_ENCODED`].
    pub fn claimed_inflated(signed: &[u8]) -> Result<usize, ProtocolError> {
        limit("a batch", signed.len(), MAX_ENCODED)?;
        let Body { groups, low, .. } = body(sign::split(signed)?)?;
        let of = |part: &Deflated| usize::try_from(part.inflated_len).unwrap_or(usize::MAX).min(MAX_INFLATED);
        Ok(of(&groups) + of(&low))
    }

    /// Verifies, then inflates within limits and decodes.
    ///
    /// # Errors
    /// When the signature is not of `key`, the bytes are no batch, or a limit is passed.
    pub fn decode(signed: &[u8], key: &PublicKey) -> Result<Self, ProtocolError> {
        limit("a batch", signed.len(), MAX_ENCODED)?;
        let body = body(sign::verify(signed, key)?)?;
        let rule = |rule| ProtocolError::Rule { kind: Kind::Batch, rule };
        let groups: Vec<Group> = envelope::decode_body(Kind::Batch, &body.groups.inflate()?)?;
        let columns = Columns { groups, low: body.low.inflate()? };
        let items = columns.unpack().ok_or(rule("its columns have the lengths they state"))?;
        limit("the number of items in a batch", items.len(), MAX_ITEMS)?;
        if !items.is_sorted_by(|a, b| a.seq < b.seq) {
            return Err(rule("no sequence number stands twice"));
        }
        let Body { device, epoch, enrolment, sent_at_millis, .. } = body;
        Ok(Self { device, epoch, enrolment, sent_at_millis, items })
    }
}

fn body(message: &[u8]) -> Result<Body, ProtocolError> {
    let opened = envelope::expect(message, Kind::Batch)?;
    if opened.version > 1 {
        return envelope::decode_body(Kind::Batch, opened.body);
    }
    let BodyV1 { device, epoch, sent_at_millis, groups, low } = envelope::decode_body(Kind::Batch, opened.body)?;
    Ok(Body { device, epoch, enrolment: 0, sent_at_millis, groups, low })
}

fn limit(what: &'static str, got: usize, limit: usize) -> Result<(), ProtocolError> {
    if got > limit { Err(ProtocolError::TooLarge { what, got, limit }) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
