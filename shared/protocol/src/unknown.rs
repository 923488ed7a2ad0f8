//! The collector's answer to a batch of a device, or of an enrolment, that it does not have: it was never made there, or the
//! database is older than it. Nothing of the batch is settled; without a word the device would wait for ever.

use serde::{Deserialize, Serialize};

use crate::ProtocolError;
use crate::digest::Digest;
use crate::envelope::{self, Kind};
use crate::ids::DeviceId;
use crate::sign::{self, KeyPair, PublicKey};

/// Signed by the collector, of one batch. It names the batch, so that nobody can have it made before the device is enrolled and
/// show it afterwards.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Unknown {
    /// Whom it is for.
    pub device: DeviceId,
    /// [`Unknown::name_of`] the batch.
    pub batch: Digest,
}

impl Unknown {
    /// What a signed batch is called here.
    #[must_use]
    pub fn name_of(signed: &[u8]) -> Digest {
        let mut whole = Digest::of_pieces("batch");
        whole.add(signed);
        whole.digest()
    }

    /// Encodes and signs with the collector's key.
    #[must_use]
    pub fn encode(&self, key: &KeyPair) -> Vec<u8> {
        key.sign(envelope::encode(Kind::Unknown, self))
    }

    /// Verifies and decodes.
    ///
    /// # Errors
    /// When the signature is not of `key`, or the bytes are no such answer.
    pub fn decode(signed: &[u8], key: &PublicKey) -> Result<Self, ProtocolError> {
        envelope::decode(sign::verify(signed, key)?, Kind::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_a_device_is_not_known_reads_back_and_counts_only_under_the_collectors_key() {
        let key = KeyPair::generate();
        let unknown = Unknown { device: DeviceId([1; 16]), batch: Unknown::name_of(b"a batch") };
        let signed = unknown.encode(&key);
        assert_eq!(Unknown::decode(&signed, &key.public()), Ok(unknown));
        assert_eq!(Unknown::decode(&signed, &KeyPair::generate().public()), Err(ProtocolError::Signature));
        assert_ne!(Unknown::name_of(b"another"), unknown.batch);
    }
}
