//! What is told beside samples.

use std::fmt;

/// What became of something that gives no sample, or less than it should.
#[derive(Clone, PartialEq, Debug)]
pub enum Told {
    /// A packet is not used; why.
    Refused(String),
    /// It is nothing that the description knows. Not an error.
    NotDescribed(String),
    /// Bytes that belong to nothing.
    LeftOver(usize),
    /// Values that cannot be are left out.
    OutOfRange {
        /// What they are.
        what: String,
        /// How many.
        count: usize,
    },
    /// Values that the wearable itself says are not to be used, as of moving.
    NotToBeUsed(usize),
    /// The wearable says that it has no value.
    NoReading(String),
    /// It does not touch the skin: its rates and beats reach no analyzer.
    NoContact,
    /// A packet came again.
    Doubled,
    /// A packet's second part did not come.
    PartMissing,
    /// A line is no JSON or no text.
    LineNotUnderstood,
    /// A line is longer than any can be.
    LineTooLong,
    /// Samples came late; they are placed by their own times. Told once while it goes on.
    Late,
    /// The wearable's clock began anew.
    ClockAnew,
    /// Samples come at another rate than is described, 1/s.
    Rate(f64),
    /// The same values to the last bit for long: the wearable rests, and they are not used.
    Frozen,
    /// The wearable ended streams by itself.
    Stopped(String),
}

impl Told {
    /// Whether it tells of a gap by the wearable's own word, not of something wrong.
    #[must_use]
    pub const fn is_gap(&self) -> bool {
        matches!(self, Self::NoReading(_) | Self::NoContact | Self::Stopped(_) | Self::Frozen)
    }

    /// Whether nothing is lost with it.
    #[must_use]
    pub const fn is_note(&self) -> bool {
        matches!(self, Self::Late | Self::ClockAnew | Self::Rate(_) | Self::NotDescribed(_) | Self::NoContact)
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(why) => write!(f, "1 packet is not used: {why}"),
            Self::NotDescribed(what) => write!(f, "{what} is not described for this wearable"),
            Self::LeftOver(bytes) => write!(f, "{bytes} bytes are left over"),
            Self::OutOfRange { what, count } => write!(f, "{count} of {what} out of range"),
            Self::NotToBeUsed(count) => write!(f, "{count} that the wearable says are not to be used"),
            Self::NoReading(what) => write!(f, "no reading of {what}"),
            Self::NoContact => f.write_str("no contact with the skin"),
            Self::Doubled => f.write_str("1 packet came again"),
            Self::PartMissing => f.write_str("1 packet without its second part"),
            Self::LineNotUnderstood => f.write_str("1 line not understood"),
            Self::LineTooLong => f.write_str("1 line too long"),
            Self::Late => f.write_str("samples come late; they are placed by their own times"),
            Self::ClockAnew => f.write_str("the wearable's clock began anew"),
            Self::Rate(rate) => write!(f, "samples come at {rate:.2} Hz"),
            Self::Frozen => f.write_str("the same values for long: the wearable rests"),
            Self::Stopped(what) => write!(f, "the wearable ended {what}"),
        }
    }
}
