mod v1;

use serde::de::DeserializeOwned;

use super::Assessment;

/// Format version of a stored assessment; it stands in the first byte. Version 1 knew three reasons for a missing score.
const VERSION: u8 = 2;

/// The most bytes that an encoded assessment takes: five scores with a contribution of each modality, a distribution
/// of seven and four modalities seen.
pub const MAX_ENCODED: usize = 1024;

/// Why stored bytes are no assessment.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AssessmentError {
    /// Written by a build that knows more.
    #[error("read an assessment: format version {0} is unknown here")]
    Version(u8),
    /// Damaged.
    #[error("read an assessment: its bytes do not decode")]
    Damaged,
}

impl Assessment {
    /// Bytes to store: a version, then postcard.
    ///
    /// # Panics
    /// Never: an assessment holds nothing that postcard cannot write.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_extend(self, vec![VERSION]).expect("an assessment holds numbers and enums only")
    }

    /// Reads stored bytes of this version or an earlier one.
    ///
    /// # Errors
    /// When the version is unknown here or the bytes are damaged.
    pub fn decode(bytes: &[u8]) -> Result<Self, AssessmentError> {
        let (&version, body) = bytes.split_first().ok_or(AssessmentError::Damaged)?;
        match version {
            1 => whole::<v1::Assessment>(body).map(Self::from),
            VERSION => whole(body),
            _ => Err(AssessmentError::Version(version)),
        }
    }
}

/// A body that takes up all bytes.
fn whole<T: DeserializeOwned>(body: &[u8]) -> Result<T, AssessmentError> {
    match postcard::take_from_bytes(body) {
        Ok((body, [])) => Ok(body),
        _ => Err(AssessmentError::Damaged),
    }
}
