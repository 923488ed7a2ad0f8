use std::path::PathBuf;

/// Why samples or models could not be used. Never carries samples.
#[derive(Debug, thiserror::Error)]
pub enum AnalysisError {
    /// A model file or the manifest is missing or cannot be read.
    #[error("read the model file {path}: {source}")]
    ModelFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A model file is not the one that the manifest describes, or does not load or fit.
    #[error("use the model file {path}: {problem}")]
    Model {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// Bytes that do not decode as the medium they should be.
    #[error("decode {medium}: {problem}")]
    Decode {
        /// Image, audio and so on.
        medium: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The description of a wearable is wrong, or a packet does not have its layout.
    #[error("read a wearable's {what}: {problem}")]
    Wearable {
        /// The description, or a packet.
        what: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// A size limit, checked before the work it limits.
    #[error("accept {what}: {got} is over the limit of {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its size.
        got: u64,
        /// The most that is accepted.
        limit: u64,
    },
}
