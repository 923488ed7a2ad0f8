//! Why a device gave nothing, kept until the windows are closed that it concerns.

use std::collections::VecDeque;

use attune_analysis::sample::Timestamp;
use attune_protocol::record::Gap;

use crate::clock::Leap;
use crate::sensors::Reason;

/// A reason that held for less of a window is not told: its samples are there. Seconds.
const SHORTEST: f64 = 0.5;
/// Changes that are kept; a device that says more within one window is heard by its last ones.
const MOST: usize = 64;

/// The changes of why nothing comes, in the order of their times.
#[derive(Default)]
pub(super) struct Reasons(VecDeque<Reason>);

impl Reasons {
    pub(super) fn add(&mut self, reason: Reason) {
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back(reason);
    }

    /// What held longest from `start` to `end`, if anything held for long: the machine slept, or what the device said.
    /// What was over by then is forgotten.
    pub(super) fn between(&mut self, start: Timestamp, end: Timestamp, leap: Option<Leap>) -> Option<Gap> {
        while self.0.get(1).is_some_and(|next| next.since <= start) {
            self.0.pop_front();
        }
        let within = |from: Timestamp, to: Timestamp| to.min(end).seconds_since(from.max(start)).max(0.0);
        let mut held: Vec<(Gap, f64)> = Vec::new();
        let mut hold = |gap, seconds| match held.iter_mut().find(|(known, _)| *known == gap) {
            Some((_, sum)) => *sum += seconds,
            None => held.push((gap, seconds)),
        };
        let slept = leap.map_or(0.0, |leap| within(leap.from, leap.to));
        hold(Gap::Asleep, slept);
        for (number, reason) in self.0.iter().enumerate() {
            if let Some(gap) = reason.gap {
                let until = self.0.get(number + 1).map_or(end, |next| next.since);
                hold(gap, within(reason.since, until) - slept);
            }
        }
        let longest = held.into_iter().max_by(|(_, a), (_, b)| a.total_cmp(b));
        longest.filter(|&(_, seconds)| seconds >= SHORTEST).map(|(gap, _)| gap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> Timestamp {
        Timestamp(1_700_000_000_000_000).plus_seconds(seconds)
    }

    fn reasons(changes: &[(f64, Option<Gap>)]) -> Reasons {
        let mut reasons = Reasons::default();
        changes.iter().for_each(|&(since, gap)| reasons.add(Reason { since: at(since), gap }));
        reasons
    }

    fn windows(mut reasons: Reasons, count: u32) -> Vec<Option<Gap>> {
        let window = |n: u32| reasons.between(at(f64::from(n) * 10.0), at(f64::from(n + 1) * 10.0), None);
        (0..count).map(window).collect()
    }

    #[test]
    fn a_reason_is_told_in_each_window_that_it_held_in_and_in_no_other() {
        let all = reasons(&[(12.0, Some(Gap::InUse)), (31.0, None)]);
        let in_use = Some(Gap::InUse);
        assert_eq!(windows(all, 5), [None, in_use, in_use, in_use, None]);
        assert_eq!(windows(reasons(&[(9.8, Some(Gap::InUse)), (10.1, None)]), 2), [None, None], "too short");
    }

    #[test]
    fn of_several_reasons_the_one_that_held_longest_is_told() {
        let all = [(1.0, Some(Gap::DeviceGone)), (3.0, Some(Gap::Covered)), (4.0, Some(Gap::DeviceGone)), (5.5, None)];
        assert_eq!(windows(reasons(&all), 1), [Some(Gap::DeviceGone)]);
    }

    #[test]
    fn a_time_in_which_the_machine_slept_is_told_as_that() {
        let mut all = reasons(&[(4.0, Some(Gap::DeviceGone)), (12.0, None)]);
        let leap = Some(Leap { from: at(5.0), to: at(9.0) });
        assert_eq!(all.between(at(0.0), at(10.0), leap), Some(Gap::Asleep));
        assert_eq!(all.between(at(10.0), at(20.0), leap), Some(Gap::DeviceGone));
    }

    #[test]
    fn a_device_that_changes_its_mind_without_end_takes_up_no_more_memory() {
        let mut all = Reasons::default();
        (0..10_000).for_each(|n| all.add(Reason { since: at(f64::from(n) * 1e-3), gap: Some(Gap::Silent) }));
        assert_eq!((all.0.len(), all.between(at(9.0), at(19.0), None)), (MOST, Some(Gap::Silent)));
    }
}
