//! What is wrong in a row. The value itself is never part of it: a report is shown, kept and sent on.

use serde::Serialize;

/// Something that is wrong in a row.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Problem {
    /// The row, as Excel shows it.
    pub row: u32,
    /// The column's heading; none where the row as a whole is meant.
    pub column: Option<String>,
    /// What is wrong.
    pub kind: ProblemKind,
}

/// What of a row is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// An employee's id.
    Id,
    /// A date.
    Date,
    /// A number.
    Number,
    /// A word out of a few.
    Label,
    /// Yes or no.
    YesNo,
    /// The row as a whole.
    Row,
    /// Another row says otherwise.
    Duplicate,
    /// The cell itself.
    Cell,
}

/// What is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// No id.
    NoEmployee,
    /// An id that can be none.
    BadId,
    /// A long id that was shown and saved as 1.23E+11.
    DigitsLost,
    /// An id that may be one of several that have zeros before it.
    ZerosLost,
    /// No number.
    NoNumber,
    /// A number that is too large.
    TooLarge,
    /// Below 0.
    BelowZero,
    /// Not a whole number.
    NotWhole,
    /// More than 24 hours.
    OverDay,
    /// Not on its scale.
    OffScale,
    /// A share in percent.
    Percent,
    /// A date in a column of numbers.
    DateForNumber,
    /// One number over several rows.
    MergedNumber,
    /// No days of leave.
    NoDays,
    /// No date.
    NoDate,
    /// A day that no calendar has.
    NoSuchDay,
    /// A date that stands for "unknown".
    Placeholder,
    /// A year that no working life has.
    Implausible,
    /// The end is before the start.
    EndBeforeStart,
    /// The column was too narrow when it was saved.
    TooNarrow,
    /// None of the words that there are.
    UnknownWord,
    /// No period of reviews.
    BadPeriod,
    /// Neither yes nor no.
    UnclearYesNo,
    /// An error of Excel.
    CellError,
    /// A formula whose result was not saved.
    Unfinished,
    /// Text that is not in the encoding of the file.
    BrokenText,
    /// Fewer fields than headings.
    FewerFields,
    /// More fields than headings.
    MoreFields,
    /// Another row says otherwise of the same.
    Clash,
}

impl ProblemKind {
    /// Which class it is of.
    #[must_use]
    pub const fn class(self) -> Class {
        match self {
            Self::NoEmployee | Self::BadId | Self::DigitsLost | Self::ZerosLost => Class::Id,
            Self::NoNumber
            | Self::TooLarge
            | Self::BelowZero
            | Self::NotWhole
            | Self::OverDay
            | Self::OffScale
            | Self::Percent
            | Self::DateForNumber
            | Self::MergedNumber
            | Self::NoDays => Class::Number,
            Self::NoDate | Self::NoSuchDay | Self::Placeholder | Self::Implausible | Self::EndBeforeStart => {
                Class::Date
            }
            Self::UnknownWord | Self::BadPeriod => Class::Label,
            Self::UnclearYesNo => Class::YesNo,
            Self::CellError | Self::Unfinished | Self::BrokenText | Self::TooNarrow => Class::Cell,
            Self::FewerFields | Self::MoreFields => Class::Row,
            Self::Clash => Class::Duplicate,
        }
    }

    /// Whether the row was left out; otherwise only the value was.
    #[must_use]
    pub const fn row_left_out(self) -> bool {
        matches!(
            self,
            Self::NoEmployee
                | Self::BadId
                | Self::DigitsLost
                | Self::ZerosLost
                | Self::NoDays
                | Self::EndBeforeStart
                | Self::FewerFields
                | Self::MoreFields
                | Self::Clash
        )
    }

    /// What is wrong and what to do, in plain words.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NoEmployee => "No employee. Give the row its id, or remove it.",
            Self::BadId => "This cannot be an employee's id. Write the id as plain text.",
            Self::DigitsLost => {
                "Excel has cut the id, and its last digits are lost. Format the column as text and enter it again."
            }
            Self::ZerosLost => "Zeros before the id are lost, and several employees fit. Write it in full.",
            Self::NoNumber => "This is no plain number. Write digits only.",
            Self::TooLarge => "The number is too large.",
            Self::BelowZero => "The number is below 0. Correct it.",
            Self::NotWhole => "A count has to be whole. Correct it.",
            Self::OverDay => "More than 24 hours in a day. Correct it.",
            Self::OffScale => "The number is not on the scale of this column. Correct it.",
            Self::Percent => "A share in percent is no number here. Write the number itself.",
            Self::DateForNumber => "The cell is a date. Excel may have made one of a number: enter it again.",
            Self::MergedNumber => "One number over several rows: it is not clear what each has. Undo the merging.",
            Self::NoDays => "Leave has more than 0 days. Correct them, or remove the row.",
            Self::NoDate => "This is no date. Write it as 2024-12-31.",
            Self::NoSuchDay => "No calendar has this day. Correct it.",
            Self::Placeholder => "This date stands for \"unknown\". Leave the cell empty, or write the date.",
            Self::Implausible => "The year cannot be right. Correct it.",
            Self::EndBeforeStart => "The end is before the start. Correct one of them.",
            Self::TooNarrow => "The column was too narrow when the file was saved. Widen it and save again.",
            Self::UnknownWord => "This is none of the words of this column. Write one of them.",
            Self::BadPeriod => "This is no period of reviews. Write it as H1 2024, H2 2024 or Annual 2024.",
            Self::UnclearYesNo => "Neither yes nor no. Write true or false.",
            Self::CellError => "The cell holds an error of Excel. Correct its formula.",
            Self::Unfinished => "The result of a formula was not saved. Open the file in Excel and save it.",
            Self::BrokenText => "The text is not in the encoding of the file. Save the file as \"CSV UTF-8\".",
            Self::FewerFields => {
                "The row has fewer fields than there are columns. Look whether a delimiter is missing."
            }
            Self::MoreFields => {
                "The row has more fields than there are columns. Put fields with the delimiter in quotes."
            }
            Self::Clash => "Another row says otherwise of the same. Keep the right one.",
        }
    }
}
