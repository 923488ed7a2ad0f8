//! What a client shows to be who it says: random, told once, and kept as a hash only.

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

/// Random bytes of one.
const BYTES: usize = 32;

/// A new one: what is told, and the hash that is kept.
///
/// # Panics
/// When the operating system has no randomness to give.
pub(super) fn fresh() -> (String, Vec<u8>) {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    let text = BASE64URL_NOPAD.encode(&bytes);
    let hash = hash(&text);
    (text, hash)
}

/// What is kept of what is shown. It is random over 256 bits, so one round of a plain hash is enough.
pub(super) fn hash(text: &str) -> Vec<u8> {
    Sha256::digest(text.as_bytes()).to_vec()
}
