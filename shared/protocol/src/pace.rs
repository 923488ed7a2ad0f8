//! The collector asks a device to send more slowly for a while: more comes than it can commit.
//!
//! It is signed and for one device. Nothing leaves an outbox for it: a device keeps what it does not send. It can only ask for less
//! haste, and a device bounds what it asks for: whoever shows an old one again, or a collector that is wrong, holds a device up for
//! minutes and not for days. It is asked for anew as long as it is needed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ProtocolError;
use crate::envelope::{self, Kind};
use crate::ids::DeviceId;
use crate::sign::{self, KeyPair, PublicKey};

/// However long it is asked for, it lasts no longer.
pub const LONGEST: Duration = Duration::from_secs(900);
/// However slowly is asked for, so often a batch is sent.
pub const SLOWEST: Duration = Duration::from_secs(300);

/// Signed by the collector, for one device.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Pace {
    /// Whom it is for.
    pub device: DeviceId,
    /// The collector's clock, Unix milliseconds; rises with each of a device.
    pub at_millis: i64,
    /// For how long it is asked, seconds from then.
    pub lasts_s: u32,
    /// Seconds between one batch and the next.
    pub every_s: u16,
    /// The most batches that wait for an acknowledgement.
    pub most: u8,
}

impl Pace {
    /// For how long it is asked, as far as that counts.
    #[must_use]
    pub fn lasts(&self) -> Duration {
        Duration::from_secs(self.lasts_s.into()).min(LONGEST)
    }

    /// Between one batch and the next, as far as that counts.
    #[must_use]
    pub fn every(&self) -> Duration {
        Duration::from_secs(self.every_s.into()).min(SLOWEST)
    }

    /// Encodes and signs with the collector's key.
    #[must_use]
    pub fn encode(&self, key: &KeyPair) -> Vec<u8> {
        key.sign(envelope::encode(Kind::Pace, self))
    }

    /// Verifies and decodes what was sent to a device.
    ///
    /// # Errors
    /// When the signature is not of `key`, the bytes are no such message, or it is for another device.
    pub fn decode(signed: &[u8], key: &PublicKey, device: DeviceId) -> Result<Self, ProtocolError> {
        let read: Self = envelope::decode(sign::verify(signed, key)?, Kind::Pace)?;
        match read.device == device {
            true => Ok(read),
            false => Err(ProtocolError::Rule { kind: Kind::Pace, rule: "it is for this device" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_counts_only_under_the_collectors_key_and_for_the_device_that_it_names() {
        let (key, device) = (KeyPair::generate(), DeviceId([1; 16]));
        let said = Pace { device, at_millis: 7, lasts_s: 60, every_s: 10, most: 1 };
        let signed = said.encode(&key);
        assert_eq!(Pace::decode(&signed, &key.public(), device), Ok(said));
        assert_eq!(Pace::decode(&signed, &KeyPair::generate().public(), device), Err(ProtocolError::Signature));
        assert!(Pace::decode(&signed, &key.public(), DeviceId([2; 16])).is_err(), "another device's");
    }

    #[test]
    fn however_much_is_asked_for_it_is_bounded() {
        let of = |lasts_s, every_s| Pace { device: DeviceId([1; 16]), at_millis: 0, lasts_s, every_s, most: 0 };
        assert_eq!((of(60, 10).lasts(), of(60, 10).every()), (Duration::from_secs(60), Duration::from_secs(10)));
        assert_eq!((of(u32::MAX, u16::MAX).lasts(), of(u32::MAX, u16::MAX).every()), (LONGEST, SLOWEST));
    }
}
