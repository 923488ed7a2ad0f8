//! Another signing key for the collector, without enrolling its devices anew.
//!
//! The message is for one enrolment of one device. It is signed by the key that the device pins, and carries a proof by the new one over
//! the same, so that nobody has a device pin a key that they do not hold. A device takes it only from the key that it pins: of an earlier
//! exchange it is shown again in vain, and with another key than the two it says nothing. It may be told again until the device has
//! confirmed it, also where the device has taken the new key already and its word was lost.

use serde::{Deserialize, Serialize};

use crate::ProtocolError;
use crate::envelope::{self, Kind};
use crate::ids::DeviceId;
use crate::sign::{self, KeyPair, PublicKey, SIGNATURE_LEN};

/// What the new key signs begins with this.
const PURPOSE: &[u8] = b"attune new collector key 1";

/// Signed by the collector with its key so far, for one enrolment of one device.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NewCollectorKey {
    /// Whom it is for.
    pub device: DeviceId,
    /// The number of its newest enrolment.
    pub enrolment: u32,
    /// The collector's key so far.
    pub former: PublicKey,
    /// Its key from now on.
    pub key: PublicKey,
    /// The first half of a signature by that key.
    proof_r: [u8; 32],
    /// And the second.
    proof_s: [u8; 32],
}

/// Signed by a device: it pins that key of the collector.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CollectorKeyTaken {
    /// Who says so.
    pub device: DeviceId,
    /// Its newest enrolment.
    pub enrolment: u32,
    /// The collector's key.
    pub key: PublicKey,
}

impl NewCollectorKey {
    /// For an enrolment of a device that pins `former`.
    #[must_use]
    pub fn new(device: DeviceId, enrolment: u32, former: &PublicKey, key: &KeyPair) -> Self {
        let signed = key.sign(message(device, enrolment, former));
        let (first, second) = signed[signed.len() - SIGNATURE_LEN..].split_at(32);
        let half = |half: &[u8]| half.try_into().expect("half of a signature");
        let (proof_r, proof_s) = (half(first), half(second));
        Self { device, enrolment, former: *former, key: key.public(), proof_r, proof_s }
    }

    /// Encodes and signs with the collector's key so far.
    #[must_use]
    pub fn encode(&self, former: &KeyPair) -> Vec<u8> {
        former.sign(envelope::encode(Kind::NewCollectorKey, self))
    }

    /// Verifies and decodes what was sent to an enrolment of a device that pins `pinned`: one of the two keys, so that it is to take the
    /// new one, or has it already.
    ///
    /// # Errors
    /// When the device pins neither key, the signature is not of the one so far, the new one proves nothing, the bytes are no such
    /// message, or it is for another device or enrolment.
    pub fn decode(signed: &[u8], pinned: &PublicKey, device: DeviceId, enrolment: u32) -> Result<Self, ProtocolError> {
        let rule = |rule| Err(ProtocolError::Rule { kind: Kind::NewCollectorKey, rule });
        let said: Self = envelope::decode(sign::split(signed)?, Kind::NewCollectorKey)?;
        if ![said.former, said.key].contains(pinned) {
            return rule("it is of the key that this device pins");
        }
        sign::verify(signed, &said.former)?;
        let proof = [&message(said.device, said.enrolment, &said.former)[..], &said.proof_r, &said.proof_s].concat();
        sign::verify(&proof, &said.key)?;
        if (said.device, said.enrolment) != (device, enrolment) {
            return rule("it is for this device and enrolment");
        }
        Ok(said)
    }
}

fn message(device: DeviceId, enrolment: u32, former: &PublicKey) -> Vec<u8> {
    [PURPOSE, &device.0, &enrolment.to_be_bytes(), former].concat()
}

impl CollectorKeyTaken {
    /// Encodes and signs with the device's key.
    #[must_use]
    pub fn encode(&self, key: &KeyPair) -> Vec<u8> {
        key.sign(envelope::encode(Kind::CollectorKeyTaken, self))
    }

    /// Verifies and decodes what a device sent that has `key`.
    ///
    /// # Errors
    /// When the signature is not of that key, the bytes are no such message, or it is of another device.
    pub fn decode(signed: &[u8], key: &PublicKey, device: DeviceId) -> Result<Self, ProtocolError> {
        let said: Self = envelope::decode(sign::verify(signed, key)?, Kind::CollectorKeyTaken)?;
        match said.device == device {
            true => Ok(said),
            false => {
                Err(ProtocolError::Rule { kind: Kind::CollectorKeyTaken, rule: "it is of the device that signed it" })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEVICE: DeviceId = DeviceId([1; 16]);

    #[test]
    fn a_new_key_of_the_collector_counts_only_by_the_pinned_key_with_a_proof_for_one_enrolment_of_one_device() {
        let (former, next, other) = (KeyPair::generate(), KeyPair::generate(), KeyPair::generate());
        let read = |signed: &[u8], pinned: &KeyPair| NewCollectorKey::decode(signed, &pinned.public(), DEVICE, 2);
        let said = NewCollectorKey::new(DEVICE, 2, &former.public(), &next);
        let signed = said.encode(&former);
        assert_eq!(read(&signed, &former), Ok(said));
        assert_eq!(read(&signed, &next), Ok(said), "it was taken, and the device's word was lost");
        assert!(read(&signed, &other).is_err(), "of an earlier exchange");
        assert!(NewCollectorKey::decode(&signed, &former.public(), DeviceId([2; 16]), 2).is_err(), "another device's");
        assert!(NewCollectorKey::decode(&signed, &former.public(), DEVICE, 3).is_err(), "of an enrolment before");
        assert_eq!(read(&said.encode(&other), &former), Err(ProtocolError::Signature), "another has signed it");
        assert_eq!(read(&said.encode(&other), &next), Err(ProtocolError::Signature), "also where it is taken");
        let of_others = NewCollectorKey::new(DEVICE, 2, &other.public(), &next);
        assert!(read(&of_others.encode(&other), &former).is_err(), "it names another key, and is signed by that");
        let stolen = NewCollectorKey { key: other.public(), ..said };
        assert_eq!(read(&stolen.encode(&former), &former), Err(ProtocolError::Signature), "nobody holds that key");
        for changed in [
            NewCollectorKey { enrolment: 3, ..said },
            NewCollectorKey { device: DeviceId([2; 16]), ..said },
            NewCollectorKey { former: other.public(), ..said },
        ] {
            let signer = if changed.former == said.former { &former } else { &other };
            let signed = changed.encode(signer);
            let read = NewCollectorKey::decode(&signed, &next.public(), changed.device, changed.enrolment);
            assert_eq!(read, Err(ProtocolError::Signature), "the proof is of all of it");
        }
        assert!(read(&signed[..20], &former).is_err());
    }

    #[test]
    fn that_a_device_has_taken_it_counts_only_as_that_device_has_signed_it() {
        let key = KeyPair::generate();
        let said = CollectorKeyTaken { device: DEVICE, enrolment: 2, key: [7; 32] };
        let signed = said.encode(&key);
        assert_eq!(CollectorKeyTaken::decode(&signed, &key.public(), DEVICE), Ok(said));
        let other = KeyPair::generate().public();
        assert_eq!(CollectorKeyTaken::decode(&signed, &other, DEVICE), Err(ProtocolError::Signature));
        assert!(CollectorKeyTaken::decode(&signed, &key.public(), DeviceId([2; 16])).is_err(), "another device's");
    }
}
