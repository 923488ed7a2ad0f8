//! How a device becomes known: a one-time code, against which it shows its public key.

use serde::{Deserialize, Serialize};

use crate::ProtocolError;
use crate::envelope::{self, Kind};
use crate::ids::DeviceId;
use crate::sign::{self, KeyPair, PublicKey};

/// The most characters of a code.
pub const MAX_CODE_LEN: usize = 64;

/// A device asks to be enrolled. Signed with the key that it shows, so it proves to hold it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// The device's own random id.
    pub device: DeviceId,
    /// The key that its batches will be signed with.
    pub public_key: PublicKey,
    /// The one-time code that the collector gave out.
    pub code: String,
}

impl EnrolRequest {
    /// Encodes and signs.
    #[must_use]
    pub fn encode(&self, key: &KeyPair) -> Vec<u8> {
        key.sign(envelope::encode(Kind::EnrolRequest, self))
    }

    /// Decodes and verifies against the key inside.
    ///
    /// # Errors
    /// When the bytes are no request, its code is too long, or it is not signed with the key it shows.
    pub fn decode(signed: &[u8]) -> Result<Self, ProtocolError> {
        let message = sign::split(signed)?;
        let request: Self = envelope::decode_body(Kind::EnrolRequest, envelope::expect(message, Kind::EnrolRequest)?)?;
        if request.code.len() > MAX_CODE_LEN {
            return Err(ProtocolError::TooLarge {
                what: "an enrolment code",
                got: request.code.len(),
                limit: MAX_CODE_LEN,
            });
        }
        sign::verify(signed, &request.public_key)?;
        Ok(request)
    }
}

/// The collector's answer, signed with the key that it shows.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EnrolReply {
    /// Whom it is for.
    pub device: DeviceId,
    /// The key that acknowledgements will be signed with.
    pub collector_key: PublicKey,
    /// Accepted, or why not.
    pub outcome: EnrolOutcome,
}

/// What became of a request. Variants are only appended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum EnrolOutcome {
    /// The device is enrolled (also when the same device asks again with the same code and key).
    Accepted,
    /// The code is unknown, used by another device, or too old. Which of these is not told.
    CodeRefused,
    /// The device id is enrolled already with another key.
    DeviceTaken,
}

impl EnrolReply {
    /// Encodes and signs.
    #[must_use]
    pub fn encode(&self, key: &KeyPair) -> Vec<u8> {
        key.sign(envelope::encode(Kind::EnrolReply, self))
    }

    /// Decodes and verifies against the key inside: the first meeting is trusted, later ones are held to this key.
    ///
    /// # Errors
    /// When the bytes are no reply or are not signed with the key they show.
    pub fn decode(signed: &[u8]) -> Result<Self, ProtocolError> {
        let message = sign::split(signed)?;
        let reply: Self = envelope::decode_body(Kind::EnrolReply, envelope::expect(message, Kind::EnrolReply)?)?;
        sign::verify(signed, &reply.collector_key)?;
        Ok(reply)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_must_be_signed_with_the_key_it_shows() {
        let key = KeyPair::generate();
        let request = EnrolRequest { device: DeviceId::random(), public_key: key.public(), code: "ABCD-EFGH".into() };
        assert_eq!(EnrolRequest::decode(&request.encode(&key)), Ok(request.clone()));
        let forged = request.encode(&KeyPair::generate());
        assert_eq!(EnrolRequest::decode(&forged), Err(ProtocolError::Signature));
    }
}
