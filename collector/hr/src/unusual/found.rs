//! What a search found unusual about a person, as it lies sealed. Inputs are known by their places in [`crate::master::INPUTS`], whose order stays.

use attune_ground::{GroundError, SealedAt};
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;
use serde::{Deserialize, Serialize};

/// Format version; it stands in the first byte.
const VERSION: u8 = 1;

/// The id of a search.
pub(crate) type DetectionId = [u8; 16];

/// What was found about one person.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Found {
    /// How soon they stand alone: -1 at once, 0 never.
    pub(crate) score: f64,
    /// How far that lies beyond the line: below 0.
    pub(crate) decision: f64,
    /// The mean length of paths, to which contributions are added.
    pub(crate) base: f64,
    /// By input.
    pub(crate) inputs: Vec<Seen>,
    /// Seeds that were tried, the search's own among them.
    pub(crate) seeds: u32,
    /// Those of which the person is flagged.
    pub(crate) flagged_by: u32,
    /// What would have to be otherwise for the flag to go; none where nothing that can change takes it away.
    pub(crate) way_out: Option<Vec<Change>>,
    /// Mean of hours.
    pub(crate) hours: Option<f64>,
    /// Decayed points.
    pub(crate) points: Option<f64>,
    /// The newest rating.
    pub(crate) rating: Option<i64>,
    /// Decayed scores of the vibe meter.
    pub(crate) vibe: Option<f64>,
}

/// An input of one person.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Seen {
    /// What it adds to the path: below 0 it makes more unusual.
    pub(crate) contribution: f64,
    /// What the tables say; none where they do not, and the median stood in.
    pub(crate) value: Option<f64>,
    /// Seeds of which it is one of the first five reasons.
    pub(crate) firsts: u32,
    /// From where to where it lies with the three nearest who are not flagged; none where that would tell one's value.
    pub(crate) ordinary: Option<(f64, f64)>,
}

/// A value that would be another.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Change {
    pub(crate) input: usize,
    pub(crate) from: f64,
    pub(crate) to: f64,
}

impl Found {
    /// What each input adds.
    pub(crate) fn contributions(&self) -> [f64; 20] {
        std::array::from_fn(|place| self.inputs.get(place).map_or(0.0, |seen| seen.contribution))
    }

    /// Sealed in its place.
    pub(crate) fn seal(
        &self,
        key: &SealKey,
        person: PersonId,
        detection: &DetectionId,
    ) -> Result<Vec<u8>, GroundError> {
        let bytes = postcard::to_extend(self, vec![VERSION]);
        let bytes = bytes.map_err(|_| GroundError::Corrupt("what was found can be written"))?;
        Ok(key.seal(&flag_context(person, detection), &bytes))
    }

    /// None where it does not open or read.
    pub(crate) fn open(key: &SealKey, person: PersonId, detection: &[u8], sealed: &[u8]) -> Option<Self> {
        let bytes = key.open(&flag_context(person, detection), sealed).ok()?;
        let (&VERSION, body) = bytes.split_first()? else { return None };
        postcard::from_bytes(body).ok()
    }
}

fn flag_context(person: PersonId, detection: &[u8]) -> Vec<u8> {
    [b"hr flag".as_slice(), &person.0, detection].concat()
}

/// Under what lies what people did with a flag.
pub(super) fn handled_context(person: PersonId) -> Vec<u8> {
    [b"hr handled".as_slice(), &person.0].concat()
}

/// Under what a flag lies, as copies are tried by them.
pub(crate) fn flag_at(SealedAt { person, bytes, .. }: &SealedAt) -> Vec<u8> {
    flag_context(*person, bytes.first().map(Vec::as_slice).unwrap_or_default())
}

/// Under what lies what people did with it, as copies are tried by them.
pub(crate) fn handled_at(SealedAt { person, .. }: &SealedAt) -> Vec<u8> {
    handled_context(*person)
}
