use std::path::Path;

use attune_analysis::sample::{MotionSample, Timestamp};
use attune_protocol::registry::Modality;
use csv::StringRecord;
use tracing::warn;

use super::clip::{BoxedSource, Clip, Source};
use super::left_out::LeftOut;
use super::order::{Found, Order};
use super::spread::Spread;
use super::table::{self, Table, number};
use super::times::{self, Cadence, Unit};
use crate::AgentError;
use crate::stop::Stop;

/// Standard gravity, m/s2 (BIPM).
const GRAVITY: f64 = 9.80665;
/// Counts of an Empatica E4 accelerometer in one g.
const E4_COUNTS_PER_G: f64 = 64.0;
/// Rows that tell the rate and the unit of time.
const LOOKED_AT: usize = 2000;
/// Samples that are handed on together.
const TOGETHER: usize = 16;
/// About what any inertial sensor sends at, for telling the unit of its times.
const TYPICAL_STEP: f64 = 0.02;

/// Steps from which a named unit is not believed where another makes them those of a sensor, seconds.
const SLOWEST_STEP: f64 = 5.0;
const FASTEST_STEP: f64 = 1e-4;

/// Where the numbers stand in a row, and what they are.
#[derive(Clone, Debug)]
struct Layout {
    time: TimeLaw,
    acceleration: [usize; 3],
    to_metres: f64,
    gyroscope: Option<[usize; 3]>,
    rows_before: usize,
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
    unit: Unit,
    /// Time from one row to the next, microseconds.
    step: i64,
    dates: bool,
}

/// A recording of an inertial sensor as CSV, plain or `.gz`; see `agent/RECORDINGS.md`.
///
/// # Errors
/// When it does not read, or its columns are not known, or the reading was stopped.
pub fn motion_clip(path: &Path, stop: &Stop) -> Result<Clip<MotionSample>, AgentError> {
    let wrong = |problem: &str| table::wrong(Modality::Motion, path, problem);
    let (layout, stated) = layout(path, stop)?;
    let mut rows = Rows::open(path, &layout, stop)?;
    let (mut first, mut last, mut times) = (None, 0, Vec::new());
    while let Some((at, _)) = rows.next()? {
        first.get_or_insert(at);
        last = at;
        if times.len() < LOOKED_AT {
            times.push(at);
        }
    }
    let first = first.ok_or(wrong("no row has a time and an acceleration"))?;
    let left_out = rows.left_out();
    if left_out.total() > rows.given {
        return Err(wrong("most rows do not read as numbers with a time"));
    }
    let cadence = Cadence::of(&times).ok_or(wrong("its times do not advance"))?;
    let cadence = match layout.time {
        TimeLaw::Rate(rate) => Cadence { rate, ..cadence },
        TimeLaw::Column(_) => cadence,
    };
    if rows.set_back() > 0 {
        warn!(modality = %Modality::Motion, times = rows.set_back(), "the clock was set back within the recording: it goes on");
    }
    let (origin, length) = (stated.or_else(|| times::as_date(first)), last - first + cadence.row());
    let (path, stop) = (path.to_owned(), stop.clone());
    let open = move || {
        let rows = Rows::open(&path, &layout, &stop)?;
        Ok(Box::new(Reader { rows, spread: Spread::new(cadence), first }) as BoxedSource<MotionSample>)
    };
    Ok(Clip { length, origin, rate: cadence.rate, open: Box::new(open) })
}

fn layout(path: &Path, stop: &Stop) -> Result<(Layout, Option<Timestamp>), AgentError> {
    let wrong = |problem: &str| table::wrong(Modality::Motion, path, problem);
    let mut table = Table::open(path, stop)?;
    let header = table.next()?.ok_or(wrong("it is empty"))?.clone();
    if let Some(epoch) = number(&header, 0).filter(|_| header.len() == 3) {
        let rate = table.next()?.and_then(|row| number(row, 0)).filter(|rate| (1.0..=1000.0).contains(rate));
        let origin = Unit::Seconds.micros(epoch).and_then(times::as_date);
        let (rate, origin) = rate
            .zip(origin)
            .ok_or(wrong("without a header it must be an Empatica E4 file: start, rate, then x,y,z"))?;
        let to_metres = GRAVITY / E4_COUNTS_PER_G;
        let time = TimeLaw::Rate(rate);
        let layout = Layout { time, acceleration: [0, 1, 2], to_metres, gyroscope: None, rows_before: 2 };
        return Ok((layout, Some(origin)));
    }
    let axes = |names: [&[&str]; 3]| -> Option<[usize; 3]> {
        let [x, y, z] = names.map(|names| table::column(&header, names));
        Some([x?, y?, z?])
    };
    let metres = axes([&["ax", "x_acc", "acc_x"], &["ay", "y_acc", "acc_y"], &["az", "z_acc", "acc_z"]]);
    let gees = axes([&["ax_g", "x_acc_g"], &["ay_g", "y_acc_g"], &["az_g", "z_acc_g"]]);
    let (acceleration, to_metres) = match (metres, gees) {
        (Some(metres), _) => (metres, 1.0),
        (None, Some(gees)) => (gees, GRAVITY),
        _ => return Err(wrong("its header names no acceleration: ax,ay,az in m/s2 or ax_g,ay_g,az_g")),
    };
    let gyroscope = axes([&["gx", "x_gyro", "gyro_x"], &["gy", "y_gyro", "gyro_y"], &["gz", "z_gyro", "gyro_z"]]);
    let (place, named) = times::time_column(&header).ok_or(wrong("its header names no time, such as time_s"))?;
    let mut seen = Vec::new();
    while seen.len() < LOOKED_AT {
        let Some(row) = table.next()? else { break };
        seen.extend(number(row, place));
    }
    let column = time_column(path, place, named, &seen)?;
    Ok((Layout { time: TimeLaw::Column(column), acceleration, to_metres, gyroscope, rows_before: 1 }, None))
}

fn time_column(path: &Path, place: usize, named: Option<Unit>, seen: &[f64]) -> Result<TimeColumn, AgentError> {
    let wrong = |problem: &str| table::wrong(Modality::Motion, path, problem);
    if seen.is_empty() {
        return Err(wrong("no row has a time and an acceleration"));
    }
    let (Some(step), Some(told)) = (times::step(seen), Unit::of(seen, TYPICAL_STEP)) else {
        return Err(wrong("its times do not advance"));
    };
    let sensor_like = |unit: &Unit| !unit.is_beyond(seen) && (FASTEST_STEP..SLOWEST_STEP).contains(&unit.seconds(step));
    let unit = named.filter(sensor_like).unwrap_or(told);
    if named.is_some_and(|named| named != unit) {
        warn!(path = %path.display(), ?named, ?unit, "times are not of the unit that their column names: the steps between them tell it");
    }
    if unit.is_beyond(seen) {
        return Err(wrong("its times are no instants from 1970 to 2100, in whatever unit"));
    }
    let step = unit.micros(step).unwrap_or(1).max(1);
    let dates = times::are_dates(seen.iter().filter_map(|value| unit.micros(*value)));
    Ok(TimeColumn { place, unit, step, dates })
}

/// Samples in the order of their times, which are microseconds as the file has them.
struct Rows {
    table: Table,
    layout: Layout,
    read: usize,
    order: Option<Order<MotionSample>>,
    /// How many there were.
    given: u64,
    unread: LeftOut,
}

impl Rows {
    fn open(path: &Path, layout: &Layout, stop: &Stop) -> Result<Self, AgentError> {
        let mut table = Table::open(path, stop)?;
        for _ in 0..layout.rows_before {
            table.next()?;
        }
        let order = match layout.time {
            TimeLaw::Column(TimeColumn { step, dates, .. }) => Some(Order::new(step, dates)),
            TimeLaw::Rate(_) => None,
        };
        Ok(Self { table, layout: layout.clone(), read: 0, order, given: 0, unread: LeftOut::default() })
    }

    fn next(&mut self) -> Result<Option<(i64, MotionSample)>, AgentError> {
        let Self { table, layout, read, order, .. } = self;
        let mut found = || -> Result<Option<Found<MotionSample>>, AgentError> {
            let Some(row) = table.next()? else { return Ok(None) };
            *read += 1;
            Ok(Some(reading(layout, row, *read - 1)))
        };
        let next = match order {
            Some(order) => order.next(found)?,
            None => loop {
                match found()? {
                    Some(Found::Row(at, sample)) => break Some((at, sample)),
                    None => break None,
                    Some(_) => self.unread.unread += 1,
                }
            },
        };
        self.given += u64::from(next.is_some());
        Ok(next)
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

fn reading(layout: &Layout, row: &StringRecord, place: usize) -> Found<MotionSample> {
    let three = |columns: [usize; 3], scale: f64| -> Option<[f64; 3]> {
        let [x, y, z] = columns.map(|column| number(row, column));
        Some([x? * scale, y? * scale, z? * scale])
    };
    let Some(acceleration) = three(layout.acceleration, layout.to_metres) else { return Found::Unread };
    let gyroscope = layout.gyroscope.and_then(|columns| three(columns, 1.0));
    let at = match layout.time {
        TimeLaw::Column(column) => match number(row, column.place) {
            Some(time) => column.unit.micros(time),
            None => return Found::Unread,
        },
        TimeLaw::Rate(rate) => Some((place as f64 * 1e6 / rate).round() as i64),
    };
    at.map_or(Found::Beyond, |at| Found::Row(at, MotionSample { at: Timestamp(at), acceleration, gyroscope }))
}

struct Reader {
    rows: Rows,
    spread: Spread<MotionSample>,
    first: i64,
}

impl Source for Reader {
    type Sample = MotionSample;

    fn next(&mut self) -> Result<Option<Vec<MotionSample>>, AgentError> {
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
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Result<(Clip<MotionSample>, Vec<MotionSample>), AgentError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let clip = motion_clip(&path, &Stop::default())?;
        let mut source = clip.open()?;
        let mut samples = Vec::new();
        while let Some(more) = source.next()? {
            samples.extend(more);
        }
        Ok((clip, samples))
    }

    #[test]
    fn a_phone_s_csv_is_laid_at_its_first_instant_in_the_unit_that_its_steps_tell() {
        let text = "x_acc,y_acc,z_acc,x_gyro,y_gyro,z_gyro,timestamp,label\n\
                    1,2,9.8,0.1,0.2,0.3,1657533977813,SEATED\n1,2,9.8,0.1,0.2,0.3,1657533977823,SEATED\n\
                    x,,,,,,,\n1,2,9.8,,,,1657533977833,SEATED\n";
        let (clip, samples) = read("phone.csv", text).unwrap();
        assert_eq!(samples.iter().map(|s| s.at.0).collect::<Vec<_>>(), [0, 10_000, 20_000]);
        assert_eq!(clip.origin, Some(Timestamp::from_millis(1_657_533_977_813)));
        assert_eq!((clip.rate.round(), clip.length), (100.0, 30_000));
        assert_eq!(samples[0].gyroscope, Some([0.1, 0.2, 0.3]));
        assert_eq!(samples[2].gyroscope, None);
    }

    #[test]
    fn times_that_count_from_zero_in_milliseconds_are_no_date() {
        let (clip, samples) = read("m.csv", "ax,ay,az,timestamp\n0,0,9.8,0\n0,0,9.8,20\n0,0,9.8,40\n").unwrap();
        assert_eq!((clip.origin, clip.rate), (None, 50.0));
        assert_eq!(samples[1].at, Timestamp(20_000));
    }

    #[test]
    fn an_empatica_file_is_read_by_its_two_first_rows() {
        let text = "1644227574.0, 1644227574.0, 1644227574.0\n32.0, 32.0, 32.0\n0,0,64\n0,0,-32\n";
        let (clip, samples) = read("ACC.csv", text).unwrap();
        assert_eq!(clip.origin, Some(Timestamp(1_644_227_574_000_000)));
        assert_eq!((clip.rate, clip.length), (32.0, 62_500));
        assert!((samples[0].acceleration[2] - 9.80665).abs() < 1e-9);
        assert!((samples[1].acceleration[2] + 4.903_325).abs() < 1e-9);
        assert_eq!(samples[1].at, Timestamp(31_250));
    }

    #[test]
    fn acceleration_in_g_is_given_in_metres() {
        let (_, samples) = read("g.csv", "time_s,ax_g,ay_g,az_g\n5.0,0,0,1\n5.02,0,0,1\n").unwrap();
        assert!((samples[0].acceleration[2] - 9.80665).abs() < 1e-9);
        assert_eq!(samples[0].at, Timestamp(0));
    }

    #[test]
    fn a_file_that_is_no_motion_is_refused_with_what_it_lacks() {
        for (text, lacks) in [
            ("", "empty"),
            ("time_s,rr\n0,800\n1,800\n", "acceleration"),
            ("ax,ay,az\n1,2,3\n", "time"),
            ("time_s,ax,ay,az\nx,y,z,w\n", "no row"),
            ("time_s,ax,ay,az\n1,0,0,0\n1,0,0,0\n", "advance"),
        ] {
            let error = read("bad.csv", text).err().map(|e| e.to_string()).unwrap_or_default();
            assert!(error.contains(lacks), "{text:?}: {error}");
        }
    }

    /// Rows with `time` as their times.
    fn rows(column: &str, times: impl Iterator<Item = String>) -> String {
        format!("{column},ax,ay,az\n") + &times.map(|time| format!("{time},0,0,9.8\n")).collect::<String>()
    }

    fn seconds(samples: &[MotionSample]) -> Vec<f64> {
        samples.iter().map(|s| s.at.0 as f64 / 1e6).collect()
    }

    #[test]
    fn whole_seconds_are_spread_over_themselves_at_the_sensor_s_rate() {
        let text = rows("timestamp", (0..3000).map(|n| format!("{}", 1_700_000_000 + n / 50)));
        let (clip, samples) = read("m.csv", &text).unwrap();
        assert_eq!((clip.rate, clip.length), (50.0, 60_000_000));
        assert_eq!(samples.len(), 3000);
        assert!(seconds(&samples).iter().enumerate().all(|(n, at)| (at - n as f64 / 50.0).abs() < 1e-5));
    }

    #[test]
    fn three_rows_with_the_time_of_their_packet_are_three_samples() {
        let text = rows("time_ms", (0..300).map(|n| format!("{}", n / 3 * 60)));
        let (clip, samples) = read("m.csv", &text).unwrap();
        assert_eq!((clip.rate.round(), clip.length), (50.0, 6_000_000));
        assert!(seconds(&samples).iter().enumerate().all(|(n, at)| (at - n as f64 / 50.0).abs() < 1e-5));
    }

    #[test]
    fn a_false_first_time_is_left_out_and_counted_and_ends_nothing() {
        let time =
            |n: u32| if n == 0 { "0".to_owned() } else { format!("{:.2}", 1_700_000_000.0 + f64::from(n) / 50.0) };
        for column in ["timestamp", "time_s"] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("m.csv");
            std::fs::write(&path, rows(column, (0..3000).map(time))).unwrap();
            let clip = motion_clip(&path, &Stop::default()).unwrap();
            assert_eq!(
                (clip.rate.round(), clip.length, clip.origin),
                (50.0, 59_980_000, Some(Timestamp(1_700_000_000_020_000)))
            );
            let mut source = clip.open().unwrap();
            let mut left_out = LeftOut::default();
            while source.next().unwrap().is_some() {
                left_out.add(source.left_out());
            }
            assert_eq!(left_out, LeftOut { false_times: 1, ..LeftOut::default() });
        }
    }

    #[test]
    fn milliseconds_in_a_column_called_seconds_are_milliseconds() {
        for begin in [0.0, 1_700_000_000_000.0] {
            let text = rows("time_s", (0..500).map(|n| format!("{}", begin + f64::from(n) * 20.0)));
            let (clip, _) = read("m.csv", &text).unwrap();
            assert_eq!((clip.rate.round(), clip.length), (50.0, 10_000_000));
        }
    }

    #[test]
    fn times_that_no_unit_makes_instants_are_refused_and_overflow_nothing() {
        let text = rows("time_s", (0..500).map(|n| format!("{n}e300")));
        let error = read("m.csv", &text).err().unwrap().to_string();
        assert!(error.contains("1970 to 2100"), "{error}");
        let text = rows(
            "time_s",
            (0..500).map(|n| if n == 250 { "1e300".into() } else { format!("{}", f64::from(n) / 50.0) }),
        );
        let (clip, samples) = read("m.csv", &text).unwrap();
        assert_eq!((clip.length, samples.len()), (10_000_000, 499));
    }

    #[test]
    fn a_day_that_is_missing_is_a_gap_and_not_the_end() {
        let text = rows(
            "time_s",
            (0..1000).map(|n| format!("{}", f64::from(n) / 50.0 + if n < 500 { 0.0 } else { 86_400.0 })),
        );
        let (clip, samples) = read("m.csv", &text).unwrap();
        assert_eq!((clip.rate.round(), samples.len()), (50.0, 1000));
        assert_eq!(clip.length, 86_420_000_000);
    }

    #[test]
    fn a_table_without_a_header_is_no_empatica_file_because_a_value_could_be_a_rate() {
        let error = read("m.csv", "0.1,0.2,9.8\n5,0.1,9.7\n0.1,0.1,9.8\n").err().unwrap().to_string();
        assert!(error.contains("header"), "{error}");
    }

    #[test]
    fn reading_on_ends_when_the_agent_is_to_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.csv");
        std::fs::write(&path, rows("time_s", (0..500).map(|n| format!("{n}")))).unwrap();
        let stop = Stop::default();
        stop.ask();
        assert!(matches!(motion_clip(&path, &stop), Err(AgentError::Stopped)));
    }
}
