use thiserror::Error;

/// Why a report is not made. None of them has a word of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum ReportError {
    /// What it says contradicts itself.
    #[error("the report does not hold that {0}")]
    Invalid(&'static str),
    /// It says more than anybody reads.
    #[error("the report has too many entries")]
    TooMuch,
    /// The logo is not a picture that reports can have.
    #[error("the logo is no PNG of at most 1 MB and 4000 pixels a side, or it is damaged")]
    Logo,
    /// It can't be set, or not so that everybody can read it.
    #[error("the report can't be set so that everybody can read it: {0} problems")]
    Refused(usize),
    /// Its file is larger than any that is handed out.
    #[error("the file of the report is too large")]
    TooLarge,
    /// Typesetting broke off.
    #[error("typesetting broke off")]
    BrokeOff,
}
