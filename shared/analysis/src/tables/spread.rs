use std::collections::VecDeque;

use super::TableError;
use super::times::Cadence;
use crate::left_out::LeftOut;

/// Rows with one time are told in whole seconds, or packet by packet: they are spread over the time up to the next one, as
/// far apart as the sensor's rate has them at most. More than half as many again as the rate allows are left out.
pub(super) struct Spread<T> {
    cadence: Cadence,
    ready: VecDeque<(i64, T)>,
    next: Option<(i64, T)>,
    left_out: LeftOut,
}

impl<T> Spread<T> {
    pub(super) fn new(cadence: Cadence) -> Self {
        Self { cadence, ready: VecDeque::new(), next: None, left_out: LeftOut::default() }
    }

    /// The next row, from rows in the order of their times.
    pub(super) fn next(
        &mut self,
        mut read: impl FnMut() -> Result<Option<(i64, T)>, TableError>,
    ) -> Result<Option<(i64, T)>, TableError> {
        if let Some(ready) = self.ready.pop_front() {
            return Ok(Some(ready));
        }
        let first = match self.next.take() {
            Some(first) => Some(first),
            None => read()?,
        };
        let Some((at, value)) = first else { return Ok(None) };
        let Cadence { step, rate } = self.cadence;
        let longest = step.saturating_add(step / 2);
        let most = (1.5 * rate * longest as f64 / 1e6).ceil().max(1.0) as usize; // saturates
        let mut together = vec![value];
        while let Some((next, value)) = read()? {
            if next != at {
                self.next = Some((next, value));
                break;
            }
            if together.len() < most {
                together.push(value);
            } else {
                self.left_out.false_times += 1;
            }
        }
        let room = self.next.as_ref().map_or(step, |(next, _)| (next - at).min(longest));
        let apart = (room as f64 / together.len() as f64).min(1e6 / rate);
        let place = |(rank, value)| (at + (rank as f64 * apart) as i64, value);
        self.ready.extend(together.into_iter().enumerate().map(place));
        Ok(self.ready.pop_front())
    }

    /// What was left out since this was asked last.
    pub(super) fn left_out(&mut self) -> LeftOut {
        std::mem::take(&mut self.left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(cadence: Cadence, times: &[i64]) -> (Vec<i64>, LeftOut) {
        let mut spread = Spread::new(cadence);
        let mut rows = times.iter().map(|&at| (at, ()));
        let placed = std::iter::from_fn(|| spread.next(|| Ok(rows.next())).unwrap().map(|(at, ())| at)).collect();
        (placed, spread.left_out())
    }

    #[test]
    fn rows_of_one_second_are_spread_over_it_and_single_ones_stay() {
        let cadence = Cadence { step: 1_000_000, rate: 4.0 };
        let times = [0, 0, 0, 0, 1, 1, 1, 1, 60, 60, 61].map(|second| second * 1_000_000);
        let (placed, left_out) = spread(cadence, &times);
        let millis: Vec<i64> = placed.iter().map(|at| at / 1000).collect();
        assert_eq!(millis, [0, 250, 500, 750, 1000, 1250, 1500, 1750, 60_000, 60_250, 61_000]);
        assert_eq!(left_out, LeftOut::default());
        assert_eq!(spread(cadence, &[5, 2_000_007]).0, [5, 2_000_007]);
    }

    #[test]
    fn more_rows_than_a_second_can_hold_come_from_a_clock_that_stood_still() {
        let cadence = Cadence { step: 1_000_000, rate: 4.0 };
        let (placed, left_out) = spread(cadence, &[0; 100]);
        assert_eq!((placed.len(), left_out.false_times), (9, 91));
        assert!(placed.is_sorted() && placed.iter().all(|&at| at < 1_000_000), "{placed:?}");
    }
}
