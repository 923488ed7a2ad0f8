//! The collector's own acknowledgement: what its database has committed, item by item and content by content.
//!
//! An item is in one of three states for a device: settled (stored, or refused for good with a reason), taken (its place
//! holds something else), or not mentioned, which means nothing: it stays and is sent again.

use serde::{Deserialize, Serialize};

use crate::ProtocolError;
use crate::digest::Digest;
use crate::envelope::{self, Kind};
use crate::ids::{DeviceId, Epoch, Seq};
use crate::policy::{self, Profile, Rule};
use crate::sign::{self, KeyPair, PublicKey};

/// Settled items of one epoch. Only this lets a device forget a record; a broker's PUBACK does not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ack {
    /// Whom it is for.
    pub device: DeviceId,
    /// Which of its outbox stores.
    pub epoch: Epoch,
    /// The collector's profile: the device holds to the stricter of this and its own.
    pub profile: Profile,
    /// The collector's clock when it was made, Unix milliseconds.
    pub at_millis: i64,
    /// What is settled, ascending, read from the database after commit.
    pub settled: Vec<Run>,
    /// First and last sequence number of each run of places that hold other content than was sent: the epoch is used up.
    pub taken: Vec<(Seq, Seq)>,
    /// The first version of the consent book that the collector lacks to decide about what was sent.
    pub wants_consent: Option<u32>,
}

/// Neighbouring items with one answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Run {
    /// The first.
    pub first: Seq,
    /// The last.
    pub last: Seq,
    /// What became of each of them.
    pub answer: Answer,
    /// [`Digest::of_run`] of all of them: the device forgets them only if it holds the same.
    pub digest: Digest,
}

/// What became of an item. Numbers are only appended; one that is not known here is a refusal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(from = "u8", into = "u8")]
pub enum Answer {
    /// Stored, or noted where it is no record.
    Stored,
    /// Kept aside, because the collector cannot read it yet.
    Quarantined,
    /// Refused: the person had not consented to its modality.
    NoConsent,
    /// Refused: the person has withdrawn the consent under which it was kept.
    Withdrawn,
    /// Refused: the collector's profile does not let it in.
    Profile,
    /// Refused: no device can have sensed at its time.
    Time,
    /// Refused: the person has had it deleted.
    Erased,
    /// Refused: the person has switched its modality off in the browser.
    SwitchedOff,
    /// Refused: the person has chosen in the browser that nothing that is sensed be kept.
    NotKept,
    /// Refused for a reason that this build does not know.
    Other(u8),
}

impl Answer {
    /// The answers that this build gives.
    pub const ALL: [Self; 9] = [
        Self::Stored,
        Self::Quarantined,
        Self::NoConsent,
        Self::Withdrawn,
        Self::Profile,
        Self::Time,
        Self::Erased,
        Self::SwitchedOff,
        Self::NotKept,
    ];

    /// Whether the collector keeps the item.
    #[must_use]
    pub const fn is_kept(self) -> bool {
        matches!(self, Self::Stored | Self::Quarantined)
    }

    /// The rule of the policy by which it is refused, where it is one and the same whatever was refused.
    #[must_use]
    pub const fn rule(self) -> Option<&'static Rule> {
        match self {
            Self::NoConsent => Some(policy::CONSENT),
            Self::Withdrawn => Some(policy::WITHDRAWN),
            Self::Erased => Some(policy::ERASED),
            Self::SwitchedOff | Self::NotKept => Some(policy::WISHED),
            Self::Stored | Self::Quarantined | Self::Profile | Self::Time | Self::Other(_) => None,
        }
    }

    /// Snake-case English name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Quarantined => "quarantined",
            Self::NoConsent => "no_consent",
            Self::Withdrawn => "withdrawn",
            Self::Profile => "profile",
            Self::Time => "time",
            Self::Erased => "erased",
            Self::SwitchedOff => "switched_off",
            Self::NotKept => "not_kept",
            Self::Other(_) => "other",
        }
    }

    /// The number that stands on the wire and in the database.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Stored => 0,
            Self::Quarantined => 1,
            Self::NoConsent => 2,
            Self::Withdrawn => 3,
            Self::Profile => 4,
            Self::Time => 5,
            Self::Erased => 6,
            Self::SwitchedOff => 7,
            Self::NotKept => 8,
            Self::Other(number) => number,
        }
    }
}

impl From<u8> for Answer {
    fn from(number: u8) -> Self {
        Self::ALL.into_iter().find(|answer| answer.number() == number).unwrap_or(Self::Other(number))
    }
}

impl From<Answer> for u8 {
    fn from(answer: Answer) -> Self {
        answer.number()
    }
}

#[derive(Serialize, Deserialize)]
struct Body {
    device: DeviceId,
    epoch: Epoch,
    profile: u8,
    at_millis: i64,
    settled: Vec<Run>,
    taken: Vec<(Seq, Seq)>,
    wants_consent: Option<u32>,
}

impl Run {
    /// The runs that ascending items form.
    #[must_use]
    pub fn of(items: impl IntoIterator<Item = (Seq, Answer, Digest)>) -> Vec<Self> {
        let mut runs: Vec<(Self, Vec<Digest>)> = Vec::new();
        for (seq, answer, digest) in items {
            match runs.last_mut() {
                Some((run, digests)) if run.last.0 + 1 == seq.0 && run.answer == answer => {
                    run.last = seq;
                    digests.push(digest);
                }
                _ => runs.push((Self { first: seq, last: seq, answer, digest }, vec![digest])),
            }
        }
        runs.into_iter().map(|(run, digests)| Self { digest: Digest::of_run(digests), ..run }).collect()
    }
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
        let Self { device, epoch, profile, at_millis, settled, taken, wants_consent } = self.clone();
        let body = Body { device, epoch, profile: profile.number(), at_millis, settled, taken, wants_consent };
        key.sign(envelope::encode(Kind::Ack, &body))
    }

    /// Verifies and decodes.
    ///
    /// # Errors
    /// When the signature is not of `key`, the bytes are no acknowledgement, or a run ends before it begins.
    pub fn decode(signed: &[u8], key: &PublicKey) -> Result<Self, ProtocolError> {
        let body: Body = envelope::decode(sign::verify(signed, key)?, Kind::Ack)?;
        let Body { device, epoch, profile, at_millis, settled, taken, wants_consent } = body;
        if settled.iter().any(|run| run.first > run.last) || taken.iter().any(|(first, last)| first > last) {
            return Err(ProtocolError::Rule { kind: Kind::Ack, rule: "runs end no earlier than they begin" });
        }
        Ok(Self { device, epoch, profile: Profile::from_number(profile), at_millis, settled, taken, wants_consent })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(seq: u64) -> Digest {
        Digest::of_item(Seq(seq), b"x")
    }

    #[test]
    fn runs_join_only_neighbours_with_one_answer() {
        let item = |seq, answer| (Seq(seq), answer, digest(seq));
        let items =
            [item(1, Answer::Stored), item(2, Answer::Stored), item(3, Answer::NoConsent), item(7, Answer::NoConsent)];
        let runs = Run::of(items);
        let shape: Vec<_> = runs.iter().map(|run| (run.first.0, run.last.0, run.answer)).collect();
        assert_eq!(shape, [(1, 2, Answer::Stored), (3, 3, Answer::NoConsent), (7, 7, Answer::NoConsent)]);
        assert_eq!(runs[0].digest, Digest::of_run([digest(1), digest(2)]));
        assert_eq!(Ack::runs([1, 2, 3, 7, 9, 10].map(Seq)), [(Seq(1), Seq(3)), (Seq(7), Seq(7)), (Seq(9), Seq(10))]);
        assert!(Run::of([]).is_empty() && Ack::runs([]).is_empty());
    }

    #[test]
    fn an_acknowledgement_reads_back_and_one_of_another_key_is_refused() {
        let key = KeyPair::generate();
        let ack = Ack {
            device: DeviceId([1; 16]),
            epoch: Epoch(2),
            profile: Profile::Us,
            at_millis: 1_700_000_000_000,
            settled: Run::of([(Seq(0), Answer::Other(99), digest(0)), (Seq(1), Answer::Stored, digest(1))]),
            taken: vec![(Seq(4), Seq(6))],
            wants_consent: Some(3),
        };
        let signed = ack.encode(&key);
        assert_eq!(Ack::decode(&signed, &key.public()), Ok(ack));
        assert_eq!(Ack::decode(&signed, &KeyPair::generate().public()), Err(ProtocolError::Signature));
    }

    #[test]
    fn every_answer_reads_back_from_its_number_and_only_two_keep_the_item() {
        assert!(Answer::ALL.into_iter().all(|answer| Answer::from(answer.number()) == answer));
        assert_eq!(Answer::from(77), Answer::Other(77));
        let kept: Vec<_> = Answer::ALL.into_iter().filter(|answer| answer.is_kept()).collect();
        assert_eq!(kept, [Answer::Stored, Answer::Quarantined]);
    }

    #[test]
    fn a_run_that_ends_before_it_begins_is_refused_wherever_it_stands() {
        let key = KeyPair::generate();
        let run = |first, last| Run { first: Seq(first), last: Seq(last), answer: Answer::Stored, digest: digest(0) };
        for (settled, taken, reads) in [
            (vec![run(3, 3)], vec![(Seq(4), Seq(4))], true),
            (vec![run(1, 2), run(4, 3)], Vec::new(), false),
            (vec![run(1, 2)], vec![(Seq(4), Seq(5)), (Seq(7), Seq(6))], false),
        ] {
            let (device, epoch, profile) = (DeviceId([1; 16]), Epoch(2), Profile::Eu);
            let ack = Ack { device, epoch, profile, at_millis: 0, settled, taken, wants_consent: None };
            let read = Ack::decode(&ack.encode(&key), &key.public());
            assert_eq!(read.is_ok(), reads, "{read:?}");
        }
    }

    #[test]
    fn every_answer_has_a_name_of_its_own() {
        let all = Answer::ALL.into_iter().chain([Answer::Other(200)]);
        let names: std::collections::BTreeSet<_> = all.map(Answer::name).filter(|name| !name.is_empty()).collect();
        assert_eq!(names.len(), Answer::ALL.len() + 1);
        assert_eq!((Answer::Withdrawn.name(), Answer::Other(9).name()), ("withdrawn", "other"));
    }
}
