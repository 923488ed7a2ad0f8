use std::io;

use zip::result::ZipError;

/// Why a file or a request is not read; reads after "failed to ...". Nothing of what stands in it is told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FormatError {
    /// The file itself.
    #[error("read the file: {0}")]
    Io(#[from] io::Error),
    /// The archive around it.
    #[error("open the archive: {0}")]
    Archive(#[from] ZipError),
    /// It is damaged, or another kind of file.
    #[error("read {place}: line {line}, column {column} is not the JSON that belongs there")]
    Json {
        /// The file.
        place: String,
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// It is something else.
    #[error("find {0}")]
    NotThis(&'static str),
    /// More than one file may hold.
    #[error("take in so much: {0}")]
    TooMuch(&'static str),
    /// Times of a machine, whose zone nobody said.
    #[error("tell the times: the file says no zone; give it with --zone, as --zone Europe/Berlin")]
    NoZone,
    /// Nothing tells days from months.
    #[error(
        "tell days from months: the first date is {0} or {1}, and no other says which; give it with --dates mdy or --dates dmy"
    )]
    Undecided(String, String),
    /// Who takes it does not any more.
    #[error("go on: what is read is not taken any more")]
    Stopped,
}
