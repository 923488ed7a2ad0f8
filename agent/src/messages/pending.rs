use std::collections::BTreeMap;

use attune_analysis::text::Reading;
use attune_protocol::record::Record;
use attune_protocol::window::Window;

use super::agreed::{Agreed, Goes};
use super::sums::Sums;

/// How long a window waits behind its end, or behind the first message that came late, for others of it, milliseconds.
const GRACE: i64 = 2_000;

/// What was read of windows that are not written yet. A window whose messages go to different places is two.
#[derive(Default, Debug)]
pub(super) struct Pending(BTreeMap<(Window, Goes), Waiting>);

#[derive(Debug)]
struct Waiting {
    sums: Sums,
    /// When it is written, by the device's clock, Unix milliseconds.
    due: i64,
    /// When the first of its messages was written.
    first_at: i64,
    /// How often consent had been withdrawn when the first of them was read.
    withdrawals: usize,
}

/// What was read of a window, ready to be kept.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) record: Record,
    pub(crate) goes: Goes,
    /// How often consent to it had been withdrawn then.
    pub(crate) withdrawals: usize,
}

impl Pending {
    /// Takes in what was read of a message that was written at an instant.
    pub(super) fn add(&mut self, at: i64, goes: Goes, withdrawals: usize, reading: &Reading, now: i64) {
        let window = Window::containing(at);
        let due = window.end_millis().max(now) + GRACE;
        let begin = || Waiting { sums: Sums::default(), due, first_at: at, withdrawals };
        let waiting = self.0.entry((window, goes)).or_insert_with(begin);
        waiting.sums.add(reading);
        waiting.first_at = waiting.first_at.min(at);
        waiting.withdrawals = waiting.withdrawals.min(withdrawals);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is due, as far as it is agreed to still: what was read under a consent that has ended since goes nowhere.
    pub(super) fn due(&mut self, agreed: &Agreed, now: i64) -> Vec<Written> {
        let due = self.0.iter().filter(|(_, waiting)| waiting.due <= now);
        let due: Vec<(Window, Goes)> = due.map(|(place, _)| *place).collect();
        let written = |(window, goes): (Window, Goes)| {
            let waiting = self.0.remove(&(window, goes))?;
            let goes = goes.min(agreed.goes(waiting.first_at)?);
            Some(Written { record: waiting.sums.record(window), goes, withdrawals: waiting.withdrawals })
        };
        due.into_iter().filter_map(written).collect()
    }

    /// Forgets windows.
    pub(super) fn forget(&mut self, is_forgotten: impl Fn(Window) -> bool) {
        self.0.retain(|(window, _), _| !is_forgotten(*window));
    }
}
