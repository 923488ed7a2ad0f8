//! Uploads: who gave which table and when, how each stands, and what was found in it.

mod about;
mod coming;
mod find;
mod pieces;
mod put;
pub(crate) mod strangers;

pub(crate) use about::{About, Strangers};
pub(crate) use coming::Coming;
pub(crate) use find::{Upload, all, find, given, versions};
use pieces::put as put_pieces;
pub(crate) use pieces::{Source, forget as forget_pieces};
use put::comes_still;
pub(crate) use put::{begin, change, set_state};

use attune_ground::time::now_millis;
use attune_protocol::ids::PersonId;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::sealed::UploadId;

/// How long an upload waits for somebody to decide on it, milliseconds.
pub(crate) const WAITS: i64 = 3_600_000;

/// How an upload stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Standing {
    /// Its bytes come.
    Coming,
    /// It is to be read.
    Reading,
    /// It was read, and waits for a decision.
    Checked,
    /// It is to be taken in.
    Taking,
    /// It was taken in: it stands, or a later one does.
    Taken,
    /// It was taken back.
    Undone,
    /// It was let go of: enough later ones were taken in, or it is too old.
    LetGo,
    /// It was thrown away before it was taken in, or nobody decided.
    Dropped,
}

impl Standing {
    /// All of them, in the order of their numbers. Only appended.
    const ALL: [Self; 8] = [
        Self::Coming,
        Self::Reading,
        Self::Checked,
        Self::Taking,
        Self::Taken,
        Self::Undone,
        Self::LetGo,
        Self::Dropped,
    ];

    /// Its number in the database.
    pub(crate) const fn number(self) -> i64 {
        self as i64
    }

    /// The one of a number.
    fn of_number(number: i64) -> Option<Self> {
        usize::try_from(number).ok().and_then(|place| Self::ALL.get(place)).copied()
    }

    /// Whether nothing of it is left but that it was.
    pub(crate) const fn is_over(self) -> bool {
        matches!(self, Self::Undone | Self::LetGo | Self::Dropped)
    }

    /// Whether somebody may still decide on it.
    pub(crate) const fn waits(self) -> bool {
        matches!(self, Self::Coming | Self::Reading | Self::Checked)
    }
}

/// An id as it is written.
pub(crate) fn written(id: &UploadId) -> String {
    PersonId(*id).to_string()
}

/// An id as [`written`] writes it.
pub(crate) fn read(text: &str) -> Option<UploadId> {
    text.parse::<PersonId>().ok().map(|PersonId(id)| id)
}

/// The day of an instant, Unix milliseconds.
pub(crate) fn day(millis: i64) -> Option<Date> {
    jiff::Timestamp::from_millisecond(millis).ok().map(|at| at.to_zoned(TimeZone::UTC).date())
}

/// Until when an upload of now waits.
fn end() -> i64 {
    now_millis() + WAITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_an_upload_stands_is_known_by_its_number_and_an_id_reads_as_it_is_written() {
        for (place, standing) in Standing::ALL.into_iter().enumerate() {
            assert_eq!(
                (usize::try_from(standing.number()), Standing::of_number(standing.number())),
                (Ok(place), Some(standing))
            );
        }
        assert_eq!((Standing::of_number(-1), Standing::of_number(8)), (None, None));
        assert_eq!((read(&written(&[7; 16])), read(""), read("../x")), (Some([7; 16]), None, None));
    }
}
