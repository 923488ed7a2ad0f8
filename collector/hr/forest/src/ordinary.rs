use super::impute::median;
use super::matrix::Matrix;

/// How many ordinary rows a flagged one is held beside.
const NEAREST: usize = 3;

/// What lies between the least and the greatest value of a column, in the column's own unit.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Span {
    /// The least.
    pub least: f64,
    /// The greatest.
    pub greatest: f64,
}

/// The ordinary rows that are nearest to one, in units of the columns' deviations; of two as near the one that stands first.
pub(super) fn nearest(scaled: Matrix<'_>, ordinary: &[usize], row: usize) -> Vec<usize> {
    let of = scaled.row(row);
    let distance = |other: usize| of.iter().zip(scaled.row(other)).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
    let others = ordinary.iter().filter(|other| **other != row);
    let mut distances: Vec<(f64, usize)> = others.map(|other| (distance(*other), *other)).collect();
    distances.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)));
    distances.into_iter().take(NEAREST).map(|(_, other)| other).collect()
}

/// For each column the span of what is known of some rows; none where only one of them has a value, which would be told by it.
pub(super) fn spans(values: Matrix<'_>, blank: &[bool], rows: &[usize]) -> Vec<Option<Span>> {
    let span = |column: usize| {
        let known = rows.iter().filter(|row| !blank[**row * values.width() + column]);
        let known: Vec<f64> = known.map(|row| values.row(*row)[column]).collect();
        let least = known.iter().copied().reduce(f64::min)?;
        let greatest = known.iter().copied().reduce(f64::max)?;
        (known.len() > 1).then_some(Span { least, greatest })
    };
    (0..values.width()).map(span).collect()
}

/// For each column the middle of some rows.
pub(super) fn middles(values: Matrix<'_>, rows: &[usize]) -> Vec<f64> {
    let middle = |column: usize| median(rows.iter().map(|row| values.row(*row)[column]).collect()).unwrap_or(0.0);
    (0..values.width()).map(middle).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: [f64; 12] = [0.0, 10.0, 1.0, 20.0, 2.0, 30.0, 3.0, 40.0, 50.0, 50.0, 2.0, 10.0];

    #[test]
    fn the_nearest_are_ordinary_and_never_the_row_itself() {
        let rows = Matrix::new(&VALUES, 2).expect("a table");
        assert_eq!(nearest(rows, &[0, 2, 3, 4, 5], 1), [0, 2, 5]);
        assert_eq!(nearest(rows, &[0, 1], 1), [0]);
        assert_eq!(nearest(rows, &[], 1), [0_usize; 0]);
    }

    #[test]
    fn a_span_holds_what_is_known_and_never_one_persons_value_alone() {
        let rows = Matrix::new(&VALUES, 2).expect("a table");
        let mut blank = [false; 12];
        let both = spans(rows, &blank, &[0, 2, 3]);
        assert_eq!(both[0], Some(Span { least: 0.0, greatest: 3.0 }));
        assert_eq!(both[1], Some(Span { least: 10.0, greatest: 40.0 }));
        (blank[0], blank[4]) = (true, true);
        let one = spans(rows, &blank, &[0, 2, 3]);
        assert_eq!((one[0], one[1]), (None, both[1]));
        assert_eq!(middles(rows, &[0, 2, 3]), [2.0, 30.0]);
    }
}
