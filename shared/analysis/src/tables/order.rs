//! Rows of a table in the order of their times, whatever order, clock and false times the file has.
//!
//! Rows are taken in the order of the file, each judged by the row before it and some behind it:
//!
//! - a step back of at most five minutes into a time that nothing fills is a row that came late: it is put in its place;
//! - a step back behind which the rows go on is a clock that was set back: they go on behind the row before them, one
//!   step later, until the file's own times are ahead again; so is one of two seconds or less, which a radio link makes
//!   too, where the rows behind it come forward over times that are taken;
//! - rows that come again, time and values, are left out;
//! - a step ahead behind which the rows go on is a gap, however long;
//! - what steps away from its neighbours, and the rows behind it do not follow, is a false time: it is left out. So is
//!   what stands alone, more than an hour from all other rows, and what is no date where the others are dates.
//!
//! What is left out is counted. At most [`HELD`] rows are held; a row that is later than that is left out.

use std::collections::{BTreeMap, VecDeque};

use super::{TableError, times};
use crate::left_out::LeftOut;

/// Rows that wait for those that came late: 22 minutes at 50 Hz.
const HELD: usize = 1 << 16;
/// Rows that are looked at behind the one that is judged.
const AHEAD: usize = 512;
/// Of them, those that tell whether a step ahead is followed.
const FOLLOWERS: usize = 8;
/// Fewer rows than this do not show that a clock was set back.
const FEW: usize = 5;
const SECOND: i64 = 1_000_000;
/// Steps back up to this are those of a radio link: such rows are put in their place.
const JITTER: i64 = 2 * SECOND;
/// Rows of a clock that goes on follow one another within this, or within three steps.
const STEADY: i64 = SECOND / 2;
/// Further apart, rows are no neighbours: the longest span of any feature.
const NEAR: i64 = 300 * SECOND;
/// Further from all others, a few rows stand alone.
const LONELY: i64 = 3600 * SECOND;
/// Rows over less time than this, a window, are a few.
const SHORT: i64 = 10 * SECOND;

/// What a reader finds.
pub(super) enum Found<T> {
    /// A row, its time in microseconds.
    Row(i64, T),
    /// A row whose time is beyond all times.
    Beyond,
    /// A row that does not read.
    Unread,
    /// A row that has nothing, as it should be.
    Nothing,
}

/// Puts rows into the order of their times.
pub(super) struct Order<T> {
    step: i64,
    /// What is before this is no date, where the others are.
    earliest: i64,
    ahead: VecDeque<(i64, T)>,
    ended: bool,
    /// The row that was judged last, and how many there were and how long since the last step that was far.
    last: Option<i64>,
    line: Line,
    /// What is added to the file's times since its clock was set back.
    offset: i64,
    held: BTreeMap<(i64, u64), T>,
    taken: u64,
    /// The row that was given last, and how many there were since the last lonely gap.
    given: Option<i64>,
    given_together: usize,
    left_out: LeftOut,
    set_back: u64,
}

#[derive(Default)]
struct Line {
    rows: usize,
    micros: i64,
}

impl<T: PartialEq> Order<T> {
    /// For rows about `step` microseconds apart; `dates` says whether their times are dates.
    pub(super) fn new(step: i64, dates: bool) -> Self {
        Self {
            step: step.clamp(1, times::LATEST.0),
            earliest: if dates { times::EARLIEST_DATE } else { i64::MIN },
            ahead: VecDeque::new(),
            ended: false,
            last: None,
            line: Line::default(),
            offset: 0,
            held: BTreeMap::new(),
            taken: 0,
            given: None,
            given_together: 0,
            left_out: LeftOut::default(),
            set_back: 0,
        }
    }

    /// The next row in the order of times, reading on where that is needed; `None` at the end.
    pub(super) fn next(
        &mut self,
        mut read: impl FnMut() -> Result<Option<Found<T>>, TableError>,
    ) -> Result<Option<(i64, T)>, TableError> {
        while self.held.len() < HELD && !(self.ended && self.ahead.is_empty()) {
            while !self.ended && self.ahead.len() <= AHEAD {
                match read()? {
                    None => self.ended = true,
                    Some(Found::Row(at, value)) => self.ahead.push_back((at, value)),
                    Some(Found::Beyond) => self.left_out.false_times += 1,
                    Some(Found::Unread) => self.left_out.unread += 1,
                    Some(Found::Nothing) => {}
                }
            }
            if let Some((at, value)) = self.ahead.pop_front() {
                self.judge(at, value);
            }
        }
        self.leave_lonely();
        let next = self.held.pop_first().map(|((at, _), value)| (at, value));
        if let Some((at, _)) = next {
            self.given = Some(at);
            self.given_together = self.given_together.saturating_add(1);
        }
        Ok(next)
    }

    /// What was left out since this was asked last.
    pub(super) fn left_out(&mut self) -> LeftOut {
        std::mem::take(&mut self.left_out)
    }

    /// How often the clock was set back.
    pub(super) fn set_back(&self) -> u64 {
        self.set_back
    }

    fn near(&self) -> i64 {
        NEAR.max(self.step.saturating_mul(10))
    }

    fn judge(&mut self, own: i64, value: T) {
        let Some(last) = self.last else { return self.place(own, value, 0) };
        if self.offset > 0 && own > last {
            self.offset = 0;
        }
        let at = own + self.offset;
        if at >= times::LATEST.0 {
            self.left_out.false_times += 1;
            return;
        }
        let jump = at - last;
        if jump > self.near() {
            if self.is_left_behind(last) {
                self.left_out.false_times += 1;
            } else {
                self.line = Line::default();
                self.place(at, value, 0);
            }
        } else if jump >= 0 {
            self.place(at, value, jump);
        } else if jump >= -JITTER {
            self.judge_near(at, last, value);
        } else {
            self.judge_back(at, last, value);
        }
    }

    /// Whether the rows behind the one that is judged go on where those before it were.
    fn is_left_behind(&self, last: i64) -> bool {
        let followers = self.ahead.iter().take(FOLLOWERS).map(|(own, _)| own + self.offset);
        let (mut looked, mut near) = (0, 0);
        for at in followers {
            looked += 1;
            near += usize::from((at - last).abs() <= self.near());
        }
        2 * near > looked
    }

    fn judge_back(&mut self, at: i64, last: i64, value: T) {
        let far = last - at > self.near();
        let Pass { rows, end, goes_on } = self.pass(at, last);
        let passed = self.given.is_some_and(|given| at <= given);
        let is_taken = passed || 2 * self.held_within(at.min(end), at.max(end), rows) >= rows;
        // A false beginning, such as one row of another year, is no clock to go on by.
        let false_start = self.line.micros < SHORT && 2 * self.line.rows < rows;
        if goes_on && (far || is_taken) && !false_start {
            self.set_back += 1;
            self.go_on_behind(at, last, value);
        } else if far && !goes_on {
            self.left_out.false_times += 1;
        } else if passed || self.held_within(at - self.step / 2, at + self.step / 2, 1) > 0 {
            self.left_out.out_of_order += 1;
        } else {
            self.place(at, value, 0);
        }
    }

    /// A step back that a radio link makes, too.
    fn judge_near(&mut self, at: i64, last: i64, value: T) {
        let pass = self.second_pass(at, last, &value);
        if pass.rows >= FEW && 2 * self.held_within(at, pass.end, pass.rows) >= pass.rows && !pass.comes_again {
            self.set_back += 1;
            self.go_on_behind(at, last, value);
        } else if self.is_held(at, &value) {
            self.left_out.out_of_order += 1;
        } else {
            self.place(at, value, 0);
        }
    }

    /// Goes on one step behind the last row, with rows of a clock that was set back to `at`.
    fn go_on_behind(&mut self, at: i64, last: i64, value: T) {
        let goes_on_at = last.saturating_add(self.step);
        self.offset += goes_on_at - at;
        self.line = Line::default();
        self.place(goes_on_at, value, 0);
    }

    /// The rows from one that stepped back to `at` as long as they run forward, until they come to `last` again.
    fn second_pass(&self, at: i64, last: i64, value: &T) -> SecondPass {
        let mut pass = SecondPass { rows: 1, end: at, comes_again: self.is_held(at, value) };
        let mut varies = false;
        for (own, next_value) in &self.ahead {
            let next = own + self.offset;
            if next < pass.end || next > last || next - pass.end > STEADY.max(self.step.saturating_mul(3)) {
                break;
            }
            varies |= next_value != value;
            pass.comes_again &= self.is_held(next, next_value);
            (pass.rows, pass.end) = (pass.rows + 1, next);
        }
        // What is the same all the time does not show that it came again.
        pass.comes_again &= varies;
        pass
    }

    /// Whether this very row is held.
    fn is_held(&self, at: i64, value: &T) -> bool {
        self.held.range((at, 0)..=(at, u64::MAX)).any(|(_, held)| held == value)
    }

    /// How many rows are held of a time, counted up to `most`.
    fn held_within(&self, from: i64, to: i64, most: usize) -> usize {
        self.held.range((from, 0)..=(to, u64::MAX)).take(most).count()
    }

    /// The rows from one that stepped back to `at` as long as they follow one another, until they come to `last` again.
    fn pass(&self, at: i64, last: i64) -> Pass {
        let steady = STEADY.max(self.step.saturating_mul(3));
        let (mut rows, mut end) = (1, at);
        for (own, _) in &self.ahead {
            let next = own + self.offset;
            if (next - end).abs() > steady {
                return Pass { rows, end, goes_on: end - at >= SHORT };
            }
            if next > last {
                break;
            }
            rows += 1;
            end = next;
        }
        Pass { rows, end, goes_on: rows >= FEW }
    }

    fn place(&mut self, at: i64, value: T, advance: i64) {
        self.last = Some(at);
        self.line.rows = self.line.rows.saturating_add(1);
        self.line.micros = self.line.micros.saturating_add(advance.max(0));
        if at < self.earliest {
            self.left_out.false_times += 1;
        } else if self.given.is_some_and(|given| at < given) {
            self.left_out.out_of_order += 1;
        } else {
            self.held.insert((at, self.taken), value);
            self.taken += 1;
        }
    }

    /// Leaves out what stands alone before the next row that is given.
    fn leave_lonely(&mut self) {
        let apart = LONELY.max(self.step.saturating_mul(10));
        while let Some(&(first, _)) = self.held.keys().next() {
            let starts = self.given.is_none_or(|given| first - given > apart);
            if !starts {
                return;
            }
            let (rows, beyond) = self.together(first, apart);
            let most = self.given_together.max(beyond);
            if rows == 0 || 2 * rows >= most {
                self.given_together = 0;
                return;
            }
            (0..rows).for_each(|_| drop(self.held.pop_first()));
            self.left_out.false_times += rows as u64;
        }
    }

    /// How many rows stand alone from `first` on, and about how many behind them; none when they are more than a few.
    fn together(&self, first: i64, apart: i64) -> (usize, usize) {
        let (mut rows, mut before) = (0, first);
        let mut times = self.held.keys().map(|&(at, _)| at).peekable();
        while let Some(at) = times.next_if(|at| at - before <= apart) {
            if at - first >= SHORT {
                return (0, 0);
            }
            rows += 1;
            before = at;
        }
        let Some(&(mut before)) = times.peek() else { return (rows, 0) };
        let follows = |at: &i64| {
            let follows = at - before <= apart;
            before = *at;
            follows
        };
        (rows, times.take_while(follows).take(2 * rows + 1).count())
    }
}

struct Pass {
    rows: usize,
    /// Time of its last row.
    end: i64,
    /// Whether the clock goes on from there.
    goes_on: bool,
}

/// Rows that run forward over times that were there before.
struct SecondPass {
    rows: usize,
    /// Time of its last row.
    end: i64,
    /// Whether each of them is there already.
    comes_again: bool,
}

#[cfg(test)]
mod tests;
