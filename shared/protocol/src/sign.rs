//! Ed25519 keys of devices and collectors, and envelopes that end with a signature.

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use zeroize::{Zeroize, Zeroizing};

use crate::ProtocolError;

/// Bytes of a signature at the end of a signed envelope.
pub const SIGNATURE_LEN: usize = 64;

/// A public key, 32 bytes.
pub type PublicKey = [u8; 32];

/// A key pair. Its secret is wiped when dropped and never printed.
pub struct KeyPair(SigningKey);

impl KeyPair {
    /// A new key pair from the system's generator.
    ///
    /// # Panics
    /// When the operating system has no randomness to give.
    #[must_use]
    pub fn generate() -> Self {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).expect("the operating system gives random bytes");
        let pair = Self(SigningKey::from_bytes(&secret));
        secret.zeroize();
        pair
    }

    /// The key pair of a stored secret.
    #[must_use]
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(secret))
    }

    /// The secret, to be stored where only its owner reads.
    #[must_use]
    pub fn secret(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The half that others verify with.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        self.0.verifying_key().to_bytes()
    }

    /// Appends the signature of all bytes given.
    #[must_use]
    pub fn sign(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        let signature = self.0.sign(&bytes);
        bytes.extend_from_slice(&signature.to_bytes());
        bytes
    }

    /// What this key and another have in common: whoever has the secret of either knows it, and nobody else (X25519 over the same keys).
    /// None where the other is no key, or one that has the same in common with everybody.
    pub(crate) fn in_common(&self, other: &PublicKey) -> Option<Zeroizing<[u8; 32]>> {
        let other = VerifyingKey::from_bytes(other).ok()?.to_montgomery();
        let shared = Zeroizing::new(other.mul_clamped(self.0.to_scalar_bytes()).to_bytes());
        (*shared != [0; 32]).then_some(shared)
    }
}

impl std::fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyPair(..)")
    }
}

/// Splits off the signature without checking it: for reading who claims to have signed.
///
/// # Errors
/// When there are too few bytes to hold one.
pub fn split(signed: &[u8]) -> Result<&[u8], ProtocolError> {
    signed
        .split_last_chunk::<SIGNATURE_LEN>()
        .map(|(message, _)| message)
        .ok_or(ProtocolError::Truncated { got: signed.len(), needed: SIGNATURE_LEN })
}

/// Checks the signature and gives the bytes before it.
///
/// # Errors
/// When there is none, or it is not of `key`.
pub fn verify<'a>(signed: &'a [u8], key: &PublicKey) -> Result<&'a [u8], ProtocolError> {
    let (message, signature) = signed
        .split_last_chunk::<SIGNATURE_LEN>()
        .ok_or(ProtocolError::Truncated { got: signed.len(), needed: SIGNATURE_LEN })?;
    let key = VerifyingKey::from_bytes(key).map_err(|_| ProtocolError::PublicKey)?;
    key.verify_strict(message, &signature.into()).map_err(|_| ProtocolError::Signature)?;
    Ok(message)
}
