//! Sums of sets of people as linear equations, solved as far as they can be.

use std::collections::BTreeMap;

use crate::team::Cohort;

/// What counts as zero: factors are small whole numbers, and fractions of few of them.
const ZERO: f64 = 1e-7;

/// An equation that follows: the factor of each of its people, and the sum.
pub(super) type Equation = (Vec<(u64, f64)>, f64);

/// The equations of fewer than `most` people that elimination finds.
pub(super) fn of_few(sums: &[(&Cohort, f64)], most: usize) -> Vec<Equation> {
    // People who are in the same sums cannot be told apart: they are one unknown.
    let mut of: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (row, (people, _)) in sums.iter().enumerate() {
        people.iter().for_each(|person| of.entry(*person).or_default().push(row));
    }
    let mut unknowns: BTreeMap<Vec<usize>, Vec<u64>> = BTreeMap::new();
    of.into_iter().for_each(|(person, rows)| unknowns.entry(rows).or_default().push(person));
    let unknowns: Vec<(Vec<usize>, Vec<u64>)> = unknowns.into_iter().collect();
    let mut rows: Vec<Vec<f64>> = sums
        .iter()
        .map(|(_, sum)| {
            let mut row = vec![0.0; unknowns.len() + 1];
            row[unknowns.len()] = *sum;
            row
        })
        .collect();
    for (column, (within, _)) in unknowns.iter().enumerate() {
        within.iter().for_each(|row| rows[*row][column] = 1.0);
    }
    // Those of most people first, so that what is left is of few.
    let mut order: Vec<usize> = (0..unknowns.len()).collect();
    order.sort_by_key(|column| std::cmp::Reverse(unknowns[*column].1.len()));
    eliminate(&mut rows, &order);
    let mut found = Vec::new();
    for row in rows {
        let has = |column: &usize| row[*column].abs() > ZERO;
        let people: usize = order.iter().filter(|column| has(column)).map(|column| unknowns[*column].1.len()).sum();
        if (1..most).contains(&people) {
            let of = |column: &usize| {
                let factor = row[*column];
                unknowns[*column].1.iter().map(move |person| (*person, factor))
            };
            let factors = order.iter().filter(|column| has(column)).flat_map(of).collect();
            found.push((factors, row[unknowns.len()]));
        }
    }
    found
}

/// Brings rows into reduced echelon form, column by column in an order.
fn eliminate(rows: &mut [Vec<f64>], order: &[usize]) {
    let mut done = 0;
    for column in order {
        let largest =
            (done..rows.len()).max_by(|one, other| rows[*one][*column].abs().total_cmp(&rows[*other][*column].abs()));
        let Some(found) = largest.filter(|row| rows[*row][*column].abs() > ZERO) else { continue };
        rows.swap(done, found);
        let by = rows[done][*column];
        rows[done].iter_mut().for_each(|entry| *entry /= by);
        let pivot = rows[done].clone();
        for (place, row) in rows.iter_mut().enumerate() {
            let factor = row[*column];
            if place != done && factor.abs() > 0.0 {
                row.iter_mut().zip(&pivot).for_each(|(entry, other)| *entry -= factor * other);
            }
        }
        done += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cohort(people: std::ops::Range<u64>) -> Cohort {
        people.collect()
    }

    #[test]
    fn what_a_larger_sum_has_besides_smaller_ones_is_found_with_its_value() {
        let (all, one, other) = (cohort(0..31), cohort(0..15), cohort(15..30));
        let found = of_few(&[(&all, 16.75), (&one, 6.0), (&other, 10.0)], 10);
        let [(factors, sum)] = found.as_slice() else { panic!("{found:?}") };
        let [(30, factor)] = factors.as_slice() else { panic!("{factors:?}") };
        assert!((sum / factor - 0.75).abs() < 1e-9);
        assert!(of_few(&[(&all, 16.75), (&one, 6.0)], 10).is_empty(), "sixteen are left");
        assert!(of_few(&[(&one, 6.0), (&one, 6.0)], 10).is_empty(), "the same twice");
    }
}
