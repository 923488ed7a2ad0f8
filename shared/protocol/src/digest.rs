//! What an item is, in 16 bytes, so that an acknowledgement can name what was stored and not only where.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::ids::Seq;

/// The first 16 bytes of a SHA-256: a mistake is as unlikely as it needs to be, and the bytes cross the wire.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Digest(pub [u8; 16]);

impl Digest {
    /// Of one item: its place in its epoch and its envelope.
    #[must_use]
    pub fn of_item(seq: Seq, envelope: &[u8]) -> Self {
        Self::first_half(
            Sha256::new().chain_update(b"attune item").chain_update(seq.0.to_be_bytes()).chain_update(envelope),
        )
    }

    /// Of a run of items, from their own digests in ascending order of sequence number.
    #[must_use]
    pub fn of_run(items: impl IntoIterator<Item = Self>) -> Self {
        let whole = Sha256::new().chain_update(b"attune run");
        Self::first_half(items.into_iter().fold(whole, |whole, item| whole.chain_update(item.0)))
    }

    fn first_half(whole: Sha256) -> Self {
        let mut half = [0; 16];
        half.copy_from_slice(&whole.finalize()[..16]);
        Self(half)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_tells_contents_places_and_orders_apart() {
        let [a, b, elsewhere] =
            [(1, b"a"), (1, b"b"), (2, b"a")].map(|(seq, bytes)| Digest::of_item(Seq(seq), bytes.as_slice()));
        assert!(a != b && a != elsewhere);
        assert_ne!(Digest::of_run([a, b]), Digest::of_run([b, a]));
        assert_ne!(Digest::of_run([a]), a);
    }
}
