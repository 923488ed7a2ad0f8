use std::path::{Path, PathBuf};

use attune_analysis::sample::{HeartSample, Timestamp};
use attune_protocol::registry::Modality;
use csv::StringRecord;

use super::clip::{BoxedSource, Clip, Source};
use super::table::{self, Table, number};
use super::timed::Timed;
use super::times::{self, Unit};
use crate::AgentError;
use crate::wearables::{HeartRateProfile, hex};

/// An interval over this (under 20 beats a minute) is none: time passed without beats that were told.
const LONGEST_INTERVAL_MILLIS: f64 = 3000.0;
/// Intervals in milliseconds are over this, those in seconds under it.
const MILLIS_OVER: f64 = 20.0;
/// Beats that stray no further from the time of the message that brought them follow one another without a gap.
const STRAY_MICROS: i64 = 2_000_000;
/// Rows that tell the units.
const LOOKED_AT: usize = 500;
/// About how far beats and rates are apart, for telling the unit of their times.
const TYPICAL_STEP: f64 = 1.0;

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
    TimedIntervals { time: usize, unit: Unit, interval: usize, to_millis: f64, exact: bool },
    /// A time and a rate.
    TimedRates { time: usize, unit: Unit, rate: usize },
    /// A rate at a rate: Empatica's HR.csv.
    Rates { hertz: f64 },
    /// Notifications of a heart-rate strap: a time in milliseconds and the packet in hexadecimal.
    Packets { profile: Box<HeartRateProfile> },
}

/// A recording of a heart as CSV, plain or `.gz`: intervals, rates, or the packets of a strap (`.ble.csv`); see
/// `agent/RECORDINGS.md`. `strap` describes the packets.
///
/// # Errors
/// When it does not read, or its columns are not known.
pub fn heart_clip(path: &Path, strap: &HeartRateProfile) -> Result<Clip<HeartSample>, AgentError> {
    let wrong = |problem: &str| table::wrong(Modality::Heart, path, problem);
    let (layout, stated) = layout(path, strap)?;
    let mut rows = Rows::open(path, &layout)?;
    let (mut first, mut last, mut good, mut bad) = (None, 0, 0_usize, 0_usize);
    while let Some(samples) = rows.next()? {
        match samples.first() {
            Some(sample) => {
                // An interval began before the beat that ended it.
                first.get_or_insert(begin(sample));
                good += 1;
            }
            None => bad += 1,
        }
        last = samples.iter().map(|s| s.at().0).fold(last, i64::max);
    }
    let found = first.ok_or(wrong("no row has a heart rate or an interval"))?;
    let sparse = matches!(layout.form, Form::TimedIntervals { .. });
    if bad > good && !sparse {
        return Err(wrong("most rows do not read as numbers"));
    }
    // Where a date stands before the rows, their times count from it.
    let first = if stated.is_some() { 0 } else { found };
    let origin = stated.or_else(|| times::as_date(first));
    let path = path.to_owned();
    let open = move || {
        let source = Reader { rows: Rows::open(&path, &layout)?, first };
        Ok(Box::new(source) as BoxedSource<HeartSample>)
    };
    // The last beat stands at the end, and is still part of it.
    Ok(Clip { length: last - first + 1, origin, rate: 1.0, open: Box::new(open) })
}

fn begin(sample: &HeartSample) -> i64 {
    match *sample {
        HeartSample::Beat { at, rr_millis } => at.0 - (rr_millis * 1000.0).round() as i64,
        HeartSample::Rate { at, .. } | HeartSample::Contact { at, .. } => at.0,
    }
}

fn layout(path: &Path, strap: &HeartRateProfile) -> Result<(Layout, Option<Timestamp>), AgentError> {
    let wrong = |problem: &str| table::wrong(Modality::Heart, path, problem);
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_ascii_lowercase();
    let mut table = Table::open(path)?;
    let header = table.next(path)?.ok_or(wrong("it is empty"))?.clone();
    if name.trim_end_matches(".gz").ends_with(".ble.csv") {
        let rows_before = usize::from(number(&header, 0).is_none());
        return Ok((Layout { form: Form::Packets { profile: Box::new(strap.clone()) }, rows_before }, None));
    }
    let mut rows: Vec<StringRecord> = Vec::new();
    while rows.len() < LOOKED_AT {
        let Some(row) = table.next(path)? else { break };
        rows.push(row.clone());
    }
    let values =
        |rows: &[StringRecord], column| -> Vec<f64> { rows.iter().filter_map(|r| number(r, column)).collect() };
    // Empatica: a date first. IBI.csv says so in its second field; HR.csv gives its rate in its second row.
    if let Some(epoch) = number(&header, 0).filter(|first| *first > 1e9) {
        let origin = times::as_date(Unit::Seconds.micros(epoch));
        if header.get(1).is_some_and(|field| field.eq_ignore_ascii_case("ibi")) {
            let to_millis = 1000.0;
            let form = Form::TimedIntervals { time: 0, unit: Unit::Seconds, interval: 1, to_millis, exact: true };
            return Ok((Layout { form, rows_before: 1 }, origin));
        }
        let hertz = rows.first().and_then(|row| number(row, 0)).filter(|rate| (0.01..=10.0).contains(rate));
        let hertz = hertz.ok_or(wrong("it begins with a date, but is neither an Empatica IBI nor HR file"))?;
        return Ok((Layout { form: Form::Rates { hertz }, rows_before: 2 }, origin));
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
    let time = times::time_column(&header);
    let Some((time, unit)) = time else {
        let (_, scale) = interval.ok_or(wrong("rates need a time, such as time_s"))?;
        if value != 0 {
            return Err(wrong("intervals without times must stand in the first column"));
        }
        let to_millis = scale.or_else(|| interval_unit(&values(&rows, value))).ok_or(wrong("it has no intervals"))?;
        return Ok((Layout { form: Form::Intervals { to_millis }, rows_before: 1 }, None));
    };
    let told: Vec<StringRecord> = match rows.iter().any(|row| number(row, value).is_some()) {
        true => rows,
        false => looked_further(table, path, value)?,
    };
    let told: Vec<StringRecord> = told.into_iter().filter(|row| number(row, value).is_some()).collect();
    let step = times::median_step(&values(&told, time));
    let unit = unit.or_else(|| Some(Unit::guess(step?, TYPICAL_STEP))).ok_or(wrong("its times do not advance"))?;
    let form = match interval {
        Some((interval, scale)) => {
            let to_millis = scale.or_else(|| interval_unit(&values(&told, interval)));
            let to_millis = to_millis.ok_or(wrong("it has no intervals"))?;
            Form::TimedIntervals { time, unit, interval, to_millis, exact: false }
        }
        None => Form::TimedRates { time, unit, rate: value },
    };
    Ok((Layout { form, rows_before: 1 }, None))
}

/// Rows with a value, where it is sparse among others' rows, as beside an electrocardiogram.
fn looked_further(mut table: Table, path: &Path, value: usize) -> Result<Vec<StringRecord>, AgentError> {
    let mut rows = Vec::new();
    while rows.len() < LOOKED_AT {
        let Some(row) = table.next(path)? else { break };
        if number(row, value).is_some() {
            rows.push(row.clone());
        }
    }
    Ok(rows)
}

/// What makes milliseconds of intervals, by their middle.
fn interval_unit(values: &[f64]) -> Option<f64> {
    let mut values: Vec<f64> = values.to_vec();
    values.sort_by(f64::total_cmp);
    let middle = *values.get(values.len() / 2)?;
    Some(if middle > MILLIS_OVER { 1.0 } else { 1000.0 })
}

/// Samples with their times in microseconds as the file has them.
struct Rows {
    table: Table,
    path: PathBuf,
    form: Form,
    read: usize,
    beats: BeatClock,
}

impl Rows {
    fn open(path: &Path, layout: &Layout) -> Result<Self, AgentError> {
        let mut table = Table::open(path)?;
        for _ in 0..layout.rows_before {
            table.next(path)?;
        }
        let beats = BeatClock { last: None };
        Ok(Self { table, path: path.to_owned(), form: layout.form.clone(), read: 0, beats })
    }

    /// The samples of the next row, none where it has none.
    fn next(&mut self) -> Result<Option<Vec<HeartSample>>, AgentError> {
        let Some(row) = self.table.next(&self.path)? else { return Ok(None) };
        let place = self.read;
        self.read += 1;
        Ok(Some(samples(&self.form, row, place, &mut self.beats).unwrap_or_default()))
    }
}

fn samples(form: &Form, row: &StringRecord, place: usize, beats: &mut BeatClock) -> Option<Vec<HeartSample>> {
    match *form {
        Form::Intervals { to_millis } => {
            let millis = number(row, 0).filter(|interval| *interval > 0.0)? * to_millis;
            let beat = beats.follow(millis);
            // The clock runs through a gap; before the first interval there is no time that it could run through.
            (millis <= LONGEST_INTERVAL_MILLIS).then(|| vec![beat]).or_else(|| {
                if place == 0 {
                    beats.last = None;
                }
                None
            })
        }
        Form::TimedIntervals { time, unit, interval, to_millis, exact } => {
            let millis = number(row, interval).filter(|interval| *interval > 0.0)? * to_millis;
            let at = unit.micros(number(row, time)?);
            let beat =
                if exact { HeartSample::Beat { at: Timestamp(at), rr_millis: millis } } else { beats.told(at, millis) };
            (millis <= LONGEST_INTERVAL_MILLIS).then(|| vec![beat])
        }
        Form::TimedRates { time, unit, rate } => {
            let at = Timestamp(unit.micros(number(row, time)?));
            let bpm = number(row, rate).filter(|rate| *rate > 0.0)?;
            Some(vec![HeartSample::Rate { at, bpm }])
        }
        Form::Rates { hertz } => {
            let at = Timestamp((place as f64 * 1e6 / hertz).round() as i64);
            let bpm = number(row, 0).filter(|rate| *rate > 0.0)?;
            Some(vec![HeartSample::Rate { at, bpm }])
        }
        Form::Packets { ref profile } => {
            let at = Unit::Millis.micros(number(row, 0)?);
            let reading = profile.decode(&hex(row.get(1)?)?).ok()?;
            let mut samples = Vec::new();
            if let Some(touching) = reading.contact {
                samples.push(HeartSample::Contact { at: Timestamp(at), touching });
            }
            if reading.intervals_millis.is_empty() {
                samples.push(HeartSample::Rate { at: Timestamp(at), bpm: reading.bpm });
            }
            samples.extend(reading.intervals_millis.iter().map(|&millis| beats.told(at, millis)));
            samples.sort_by_key(HeartSample::at);
            Some(samples)
        }
    }
}

/// Straps tell of beats up to a second late and several at once: beats follow one another by their intervals as long
/// as that stays near the times of the messages.
struct BeatClock {
    last: Option<i64>,
}

impl BeatClock {
    fn follow(&mut self, millis: f64) -> HeartSample {
        let at = self.last.unwrap_or(0) + (millis * 1000.0).round() as i64;
        self.last = Some(at);
        HeartSample::Beat { at: Timestamp(at), rr_millis: millis }
    }

    fn told(&mut self, at: i64, millis: f64) -> HeartSample {
        let micros = (millis * 1000.0).round() as i64;
        let at = self.last.map(|last| last + micros).filter(|next| (next - at).abs() < STRAY_MICROS).unwrap_or(at);
        let at = self.last.map_or(at, |last| at.max(last));
        self.last = Some(at);
        HeartSample::Beat { at: Timestamp(at), rr_millis: millis }
    }
}

struct Reader {
    rows: Rows,
    first: i64,
}

impl Source for Reader {
    type Sample = HeartSample;

    fn next(&mut self) -> Result<Option<Vec<HeartSample>>, AgentError> {
        while let Some(mut samples) = self.rows.next()? {
            if !samples.is_empty() {
                samples.iter_mut().for_each(|sample| sample.shift(-self.first));
                return Ok(Some(samples));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests;
