//! Whether days or weeks call for an alert, or end one: pure functions over numbers.

use serde::{Deserialize, Serialize};

use super::rule::Rule;

/// What a day or week tells of what a rule looks at.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Point {
    /// The day, or the Monday of the week, as days since 1970-01-01.
    pub(super) at: i64,
    /// The value.
    pub(super) value: f64,
}

/// What is to be done.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Verdict {
    /// One is raised, for these.
    Raise(Vec<Point>),
    /// The one that is open is cleared, for these.
    Clear(Vec<Point>),
    /// Nothing newer tells it: the one that is open ends, as nobody knows whether it still holds.
    Lapse,
}

/// What follows from points, which are in order and none of which is later than the newest day that is over. `raised` is the last day for
/// which an open alert was raised. A day that tells nothing is no point: it neither raises nor clears.
pub(super) fn judge(rule: &Rule, points: &[Point], raised: Option<i64>, newest: i64) -> Option<Verdict> {
    let last = |count: usize| points.len().checked_sub(count).and_then(|from| points.get(from..));
    let Some(raised) = raised else {
        let run = last(rule.raise_after)?;
        let (first, end) = (run.first()?, run.last()?);
        let is_in_a_row = end.at - first.at <= rule.within() && newest - end.at <= rule.within() / 2;
        let is_beyond = run.iter().all(|point| rule.is_beyond(point.value));
        return (is_in_a_row && is_beyond).then(|| Verdict::Raise(run.to_vec()));
    };
    if let Some(run) = last(rule.clear_after)
        && run.iter().all(|point| point.at > raised && rule.is_clear(point.value))
    {
        return Some(Verdict::Clear(run.to_vec()));
    }
    let is_stale = points.last().is_none_or(|point| newest - point.at > rule.within());
    is_stale.then_some(Verdict::Lapse)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stress() -> &'static Rule {
        Rule::of_number(2).expect("three days above 0.5, cleared by two at 0.3 or below")
    }

    fn points(values: &[f64]) -> Vec<Point> {
        (100..).zip(values).map(|(at, value)| Point { at, value: *value }).collect()
    }

    /// What follows as of the day of the last value.
    fn says(values: &[f64], raised: Option<i64>) -> Option<Verdict> {
        judge(stress(), &points(values), raised, 99 + values.len() as i64)
    }

    #[test]
    fn one_is_raised_by_days_in_a_row_and_by_no_fewer() {
        assert_eq!(says(&[0.6, 0.7], None), None, "two of three");
        assert_eq!(says(&[0.6, 0.7, 0.5, 0.8], None), None, "at the bound is not beyond it");
        let Some(Verdict::Raise(run)) = says(&[0.2, 0.6, 0.7, 0.8], None) else { panic!("three in a row") };
        assert_eq!(run.iter().map(|point| point.at).collect::<Vec<_>>(), [101, 102, 103]);
        assert_eq!(says(&[], None), None);
    }

    #[test]
    fn days_that_tell_nothing_are_left_out_and_days_far_apart_are_not_in_a_row() {
        let at = |days: [i64; 3]| days.map(|at| Point { at, value: 0.9 });
        assert!(matches!(judge(stress(), &at([100, 103, 107]), None, 108), Some(Verdict::Raise(_))));
        assert_eq!(judge(stress(), &at([100, 103, 115]), None, 115), None, "a fortnight and a day");
        assert_eq!(judge(stress(), &at([100, 101, 102]), None, 110), None, "that was long ago");
    }

    #[test]
    fn between_both_bounds_it_stays_as_it_is() {
        let wavering = [0.6, 0.7, 0.8, 0.45, 0.55, 0.35, 0.4];
        assert_eq!(says(&wavering, Some(102)), None, "open stays open");
        assert_eq!(says(&wavering[3..], None), None, "and closed stays closed");
        let Some(Verdict::Clear(run)) = says(&[0.6, 0.7, 0.8, 0.3, 0.1], Some(102)) else { panic!("two days below") };
        assert_eq!(run.len(), 2);
        assert_eq!(says(&[0.6, 0.7, 0.8, 0.3], Some(102)), None, "one day is not enough");
        assert_eq!(says(&[0.1, 0.1], Some(102)), None, "days of before it was raised clear nothing");
    }

    #[test]
    fn one_of_which_nothing_newer_is_told_ends() {
        let raised = points(&[0.6, 0.7, 0.8]);
        assert_eq!(judge(stress(), &raised, Some(102), 116), None);
        assert_eq!(judge(stress(), &raised, Some(102), 117), Some(Verdict::Lapse));
        assert_eq!(judge(stress(), &[], Some(102), 103), Some(Verdict::Lapse), "what it was made of is gone");
    }
}
