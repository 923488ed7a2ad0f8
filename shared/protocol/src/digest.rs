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

    /// Of something whole that comes in pieces, wherever they are cut; `what` tells kinds of things apart.
    #[must_use]
    pub fn of_pieces(what: &str) -> Pieces {
        Pieces(Sha256::new().chain_update((what.len() as u64).to_be_bytes()).chain_update(what))
    }

    fn first_half(whole: Sha256) -> Self {
        let mut half = [0; 16];
        half.copy_from_slice(&whole.finalize()[..16]);
        Self(half)
    }
}

/// A digest that is being made.
#[derive(Clone, Debug)]
pub struct Pieces(Sha256);

impl Pieces {
    /// Adds the next piece.
    pub fn add(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The digest of all pieces.
    #[must_use]
    pub fn digest(self) -> Digest {
        Digest::first_half(self.0)
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

    #[test]
    fn what_comes_in_pieces_is_the_same_wherever_they_are_cut() {
        let of = |what, pieces: &[&[u8]]| {
            let mut all = Digest::of_pieces(what);
            pieces.iter().for_each(|piece| all.add(piece));
            all.digest()
        };
        assert_eq!(of("file", &[b"ab", b"", b"c"]), of("file", &[b"abc"]));
        assert_ne!(of("file", &[b"abc"]), of("folder", &[b"abc"]));
    }
}
