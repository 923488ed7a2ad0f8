//! What a person chose in the browser of what their devices sense and keep for the collector, told to a device until it says that
//! it follows.
//!
//! Wishes only take away: what is sensed is what was agreed to on the device, less what is switched off here. So whoever forges,
//! holds back or shows again such a message switches on nothing that was not agreed to. They are signed for one enrolment of one
//! device, and their number, an instant by the collector's clock, rises with every change: a device follows none that is older than
//! the newest that it has heard, and answers, signed by itself, with the number that it follows.

use serde::{Deserialize, Serialize};

use crate::ProtocolError;
use crate::envelope::{self, Kind};
use crate::ids::DeviceId;
use crate::registry::Modality;
use crate::sign::{self, KeyPair, PublicKey};

/// Signed by the collector, for one enrolment of one device.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Wishes {
    /// Whom it is for.
    pub device: DeviceId,
    /// The number of the enrolment, and with it the person.
    pub enrolment: u32,
    /// When they were chosen, Unix milliseconds by the collector's clock; rises with every change.
    pub number: i64,
    /// Whether what is sensed is to be kept at the collector at all.
    pub keep: bool,
    /// What is not to be sensed, whatever was agreed to.
    pub off: Vec<Modality>,
}

/// Signed by a device: the wishes that it has carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Followed {
    /// Who says so.
    pub device: DeviceId,
    /// The enrolment for which it does.
    pub enrolment: u32,
    /// Their number; 0 where the device does not know any more what it was told.
    pub number: i64,
}

impl Wishes {
    /// Encodes and signs with the collector's key.
    #[must_use]
    pub fn encode(&self, key: &KeyPair) -> Vec<u8> {
        key.sign(envelope::encode(Kind::Wishes, self))
    }

    /// Verifies and decodes what was sent to one enrolment of one device.
    ///
    /// # Errors
    /// When the signature is not of `key`, the bytes are no such message, or it is for another device or enrolment.
    pub fn decode(signed: &[u8], key: &PublicKey, device: DeviceId, enrolment: u32) -> Result<Self, ProtocolError> {
        let read: Self = envelope::decode(sign::verify(signed, key)?, Kind::Wishes)?;
        match (read.device, read.enrolment) == (device, enrolment) {
            true => Ok(read),
            false => Err(ProtocolError::Rule { kind: Kind::Wishes, rule: "it is for this device and enrolment" }),
        }
    }
}

impl Followed {
    /// Encodes and signs with the device's key.
    #[must_use]
    pub fn encode(&self, key: &KeyPair) -> Vec<u8> {
        key.sign(envelope::encode(Kind::Followed, self))
    }

    /// Verifies and decodes what a device sent.
    ///
    /// # Errors
    /// When the signature is not of `key`, the bytes are no such message, or it is of another device.
    pub fn decode(signed: &[u8], key: &PublicKey, device: DeviceId) -> Result<Self, ProtocolError> {
        let read: Self = envelope::decode(sign::verify(signed, key)?, Kind::Followed)?;
        match read.device == device {
            true => Ok(read),
            false => Err(ProtocolError::Rule { kind: Kind::Followed, rule: "it is of the device that signed it" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEVICE: DeviceId = DeviceId([1; 16]);

    #[test]
    fn wishes_count_only_under_the_collectors_key_and_for_the_device_and_enrolment_that_they_name() {
        let key = KeyPair::generate();
        let said = Wishes { device: DEVICE, enrolment: 2, number: 7, keep: false, off: vec![Modality::Face] };
        let signed = said.encode(&key);
        let read =
            |signed: &[u8], key: &KeyPair, device, enrolment| Wishes::decode(signed, &key.public(), device, enrolment);
        assert_eq!(read(&signed, &key, DEVICE, 2), Ok(said));
        assert_eq!(read(&signed, &KeyPair::generate(), DEVICE, 2), Err(ProtocolError::Signature), "forged");
        assert!(read(&signed, &key, DeviceId([2; 16]), 2).is_err(), "another device's");
        assert!(read(&signed, &key, DEVICE, 3).is_err(), "of before somebody else enrolled it");
        let mut changed = signed;
        changed[22] ^= 1;
        assert_eq!(read(&changed, &key, DEVICE, 2), Err(ProtocolError::Signature));
    }

    #[test]
    fn that_wishes_are_followed_counts_only_as_the_device_has_signed_it() {
        let key = KeyPair::generate();
        let said = Followed { device: DEVICE, enrolment: 2, number: 7 };
        let signed = said.encode(&key);
        assert_eq!(Followed::decode(&signed, &key.public(), DEVICE), Ok(said));
        assert_eq!(Followed::decode(&signed, &KeyPair::generate().public(), DEVICE), Err(ProtocolError::Signature));
        assert!(Followed::decode(&signed, &key.public(), DeviceId([2; 16])).is_err());
    }
}
