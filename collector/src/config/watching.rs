//! Settings of how use of what is kept of people is watched: from how much on it is told, and which hours are night.

use attune_people::Watching;
use serde::{Deserialize, Serialize};

/// The last hour that a day can end at.
const LAST_HOUR: u8 = 24;
/// The most of anything that may be set: beyond, nothing would ever be told.
const MOST: u32 = 10_000;

/// Settings of how use is watched.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WatchingConfig {
    /// The hour at which night ends, by the organisation's clock.
    pub day_begins: u8,
    /// The hour at which it begins; 0 and 24: there is none.
    pub day_ends: u8,
    /// Different people opened within an hour.
    pub people_an_hour: u32,
    /// Different people opened on a day.
    pub people_a_day: u32,
    /// Different people, and lists of everybody, opened at night.
    pub people_at_night: u32,
    /// Files taken on a day.
    pub exports_a_day: u32,
    /// Requests on a day for what one has no right to.
    pub refused_a_day: u32,
}

impl Default for WatchingConfig {
    fn default() -> Self {
        let Watching {
            day_begins,
            day_ends,
            people_an_hour,
            people_a_day,
            people_at_night,
            exports_a_day,
            refused_a_day,
        } = Watching::default();
        Self { day_begins, day_ends, people_an_hour, people_a_day, people_at_night, exports_a_day, refused_a_day }
    }
}

impl WatchingConfig {
    /// As the subject is told.
    #[must_use]
    pub(crate) const fn settings(&self) -> Watching {
        let Self { day_begins, day_ends, people_an_hour, people_a_day, people_at_night, exports_a_day, refused_a_day } =
            *self;
        Watching { day_begins, day_ends, people_an_hour, people_a_day, people_at_night, exports_a_day, refused_a_day }
    }

    /// What is wrong with it: the key, and what would be right.
    pub(super) fn problem(&self) -> Option<(&'static str, String)> {
        if self.day_ends > LAST_HOUR || self.day_begins >= self.day_ends {
            let problem = format!("expected an hour after watching.day_begins and up to {LAST_HOUR}");
            return Some(("watching.day_ends", problem));
        }
        let all = [
            ("watching.people_an_hour", self.people_an_hour),
            ("watching.people_a_day", self.people_a_day),
            ("watching.people_at_night", self.people_at_night),
            ("watching.exports_a_day", self.exports_a_day),
            ("watching.refused_a_day", self.refused_a_day),
        ];
        let wrong = all.into_iter().find(|(_, value)| !(1..=MOST).contains(value));
        wrong.map(|(key, _)| (key, format!("expected a whole number from 1 to {MOST}")))
    }
}
