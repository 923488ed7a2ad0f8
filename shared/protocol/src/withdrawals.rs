//! What a person has withdrawn in the browser, told to a device of theirs until the device confirms it.
//!
//! Only withdrawals travel this way: who has stolen a browser session must not switch on a camera at somebody's home, so consent
//! is given on the device alone. The message names the device and the number of its enrolment, which is of one person, and each
//! withdrawal has an instant that rises with every one of that device: one that is shown again, or is older than what the device
//! has carried out, changes nothing. A device confirms a withdrawal by telling it, under the same instant, as a change of its own
//! book of consent.

use serde::{Deserialize, Serialize};

use crate::ProtocolError;
use crate::consent::Purpose;
use crate::envelope::{self, Kind};
use crate::ids::DeviceId;
use crate::registry::Modality;
use crate::sign::{self, KeyPair, PublicKey};

/// Signed by the collector, for one enrolment of one device.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Withdrawals {
    /// Whom it is for.
    pub device: DeviceId,
    /// The number of the enrolment, and with it the person.
    pub enrolment: u32,
    /// What the device has not confirmed yet, the oldest first.
    pub asked: Vec<Asked>,
}

/// One withdrawal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Asked {
    /// What may be sensed no more.
    pub modality: Modality,
    /// What for.
    pub purpose: Purpose,
    /// When, by the collector's clock, Unix milliseconds; later than every change of the device that it knew.
    pub at_millis: i64,
}

impl Withdrawals {
    /// Encodes and signs with the collector's key.
    #[must_use]
    pub fn encode(&self, key: &KeyPair) -> Vec<u8> {
        key.sign(envelope::encode(Kind::Withdrawals, self))
    }

    /// Verifies and decodes what was sent to one enrolment of one device.
    ///
    /// # Errors
    /// When the signature is not of `key`, the bytes are no such message, or it is for another device or enrolment.
    pub fn decode(signed: &[u8], key: &PublicKey, device: DeviceId, enrolment: u32) -> Result<Self, ProtocolError> {
        let read: Self = envelope::decode(sign::verify(signed, key)?, Kind::Withdrawals)?;
        match (read.device, read.enrolment) == (device, enrolment) {
            true => Ok(read),
            false => Err(ProtocolError::Rule { kind: Kind::Withdrawals, rule: "it is for this device and enrolment" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn withdrawals_count_only_under_the_collectors_key_and_for_the_device_and_enrolment_that_they_name() {
        let (key, device) = (KeyPair::generate(), DeviceId([1; 16]));
        let asked = vec![Asked { modality: Modality::Face, purpose: Purpose::Wellbeing, at_millis: 7 }];
        let said = Withdrawals { device, enrolment: 2, asked };
        let signed = said.encode(&key);
        let read = |signed: &[u8], key: &KeyPair, device, enrolment| {
            Withdrawals::decode(signed, &key.public(), device, enrolment)
        };
        assert_eq!(read(&signed, &key, device, 2), Ok(said));
        assert_eq!(read(&signed, &KeyPair::generate(), device, 2), Err(ProtocolError::Signature), "forged");
        assert!(read(&signed, &key, DeviceId([2; 16]), 2).is_err(), "another device's");
        assert!(read(&signed, &key, device, 3).is_err(), "of before somebody else enrolled it");
        let mut changed = signed;
        changed[20] ^= 1;
        assert_eq!(read(&changed, &key, device, 2), Err(ProtocolError::Signature));
    }
}
