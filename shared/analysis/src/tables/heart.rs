//! Tables of heartbeats: intervals, rates, and the packets of a strap.

mod layout;
mod live;
mod told;

pub use live::LiveHeart;

use std::collections::VecDeque;

use self::layout::{Form, Layout};
use self::told::Told;
use super::order::{Found, Order};
use super::spread::Spread;
use super::text::Table;
use super::times::{Cadence, Unit};
use super::writing::Turns;
use super::{BoxedSamples, Origin, Recording, Samples, TableError, times};
use crate::left_out::LeftOut;
use crate::sample::{HeartSample, Timestamp};
use crate::wearables::HeartRateProfile;
use crate::wearables::beats::{self, BeatClock};

/// Rates beside an electrocardiogram, which stand in each of its rows, are read so often, and rates that stand alone,
/// microseconds.
const RATES_APART: i64 = 1_000_000;
const LONE_RATES_APART: i64 = 100_000;
/// Rates that tell how many share a time.
const LOOKED_AT: usize = 2000;
/// Times that are shared are named from here on, seconds.
const COARSE: i64 = 10;
/// More than this, a day, is no time that passed either.
const LONGEST_GAP_MILLIS: f64 = 86_400_000.0;

/// Looks through a recording of a heart; `strap` describes packets.
///
/// # Errors
/// When it does not read, its columns are not known, or the reading was stopped.
pub fn heart(origin: &Origin, strap: &HeartRateProfile) -> Result<Recording<HeartSample>, TableError> {
    let Layout { form, rows_before, stated, passed_over, unknown, mut notes } = layout::of(origin, strap)?;
    let cadence = shared(origin, &form, rows_before)?;
    let mut rows = Rows::open(origin, &form, rows_before, cadence)?;
    let (mut first, mut last, mut good) = (None, 0, 0);
    while let Some(samples) = rows.next()? {
        if let Some(sample) = samples.first() {
            // An interval began before the beat that ended it.
            first.get_or_insert(begin(sample));
            good += 1;
        }
        last = samples.iter().map(|s| s.at().0).fold(last, i64::max);
    }
    let left_out = rows.left_out();
    let found = first.ok_or_else(|| match left_out.no_value {
        0 => TableError::content("no row has a heart rate or an interval"),
        none => TableError::Content(format!("none of its {none} values is a heart rate or an interval that can be")),
    })?;
    if left_out.damaged() > good {
        return Err(TableError::content("most rows do not read as numbers with a time"));
    }
    if rows.set_back() > 0 {
        notes.push(format!("the clock was set back {} times within the recording: it goes on behind", rows.set_back()));
    }
    if let Some(seconds) = cadence.map(|cadence| cadence.step / 1_000_000).filter(|seconds| *seconds >= COARSE) {
        notes.push(format!("rows share times that are {seconds} s apart: they are laid evenly between them"));
    }
    // Where a date stands before the rows, their times count from it.
    let first = if stated.is_some() { 0 } else { found };
    let begins = stated.or_else(|| times::as_date(first));
    let origin = origin.clone();
    let open = move || {
        let source = Reader { rows: Rows::open(&origin, &form, rows_before, cadence)?, first };
        Ok(Box::new(source) as BoxedSamples<HeartSample>)
    };
    // The last beat stands at the end, and is still part of it.
    let length = last.saturating_sub(first).saturating_add(1);
    Ok(Recording {
        length,
        origin: begins,
        rate: 1.0,
        rows: good,
        left_out,
        passed_over,
        unknown,
        notes,
        open: Box::new(open),
    })
}

/// How often rates come of which some share their times; `None` where none do, or these are exact and so of a row that
/// comes again.
fn shared(origin: &Origin, form: &Form, rows_before: usize) -> Result<Option<Cadence>, TableError> {
    if !matches!(form, Form::TimedRates { time, .. } if time.unit != Unit::Nanos) {
        return Ok(None);
    }
    let mut rows = Rows::open(origin, form, rows_before, None)?;
    let mut times = Vec::new();
    while times.len() < LOOKED_AT {
        let Some((at, _)) = rows.told()? else { break };
        times.push(at);
    }
    let shared = times.windows(2).any(|pair| pair[0] == pair[1]);
    Ok(Cadence::of(&times).filter(|_| shared))
}

fn begin(sample: &HeartSample) -> i64 {
    match *sample {
        HeartSample::Beat { at, rr_millis } => at.0 - beats::micros(rr_millis),
        HeartSample::Rate { at, .. } | HeartSample::Contact { at, .. } => at.0,
    }
}

/// Samples in the order of their times, which are microseconds as the file has them.
struct Rows {
    table: Table,
    form: Form,
    read: usize,
    order: Option<Order<Told>>,
    turns: Turns,
    /// Of rates that share their times.
    spread: Option<Spread<Told>>,
    /// What was read ahead, in order.
    ahead: VecDeque<(i64, Told)>,
    /// When the last rate that was read was told.
    last_rate: Option<i64>,
    beats: BeatClock,
    others: LeftOut,
}

impl Rows {
    fn open(origin: &Origin, form: &Form, rows_before: usize, shared: Option<Cadence>) -> Result<Self, TableError> {
        let mut table = Table::open(origin)?;
        for _ in 0..rows_before {
            table.next()?;
        }
        let order = form.time().map(|time| Order::new(time.step, time.dates));
        let turns = form.time().map(|time| time.writing).unwrap_or_default().turns();
        let (form, spread) = (form.clone(), shared.map(Spread::new));
        let (ahead, beats, others) = (VecDeque::new(), BeatClock::default(), LeftOut::default());
        Ok(Self { table, form, read: 0, order, turns, spread, ahead, last_rate: None, beats, others })
    }

    /// What the next row in the order of their times tells; `None` at the end, and where rows have no times.
    fn told(&mut self) -> Result<Option<(i64, Told)>, TableError> {
        let Self { table, form, order: Some(order), turns, spread, last_rate, others, .. } = self else {
            return Ok(None);
        };
        let mut in_order = || {
            let found = || Ok(table.next()?.map(|row| seldom(told::found(form, row, turns, others), form, last_rate)));
            order.next(found)
        };
        match spread {
            Some(spread) => spread.next(in_order),
            None => in_order(),
        }
    }

    /// The samples of the next row, none where it has none.
    fn next(&mut self) -> Result<Option<Vec<HeartSample>>, TableError> {
        if self.order.is_some() {
            let messages = |ahead: &VecDeque<(i64, Told)>| ahead.iter().filter(|(_, told)| !told.is_rate()).count();
            while messages(&self.ahead) <= beats::AHEAD && self.ahead.len() < beats::MOST_AHEAD {
                let Some(next) = self.told()? else { break };
                self.ahead.push_back(next);
            }
            let Self { form, ahead, last_rate, beats, .. } = self;
            let Some((at, told)) = ahead.pop_front() else { return Ok(None) };
            if told.is_rate() && matches!(form, Form::TimedRates { .. }) {
                if last_rate.is_some_and(|last| at.saturating_sub(last) < LONE_RATES_APART) {
                    return Ok(Some(Vec::new()));
                }
                *last_rate = Some(at);
            }
            let behind = ahead.iter().filter_map(|(at, told)| Some((*at, told.intervals()?)));
            let coming = beats::coming(told.intervals().unwrap_or_default(), behind);
            return Ok(Some(told::samples(form, at, &told, beats, coming)));
        }
        let Self { table, form, others, .. } = self;
        let Some(row) = table.next()? else { return Ok(None) };
        let place = self.read;
        self.read += 1;
        let value = if let Form::Intervals { interval, .. } = *form { interval.number(row) } else { row.number(0) };
        let Some(value) = value else {
            others.unread += 1;
            return Ok(Some(Vec::new()));
        };
        match *form {
            Form::Rates { hertz } if told::is_rate(&value) => {
                let at = Timestamp((place as f64 * 1e6 / hertz).round() as i64);
                Ok(Some(vec![HeartSample::Rate { at, bpm: value }]))
            }
            Form::Intervals { to_millis, .. } if value > 0.0 && !layout::stands_for_none(value) => {
                Ok(Some(self.follow(value * to_millis, place)))
            }
            _ => {
                others.no_value += 1;
                Ok(Some(Vec::new()))
            }
        }
    }

    /// The beat behind an interval that is told without a time, if it is one.
    fn follow(&mut self, millis: f64, place: usize) -> Vec<HeartSample> {
        let beat = (millis <= LONGEST_GAP_MILLIS).then(|| self.beats.follow(millis)).flatten();
        if beat.is_none() {
            self.others.false_times += 1;
        } else if !told::is_interval(&millis) {
            self.others.no_value += 1;
        }
        // The clock runs through a gap; before the first interval there is no time that it could run through.
        if place == 0 && !told::is_interval(&millis) {
            self.beats.begin();
        }
        beat.into_iter().filter(|_| told::is_interval(&millis)).collect()
    }

    fn left_out(&mut self) -> LeftOut {
        let mut left_out = std::mem::take(&mut self.others);
        left_out.add(self.order.as_mut().map(Order::left_out).unwrap_or_default());
        left_out.add(self.spread.as_mut().map(Spread::left_out).unwrap_or_default());
        left_out
    }

    fn set_back(&self) -> u64 {
        self.order.as_ref().map_or(0, Order::set_back)
    }
}

/// Without rates that follow another one at once in a table of intervals, in which they only stand between.
fn seldom(found: Found<Told>, form: &Form, last: &mut Option<i64>) -> Found<Told> {
    let Found::Row(at, told) = found else { return found };
    if !told.is_rate() || !matches!(form, Form::TimedIntervals { .. }) {
        return Found::Row(at, told);
    }
    if last.is_some_and(|last| (0..RATES_APART).contains(&at.saturating_sub(last))) {
        return Found::Nothing;
    }
    *last = Some(at);
    Found::Row(at, told)
}

struct Reader {
    rows: Rows,
    first: i64,
}

impl Samples for Reader {
    type Sample = HeartSample;

    fn next(&mut self) -> Result<Option<Vec<HeartSample>>, TableError> {
        let Some(mut samples) = self.rows.next()? else { return Ok(None) };
        samples.iter_mut().for_each(|sample| *sample = sample.moved(-self.first));
        Ok(Some(samples))
    }

    fn left_out(&mut self) -> LeftOut {
        self.rows.left_out()
    }
}

#[cfg(test)]
mod tests;
