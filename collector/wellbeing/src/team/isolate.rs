//! Whether sums over sets of people, added and subtracted with whichever factors, tell of fewer than k of them.
//!
//! A sum of a cohort is a row of zeros and ones over people. What can be computed of some sums is the space of their rows, and what is
//! asked is whether it holds a row with 1 to k - 1 entries that are not zero. Three steps make that small:
//!
//! 1. A row of which at least k people are in no other has the factor 0 in every such combination: it is set aside, again and again.
//! 2. People who are in the same rows are one column with their number as its weight. A combination of fewer than k people is zero in every
//!    column of k and more; those are linear equations for the factors.
//! 3. What solves them lives on the light columns alone, mostly in no or one dimension. Of more, the lightest combination is zero in some
//!    column besides: each is tried, up to three dimensions; of more it counts as found.
//!
//! It is computed modulo the prime 2^61 - 1: exactly, and with no bound below which a number counts as zero.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// People, by their tags.
pub(crate) type Cohort = BTreeSet<u64>;

const PRIME: u64 = (1 << 61) - 1;

/// Dimensions, and light columns, of which every combination is tried.
const MOST_DIMENSIONS: usize = 3;
const MOST_COLUMNS: usize = 96;

type Row = Vec<u64>;

/// Cohorts of which sums were published.
#[derive(Clone, Default, Debug)]
pub(super) struct Published {
    rows: Vec<Cohort>,
    by_person: HashMap<u64, Vec<usize>>,
}

/// Why another cohort is not published beside them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Against {
    /// One of them is nearly the same.
    Pair,
    /// Several of them leave a few people.
    Sums,
}

impl Published {
    /// Publishes a cohort.
    pub(super) fn add(&mut self, cohort: Cohort) {
        if cohort.is_empty() || self.holds(&cohort) {
            return;
        }
        for person in &cohort {
            self.by_person.entry(*person).or_default().push(self.rows.len());
        }
        self.rows.push(cohort);
    }

    /// Whether a cohort that has somebody was published as it is.
    fn holds(&self, cohort: &Cohort) -> bool {
        let of_first = cohort.first().and_then(|person| self.by_person.get(person));
        of_first.is_some_and(|rows| rows.iter().any(|row| self.rows[*row] == *cohort))
    }

    /// Whether one of them and a cohort of at least that many differ by somebody, and by fewer.
    pub(super) fn is_near(&self, cohort: &Cohort, least: usize) -> bool {
        let near = |row: &&Cohort| {
            let common = row.intersection(cohort).count();
            (1..least).contains(&(row.len() + cohort.len() - 2 * common))
        };
        self.touching(cohort).iter().any(near)
    }

    /// Those that have somebody in common with a cohort.
    pub(super) fn touching(&self, cohort: &Cohort) -> Vec<&Cohort> {
        let rows: BTreeSet<usize> =
            cohort.iter().filter_map(|one| self.by_person.get(one)).flatten().copied().collect();
        rows.into_iter().map(|row| &self.rows[row]).collect()
    }

    /// What speaks against publishing a cohort of at least `least` people, too.
    pub(super) fn against(&self, cohort: &Cohort, least: usize) -> Option<Against> {
        if self.holds(cohort) {
            return None;
        }
        if self.is_near(cohort, least) {
            return Some(Against::Pair);
        }
        // What is published tells of nobody; a combination with this one tells of those who are in no other.
        if cohort.iter().filter(|person| !self.by_person.contains_key(*person)).count() >= least {
            return None;
        }
        let mut together: Vec<&Cohort> = self.connected(cohort).into_iter().map(|row| &self.rows[row]).collect();
        together.push(cohort);
        isolates(&together, least).then_some(Against::Sums)
    }

    /// The rows that have somebody in common with a cohort, or with a row that has.
    fn connected(&self, cohort: &Cohort) -> BTreeSet<usize> {
        let (mut found, mut people) = (BTreeSet::new(), BTreeSet::new());
        let mut open: Vec<u64> = cohort.iter().copied().collect();
        while let Some(person) = open.pop() {
            if !people.insert(person) {
                continue;
            }
            for row in self.by_person.get(&person).into_iter().flatten() {
                if found.insert(*row) {
                    open.extend(&self.rows[*row]);
                }
            }
        }
        found
    }
}

/// Whether some sum of cohorts with factors is of 1 to `least` - 1 people.
pub(super) fn isolates(cohorts: &[&Cohort], least: usize) -> bool {
    let core = core(cohorts, least);
    let mut columns: BTreeMap<Vec<bool>, usize> = BTreeMap::new();
    let people: Cohort = core.iter().flat_map(|row| row.iter().copied()).collect();
    for person in people {
        *columns.entry(core.iter().map(|row| row.contains(&person)).collect()).or_default() += 1;
    }
    let number = |is_in: &bool| u64::from(*is_in);
    let heavy: Vec<Row> = columns
        .iter()
        .filter(|(_, weight)| **weight >= least)
        .map(|(column, _)| column.iter().map(number).collect())
        .collect();
    let light: Vec<(&Vec<bool>, usize)> =
        columns.iter().filter(|(_, weight)| **weight < least).map(|(column, weight)| (column, *weight)).collect();
    let mut space: Vec<Row> = Vec::new();
    for factors in zeros_of(heavy, core.len()) {
        let of = |column: &[bool]| {
            column.iter().zip(&factors).filter(|(is_in, _)| **is_in).fold(0, |sum, (_, factor)| plus(sum, *factor))
        };
        space.push(light.iter().map(|(column, _)| of(column)).collect());
    }
    reduce(&mut space);
    let weights: Vec<usize> = light.iter().map(|(_, weight)| *weight).collect();
    match space.len() {
        0 => false,
        dimensions if dimensions > MOST_DIMENSIONS || (dimensions > 1 && weights.len() > MOST_COLUMNS) => true,
        _ => lightest(&space, &weights) < least,
    }
}

/// The rows that can have a factor in a combination of fewer than `least` people.
fn core<'a>(cohorts: &[&'a Cohort], least: usize) -> Vec<&'a Cohort> {
    let distinct: BTreeSet<&Cohort> = cohorts.iter().copied().collect();
    let mut left: Vec<&Cohort> = distinct.into_iter().collect();
    loop {
        let mut times: HashMap<u64, u32> = HashMap::new();
        for person in left.iter().flat_map(|row| row.iter()) {
            *times.entry(*person).or_default() += 1;
        }
        let before = left.len();
        left.retain(|row| row.iter().filter(|person| times.get(*person) == Some(&1)).count() < least);
        if left.len() == before {
            return left;
        }
    }
}

/// The weight of the lightest combination of rows that is not zero; the rows stand apart from each other.
fn lightest(space: &[Row], weights: &[usize]) -> usize {
    if let [row] = space {
        return row.iter().zip(weights).filter(|(entry, _)| **entry != 0).map(|(_, weight)| weight).sum();
    }
    let mut least = usize::MAX;
    for column in 0..weights.len() {
        let Some(pivot) = space.iter().position(|row| row[column] != 0) else { continue };
        let inverse = inverse(space[pivot][column]);
        let mut rest: Vec<Row> = Vec::with_capacity(space.len() - 1);
        for (_, row) in space.iter().enumerate().filter(|(place, _)| *place != pivot) {
            let factor = times(row[column], inverse);
            rest.push(row.iter().zip(&space[pivot]).map(|(one, other)| minus(*one, times(factor, *other))).collect());
        }
        least = least.min(lightest(&rest, weights));
    }
    least
}

/// What `factors` solve all equations, as rows that stand apart from each other.
fn zeros_of(mut equations: Vec<Row>, factors: usize) -> Vec<Row> {
    let pivots = reduce(&mut equations);
    let free = (0..factors).filter(|column| !pivots.contains(column));
    let solution = |free: usize| {
        let mut row = vec![0; factors];
        row[free] = 1;
        for (equation, pivot) in equations.iter().zip(&pivots) {
            row[*pivot] = minus(0, equation[free]);
        }
        row
    };
    free.map(solution).collect()
}

/// Brings rows into reduced echelon form, leaves out those that follow from others, and gives the columns of their pivots.
fn reduce(rows: &mut Vec<Row>) -> Vec<usize> {
    let columns = rows.first().map_or(0, Vec::len);
    let mut pivots = Vec::new();
    for column in 0..columns {
        let done = pivots.len();
        let Some(found) = (done..rows.len()).find(|row| rows[*row][column] != 0) else { continue };
        rows.swap(done, found);
        let inverse = inverse(rows[done][column]);
        let pivot: Row = rows[done].iter().map(|entry| times(*entry, inverse)).collect();
        for (_, row) in rows.iter_mut().enumerate().filter(|(place, row)| *place != done && row[column] != 0) {
            let factor = row[column];
            for (entry, other) in row.iter_mut().zip(&pivot) {
                *entry = minus(*entry, times(factor, *other));
            }
        }
        rows[done] = pivot;
        pivots.push(column);
    }
    rows.truncate(pivots.len());
    pivots
}

const fn plus(one: u64, other: u64) -> u64 {
    (one + other) % PRIME
}

const fn minus(one: u64, other: u64) -> u64 {
    (one + PRIME - other) % PRIME
}

fn times(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other) % u128::from(PRIME);
    u64::try_from(product).unwrap_or_default()
}

/// What a number other than 0 is multiplied with to give 1 (Fermat).
fn inverse(number: u64) -> u64 {
    let (mut result, mut base, mut exponent) = (1, number, PRIME - 2);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = times(result, base);
        }
        base = times(base, base);
        exponent >>= 1;
    }
    result
}

#[cfg(test)]
#[expect(clippy::single_range_in_vec_init, reason = "people are numbered, and a cohort is ranges of them")]
mod tests {
    use super::*;

    fn of(ranges: &[std::ops::Range<u64>]) -> Cohort {
        ranges.iter().cloned().flatten().collect()
    }

    fn published(cohorts: &[&Cohort]) -> Published {
        let mut published = Published::default();
        cohorts.iter().for_each(|cohort| published.add((*cohort).clone()));
        published
    }

    #[test]
    fn a_number_times_its_inverse_is_one() {
        for number in [1, 2, 3, 1 << 40, PRIME - 1] {
            assert_eq!(times(number, inverse(number)), 1, "{number}");
        }
        assert_eq!(plus(PRIME - 1, 1), 0);
        assert_eq!(minus(0, 1), PRIME - 1);
    }

    #[test]
    fn apart_and_equal_cohorts_tell_of_nobody_and_near_ones_do() {
        let (one, other) = (of(&[0..12]), of(&[12..30]));
        let all = published(&[&one, &other]);
        assert_eq!(all.against(&one, 10), None, "as it was");
        assert_eq!(all.against(&of(&[0..13]), 10), Some(Against::Pair));
        assert_eq!(all.against(&of(&[1..13]), 10), Some(Against::Pair), "one went and one came");
        assert_eq!(all.against(&of(&[0..12, 40..50]), 10), None, "ten came");
        assert_eq!(all.against(&of(&[8..20]), 10), None, "they have some in common");
    }

    #[test]
    fn what_several_leave_of_a_larger_one_is_found_and_nothing_is_where_nothing_is_left() {
        let (one, other) = (of(&[0..12]), of(&[12..30]));
        let all = published(&[&one, &other]);
        assert_eq!(all.against(&of(&[0..33]), 10), Some(Against::Sums), "three are left");
        assert_eq!(all.against(&of(&[0..30]), 10), None, "nobody is left");
        assert_eq!(all.against(&of(&[0..40]), 10), None, "ten are left");
        // Neither any two nor a larger one less smaller ones: A + B - C - D.
        let [a, b, c] = [of(&[0..10, 20..30]), of(&[10..20, 30..40]), of(&[0..10, 10..20])];
        let all = published(&[&a, &b, &c]);
        assert_eq!(all.against(&of(&[20..30, 30..39]), 10), Some(Against::Sums));
        assert_eq!(all.against(&of(&[20..30, 30..40]), 10), None);
    }

    #[test]
    fn of_several_dimensions_the_lightest_combination_is_found() {
        // Two pairs of cohorts, each with five people more or less in the other: five and five, and never less.
        let [a, b, c] = [of(&[0..20]), of(&[0..15, 30..35]), of(&[5..20, 40..45])];
        assert!(!isolates(&[&a, &b, &c], 5));
        assert!(!isolates(&[&a, &b, &c], 10));
        assert!(isolates(&[&a, &b, &c], 11));
        // Both ways of leaving the larger one leave the same four besides.
        let [d, e] = [of(&[0..14, 50..60]), of(&[0..10, 50..60])];
        assert!(isolates(&[&a, &b, &c, &d, &e], 5));
    }
}
