//! AES-256-GCM over small stored things: the device's outbox, the collector's personal records.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroize;

use crate::ProtocolError;

const NONCE_LEN: usize = 12;

/// Bytes that sealing adds: nonce and tag.
pub const OVERHEAD: usize = NONCE_LEN + 16;
/// Bytes of a fingerprint.
pub const FINGERPRINT_LEN: usize = 16;

/// A 256-bit key with its expanded schedule. Its secret is wiped when dropped and never printed.
pub struct SealKey {
    secret: [u8; 32],
    cipher: Aes256Gcm,
}

impl SealKey {
    /// A new key from the system's generator.
    ///
    /// # Panics
    /// When the operating system has no randomness to give.
    #[must_use]
    pub fn generate() -> Self {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).expect("the operating system gives random bytes");
        Self::from_secret(secret)
    }

    /// The key of a stored secret.
    #[must_use]
    pub fn from_secret(secret: [u8; 32]) -> Self {
        let cipher = Aes256Gcm::new(&secret.into());
        Self { secret, cipher }
    }

    /// The secret, to be stored wrapped or where only its owner reads.
    #[must_use]
    pub fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    /// What tells equal from different content to whoever holds the key, and nothing to anybody else: the first half of an
    /// HMAC-SHA-256 under it.
    ///
    /// # Panics
    /// Never: HMAC takes a key of any length.
    #[must_use]
    pub fn fingerprint(&self, content: &[u8]) -> [u8; FINGERPRINT_LEN] {
        let mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("HMAC takes a key of any length");
        let whole = mac.chain_update(b"fingerprint").chain_update(content).finalize().into_bytes();
        let mut half = [0; FINGERPRINT_LEN];
        half.copy_from_slice(&whole[..FINGERPRINT_LEN]);
        half
    }

    /// Encrypts under a fresh random nonce, which stands before the result. `context` must be given again to open:
    /// it binds the bytes to their place, so that they cannot be moved to another.
    ///
    /// # Panics
    /// When the operating system has no randomness to give.
    #[must_use]
    pub fn seal(&self, context: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).expect("the operating system gives random bytes");
        let payload = Payload { msg: plain, aad: context };
        let sealed = self
            .cipher
            .encrypt(&Nonce::from(nonce), payload)
            .expect("our plain texts are far under the cipher's limit");
        let mut out = Vec::with_capacity(NONCE_LEN + sealed.len());
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        out
    }

    /// Decrypts what [`Self::seal`] made under the same key and context.
    ///
    /// # Errors
    /// When key or context differ or a bit has changed.
    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, ProtocolError> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(ProtocolError::Sealed)?;
        let payload = Payload { msg: sealed, aad: context };
        self.cipher.decrypt(&Nonce::from(*nonce), payload).map_err(|_| ProtocolError::Sealed)
    }
}

impl Drop for SealKey {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_bytes_open_only_with_their_key_and_in_their_place() {
        let key = SealKey::generate();
        let sealed = key.seal(b"place 1", b"plain");
        assert_eq!(sealed.len(), 5 + OVERHEAD);
        assert_eq!(key.open(b"place 1", &sealed).as_deref(), Ok(b"plain".as_slice()));
        assert_eq!(key.open(b"place 2", &sealed), Err(ProtocolError::Sealed));
        assert_eq!(SealKey::generate().open(b"place 1", &sealed), Err(ProtocolError::Sealed));
        assert_eq!(key.open(b"place 1", &sealed[..4]), Err(ProtocolError::Sealed));
    }

    #[test]
    fn a_fingerprint_is_of_its_content_and_its_key() {
        let key = SealKey::generate();
        assert_eq!(key.fingerprint(b"a"), key.fingerprint(b"a"));
        assert_ne!(key.fingerprint(b"a"), key.fingerprint(b"b"));
        assert_ne!(key.fingerprint(b"a"), SealKey::generate().fingerprint(b"a"));
    }
}
