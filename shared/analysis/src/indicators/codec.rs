use super::Assessment;

/// Format version of a stored assessment; it stands in the first byte.
const VERSION: u8 = 1;

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

    /// Reads stored bytes.
    ///
    /// # Errors
    /// When the version is unknown here or the bytes are damaged.
    pub fn decode(bytes: &[u8]) -> Result<Self, AssessmentError> {
        let (&version, body) = bytes.split_first().ok_or(AssessmentError::Damaged)?;
        if version != VERSION {
            return Err(AssessmentError::Version(version));
        }
        match postcard::take_from_bytes(body) {
            Ok((assessment, [])) => Ok(assessment),
            _ => Err(AssessmentError::Damaged),
        }
    }
}
