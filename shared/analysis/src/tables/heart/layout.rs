//! What a table of a heart holds, by its first rows.

use crate::sample::Timestamp;
use crate::tables::names::{self, Header};
use crate::tables::text::{Row, Table};
use crate::tables::times::{self, Unit};
use crate::tables::writing::Writing;
use crate::tables::{Origin, TableError};
use crate::wearables::{HeartRateProfile, hex};

/// What 16 bits hold when there is no interval: no time that passed.
const NO_INTERVAL: f64 = 65_535.0;
/// Intervals in milliseconds are over this, those in seconds under it.
const MILLIS_OVER: f64 = 20.0;
/// Rows that tell the units.
const LOOKED_AT: usize = 500;
/// About how far beats, and rates, are apart, for telling the unit of their times, seconds. Rates come from once a second
/// to once a minute.
const BEATS_APART: f64 = 1.0;
const RATES_APART: f64 = 8.0;
/// How far rows of a heart can be apart, seconds: messages of a strap, rates once an hour.
const STEPS: std::ops::Range<f64> = 0.05..7200.0;
/// A named unit in which beats are this many of their own intervals apart is not believed where another fits.
const FAR_APART: f64 = 300.0;

/// What the first rows tell.
pub(super) struct Layout {
    pub(super) form: Form,
    pub(super) rows_before: usize,
    /// When the recording began, where a row says it.
    pub(super) stated: Option<Timestamp>,
    pub(super) passed_over: Option<String>,
    pub(super) unknown: Option<String>,
    pub(super) notes: Vec<String>,
}

impl Layout {
    fn new(form: Form, rows_before: usize) -> Self {
        Self { form, rows_before, stated: None, passed_over: None, unknown: None, notes: Vec::new() }
    }
}

#[derive(Clone, Debug)]
pub(super) enum Form {
    /// One interval a row, without times: they are their sum.
    Intervals { column: usize, to_millis: f64 },
    /// A time and an interval that ended about then; of rows without an interval the rate counts, where there is a column of them.
    TimedIntervals { time: TimeColumn, interval: usize, rate: Option<usize>, to_millis: f64, exact: bool },
    /// A time and a rate.
    TimedRates { time: TimeColumn, rate: usize },
    /// A rate at a rate: Empatica's HR.csv.
    Rates { hertz: f64 },
    /// Notifications of a heart-rate strap: a time and the packet in hexadecimal.
    Packets { time: TimeColumn, packet: usize, profile: Box<HeartRateProfile> },
}

/// A column of times as the first rows show it.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeColumn {
    pub(super) place: usize,
    pub(super) writing: Writing,
    pub(super) unit: Unit,
    /// Time from one row to the next, microseconds.
    pub(super) step: i64,
    pub(super) dates: bool,
}

impl TimeColumn {
    fn of(place: usize, writing: Writing, unit: Unit, seen: &[f64]) -> Self {
        let step = times::step(seen).and_then(|step| unit.micros(step)).unwrap_or(1);
        let dates = times::are_dates(seen.iter().filter_map(|value| unit.micros(*value)));
        Self { place, writing, unit, step, dates }
    }
}

impl Form {
    /// The column by whose times rows are put into order, where there is one.
    pub(super) fn time(&self) -> Option<TimeColumn> {
        match *self {
            Self::TimedIntervals { time, .. } | Self::TimedRates { time, .. } | Self::Packets { time, .. } => {
                Some(time)
            }
            Self::Intervals { .. } | Self::Rates { .. } => None,
        }
    }
}

fn wrong(problem: &str) -> TableError {
    TableError::content(problem)
}

fn values(rows: &[Row], column: usize) -> Vec<f64> {
    rows.iter().filter_map(|row| row.number(column)).collect()
}

/// The intervals of a column, by which its unit is told: without what stands for none, unless there is nothing else.
fn intervals(rows: &[Row], column: usize) -> Vec<f64> {
    let all = values(rows, column);
    let some: Vec<f64> = all.iter().copied().filter(|&value| value > 0.0 && !stands_for_none(value)).collect();
    if some.is_empty() { all } else { some }
}

/// Whether a number in the place of an interval says that there is none, in milliseconds or seconds.
pub(super) fn stands_for_none(value: f64) -> bool {
    [NO_INTERVAL, NO_INTERVAL / 1000.0].iter().any(|none| (value - none).abs() < 1e-6 * none)
}

/// Looks at the first rows.
pub(super) fn of(origin: &Origin, strap: &HeartRateProfile) -> Result<Layout, TableError> {
    let mut table = Table::open(origin)?;
    let first = table.next()?.ok_or_else(|| wrong("it is empty"))?.clone();
    let mut rows: Vec<Row> = Vec::new();
    while rows.len() < LOOKED_AT {
        let Some(row) = table.next()? else { break };
        rows.push(row.clone());
    }
    if first.number(0).is_some() {
        return without_header(first, rows, strap);
    }
    let header = Header::of(&first);
    if let Some(packet) = header.column(names::PACKETS) {
        let (place, named) = times::time_column(&header).unwrap_or((0, Some(Unit::Millis)));
        let writing = Writing::of(origin, 1, place, named, &STEPS)?;
        let numbers = rows.iter().any(|row| row.number(place).is_some());
        let unit = if numbers { named.unwrap_or(Unit::Millis) } else { Unit::Seconds };
        let seen: Vec<f64> = rows.iter().filter_map(|row| writing.time(row, place)).collect();
        let time = TimeColumn::of(place, writing, unit, &seen);
        let form = Form::Packets { time, packet, profile: Box::new(strap.clone()) };
        let (passed_over, unknown) = (header.passed_over(&[place, packet]), header.unknown(&[place, packet]));
        return Ok(Layout { passed_over, unknown, ..Layout::new(form, 1) });
    }
    named(origin, &header, table, rows)
}

/// A table of one column, of a strap's packets, or of Empatica's: a date first. IBI.csv says so in its second field; HR.csv gives
/// its rate in its second row.
fn without_header(first: Row, mut rows: Vec<Row>, strap: &HeartRateProfile) -> Result<Layout, TableError> {
    let date = first.number(0).and_then(|epoch| Unit::Seconds.micros(epoch)).and_then(times::as_date);
    if date.is_some() && first.get(1).is_some_and(|field| field.eq_ignore_ascii_case("ibi")) {
        let time = TimeColumn::of(0, Writing::default(), Unit::Seconds, &values(&rows, 0));
        let form = Form::TimedIntervals { time, interval: 1, rate: None, to_millis: 1000.0, exact: true };
        return Ok(Layout { stated: date, ..Layout::new(form, 1) });
    }
    let is_packet = |row: &Row| row.get(1).and_then(hex).is_some_and(|packet| packet.len() > 1);
    if first.len() == 2 && is_packet(&first) && rows.iter().all(is_packet) {
        rows.insert(0, first);
        let time = TimeColumn::of(0, Writing::default(), Unit::Millis, &values(&rows, 0));
        return Ok(Layout::new(Form::Packets { time, packet: 1, profile: Box::new(strap.clone()) }, 0));
    }
    if date.is_some() {
        let hertz = rows.first().and_then(|row| row.number(0)).filter(|rate| (0.01..=10.0).contains(rate));
        let hertz = hertz.ok_or_else(|| wrong("it begins with a date, but is neither an Empatica IBI nor HR file"))?;
        return Ok(Layout { stated: date, ..Layout::new(Form::Rates { hertz }, 2) });
    }
    if first.len() == 1 {
        rows.insert(0, first);
        let to_millis = believed(None, &intervals(&rows, 0), &mut Vec::new())?;
        return Ok(Layout::new(Form::Intervals { column: 0, to_millis }, 0));
    }
    Err(wrong("its first line names no columns: write one such as time_s,rr_ms or time_s,hr"))
}

fn named(origin: &Origin, header: &Header, table: Table, rows: Vec<Row>) -> Result<Layout, TableError> {
    let interval = names::INTERVALS.into_iter().find_map(|(names, scale)| Some((header.column(names)?, scale)));
    let rate = header.column(names::RATES);
    let value = interval.map(|(column, _)| column).or(rate);
    let value = value.ok_or_else(|| wrong("its header names neither intervals (rr_ms, rr_s, rr) nor rates (hr)"))?;
    let mut rates = Vec::new();
    let tells = |row: &Row| {
        if rates.len() < LOOKED_AT && rate.is_some_and(|rate| row.number(rate).is_some()) {
            rates.push(row.clone());
        }
        row.number(value).is_some_and(|number| interval.is_none() || (number > 0.0 && !stands_for_none(number)))
    };
    let (told, interval, value) = match (with_value(table, &rows, tells)?, interval, rate) {
        // A strap that sends no intervals leaves their column empty: then it is a table of rates.
        (told, Some(_), Some(rate)) if told.len() < 2 && rates.len() > told.len() => (rates, None, rate),
        // It says "none" in every row, or nothing.
        (told, interval, None) if told.is_empty() => {
            (rows.into_iter().filter(|row| row.number(value).is_some()).collect(), interval, value)
        }
        (told, interval, _) => (told, interval, value),
    };
    let Some((place, named)) = times::time_column(header) else {
        let (_, scale) = interval.ok_or_else(|| wrong("rates need a time, such as time_s"))?;
        let mut notes = Vec::new();
        let (passed_over, unknown) = (header.passed_over(&[value]), header.unknown(&[value]));
        let to_millis = believed(scale, &intervals(&told, value), &mut notes)?;
        return Ok(Layout {
            passed_over,
            unknown,
            notes,
            ..Layout::new(Form::Intervals { column: value, to_millis }, 1)
        });
    };
    if told.is_empty() {
        return Err(wrong("no row has a heart rate or an interval"));
    }
    let writing = Writing::of(origin, 1, place, named, &STEPS)?;
    let numbers = told.iter().any(|row| row.number(place).is_some());
    let seen: Vec<f64> = told.iter().filter_map(|row| writing.time(row, place)).collect();
    if seen.is_empty() {
        return Err(wrong(times::UNREAD));
    }
    let read: Vec<usize> = [place, value].into_iter().chain(rate).collect();
    let mut notes = Vec::new();
    let (passed_over, unknown) = (header.passed_over(&read), header.unknown(&read));
    let (form, unit) = match interval {
        Some((interval, scale)) => {
            let intervals = intervals(&told, interval);
            let to_millis = believed(scale, &intervals, &mut notes)?;
            let beat = middle(intervals).map_or(BEATS_APART, |middle| middle * to_millis / 1000.0);
            // No interval comes sooner than it lasts; where rates stand between, many come later.
            let unit = time_unit(numbers, named, &seen, [5.0 * beat, FAR_APART * beat])?;
            let time = TimeColumn::of(place, writing, unit, &seen);
            (Form::TimedIntervals { time, interval, rate, to_millis, exact: false }, unit)
        }
        None => {
            let unit = time_unit(numbers, named, &seen, [RATES_APART, f64::INFINITY])?;
            (Form::TimedRates { time: TimeColumn::of(place, writing, unit, &seen), rate: value }, unit)
        }
    };
    notes.extend(times::renamed(named.filter(|_| numbers), unit));
    Ok(Layout { passed_over, unknown, notes, ..Layout::new(form, 1) })
}

/// The unit of some times, which come about every `apart` seconds: the one that is named, unless they come further
/// apart than `furthest` in it or are no instants, and are some in another. A date and a time of day, which are no
/// numbers, say it themselves.
fn time_unit(
    numbers: bool,
    named: Option<Unit>,
    seen: &[f64],
    [apart, furthest]: [f64; 2],
) -> Result<Unit, TableError> {
    let step = times::step(seen);
    let fits = |unit: &Unit| !unit.is_beyond(seen) && step.is_none_or(|step| unit.seconds(step) <= furthest);
    let told = || Unit::of(seen, apart);
    let by_name = if numbers { named } else { Some(Unit::Seconds) };
    let fits = |unit: &Unit| !numbers || fits(unit);
    let unit = by_name.filter(fits).or_else(told).or(by_name).ok_or_else(|| wrong("its times do not advance"))?;
    if unit.is_beyond(seen) {
        return Err(wrong("its times are no instants from 1970 to 2100, in whatever unit"));
    }
    Ok(unit)
}

/// Rows with a value: of the first ones, or behind them, where it is sparse among others' rows, as beside an electrocardiogram.
fn with_value(mut table: Table, first: &[Row], mut tells: impl FnMut(&Row) -> bool) -> Result<Vec<Row>, TableError> {
    let mut rows: Vec<Row> = first.iter().filter(|row| tells(row)).cloned().collect();
    if !rows.is_empty() {
        return Ok(rows);
    }
    while rows.len() < LOOKED_AT {
        let Some(row) = table.next()? else { break };
        if tells(row) {
            rows.push(row.clone());
        }
    }
    Ok(rows)
}

/// What makes milliseconds of intervals: the name of their column says it, unless their middle is of another unit.
fn believed(named: Option<f64>, values: &[f64], notes: &mut Vec<String>) -> Result<f64, TableError> {
    let told = middle(values.to_vec()).map(|middle| if middle > MILLIS_OVER { 1.0 } else { 1000.0 });
    let to_millis = told.or(named).ok_or_else(|| wrong("it has no intervals"))?;
    if named.is_some_and(|named| named != to_millis) {
        let unit = if to_millis == 1.0 { "milliseconds" } else { "seconds" };
        notes.push(format!("intervals are read as {unit}, which is not what their column says: no heart has others"));
    }
    Ok(to_millis)
}

fn middle(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
