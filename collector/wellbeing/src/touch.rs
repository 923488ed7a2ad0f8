//! Hours of people that are to be rolled up. They are written in the transaction that changes what a subject saw of them, and taken in the
//! one in which they are rolled up: neither is there without the other, whoever is killed between.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use attune_ground::GroundError;
use attune_ground::store::{Insert, Write};
use attune_protocol::ids::PersonId;

/// Milliseconds of an hour.
pub(crate) const HOUR: i64 = 3_600_000;

/// Stands for all hours of a person: no hour begins there.
pub(crate) const ALL: i64 = -1;

/// The most hours of one piece of time that are named one by one: a year. Beyond that all of the person are made anew.
const MOST: i64 = 366 * 24;

static TOUCHED: LazyLock<Insert> = LazyLock::new(|| {
    Insert::new(
        "INSERT INTO touched_hours (person, start, touches)",
        3,
        "ON CONFLICT (person, start) DO UPDATE SET touches = touched_hours.touches + 1",
    )
});

/// Says in which pieces of time, Unix milliseconds, what a subject saw of people changes with this transaction. Whoever calls has the
/// locks of these people, and calls once for many of them: it takes a statement for 64 hours.
///
/// # Errors
/// When the database refuses.
pub async fn touch(transaction: &mut Write, touched: &[(PersonId, Range<i64>)]) -> Result<(), GroundError> {
    let named = |range: &Range<i64>| match hours(range) {
        Some(hours) => hours.map(|hour| hour * HOUR).collect(),
        None => vec![ALL],
    };
    let starts = touched.iter().flat_map(|(person, range)| named(range).into_iter().map(|start| (*person, start)));
    write(transaction, starts.collect()).await
}

/// As [`touch`], of one person, however long the pieces are.
pub(crate) async fn touch_each(
    transaction: &mut Write,
    person: PersonId,
    touched: &[Range<i64>],
) -> Result<(), GroundError> {
    let starts = touched.iter().filter(|range| !range.is_empty()).flat_map(|range| {
        let (first, last) = (range.start.div_euclid(HOUR), (range.end - 1).div_euclid(HOUR));
        (first..=last).map(move |hour| (person, hour * HOUR))
    });
    write(transaction, starts.collect()).await
}

/// Says that all that was seen of a person is to be rolled up anew.
pub(crate) async fn touch_all(transaction: &mut Write, person: PersonId) -> Result<(), GroundError> {
    write(transaction, BTreeSet::from([(person, ALL)])).await
}

/// Numbers of the hours that a piece of time touches; none where they are too many to be named.
fn hours(range: &Range<i64>) -> Option<Range<i64>> {
    if range.is_empty() {
        return Some(0..0);
    }
    let (first, last) = (range.start.div_euclid(HOUR), (range.end - 1).div_euclid(HOUR));
    (last - first < MOST).then_some(first..last + 1)
}

/// In one order everywhere, and none twice: Postgres changes no row twice in a statement.
async fn write(transaction: &mut Write, starts: BTreeSet<(PersonId, i64)>) -> Result<(), GroundError> {
    let starts: Vec<_> = starts.into_iter().collect();
    let written = TOUCHED
        .rows(transaction, &starts, |query, (person, start)| query.bind(person.0.to_vec()).bind(*start).bind(1_i64));
    written.await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_of_time_touches_the_hours_that_it_lies_in_and_a_very_long_one_all() {
        let named = |range: Range<i64>| hours(&range);
        assert_eq!(named(0..1), Some(0..1));
        assert_eq!(named(HOUR - 1..HOUR + 1), Some(0..2));
        assert_eq!(named(HOUR..2 * HOUR), Some(1..2), "the end is outside");
        assert_eq!(named(5..5), Some(0..0), "nothing touches nothing");
        assert_eq!(named(0..i64::MAX), None);
    }
}
