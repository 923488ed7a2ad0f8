//! Where a page of a list begins. Names lie sealed, so no statement puts rows in their order, or finds a part of one; rows go by when
//! they were made, the newest first, and only those of the page are opened.

use std::fmt;
use std::str::FromStr;

use attune_ground::http::Problem;
use data_encoding::HEXLOWER;

/// The row behind which a page begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Cursor {
    /// When it was made, Unix milliseconds.
    pub(super) at: i64,
    /// Its id.
    pub(super) id: [u8; 16],
}

impl Cursor {
    /// Before all rows.
    pub(super) const FIRST: Self = Self { at: i64::MAX, id: [0xff; 16] };

    /// As a client gives it back; empty for the first page.
    ///
    /// # Errors
    /// 400 for what no page has told.
    pub(super) fn read(text: &str) -> Result<Self, Problem> {
        let wrong =
            |()| Problem::bad_request("cursor", "there is no such page: begin with the first one, without a cursor");
        if text.is_empty() { Ok(Self::FIRST) } else { text.parse().map_err(wrong) }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.at, HEXLOWER.encode(&self.id))
    }
}

impl FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (at, id) = text.rsplit_once('-').ok_or(())?;
        let id = HEXLOWER.decode(id.as_bytes()).ok().and_then(|id| id.try_into().ok()).ok_or(())?;
        Ok(Self { at: at.parse().map_err(|_| ())?, id })
    }
}

/// Cuts off the row behind the page, which says only that there is one; gives where the next page begins.
pub(super) fn cut<T>(rows: &mut Vec<T>, most: usize, place: impl Fn(&T) -> Option<Cursor>) -> Option<String> {
    let more = rows.len() > most;
    rows.truncate(most);
    rows.last().filter(|_| more).and_then(place).map(|cursor| cursor.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_as_it_was_told_and_nothing_else_is_one() {
        for cursor in [Cursor::FIRST, Cursor { at: -5, id: [7; 16] }] {
            assert_eq!(Cursor::read(&cursor.to_string()).expect("reads"), cursor);
        }
        assert_eq!(Cursor::read("").expect("the first page"), Cursor::FIRST);
        for wrong in ["alice", "-", "1-00", "x-00000000000000000000000000000000", "1-\u{e9}"] {
            assert_eq!(Cursor::read(wrong).expect_err("none").field.as_deref(), Some("cursor"), "{wrong}");
        }
    }
}
