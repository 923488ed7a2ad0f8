//! How a device becomes known: a one-time code that both sides show to know, and that never crosses the wire.
//!
//! The code has 80 random bits. From it both sides derive a name, by which the collector finds it, and a key, under which
//! each signs what it says together with both public keys (HMAC-SHA-256). Whoever listens can neither learn the code nor
//! answer in the collector's place: an acknowledgement counts only under the collector key that was proved so.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroize;

use crate::ProtocolError;
use crate::envelope::{self, Kind};
use crate::ids::{DeviceId, Epoch};
use crate::policy::Profile;
use crate::sign::{self, KeyPair, PublicKey};

/// The most characters of a code as a person types it.
pub const MAX_CODE_LEN: usize = 64;
/// Bytes of a code's name.
pub const CODE_NAME_LEN: usize = 8;

/// What a code is to a program: a name that may be told, and a key that may not.
#[derive(Clone)]
pub struct Code {
    name: [u8; CODE_NAME_LEN],
    key: [u8; 32],
}

impl Code {
    /// Of the text that the collector gave out; hyphens, spaces and case do not matter.
    ///
    /// # Panics
    /// Never: both outputs are far shorter than the most that HKDF gives.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut plain = text.replace(['-', ' '], "").to_ascii_uppercase();
        let derive = Hkdf::<Sha256>::new(Some(b"attune enrolment 2"), plain.as_bytes());
        plain.zeroize();
        let mut code = Self { name: [0; CODE_NAME_LEN], key: [0; 32] };
        derive.expand(b"name", &mut code.name).expect("8 bytes are few");
        derive.expand(b"key", &mut code.key).expect("32 bytes are few");
        code
    }

    /// Of a stored name and key.
    #[must_use]
    pub fn from_parts(name: [u8; CODE_NAME_LEN], key: [u8; 32]) -> Self {
        Self { name, key }
    }

    /// The name, by which the collector finds the code.
    #[must_use]
    pub fn name(&self) -> [u8; CODE_NAME_LEN] {
        self.name
    }

    /// The key, to be stored sealed.
    #[must_use]
    pub fn key(&self) -> &[u8; 32] {
        &self.key
    }

    fn mac(&self, who: &[u8], parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes a key of any length");
        mac.update(who);
        parts.iter().for_each(|part| mac.update(part));
        mac
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Code(..)")
    }
}

/// A device asks to be enrolled. Signed with the key that it shows, so it proves to hold it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// The device's own random id.
    pub device: DeviceId,
    /// The key that its batches will be signed with.
    pub public_key: PublicKey,
    /// Counts the enrolments of this device, from 1: a later one wins, whatever the clocks say.
    pub enrolment: u32,
    /// The outbox store with which the enrolment begins.
    pub epoch: Epoch,
    /// Names this request, so that its answer and its repetition are known.
    pub nonce: [u8; 16],
    /// Which code.
    code_name: [u8; CODE_NAME_LEN],
    /// That the device knows the code.
    proof: [u8; 32],
}

impl EnrolRequest {
    /// A request that shows to know a code.
    ///
    /// # Panics
    /// When the operating system has no randomness to give.
    #[must_use]
    pub fn new(device: DeviceId, public_key: PublicKey, enrolment: u32, epoch: Epoch, code: &Code) -> Self {
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce).expect("the operating system gives random bytes");
        let mut request = Self { device, public_key, enrolment, epoch, nonce, code_name: code.name(), proof: [0; 32] };
        request.proof = request.mac(code).finalize().into_bytes().into();
        request
    }

    /// Which code the device says that it knows.
    #[must_use]
    pub fn code_name(&self) -> [u8; CODE_NAME_LEN] {
        self.code_name
    }

    /// Whether the device knows the code.
    #[must_use]
    pub fn proves(&self, code: &Code) -> bool {
        self.code_name == code.name() && self.mac(code).verify(&self.proof.into()).is_ok()
    }

    fn mac(&self, code: &Code) -> Hmac<Sha256> {
        let (enrolment, epoch) = (self.enrolment.to_be_bytes(), self.epoch.0.to_be_bytes());
        code.mac(b"device", &[&self.device.0, &self.public_key, &enrolment, &epoch, &self.nonce])
    }

    /// Encodes and signs.
    #[must_use]
    pub fn encode(&self, key: &KeyPair) -> Vec<u8> {
        key.sign(envelope::encode(Kind::EnrolRequest, self))
    }

    /// Decodes and verifies against the key inside.
    ///
    /// # Errors
    /// When the bytes are no request, or it is not signed with the key it shows.
    pub fn decode(signed: &[u8]) -> Result<Self, ProtocolError> {
        let request: Self = envelope::decode(sign::split(signed)?, Kind::EnrolRequest)?;
        sign::verify(signed, &request.public_key)?;
        Ok(request)
    }
}

/// The collector's answer, signed with the key that it shows.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EnrolReply {
    /// Whom it is for.
    pub device: DeviceId,
    /// The nonce of the request that it answers.
    pub nonce: [u8; 16],
    /// The key that acknowledgements will be signed with.
    pub collector_key: PublicKey,
    /// Accepted, or why not.
    pub outcome: EnrolOutcome,
    /// The collector's profile, as its number.
    profile: u8,
    /// The collector's clock, Unix milliseconds.
    pub at_millis: i64,
    /// That the collector knows the code; zeros where it does not.
    proof: [u8; 32],
}

/// What became of a request. Variants are only appended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum EnrolOutcome {
    /// The device is enrolled (also when the same request comes again while it is the device's latest).
    Accepted,
    /// The code is unknown, used, or too old. Which of these is not told.
    CodeRefused,
    /// The device id is enrolled already with another key.
    DeviceTaken,
    /// The device has enrolled later than this already, or says so of itself: its counter is behind.
    Behind,
}

impl EnrolReply {
    /// An answer to a request, with the proof that the code is known here, where it is.
    #[must_use]
    pub fn to(
        request: &EnrolRequest,
        collector_key: PublicKey,
        outcome: EnrolOutcome,
        profile: Profile,
        at_millis: i64,
        code: Option<&Code>,
    ) -> Self {
        let (device, nonce, profile) = (request.device, request.nonce, profile.number());
        let mut reply = Self { device, nonce, collector_key, outcome, profile, at_millis, proof: [0; 32] };
        if let Some(code) = code {
            reply.proof = reply.mac(code, &request.public_key).finalize().into_bytes().into();
        }
        reply
    }

    /// The collector's profile.
    #[must_use]
    pub fn profile(&self) -> Profile {
        Profile::from_number(self.profile)
    }

    /// Whether it answers this request and whoever signed it knows the code.
    #[must_use]
    pub fn proves(&self, code: &Code, request: &EnrolRequest) -> bool {
        self.device == request.device
            && self.nonce == request.nonce
            && self.mac(code, &request.public_key).verify(&self.proof.into()).is_ok()
    }

    fn mac(&self, code: &Code, device_key: &PublicKey) -> Hmac<Sha256> {
        let (outcome, at) = ([self.outcome as u8, self.profile], self.at_millis.to_be_bytes());
        code.mac(b"collector", &[&self.device.0, device_key, &self.nonce, &self.collector_key, &outcome, &at])
    }

    /// Encodes and signs.
    #[must_use]
    pub fn encode(&self, key: &KeyPair) -> Vec<u8> {
        key.sign(envelope::encode(Kind::EnrolReply, self))
    }

    /// Decodes and verifies against the key inside. Only [`Self::proves`] tells whether that key is the collector's.
    ///
    /// # Errors
    /// When the bytes are no reply or are not signed with the key they show.
    pub fn decode(signed: &[u8]) -> Result<Self, ProtocolError> {
        let reply: Self = envelope::decode(sign::split(signed)?, Kind::EnrolReply)?;
        sign::verify(signed, &reply.collector_key)?;
        Ok(reply)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(key: &KeyPair, code: &str) -> EnrolRequest {
        EnrolRequest::new(DeviceId([7; 16]), key.public(), 1, Epoch(5), &Code::of(code))
    }

    #[test]
    fn a_request_must_be_signed_with_the_key_it_shows() {
        let key = KeyPair::generate();
        let request = request(&key, "ABCD-EFGH");
        assert_eq!(EnrolRequest::decode(&request.encode(&key)), Ok(request.clone()));
        let forged = request.encode(&KeyPair::generate());
        assert_eq!(EnrolRequest::decode(&forged), Err(ProtocolError::Signature));
    }

    #[test]
    fn both_sides_prove_to_know_the_code_and_nobody_else_can() {
        let (device, collector, thief) = (KeyPair::generate(), KeyPair::generate(), KeyPair::generate());
        let (code, wrong) = (Code::of("abcd efgh"), Code::of("ABCD-EFGI"));
        let request = request(&device, "ABCD-EFGH");
        assert!(request.proves(&code) && !request.proves(&wrong));
        let stolen = EnrolRequest { public_key: thief.public(), ..request.clone() };
        assert!(!stolen.proves(&code), "the proof is of the device's own key");

        let reply =
            |key: &KeyPair, code| EnrolReply::to(&request, key.public(), EnrolOutcome::Accepted, Profile::Us, 9, code);
        let genuine = reply(&collector, Some(&code));
        assert!(genuine.proves(&code, &request));
        assert_eq!(genuine.profile(), Profile::Us);
        assert_eq!(EnrolReply::decode(&genuine.encode(&collector)), Ok(genuine.clone()));
        assert!(!reply(&thief, None).proves(&code, &request));
        assert!(!reply(&thief, Some(&wrong)).proves(&code, &request));
        let swapped = EnrolReply { collector_key: thief.public(), ..genuine.clone() };
        assert!(!swapped.proves(&code, &request), "the proof is of the collector's own key");
        let loosened = EnrolReply { profile: Profile::Research.number(), ..genuine };
        assert!(!loosened.proves(&code, &request));
    }

    #[test]
    fn the_code_is_in_no_byte_that_is_sent() {
        let key = KeyPair::generate();
        let sent = request(&key, "ABCDEFGHIJKLMNOP").encode(&key);
        assert!(!sent.windows(4).any(|bytes| b"ABCDEFGHIJKLMNOP".windows(4).any(|part| part == bytes)));
        assert!(!sent.windows(32).any(|bytes| bytes == Code::of("ABCDEFGHIJKLMNOP").key()));
    }

    #[test]
    fn a_proof_is_of_everything_that_is_said() {
        let (device, collector) = (KeyPair::generate(), KeyPair::generate());
        let code = Code::of("ABCD-EFGH");
        let request = request(&device, "ABCD-EFGH");
        assert_ne!(request.nonce, self::request(&device, "ABCD-EFGH").nonce, "each request is a new one");
        for (what, other) in [
            ("device", EnrolRequest { device: DeviceId([8; 16]), ..request.clone() }),
            ("enrolment", EnrolRequest { enrolment: 2, ..request.clone() }),
            ("epoch", EnrolRequest { epoch: Epoch(6), ..request.clone() }),
            ("nonce", EnrolRequest { nonce: [0; 16], ..request.clone() }),
            ("name", EnrolRequest { code_name: [0; CODE_NAME_LEN], ..request.clone() }),
        ] {
            assert!(!other.proves(&code), "{what}");
        }
        let key = collector.public();
        let reply = EnrolReply::to(&request, key, EnrolOutcome::CodeRefused, Profile::Eu, 9, Some(&code));
        assert!(reply.proves(&code, &request));
        for (what, other) in [
            ("device", EnrolReply { device: DeviceId([8; 16]), ..reply.clone() }),
            ("nonce", EnrolReply { nonce: [0; 16], ..reply.clone() }),
            ("outcome", EnrolReply { outcome: EnrolOutcome::Accepted, ..reply.clone() }),
            ("time", EnrolReply { at_millis: 10, ..reply.clone() }),
        ] {
            assert!(!other.proves(&code, &request), "{what}");
        }
        let another = EnrolRequest { nonce: [1; 16], ..request.clone() };
        assert!(
            !EnrolReply { nonce: [1; 16], ..reply.clone() }.proves(&code, &another),
            "what answered another request"
        );
        assert_eq!(format!("{code:?}"), "Code(..)");
        let parts = Code::from_parts(code.name(), *code.key());
        assert!(request.proves(&parts) && parts.name() != [0; CODE_NAME_LEN] && *parts.key() != [0; 32]);
        let unlike = Code::from_parts([0; CODE_NAME_LEN], *code.key());
        assert!(!request.proves(&unlike), "a code is its name too");
        let forged = reply.encode(&KeyPair::generate());
        assert_eq!(EnrolReply::decode(&forged), Err(ProtocolError::Signature));
    }
}
