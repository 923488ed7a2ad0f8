//! Pieces of time of a person, and what was seen in them.

use std::collections::BTreeMap;

use attune_people::me::Own;
use jiff::civil::Date;

use crate::bucket::{Bucket, Span, day_of};
use crate::{Wellbeing, WellbeingError, rollup};

/// Days that follow each other, by their numbers; both are in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Period {
    pub(super) first: i64,
    pub(super) last: i64,
}

impl Period {
    /// So many days, the last of which is this one.
    pub(super) const fn up_to(last: i64, days: i64) -> Self {
        Self { first: last - days + 1, last }
    }

    /// How many days.
    pub(super) const fn days(self) -> i64 {
        self.last - self.first + 1
    }

    /// As many days before it.
    pub(super) const fn before(self) -> Self {
        Self::up_to(self.first - 1, self.days())
    }

    /// With so many more days in front.
    pub(super) const fn reaching_back(self, days: i64) -> Self {
        Self { first: self.first - days, ..self }
    }

    /// The first and the last day; none where the calendar has no such day.
    pub(super) fn dates(self) -> Option<(Date, Date)> {
        day_of(self.first).zip(day_of(self.last))
    }

    /// What lies in it of days, or of longer pieces that begin in it.
    pub(super) fn of(self, pieces: &[(i64, Bucket)]) -> &[(i64, Bucket)] {
        let from = pieces.partition_point(|(begin, _)| *begin < self.first);
        let until = pieces.partition_point(|(begin, _)| *begin <= self.last);
        pieces.get(from..until).unwrap_or_default()
    }

    /// All of it as one.
    pub(super) fn merged(self, days: &[(i64, Bucket)]) -> Bucket {
        let mut whole = Bucket::default();
        self.of(days).iter().for_each(|(_, bucket)| whole.merge(bucket));
        whole
    }
}

/// A day as it is written, `2026-01-31`; empty for one that the calendar does not have.
pub(super) fn day(number: i64) -> String {
    day_of(number).map_or_else(String::new, |date| date.to_string())
}

/// What was seen of whoever asks, and of accounts of earlier versions that are theirs, too; in the order of time. Days that the calendar does
/// not have hold nothing.
pub(super) async fn seen(
    state: &Wellbeing,
    own: &Own,
    span: Span,
    period: Period,
) -> Result<Vec<(i64, Bucket)>, WellbeingError> {
    let Some((first, last)) = period.dates() else { return Ok(Vec::new()) };
    let mut all: BTreeMap<i64, Bucket> = BTreeMap::new();
    for person in &own.people {
        for (begin, bucket) in rollup::of(state, *person, span, first..=last).await? {
            all.entry(begin).or_default().merge(&bucket);
        }
    }
    Ok(all.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_period_before_is_as_long_and_ends_the_day_before() {
        let period = Period::up_to(100, 30);
        assert_eq!((period, period.days()), (Period { first: 71, last: 100 }, 30));
        assert_eq!(period.before(), Period { first: 41, last: 70 });
        assert_eq!(period.reaching_back(14).first, 57);
        assert_eq!(Period { first: i64::MIN / 2, last: 0 }.dates(), None);
        let seen = |day: i64| (day, Bucket { seen: day, ..Bucket::default() });
        let days = [seen(70), seen(71), seen(99), seen(100), seen(101)];
        assert_eq!(period.of(&days).iter().map(|(day, _)| *day).collect::<Vec<_>>(), [71, 99, 100]);
        assert_eq!((period.merged(&days).seen, period.before().merged(&days).seen), (270, 70));
    }
}
