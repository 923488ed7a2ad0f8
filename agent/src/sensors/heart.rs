mod clock;

use std::collections::VecDeque;
use std::path::Path;

use attune_analysis::sample::{HeartSample, Timestamp};
use attune_protocol::registry::Modality;
use csv::StringRecord;
use tracing::warn;

use self::clock::{BeatClock, Coming, micros};
use super::clip::{BoxedSource, Clip, Source};
use super::left_out::LeftOut;
use super::order::{Found, Order};
use super::table::{self, Table, number};
use super::timed::Timed;
use super::times::{self, Unit};
use crate::AgentError;
use crate::stop::Stop;
use crate::wearables::{HeartRateProfile, HeartReading, hex};

/// An interval over this (under 20 beats a minute) is none: time passed without beats that were told.
const LONGEST_INTERVAL_MILLIS: f64 = 3000.0;
/// More than this, a day, is no time that passed either.
const LONGEST_GAP_MILLIS: f64 = 86_400_000.0;
/// Intervals in milliseconds are over this, those in seconds under it.
const MILLIS_OVER: f64 = 20.0;
/// Rows that tell the units.
const LOOKED_AT: usize = 500;
/// About how far beats, and rates, are apart, for telling the unit of their times, seconds. Rates come from once a second
/// to once a minute.
const BEATS_APART: f64 = 1.0;
const RATES_APART: f64 = 8.0;
/// A named unit in which beats are this many of their own intervals apart is not believed where another fits.
const FAR_APART: f64 = 300.0;

#[derive(Clone, Debug)]
struct Layout {
    form: Form,
    rows_before: usize,
}

#[derive(Clone, Debug)]
enum Form {
    /// One interval a row, and nothing else: times are their sum.
    Intervals { to_millis: f64 },
    /// A time and an interval that ended about then; rows without an interval are left out.
    TimedIntervals { time: TimeColumn, interval: usize, to_millis: f64, exact: bool },
    /// A time and a rate.
    TimedRates { time: TimeColumn, rate: usize },
    /// A rate at a rate: Empatica's HR.csv.
    Rates { hertz: f64 },
    /// Notifications of a heart-rate strap: a time in milliseconds and the packet in hexadecimal.
    Packets { time: TimeColumn, profile: Box<HeartRateProfile> },
}

/// A column of times as the first rows show it.
#[derive(Clone, Copy, Debug)]
struct TimeColumn {
    place: usize,
    unit: Unit,
    /// Time from one row to the next, microseconds.
    step: i64,
    dates: bool,
}

impl TimeColumn {
    fn of(place: usize, unit: Unit, seen: &[f64]) -> Self {
        let step = times::step(seen).and_then(|step| unit.micros(step)).unwrap_or(1);
        Self { place, unit, step, dates: times::are_dates(seen.iter().filter_map(|value| unit.micros(*value))) }
    }
}

impl Form {
    /// The column by whose times rows are put into order, where there is one.
    fn time(&self) -> Option<TimeColumn> {
        match *self {
            Self::TimedIntervals { time, .. } | Self::TimedRates { time, .. } | Self::Packets { time, .. } => {
                Some(time)
            }
            Self::Intervals { .. } | Self::Rates { .. } => None,
        }
    }
}

/// A recording of a heart as CSV, plain or `.gz`: intervals, rates, or the packets of a strap (`.ble.csv`); see
/// `agent/RECORDINGS.md`. `strap` describes the packets.
///
/// # Errors
/// When it does not read, or its columns are not known, or the reading was stopped.
pub fn heart_clip(path: &Path, strap: &HeartRateProfile, stop: &Stop) -> Result<Clip<HeartSample>, AgentError> {
    let wrong = |problem: &str| table::wrong(Modality::Heart, path, problem);
    let (layout, stated) = layout(path, strap, stop)?;
    let mut rows = Rows::open(path, &layout, stop)?;
    let (mut first, mut last, mut good) = (None, 0, 0);
    while let Some(samples) = rows.next()? {
        if let Some(sample) = samples.first() {
            // An interval began before the beat that ended it.
            first.get_or_insert(begin(sample));
            good += 1;
        }
        last = samples.iter().map(|s| s.at().0).fold(last, i64::max);
    }
    let found = first.ok_or(wrong("no row has a heart rate or an interval"))?;
    if rows.left_out().total() > good {
        return Err(wrong("most rows do not read as numbers with a time"));
    }
    if rows.set_back() > 0 {
        warn!(modality = %Modality::Heart, times = rows.set_back(), "the clock was set back within the recording: it goes on");
    }
    // Where a date stands before the rows, their times count from it.
    let first = if stated.is_some() { 0 } else { found };
    let origin = stated.or_else(|| times::as_date(first));
    let (path, stop) = (path.to_owned(), stop.clone());
    let open = move || {
        let source = Reader { rows: Rows::open(&path, &layout, &stop)?, first };
        Ok(Box::new(source) as BoxedSource<HeartSample>)
    };
    // The last beat stands at the end, and is still part of it.
    Ok(Clip { length: last.saturating_sub(first).saturating_add(1), origin, rate: 1.0, open: Box::new(open) })
}

fn begin(sample: &HeartSample) -> i64 {
    match *sample {
        HeartSample::Beat { at, rr_millis } => at.0 - micros(rr_millis),
        HeartSample::Rate { at, .. } | HeartSample::Contact { at, .. } => at.0,
    }
}

fn layout(path: &Path, strap: &HeartRateProfile, stop: &Stop) -> Result<(Layout, Option<Timestamp>), AgentError> {
    let wrong = |problem: &str| table::wrong(Modality::Heart, path, problem);
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_ascii_lowercase();
    let mut table = Table::open(path, stop)?;
    let header = table.next()?.ok_or(wrong("it is empty"))?.clone();
    let mut rows: Vec<StringRecord> = Vec::new();
    while rows.len() < LOOKED_AT {
        let Some(row) = table.next()? else { break };
        rows.push(row.clone());
    }
    let values =
        |rows: &[StringRecord], column| -> Vec<f64> { rows.iter().filter_map(|r| number(r, column)).collect() };
    if name.trim_end_matches(".gz").ends_with(".ble.csv") {
        let rows_before = usize::from(number(&header, 0).is_none());
        let time = TimeColumn::of(0, Unit::Millis, &values(&rows, 0));
        return Ok((Layout { form: Form::Packets { time, profile: Box::new(strap.clone()) }, rows_before }, None));
    }
    // Empatica: a date first. IBI.csv says so in its second field; HR.csv gives its rate in its second row.
    if let Some(origin) = number(&header, 0).and_then(|epoch| Unit::Seconds.micros(epoch)).and_then(times::as_date) {
        if header.get(1).is_some_and(|field| field.eq_ignore_ascii_case("ibi")) {
            let time = TimeColumn::of(0, Unit::Seconds, &values(&rows, 0));
            let form = Form::TimedIntervals { time, interval: 1, to_millis: 1000.0, exact: true };
            return Ok((Layout { form, rows_before: 1 }, Some(origin)));
        }
        let hertz = rows.first().and_then(|row| number(row, 0)).filter(|rate| (0.01..=10.0).contains(rate));
        let hertz = hertz.ok_or(wrong("it begins with a date, but is neither an Empatica IBI nor HR file"))?;
        return Ok((Layout { form: Form::Rates { hertz }, rows_before: 2 }, Some(origin)));
    }
    if number(&header, 0).is_some() && header.len() == 1 {
        rows.insert(0, header);
        let to_millis = interval_unit(&values(&rows, 0)).ok_or(wrong("it has no intervals"))?;
        return Ok((Layout { form: Form::Intervals { to_millis }, rows_before: 0 }, None));
    }
    let interval = [("rr_ms", Some(1.0)), ("rr_s", Some(1000.0)), ("rr", None), ("ibi", None)]
        .into_iter()
        .find_map(|(name, scale)| Some((table::column(&header, &[name])?, scale)));
    let rate = table::column(&header, &["hr", "hr_bpm", "bpm", "heart_rate"]);
    let value = interval.map(|(column, _)| column).or(rate);
    let value = value.ok_or(wrong("its header names neither intervals (rr_ms, rr_s, rr) nor rates (hr)"))?;
    let Some((place, named)) = times::time_column(&header) else {
        let (_, scale) = interval.ok_or(wrong("rates need a time, such as time_s"))?;
        if value != 0 {
            return Err(wrong("intervals without times must stand in the first column"));
        }
        let to_millis = scale.or_else(|| interval_unit(&values(&rows, value))).ok_or(wrong("it has no intervals"))?;
        return Ok((Layout { form: Form::Intervals { to_millis }, rows_before: 1 }, None));
    };
    let told: Vec<StringRecord> = match rows.iter().any(|row| number(row, value).is_some()) {
        true => rows,
        false => looked_further(table, value)?,
    };
    let told: Vec<StringRecord> = told.into_iter().filter(|row| number(row, value).is_some()).collect();
    let seen = values(&told, place);
    let form = match interval {
        Some((interval, scale)) => {
            let intervals = values(&told, interval);
            let to_millis = scale.or_else(|| interval_unit(&intervals)).ok_or(wrong("it has no intervals"))?;
            let typical = FAR_APART * middle(intervals).unwrap_or(BEATS_APART) * to_millis / 1000.0;
            let unit = time_unit(path, named, &seen, [BEATS_APART, typical])?;
            let time = TimeColumn::of(place, unit, &seen);
            Form::TimedIntervals { time, interval, to_millis, exact: false }
        }
        None => {
            let unit = time_unit(path, named, &seen, [RATES_APART, f64::INFINITY])?;
            Form::TimedRates { time: TimeColumn::of(place, unit, &seen), rate: value }
        }
    };
    Ok((Layout { form, rows_before: 1 }, None))
}

/// The unit of some times, which come about every `apart` seconds: the one that is named, unless they come further apart
/// than `furthest` in it or are no instants, and are some in another.
fn time_unit(path: &Path, named: Option<Unit>, seen: &[f64], [apart, furthest]: [f64; 2]) -> Result<Unit, AgentError> {
    let wrong = |problem: &str| table::wrong(Modality::Heart, path, problem);
    let step = times::step(seen);
    let fits = |unit: &Unit| !unit.is_beyond(seen) && step.is_none_or(|step| unit.seconds(step) <= furthest);
    let told = || Unit::of(seen, apart);
    let unit = named.filter(fits).or_else(told).or(named).ok_or(wrong("its times do not advance"))?;
    if unit.is_beyond(seen) {
        return Err(wrong("its times are no instants from 1970 to 2100, in whatever unit"));
    }
    if named.is_some_and(|named| named != unit) {
        warn!(path = %path.display(), ?named, ?unit, "times are not of the unit that their column names: the steps between them tell it");
    }
    Ok(unit)
}

/// Rows with a value, where it is sparse among others' rows, as beside an electrocardiogram.
fn looked_further(mut table: Table, value: usize) -> Result<Vec<StringRecord>, AgentError> {
    let mut rows = Vec::new();
    while rows.len() < LOOKED_AT {
        let Some(row) = table.next()? else { break };
        if number(row, value).is_some() {
            rows.push(row.clone());
        }
    }
    Ok(rows)
}

/// What makes milliseconds of intervals, by their middle.
fn interval_unit(values: &[f64]) -> Option<f64> {
    Some(if middle(values.to_vec())? > MILLIS_OVER { 1.0 } else { 1000.0 })
}

fn middle(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// What a row with a time tells.
enum Told {
    Interval([f64; 1]),
    /// An interval that is too long to be one.
    Nothing,
    Rate(f64),
    Packet(HeartReading),
}

impl Told {
    fn interval(millis: f64) -> Self {
        if is_interval(&millis) { Self::Interval([millis]) } else { Self::Nothing }
    }

    /// Without intervals that are none: their time passes without beats.
    fn packet(mut reading: HeartReading) -> Self {
        reading.intervals_millis.retain(is_interval);
        Self::Packet(reading)
    }

    fn intervals(&self) -> Option<&[f64]> {
        match self {
            Self::Interval(interval) => Some(interval),
            Self::Packet(reading) => Some(&reading.intervals_millis),
            Self::Nothing | Self::Rate(_) => None,
        }
    }
}

fn is_interval(millis: &f64) -> bool {
    *millis > 0.0 && *millis <= LONGEST_INTERVAL_MILLIS
}

/// Samples in the order of their times, which are microseconds as the file has them.
struct Rows {
    table: Table,
    form: Form,
    read: usize,
    order: Option<Order<Told>>,
    /// What was read ahead, in order.
    ahead: VecDeque<(i64, Told)>,
    beats: BeatClock,
    unread: LeftOut,
}

impl Rows {
    fn open(path: &Path, layout: &Layout, stop: &Stop) -> Result<Self, AgentError> {
        let mut table = Table::open(path, stop)?;
        for _ in 0..layout.rows_before {
            table.next()?;
        }
        let form = layout.form.clone();
        let order = form.time().map(|time| Order::new(time.step, time.dates));
        let (ahead, beats) = (VecDeque::new(), BeatClock::default());
        Ok(Self { table, form, read: 0, order, ahead, beats, unread: LeftOut::default() })
    }

    /// The samples of the next row, none where it has none.
    fn next(&mut self) -> Result<Option<Vec<HeartSample>>, AgentError> {
        let Self { table, form, order, ahead, beats, .. } = self;
        if let Some(order) = order {
            while ahead.len() <= clock::AHEAD {
                let found = || Ok(table.next()?.map(|row| told(form, row)));
                let Some(next) = order.next(found)? else { break };
                ahead.push_back(next);
            }
            let Some((at, told)) = ahead.pop_front() else { return Ok(None) };
            let coming = ahead.iter().filter_map(|(at, told)| Some((*at, clock::length(told.intervals()?))));
            return Ok(Some(samples(form, at, &told, beats, coming)));
        }
        let Some(row) = table.next()? else { return Ok(None) };
        let place = self.read;
        self.read += 1;
        let Some(value) = number(row, 0).filter(|value| *value > 0.0) else {
            self.unread.unread += 1;
            return Ok(Some(Vec::new()));
        };
        match *form {
            Form::Rates { hertz } => {
                let at = Timestamp((place as f64 * 1e6 / hertz).round() as i64);
                Ok(Some(vec![HeartSample::Rate { at, bpm: value }]))
            }
            Form::Intervals { to_millis } => Ok(Some(self.follow(value * to_millis, place))),
            _ => Ok(Some(Vec::new())),
        }
    }

    /// The beat behind an interval that is told without a time, if it is one.
    fn follow(&mut self, millis: f64, place: usize) -> Vec<HeartSample> {
        let beat = (millis <= LONGEST_GAP_MILLIS).then(|| self.beats.follow(millis)).flatten();
        if beat.is_none() {
            self.unread.false_times += 1;
        }
        // The clock runs through a gap; before the first interval there is no time that it could run through.
        if place == 0 && millis > LONGEST_INTERVAL_MILLIS {
            self.beats.begin();
        }
        beat.into_iter().filter(|_| millis <= LONGEST_INTERVAL_MILLIS).collect()
    }

    fn left_out(&mut self) -> LeftOut {
        let mut left_out = std::mem::take(&mut self.unread);
        left_out.add(self.order.as_mut().map(Order::left_out).unwrap_or_default());
        left_out
    }

    fn set_back(&self) -> u64 {
        self.order.as_ref().map_or(0, Order::set_back)
    }
}

/// What a row tells, and when.
fn told(form: &Form, row: &StringRecord) -> Found<Told> {
    let positive = |column: usize| number(row, column).filter(|value| *value > 0.0);
    let told = match form {
        // Beside an electrocardiogram most rows have none.
        Form::TimedIntervals { interval, .. } if row.get(*interval).is_none_or(str::is_empty) => return Found::Nothing,
        Form::TimedIntervals { interval, to_millis, .. } => {
            positive(*interval).map(|value| Told::interval(value * to_millis))
        }
        Form::TimedRates { rate, .. } => positive(*rate).map(Told::Rate),
        Form::Packets { profile, .. } => {
            row.get(1).and_then(hex).and_then(|packet| profile.decode(&packet).ok()).map(Told::packet)
        }
        Form::Intervals { .. } | Form::Rates { .. } => None,
    };
    let time = form.time().and_then(|time| Some((time.unit, number(row, time.place)?)));
    match told.zip(time) {
        Some((told, (unit, time))) => unit.micros(time).map_or(Found::Beyond, |at| Found::Row(at, told)),
        None => Found::Unread,
    }
}

fn samples(
    form: &Form,
    at: i64,
    told: &Told,
    beats: &mut BeatClock,
    coming: impl Iterator<Item = Coming>,
) -> Vec<HeartSample> {
    match told {
        Told::Nothing => Vec::new(),
        Told::Rate(bpm) => vec![HeartSample::Rate { at: Timestamp(at), bpm: *bpm }],
        Told::Interval([rr_millis]) if matches!(form, Form::TimedIntervals { exact: true, .. }) => {
            vec![HeartSample::Beat { at: Timestamp(at), rr_millis: *rr_millis }]
        }
        Told::Interval(interval) => beats.told(at, interval, coming),
        Told::Packet(reading) => {
            let mut samples = Vec::new();
            if let Some(touching) = reading.contact {
                samples.push(HeartSample::Contact { at: Timestamp(at), touching });
            }
            if reading.intervals_millis.is_empty() {
                samples.push(HeartSample::Rate { at: Timestamp(at), bpm: reading.bpm });
            }
            samples.extend(beats.told(at, &reading.intervals_millis, coming));
            samples.sort_by_key(HeartSample::at);
            samples
        }
    }
}

struct Reader {
    rows: Rows,
    first: i64,
}

impl Source for Reader {
    type Sample = HeartSample;

    fn next(&mut self) -> Result<Option<Vec<HeartSample>>, AgentError> {
        let Some(mut samples) = self.rows.next()? else { return Ok(None) };
        samples.iter_mut().for_each(|sample| sample.shift(-self.first));
        Ok(Some(samples))
    }

    fn left_out(&mut self) -> LeftOut {
        self.rows.left_out()
    }
}

#[cfg(test)]
mod tests;
