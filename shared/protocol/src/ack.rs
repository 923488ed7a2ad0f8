//! The collector's own acknowledgement: what its database has committed.

use serde::{Deserialize, Serialize};

use crate::ProtocolError;
use crate::envelope::{self, Kind};
use crate::ids::{DeviceId, Epoch, Seq};
use crate::sign::{self, KeyPair, PublicKey};

/// Committed items of one epoch. Only this lets a device forget a record; a broker's PUBACK does not.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Ack {
    /// Whom it is for.
    pub device: DeviceId,
    /// Which of its outbox stores.
    pub epoch: Epoch,
    /// First and last sequence number of each run that is committed, ascending, read from the database after commit.
    pub committed: Vec<(Seq, Seq)>,
}

impl Ack {
    /// The runs that ascending sequence numbers form.
    #[must_use]
    pub fn runs(seqs: impl IntoIterator<Item = Seq>) -> Vec<(Seq, Seq)> {
        let mut runs: Vec<(Seq, Seq)> = Vec::new();
        for seq in seqs {
            match runs.last_mut() {
                Some((_, last)) if last.0 + 1 == seq.0 => *last = seq,
                _ => runs.push((seq, seq)),
            }
        }
        runs
    }

    /// Encodes and signs with the collector's key.
    #[must_use]
    pub fn encode(&self, key: &KeyPair) -> Vec<u8> {
        key.sign(envelope::encode(Kind::Ack, self))
    }

    /// Verifies and decodes.
    ///
    /// # Errors
    /// When the signature is not of `key`, the bytes are no acknowledgement, or a run ends before it begins.
    pub fn decode(signed: &[u8], key: &PublicKey) -> Result<Self, ProtocolError> {
        let message = sign::verify(signed, key)?;
        let ack: Self = envelope::decode_body(Kind::Ack, envelope::expect(message, Kind::Ack)?)?;
        if ack.committed.iter().any(|(first, last)| first > last) {
            return Err(ProtocolError::Rule { kind: Kind::Ack, rule: "runs end no earlier than they begin" });
        }
        Ok(ack)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_join_only_neighbours() {
        let runs = Ack::runs([1, 2, 3, 7, 9, 10].map(Seq));
        assert_eq!(runs, [(Seq(1), Seq(3)), (Seq(7), Seq(7)), (Seq(9), Seq(10))]);
        assert!(Ack::runs([]).is_empty());
    }

    #[test]
    fn an_acknowledgement_of_another_key_is_refused() {
        let key = KeyPair::generate();
        let ack = Ack { device: DeviceId([1; 16]), epoch: Epoch(2), committed: vec![(Seq(0), Seq(5))] };
        let signed = ack.encode(&key);
        assert_eq!(Ack::decode(&signed, &key.public()), Ok(ack));
        assert_eq!(Ack::decode(&signed, &KeyPair::generate().public()), Err(ProtocolError::Signature));
    }
}
