//! From how much on use of what is kept of people is told to who watches over it, and how often one collector notes that it refused somebody.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// From how much on use is told where no habit says otherwise, and which hours are night. Of who has a habit, what is beyond it is told, and
/// never what is no more than a third of these.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watching {
    /// The hour at which night ends, by the organisation's clock.
    pub day_begins: u8,
    /// The hour at which it begins; with 0 and 24 there is none.
    pub day_ends: u8,
    /// Different people opened within an hour.
    pub people_an_hour: u32,
    /// Different people opened on a day.
    pub people_a_day: u32,
    /// Lists of everybody opened on a day, each as often as it was.
    pub lists_a_day: u32,
    /// Different people and lists opened at night.
    pub people_at_night: u32,
    /// Files taken on a day, and answers to programs with rows of HR's tables.
    pub exports_a_day: u32,
    /// Requests on a day for what one has no right to.
    pub refused_a_day: u32,
}

impl Default for Watching {
    fn default() -> Self {
        Self {
            day_begins: 6,
            day_ends: 22,
            people_an_hour: 30,
            people_a_day: 60,
            lists_a_day: 100,
            people_at_night: 15,
            exports_a_day: 9,
            refused_a_day: 30,
        }
    }
}

/// Refusals of one account in one hour that one collector notes, or one more than are let be. More tell nothing new.
const MOST_NOTED: u32 = 200;
/// Accounts that are held; of more those of other hours are let go of.
const MOST_HELD: usize = 10_000;

/// How many refusals of each account this collector has noted, and in which hour: who asks in vain all the time does not keep the database
/// busy with it.
#[derive(Clone, Default, Debug)]
pub(crate) struct Refusals(Arc<Mutex<Noted>>);

/// By account: the hour, and how many in it.
type Noted = HashMap<[u8; 16], (i64, u32)>;

impl Refusals {
    /// Whether one more of an account is noted in an hour, where more than so many are told.
    pub(crate) fn take(&self, account: [u8; 16], hour: i64, told: u32) -> bool {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= MOST_HELD {
            held.retain(|_, (of, _)| *of == hour);
        }
        let (of, noted) = held.entry(account).or_insert((hour, 0));
        if *of != hour {
            (*of, *noted) = (hour, 0);
        }
        *noted = noted.saturating_add(1);
        *noted <= MOST_NOTED.max(told.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_in_vain_all_the_time_is_noted_so_often_an_hour_and_keeps_nobody_else_from_it() {
        let refusals = Refusals::default();
        let noted = (0..10_000).filter(|_| refusals.take([1; 16], 7, 30)).count();
        assert_eq!(noted, MOST_NOTED as usize);
        assert!(refusals.take([2; 16], 7, 30), "another account");
        assert!(refusals.take([1; 16], 8, 30), "another hour");
        let noted = (0..10_000).filter(|_| refusals.take([3; 16], 8, 500)).count();
        assert_eq!(noted, 501, "as many as are told, where more are let be");
    }
}
