//! Acceleration that stands in two tables: one without gravity, and one of gravity alone.

use super::Rows;
use crate::left_out::LeftOut;
use crate::sample::MotionSample;
use crate::tables::TableError;

/// Gravity this far away in time still belongs to an acceleration, microseconds: the longest that motion is carried over.
const NEAR: i64 = 250_000;

/// Rows of both in the order of their times, put together.
pub(super) struct Parts {
    linear: Rows,
    gravity: Rows,
    before: Option<(i64, [f64; 3])>,
    behind: Option<(i64, [f64; 3])>,
    /// Accelerations without gravity near them.
    alone: u64,
}

impl Parts {
    pub(super) fn new(linear: Rows, gravity: Rows) -> Self {
        Self { linear, gravity, before: None, behind: None, alone: 0 }
    }

    pub(super) fn next(&mut self) -> Result<Option<(i64, MotionSample)>, TableError> {
        while let Some((at, sample)) = self.linear.next()? {
            if let Some([x, y, z]) = self.gravity_near(at)? {
                let [a, b, c] = sample.acceleration;
                return Ok(Some((at, MotionSample { acceleration: [a + x, b + y, c + z], ..sample })));
            }
            self.alone += 1;
        }
        Ok(None)
    }

    fn gravity_near(&mut self, at: i64) -> Result<Option<[f64; 3]>, TableError> {
        while self.behind.is_none_or(|(behind, _)| behind < at) {
            let Some((next, sample)) = self.gravity.next()? else { break };
            self.before = self.behind.replace((next, sample.acceleration));
        }
        let apart = |&(other, _): &(i64, [f64; 3])| (at - other).abs();
        let nearest = self.before.into_iter().chain(self.behind).min_by_key(apart);
        Ok(nearest.filter(|near| apart(near) <= NEAR).map(|(_, axes)| axes))
    }

    pub(super) fn left_out(&mut self) -> LeftOut {
        let mut left_out = LeftOut { no_value: std::mem::take(&mut self.alone), ..LeftOut::default() };
        left_out.add(self.linear.left_out());
        left_out.add(self.gravity.left_out());
        left_out
    }

    pub(super) fn set_back(&self) -> u64 {
        self.linear.set_back()
    }
}
