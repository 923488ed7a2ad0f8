//! Another key for a device that is enrolled, without enrolling it anew.
//!
//! The message is signed with the key so far and carries a proof by the new one, so that nobody gives a device a key that they do
//! not hold, and no key of somebody else. It may be sent again until the answer has come: the collector answers alike as long as the
//! new key is the device's. Whoever has the key of before can do nothing with it from then on, and is noticed.

use serde::{Deserialize, Serialize};

use crate::ProtocolError;
use crate::envelope::{self, Kind};
use crate::ids::DeviceId;
use crate::sign::{self, KeyPair, PublicKey, SIGNATURE_LEN};

/// What the new key signs begins with this.
const PURPOSE: &[u8] = b"attune new key 1";

/// Signed by a device with its key so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NewKey {
    /// Who says so.
    pub device: DeviceId,
    /// Its newest enrolment.
    pub enrolment: u32,
    /// Its key from now on.
    pub key: PublicKey,
    /// The first half of a signature by that key.
    proof_r: [u8; 32],
    /// And the second.
    proof_s: [u8; 32],
}

/// Signed by the collector: it knows the device by that key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KeyTaken {
    /// Whom it is for.
    pub device: DeviceId,
    /// The enrolment that the device named.
    pub enrolment: u32,
    /// The key.
    pub key: PublicKey,
}

impl NewKey {
    /// Of a device that had `before`.
    #[must_use]
    pub fn new(device: DeviceId, enrolment: u32, before: &PublicKey, key: &KeyPair) -> Self {
        let signed = key.sign(message(device, enrolment, before));
        let (first, second) = signed[signed.len() - SIGNATURE_LEN..].split_at(32);
        let half = |half: &[u8]| half.try_into().expect("half of a signature");
        Self { device, enrolment, key: key.public(), proof_r: half(first), proof_s: half(second) }
    }

    /// Encodes and signs with the device's key so far.
    #[must_use]
    pub fn encode(&self, before: &KeyPair) -> Vec<u8> {
        before.sign(envelope::encode(Kind::NewKey, self))
    }

    /// Verifies and decodes what a device sent that had `before`.
    ///
    /// # Errors
    /// When the signature is not of that key, the new one proves nothing, the bytes are no such message, or it is of another device.
    pub fn decode(signed: &[u8], before: &PublicKey, device: DeviceId) -> Result<Self, ProtocolError> {
        let read: Self = envelope::decode(sign::verify(signed, before)?, Kind::NewKey)?;
        if read.device != device {
            return Err(ProtocolError::Rule { kind: Kind::NewKey, rule: "it is of the device that signed it" });
        }
        let proof = [&message(device, read.enrolment, before)[..], &read.proof_r, &read.proof_s].concat();
        sign::verify(&proof, &read.key)?;
        Ok(read)
    }
}

fn message(device: DeviceId, enrolment: u32, before: &PublicKey) -> Vec<u8> {
    [PURPOSE, &device.0, &enrolment.to_be_bytes(), before].concat()
}

impl KeyTaken {
    /// Encodes and signs with the collector's key.
    #[must_use]
    pub fn encode(&self, key: &KeyPair) -> Vec<u8> {
        key.sign(envelope::encode(Kind::KeyTaken, self))
    }

    /// Verifies and decodes what was sent to a device.
    ///
    /// # Errors
    /// When the signature is not of `key`, or the bytes are no such message.
    pub fn decode(signed: &[u8], key: &PublicKey) -> Result<Self, ProtocolError> {
        envelope::decode(sign::verify(signed, key)?, Kind::KeyTaken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEVICE: DeviceId = DeviceId([1; 16]);

    #[test]
    fn a_new_key_counts_only_under_the_key_so_far_and_with_a_proof_of_its_own() {
        let (before, next, other) = (KeyPair::generate(), KeyPair::generate(), KeyPair::generate());
        let said = NewKey::new(DEVICE, 2, &before.public(), &next);
        let signed = said.encode(&before);
        assert_eq!(NewKey::decode(&signed, &before.public(), DEVICE), Ok(said));
        assert_eq!(NewKey::decode(&signed, &next.public(), DEVICE), Err(ProtocolError::Signature));
        assert!(NewKey::decode(&signed, &before.public(), DeviceId([2; 16])).is_err(), "another device's");
        let stolen = NewKey { key: other.public(), ..said };
        assert_eq!(
            NewKey::decode(&stolen.encode(&before), &before.public(), DEVICE),
            Err(ProtocolError::Signature),
            "a key that the sender does not hold"
        );
        let elsewhere = NewKey::new(DEVICE, 2, &other.public(), &next);
        assert!(NewKey::decode(&elsewhere.encode(&before), &before.public(), DEVICE).is_err(), "made for another key");
        let earlier = NewKey { enrolment: 1, ..said };
        assert!(NewKey::decode(&earlier.encode(&before), &before.public(), DEVICE).is_err());
    }

    #[test]
    fn that_it_is_taken_counts_only_as_the_collector_has_signed_it() {
        let key = KeyPair::generate();
        let said = KeyTaken { device: DEVICE, enrolment: 2, key: [7; 32] };
        let signed = said.encode(&key);
        assert_eq!(KeyTaken::decode(&signed, &key.public()), Ok(said));
        assert_eq!(KeyTaken::decode(&signed, &KeyPair::generate().public()), Err(ProtocolError::Signature));
    }
}
