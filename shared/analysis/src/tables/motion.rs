//! Tables of inertial sensors.

mod parts;
mod units;

use std::borrow::Cow;

use self::parts::Parts;
use super::names::{self, Header};
use super::order::{Found, Order};
use super::spread::Spread;
use super::text::{Row, Table};
use super::times::{self, Cadence, Unit};
use super::writing::{Apart, Turns, Writing};
use super::{BoxedSamples, Origin, Recording, Samples, TableError};
use crate::left_out::LeftOut;
use crate::sample::{MotionSample, Timestamp};

/// Standard gravity, m/s2 (BIPM).
const GRAVITY: f64 = 9.80665;
/// Counts of an Empatica E4 accelerometer in one g.
const E4_COUNTS_PER_G: f64 = 64.0;
/// Radians of a degree.
const DEGREE: f64 = std::f64::consts::PI / 180.0;
/// Rows that tell the rate and the unit of time, and of those that share their times more, until so many times are
/// seen.
const LOOKED_AT: usize = 2000;
const MOST_LOOKED_AT: usize = 200_000;
const DISTINCT: usize = 8;
/// Times that are told for the rows of this long, seconds, say when each row was only if as many rows share each: give
/// or take this share.
const COARSE: i64 = 10;
const STEADY: f64 = 0.1;
/// Samples that are handed on together.
const TOGETHER: usize = 16;
/// About what any inertial sensor sends at, for telling the unit of its times.
const TYPICAL_STEP: f64 = 0.02;
/// Largest acceleration, m/s2, and angular rate, rad/s, that can be: twice what inertial sensors of phones can tell.
const MOST_ACCELERATION: f64 = 320.0;
const MOST_TURN: f64 = 70.0;

/// Steps from which a named unit is not believed where another makes them those of a sensor, seconds.
const SLOWEST_STEP: f64 = 5.0;
const FASTEST_STEP: f64 = 1e-4;

/// Rows are hardly ever further apart than in the unit that an unnamed time is taken in.
const APART: Apart = Apart { possible: FASTEST_STEP..SLOWEST_STEP, usual: 0.625 };

/// Where the numbers stand in a row, and what they are.
#[derive(Clone, Debug)]
struct Layout {
    time: TimeLaw,
    acceleration: [usize; 3],
    to_metres: f64,
    /// Its columns, and what makes rad/s of them.
    gyroscope: Option<([usize; 3], f64)>,
    rows_before: usize,
    kind: Kind,
}

/// Of whom a table is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// Of anybody: acceleration with gravity, in which rows may share a time.
    Any,
    /// Of a phone: each row has a time of its own, and one that comes again is the same row.
    Phone,
    /// The same without gravity.
    PhoneWithoutGravity,
}

#[derive(Clone, Copy, Debug)]
enum TimeLaw {
    Column(TimeColumn),
    Rate(f64),
}

/// A column of times as the first rows show it.
#[derive(Clone, Copy, Debug)]
struct TimeColumn {
    place: usize,
    writing: Writing,
    unit: Unit,
    /// Time from one row to the next, microseconds.
    step: i64,
    dates: bool,
}

/// What the first rows tell.
struct Told {
    layout: Layout,
    /// When the recording began, where a row says it.
    stated: Option<Timestamp>,
    passed_over: Option<String>,
    unknown: Option<String>,
    notes: Vec<String>,
}

/// The tables in which a phone writes how it moves. Their times are exact: a row that comes again counts once.
pub enum PhoneMotion {
    /// Acceleration with gravity.
    Total(Origin),
    /// Acceleration without gravity, and gravity, each with times of its own.
    Parts {
        /// Without gravity.
        linear: Origin,
        /// Gravity.
        gravity: Origin,
    },
}

/// Looks through a recording of an inertial sensor.
///
/// # Errors
/// When it does not read, its columns are not known, its accelerations cannot be of the unit that they should have, or the
/// reading was stopped.
pub fn motion(origin: &Origin) -> Result<Recording<MotionSample>, TableError> {
    let told = layout(origin)?;
    let (origin, layout) = (origin.clone(), told.layout.clone());
    recording(told, move || Ok(Whole::One(Box::new(Rows::open(&origin, &layout)?))))
}

/// Looks through what a phone wrote of how it moved.
///
/// # Errors
/// As [`motion`].
pub fn phone_motion(tables: PhoneMotion) -> Result<Recording<MotionSample>, TableError> {
    match tables {
        PhoneMotion::Total(origin) => {
            let told = layout(&origin)?;
            let layout = Layout { kind: Kind::Phone, ..told.layout.clone() };
            recording(told, move || Ok(Whole::One(Box::new(Rows::open(&origin, &layout)?))))
        }
        PhoneMotion::Parts { linear, gravity } => {
            let (told, other) = (layout(&linear)?, layout(&gravity)?.layout);
            let without = Layout { kind: Kind::PhoneWithoutGravity, ..told.layout.clone() };
            let other = Layout { kind: Kind::Phone, ..other };
            recording(told, move || {
                Ok(Whole::Two(Box::new(Parts::new(Rows::open(&linear, &without)?, Rows::open(&gravity, &other)?))))
            })
        }
    }
}

/// Looks once through everything that `open` gives.
fn recording(
    told: Told,
    open: impl Fn() -> Result<Whole, TableError> + Send + Sync + 'static,
) -> Result<Recording<MotionSample>, TableError> {
    let Told { layout, stated, passed_over, unknown, mut notes } = told;
    let mut rows = open()?;
    let (mut first, mut last, mut given, mut times, mut gravity) = (None, 0, 0, Vec::new(), units::Gravity::default());
    let mut looked = Looked::default();
    while let Some((at, sample)) = rows.next()? {
        first.get_or_insert(at);
        (last, given) = (at, given + 1);
        if looked.wants(&at) {
            times.push(at);
        }
        if given <= LOOKED_AT as u64 {
            gravity.push(sample.acceleration);
        }
    }
    let left_out = rows.left_out();
    let first = first.ok_or_else(|| match left_out.no_value {
        0 => wrong("no row has a time and an acceleration"),
        _ => wrong("no acceleration in it can be one in m/s2, or in g where its columns are called ax_g,ay_g,az_g"),
    })?;
    if left_out.damaged() > given {
        return Err(wrong("most rows do not read as numbers with a time"));
    }
    let cadence = Cadence::of(&times).ok_or_else(|| wrong(STAND_STILL))?;
    notes.extend(shared_times(&times, cadence)?);
    let cadence = match layout.time {
        TimeLaw::Rate(rate) => Cadence { rate, ..cadence },
        TimeLaw::Column(_) => cadence,
    };
    gravity.check()?;
    if rows.set_back() > 0 {
        notes.push(format!("the clock was set back {} times within the recording: it goes on behind", rows.set_back()));
    }
    let (begins, length) = (stated.or_else(|| times::as_date(first)), last - first + cadence.row());
    let open = move || {
        let rows = open()?;
        Ok(Box::new(Reader { rows, spread: Spread::new(cadence), first }) as BoxedSamples<MotionSample>)
    };
    Ok(Recording {
        length,
        origin: begins,
        rate: cadence.rate,
        rows: given,
        left_out,
        passed_over,
        unknown,
        notes,
        open: Box::new(open),
    })
}

/// Looks whether accelerations with gravity can be in m/s2.
///
/// # Errors
/// When 9.8 m/s2 are nowhere near over a second or more of them.
pub fn check_units(accelerations: impl IntoIterator<Item = [f64; 3]>) -> Result<(), TableError> {
    let mut gravity = units::Gravity::default();
    accelerations.into_iter().for_each(|acceleration| gravity.push(acceleration));
    gravity.check()
}

/// What is said of times that are all the same.
const STAND_STILL: &str = "its times do not advance: write them with their seconds";

/// Which rows are looked at.
#[derive(Default)]
struct Looked<T> {
    rows: usize,
    distinct: usize,
    last: Option<T>,
}

impl<T: PartialEq + Copy> Looked<T> {
    /// Whether one more is wanted, whose time is this.
    fn wants(&mut self, time: &T) -> bool {
        let wants = self.rows < LOOKED_AT || self.distinct < DISTINCT && self.rows < MOST_LOOKED_AT;
        self.rows += 1;
        self.distinct += usize::from(self.last.replace(*time) != Some(*time));
        wants
    }
}

/// A sentence for times that many rows share, such as whole minutes.
fn shared_times(times: &[i64], cadence: Cadence) -> Result<Option<String>, TableError> {
    let seconds = cadence.step / 1_000_000;
    let mut sizes: Vec<usize> = times.chunk_by(|a, b| a == b).map(<[i64]>::len).collect();
    if seconds < COARSE || sizes.iter().all(|&rows| rows == 1) {
        return Ok(None);
    }
    let ends = usize::from(sizes.len() > 2);
    let end = sizes.len() - ends;
    // The first and the last are hardly ever whole.
    let whole = &mut sizes[ends..end];
    whole.sort_unstable();
    let middle = whole[whole.len() / 2] as f64;
    if whole.iter().any(|&rows| (rows as f64 - middle).abs() > STEADY * middle) {
        return Err(wrong(format!(
            "its times are {seconds} s apart, and the number of rows that share one is not steady: \
             write them with their seconds"
        )));
    }
    Ok(Some(format!("rows share times that are {seconds} s apart: they are laid evenly between them")))
}

fn wrong(problem: impl Into<Cow<'static, str>>) -> TableError {
    TableError::content(problem.into())
}

fn layout(origin: &Origin) -> Result<Told, TableError> {
    let mut table = Table::open(origin)?;
    let first = table.next()?.ok_or_else(|| wrong("it is empty"))?.clone();
    if let Some(epoch) = first.number(0).filter(|_| first.len() == 3) {
        let rate = table.next()?.and_then(|row| row.number(0)).filter(|rate| (1.0..=1000.0).contains(rate));
        let began = Unit::Seconds.micros(epoch).and_then(times::as_date);
        let (rate, began) = rate.zip(began).ok_or_else(|| {
            wrong("without a header it must be an Empatica E4 file: start, rate, then x,y,z; write a first line such as time_s,ax,ay,az")
        })?;
        let to_metres = GRAVITY / E4_COUNTS_PER_G;
        let time = TimeLaw::Rate(rate);
        let layout =
            Layout { time, acceleration: [0, 1, 2], to_metres, gyroscope: None, rows_before: 2, kind: Kind::Any };
        return Ok(Told { layout, stated: Some(began), passed_over: None, unknown: None, notes: Vec::new() });
    }
    let header = Header::of(&first);
    let units = [(names::METRES, 1.0), (names::GEES, GRAVITY), (names::MILLIGEES, GRAVITY / 1000.0)];
    let named = units.into_iter().find_map(|(names, scale)| Some((header.axes(names)?, scale)));
    let (acceleration, to_metres) = named
        .ok_or_else(|| wrong("its header names no acceleration: ax,ay,az (or x,y,z) in m/s2, or ax_g,ay_g,az_g"))?;
    let turns = [(names::TURNS, 1.0), (names::TURNS_IN_DEGREES, DEGREE)];
    let gyroscope = turns.into_iter().find_map(|(names, scale)| Some((header.axes(names)?, scale)));
    let (place, named) =
        times::time_column(&header).ok_or_else(|| wrong("its header names no time, such as timestamp or time_s"))?;
    let writing = Writing::of(origin, 1, place, named, &APART)?;
    let (mut seen, mut numbers, mut rows) = (Vec::new(), false, 0);
    let (mut looked, mut turns) = (Looked::default(), writing.turns());
    while let Some(row) = table.next()? {
        rows += 1;
        numbers |= row.number(place).is_some();
        let Some(time) = writing.time(row, place).map(|time| turns.with_days(time)) else { continue };
        if !looked.wants(&time) {
            break;
        }
        seen.push(time);
    }
    if seen.is_empty() && rows > 0 {
        return Err(wrong(times::UNREAD));
    }
    let mut notes: Vec<String> = writing.note().into_iter().collect();
    // A date and a time of day say their unit themselves.
    let (unit, step, dates) = unit_and_step(numbers, named, &seen, &mut notes)?;
    let time = TimeColumn { place, writing, unit, step, dates };
    let read: Vec<usize> =
        [place].into_iter().chain(acceleration).chain(gyroscope.into_iter().flat_map(|(turns, _)| turns)).collect();
    let (passed_over, unknown) = (header.passed_over(&read), header.unknown(&read));
    let layout =
        Layout { time: TimeLaw::Column(time), acceleration, to_metres, gyroscope, rows_before: 1, kind: Kind::Any };
    Ok(Told { layout, stated: None, passed_over, unknown, notes })
}

/// The unit of times, how far rows are apart in microseconds, and whether they are dates. `named` is the unit that
/// their column says; what is no number is told in seconds.
fn unit_and_step(
    numbers: bool,
    named: Option<Unit>,
    seen: &[f64],
    notes: &mut Vec<String>,
) -> Result<(Unit, i64, bool), TableError> {
    if seen.is_empty() {
        return Err(wrong("no row has a time and an acceleration"));
    }
    let (Some(step), Some(told)) = (times::step(seen), Unit::of(seen, TYPICAL_STEP, FASTEST_STEP)) else {
        return Err(wrong(STAND_STILL));
    };
    let sensor_like = |unit: &Unit| !unit.is_beyond(seen) && (FASTEST_STEP..SLOWEST_STEP).contains(&unit.seconds(step));
    let unit = if numbers { named.filter(sensor_like).unwrap_or(told) } else { Unit::Seconds };
    notes.extend(times::renamed(named.filter(|_| numbers), unit));
    if unit.is_beyond(seen) {
        return Err(wrong("its times are no instants from 1970 to 2100, in whatever unit"));
    }
    if unit.is_sooner(step, FASTEST_STEP) {
        return Err(wrong(times::TOO_CLOSE));
    }
    let step = (unit.seconds(step) * 1e6).round().max(1.0) as i64; // saturates
    let dates = times::are_dates(seen.iter().filter_map(|value| unit.micros(*value)));
    Ok((unit, step, dates))
}

/// Samples in the order of their times, which are microseconds as the file has them.
struct Rows {
    table: Table,
    layout: Layout,
    read: usize,
    order: Option<Order<MotionSample>>,
    turns: Turns,
    /// The time of the last one.
    last: Option<i64>,
    others: LeftOut,
}

impl Rows {
    fn open(origin: &Origin, layout: &Layout) -> Result<Self, TableError> {
        let mut table = Table::open(origin)?;
        for _ in 0..layout.rows_before {
            table.next()?;
        }
        let (order, writing) = match layout.time {
            TimeLaw::Column(TimeColumn { step, dates, writing, .. }) => (Some(Order::new(step, dates)), writing),
            TimeLaw::Rate(_) => (None, Writing::default()),
        };
        let turns = writing.turns();
        Ok(Self { table, layout: layout.clone(), read: 0, order, turns, last: None, others: LeftOut::default() })
    }

    fn next(&mut self) -> Result<Option<(i64, MotionSample)>, TableError> {
        loop {
            let next = self.any()?;
            let at = next.map(|(at, _)| at);
            if at.is_none() || self.layout.kind == Kind::Any || self.last != at {
                self.last = at;
                return Ok(next);
            }
            self.others.out_of_order += 1;
        }
    }

    /// The next row, also where it comes again.
    fn any(&mut self) -> Result<Option<(i64, MotionSample)>, TableError> {
        let Self { table, layout, read, order, turns, others, .. } = self;
        let mut found = || -> Result<Option<Found<MotionSample>>, TableError> {
            let Some(row) = table.next()? else { return Ok(None) };
            *read += 1;
            let found = reading(layout, row, *read - 1, turns);
            others.no_value += u64::from(matches!(found, Found::Nothing));
            Ok(Some(found))
        };
        let mut unread = 0;
        let next = match order {
            Some(order) => order.next(found)?,
            None => loop {
                match found()? {
                    Some(Found::Row(at, sample)) => break Some((at, sample)),
                    None => break None,
                    Some(Found::Nothing) => {}
                    Some(Found::Unread | Found::Beyond) => unread += 1,
                }
            },
        };
        self.others.unread += unread;
        Ok(next)
    }

    fn left_out(&mut self) -> LeftOut {
        let mut left_out = std::mem::take(&mut self.others);
        left_out.add(self.order.as_mut().map(Order::left_out).unwrap_or_default());
        left_out
    }

    fn set_back(&self) -> u64 {
        self.order.as_ref().map_or(0, Order::set_back)
    }
}

fn reading(layout: &Layout, row: &Row, place: usize, turns: &mut Turns) -> Found<MotionSample> {
    let three = |columns: [usize; 3], scale: f64| -> Option<[f64; 3]> {
        let [x, y, z] = columns.map(|column| row.number(column));
        Some([x? * scale, y? * scale, z? * scale])
    };
    let within = |axes: &[f64; 3], most: f64| axes.iter().all(|axis| axis.abs() <= most);
    let Some(acceleration) = three(layout.acceleration, layout.to_metres) else { return Found::Unread };
    let gyroscope = layout.gyroscope.and_then(|(columns, scale)| three(columns, scale));
    let at = match layout.time {
        TimeLaw::Column(column) => match column.writing.time(row, column.place) {
            Some(time) => column.unit.micros(turns.with_days(time)),
            None => return Found::Unread,
        },
        TimeLaw::Rate(rate) => Some((place as f64 * 1e6 / rate).round() as i64),
    };
    // At rest there is gravity and in a fall there is noise: what is 0 along all axes was not measured.
    let absent = layout.kind != Kind::PhoneWithoutGravity && acceleration.iter().all(|axis| *axis == 0.0);
    if absent || !within(&acceleration, MOST_ACCELERATION) || gyroscope.is_some_and(|turn| !within(&turn, MOST_TURN)) {
        return Found::Nothing;
    }
    at.map_or(Found::Beyond, |at| Found::Row(at, MotionSample { at: Timestamp(at), acceleration, gyroscope }))
}

/// Everything that a recording gives of motion.
enum Whole {
    One(Box<Rows>),
    Two(Box<Parts>),
}

impl Whole {
    fn next(&mut self) -> Result<Option<(i64, MotionSample)>, TableError> {
        match self {
            Self::One(rows) => rows.next(),
            Self::Two(parts) => parts.next(),
        }
    }

    fn left_out(&mut self) -> LeftOut {
        match self {
            Self::One(rows) => rows.left_out(),
            Self::Two(parts) => parts.left_out(),
        }
    }

    fn set_back(&self) -> u64 {
        match self {
            Self::One(rows) => rows.set_back(),
            Self::Two(parts) => parts.set_back(),
        }
    }
}

struct Reader {
    rows: Whole,
    spread: Spread<MotionSample>,
    first: i64,
}

impl Samples for Reader {
    type Sample = MotionSample;

    fn next(&mut self) -> Result<Option<Vec<MotionSample>>, TableError> {
        let mut samples = Vec::with_capacity(TOGETHER);
        while samples.len() < TOGETHER {
            let Some((at, sample)) = self.spread.next(|| self.rows.next())? else { break };
            samples.push(MotionSample { at: Timestamp(at - self.first), ..sample });
        }
        Ok((!samples.is_empty()).then_some(samples))
    }

    fn left_out(&mut self) -> LeftOut {
        let mut left_out = self.rows.left_out();
        left_out.add(self.spread.left_out());
        left_out
    }
}

#[cfg(test)]
mod tests;
