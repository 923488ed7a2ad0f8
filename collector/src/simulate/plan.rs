use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::calendar::{is_worked_on, later};

/// What is made up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// People who are ever there.
    pub(crate) people: u32,
    /// Teams.
    pub(crate) teams: u32,
    /// Days, 1 and more.
    pub(crate) days: u32,
    /// From what it is drawn.
    pub(crate) seed: u64,
    /// The last day.
    pub(crate) until: Date,
    /// How often on a working day something of somebody is seen: 1 to 7.
    pub(crate) spells: u32,
    /// How many windows each time.
    pub(crate) windows: u32,
    /// Of how many, the first of all, so much is seen that days of theirs have figures.
    pub(crate) closely: u32,
    /// Whether people come and go, have places in two teams, live in several zones and withdraw consent.
    pub(crate) mixed: bool,
}

/// Windows of a day of who is seen closely: eleven minutes, as what is said of a day needs ten.
const OF_A_DAY: u32 = 66;

impl Plan {
    /// How many windows of somebody are seen each time, by their place among all.
    pub(super) fn windows_of(&self, place: u64) -> u32 {
        match place < u64::from(self.closely) {
            true => self.windows.max(OF_A_DAY.div_ceil(self.spells.max(1))),
            false => self.windows,
        }
    }

    /// The first day.
    pub(crate) fn first(&self) -> Date {
        later(self.until, 1 - i32::try_from(self.days).unwrap_or(i32::MAX))
    }

    /// The last day on which most people work, where there is one: by it and what is behind it is told what one more day costs.
    pub(crate) fn last_part(&self) -> Date {
        let first = self.first();
        let mut date = self.until;
        while !is_worked_on(date) && date > first {
            date = later(date, -1);
        }
        date
    }
}

/// Yesterday, by UTC: over in every zone but those farthest west, and there nobody works at its end.
pub(crate) fn yesterday() -> Date {
    later(Timestamp::now().to_zoned(TimeZone::UTC).date(), -1)
}
