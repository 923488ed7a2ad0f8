//! From which day on rows are past: the newest day of their table. One that was mistyped lies far behind all others and is none: it would
//! take all weight from every other row.

use std::collections::BTreeMap;
use std::ops::Bound;

use jiff::Span;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::rows::{Table, Tables};

/// Days without a row behind which what follows is far.
const GAP: i32 = 366;
/// Of so many rows one at most lies far behind the others; where more do, the table goes on there.
const RARE: u64 = 100;
/// Days that a table can look ahead: leave is planned, and people are to join.
const AHEAD: i64 = 366;

/// The day from which the age of a row is counted, for each table whose rows lose weight with age.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct References {
    /// For the last days of leave.
    pub leave: Option<Date>,
    /// For the days on which people joined.
    pub onboarding: Option<Date>,
    /// For the days of awards.
    pub rewards: Option<Date>,
    /// For the days of answers.
    pub vibe: Option<Date>,
}

impl References {
    /// Those of these rows, whenever they were given.
    #[must_use]
    pub fn of(tables: &Tables) -> Self {
        let mut days = Days::default();
        days.see(tables);
        days.references(&Self::default())
    }

    /// The day of a table, if its rows lose weight.
    #[must_use]
    pub const fn day(&self, of: Table) -> Option<Date> {
        match of {
            Table::Activity | Table::Performance => None,
            Table::Leave => self.leave,
            Table::Onboarding => self.onboarding,
            Table::Rewards => self.rewards,
            Table::Vibe => self.vibe,
        }
    }

    /// Sets the day of a table; of one whose rows lose no weight there is none.
    pub const fn set(&mut self, of: Table, day: Date) {
        match of {
            Table::Activity | Table::Performance => {}
            Table::Leave => self.leave = Some(day),
            Table::Onboarding => self.onboarding = Some(day),
            Table::Rewards => self.rewards = Some(day),
            Table::Vibe => self.vibe = Some(day),
        }
    }

    /// These, and where one is not set, the other's.
    pub(super) fn or(&self, other: &Self) -> Self {
        Self {
            leave: self.leave.or(other.leave),
            onboarding: self.onboarding.or(other.onboarding),
            rewards: self.rewards.or(other.rewards),
            vibe: self.vibe.or(other.vibe),
        }
    }
}

/// The days of the rows of each table whose rows lose weight, and how many rows are of each day.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Days {
    leave: Counts,
    onboarding: Counts,
    rewards: Counts,
    vibe: Counts,
}

type Counts = BTreeMap<Date, u64>;

impl Days {
    /// Counts the days of these rows, too. So they are found in a first pass, of any pieces in any order.
    pub fn see(&mut self, tables: &Tables) {
        let count = |counts: &mut Counts, day: Date| *counts.entry(day).or_default() += 1;
        tables.leave.iter().filter_map(|row| row.end).for_each(|day| count(&mut self.leave, day));
        tables.onboarding.iter().filter_map(|row| row.joined).for_each(|day| count(&mut self.onboarding, day));
        tables.rewards.iter().filter_map(|row| row.date).for_each(|day| count(&mut self.rewards, day));
        tables.vibe.iter().filter_map(|row| row.date).for_each(|day| count(&mut self.vibe, day));
    }

    /// Counts a day of one row, if rows of its table lose weight.
    pub(crate) fn see_one(&mut self, of: Table, day: Date) {
        let counts = match of {
            Table::Activity | Table::Performance => return,
            Table::Leave => &mut self.leave,
            Table::Onboarding => &mut self.onboarding,
            Table::Rewards => &mut self.rewards,
            Table::Vibe => &mut self.vibe,
        };
        *counts.entry(day).or_default() += 1;
    }

    /// The reference day of each table: its newest, but for few that lie far behind all others, and few that are of over a year after the
    /// day on which it was `given`, where that is known.
    #[must_use]
    pub fn references(&self, given: &References) -> References {
        References {
            leave: newest(&self.leave, given.leave),
            onboarding: newest(&self.onboarding, given.onboarding),
            rewards: newest(&self.rewards, given.rewards),
            vibe: newest(&self.vibe, given.vibe),
        }
    }

    /// How many rows of a table are of a later day than this one; of one whose rows lose no weight none are counted.
    #[must_use]
    pub fn later(&self, of: Table, day: Date) -> u64 {
        let counts = match of {
            Table::Activity | Table::Performance => return 0,
            Table::Leave => &self.leave,
            Table::Onboarding => &self.onboarding,
            Table::Rewards => &self.rewards,
            Table::Vibe => &self.vibe,
        };
        counts.range((Bound::Excluded(day), Bound::Unbounded)).map(|(_, rows)| *rows).sum()
    }
}

fn newest(counts: &Counts, given: Option<Date>) -> Option<Date> {
    let all: u64 = counts.values().sum();
    let mut reference = counts.keys().next_back().copied();
    if let Some(last) = given.and_then(|given| given.checked_add(Span::new().days(AHEAD)).ok()) {
        let within = counts.range(..=last);
        // A clock that is far behind makes no day of a table one of the future.
        if within.clone().map(|(_, rows)| rows).sum::<u64>() * 2 >= all {
            reference = within.map(|(day, _)| *day).next_back().or(reference);
        }
    }
    let (mut behind, mut later) = (0, None);
    for (day, rows) in counts.iter().rev() {
        let is_far = later.is_some_and(|later: Date| (later - *day).get_days() > GAP);
        if is_far && behind * RARE <= all - behind {
            reference = reference.min(Some(*day));
        }
        (behind, later) = (behind + rows, Some(*day));
    }
    reference
}
