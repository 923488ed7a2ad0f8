//! What was left out of what was given, counted by reason.

use std::fmt;

use serde::Serialize;

/// Samples that were left out, by reason: runs of sound, pictures, rows of a table. Nothing is lost in silence.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct LeftOut {
    /// They do not read.
    pub unread: u64,
    /// They say that there is no value, or one that cannot be: a heart rate of 0, 255 or 65535, an interval of a minute.
    pub no_value: u64,
    /// Their times cannot be: far from their neighbours', or no instant from 1970 to 2100.
    pub false_times: u64,
    /// Their times had passed: a time that is taken, or further out of order than is put right.
    pub out_of_order: u64,
    /// They came after their window was closed, or were dropped to keep up.
    pub overload: u64,
}

impl LeftOut {
    /// How many there are.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.reasons().into_iter().fold(0, |sum, (count, _)| sum.saturating_add(count))
    }

    /// How many there are that speak against the file as a whole: all but those that say that there is no value.
    #[must_use]
    pub fn damaged(&self) -> u64 {
        self.total().saturating_sub(self.no_value)
    }

    /// Adds others.
    pub fn add(&mut self, other: Self) {
        self.unread = self.unread.saturating_add(other.unread);
        self.no_value = self.no_value.saturating_add(other.no_value);
        self.false_times = self.false_times.saturating_add(other.false_times);
        self.out_of_order = self.out_of_order.saturating_add(other.out_of_order);
        self.overload = self.overload.saturating_add(other.overload);
    }

    fn reasons(&self) -> [(u64, &'static str); 5] {
        let Self { unread, no_value, false_times, out_of_order, overload } = *self;
        [
            (unread, "not readable"),
            (no_value, "without a value that can be"),
            (false_times, "at a time that cannot be"),
            (out_of_order, "out of order"),
            (overload, "too late"),
        ]
    }
}

/// As people read it: `3 (2 not readable, 1 out of order)`.
impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (", self.total())?;
        let there = self.reasons().into_iter().filter(|(count, _)| *count > 0);
        for (place, (count, reason)) in there.enumerate() {
            write!(f, "{}{count} {reason}", if place > 0 { ", " } else { "" })?;
        }
        write!(f, ")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_is_said_by_reason() {
        let left_out = LeftOut { unread: 2, out_of_order: 1, ..LeftOut::default() };
        assert_eq!(left_out.to_string(), "3 (2 not readable, 1 out of order)");
        assert_eq!(LeftOut { no_value: 4, ..left_out }.damaged(), 3);
    }
}
