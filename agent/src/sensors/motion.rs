use std::path::{Path, PathBuf};

use attune_analysis::sample::{MotionSample, Timestamp};
use attune_protocol::registry::Modality;
use csv::StringRecord;

use super::clip::{BoxedSource, Clip, Source};
use super::table::{self, Table, number};
use super::times::{self, Unit};
use crate::AgentError;

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
    Column(usize, Unit),
    Rate(f64),
}

/// A recording of an inertial sensor as CSV, plain or `.gz`; see `agent/RECORDINGS.md`.
///
/// # Errors
/// When it does not read, or its columns are not known.
pub fn motion_clip(path: &Path) -> Result<Clip<MotionSample>, AgentError> {
    let wrong = |problem: &str| table::wrong(Modality::Motion, path, problem);
    let (layout, origin) = layout(path)?;
    let mut rows = Rows::open(path, &layout)?;
    let (mut first, mut last, mut good, mut bad, mut times) = (None, 0, 0_usize, 0_usize, Vec::new());
    while let Some(row) = rows.next()? {
        let Some((micros, _)) = row else {
            bad += 1;
            continue;
        };
        first.get_or_insert(micros);
        last = last.max(micros);
        good += 1;
        if times.len() < LOOKED_AT {
            times.push(micros as f64);
        }
    }
    let first = first.ok_or(wrong("no row has a time and an acceleration"))?;
    if bad > good {
        return Err(wrong("most rows do not read as numbers"));
    }
    let step = times::median_step(&times).ok_or(wrong("its times do not advance"))?;
    let rate = match layout.time {
        TimeLaw::Rate(rate) => rate,
        // The middle step of a sensor that sends in bursts says little; how many there are in how long says more.
        TimeLaw::Column(..) => {
            let span = times.last().zip(times.first()).map_or(0.0, |(last, first)| last - first);
            if span > 0.0 { (times.len() - 1) as f64 / (span / 1e6) } else { 1e6 / step }
        }
    };
    let origin = origin.or_else(|| times::as_date(first));
    let path = path.to_owned();
    let open = move || {
        let source = Reader { rows: Rows::open(&path, &layout)?, first };
        Ok(Box::new(source) as BoxedSource<MotionSample>)
    };
    Ok(Clip { length: last - first + (1e6 / rate).round() as i64, origin, rate, open: Box::new(open) })
}

fn layout(path: &Path) -> Result<(Layout, Option<Timestamp>), AgentError> {
    let wrong = |problem: &str| table::wrong(Modality::Motion, path, problem);
    let mut table = Table::open(path)?;
    let header = table.next(path)?.ok_or(wrong("it is empty"))?.clone();
    if let Some(epoch) = number(&header, 0).filter(|_| header.len() == 3) {
        let rate = table.next(path)?.and_then(|row| number(row, 0)).filter(|rate| (1.0..=1000.0).contains(rate));
        let rate = rate.ok_or(wrong("without a header it must be an Empatica E4 file: start, rate, then x,y,z"))?;
        let to_metres = GRAVITY / E4_COUNTS_PER_G;
        let time = TimeLaw::Rate(rate);
        let layout = Layout { time, acceleration: [0, 1, 2], to_metres, gyroscope: None, rows_before: 2 };
        return Ok((layout, times::as_date(Unit::Seconds.micros(epoch))));
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
    let (column, unit) = times::time_column(&header).ok_or(wrong("its header names no time, such as time_s"))?;
    let unit = match unit {
        Some(unit) => unit,
        None => {
            let mut seen = Vec::new();
            while let Some(row) = table.next(path)?.filter(|_| seen.len() < LOOKED_AT) {
                seen.extend(number(row, column));
            }
            Unit::guess(times::median_step(&seen).ok_or(wrong("its times do not advance"))?, TYPICAL_STEP)
        }
    };
    Ok((Layout { time: TimeLaw::Column(column, unit), acceleration, to_metres, gyroscope, rows_before: 1 }, None))
}

/// Samples with their times in microseconds as the file has them.
struct Rows {
    table: Table,
    path: PathBuf,
    layout: Layout,
    read: usize,
}

type Reading = (i64, MotionSample);

impl Rows {
    fn open(path: &Path, layout: &Layout) -> Result<Self, AgentError> {
        let mut table = Table::open(path)?;
        for _ in 0..layout.rows_before {
            table.next(path)?;
        }
        Ok(Self { table, path: path.to_owned(), layout: layout.clone(), read: 0 })
    }

    /// The next row: `Some(None)` when it does not read as numbers.
    fn next(&mut self) -> Result<Option<Option<Reading>>, AgentError> {
        let Some(row) = self.table.next(&self.path)? else { return Ok(None) };
        let place = self.read;
        self.read += 1;
        Ok(Some(reading(&self.layout, row, place)))
    }
}

fn reading(layout: &Layout, row: &StringRecord, place: usize) -> Option<Reading> {
    let micros = match layout.time {
        TimeLaw::Column(column, unit) => unit.micros(number(row, column)?),
        TimeLaw::Rate(rate) => (place as f64 * 1e6 / rate).round() as i64,
    };
    let three = |columns: [usize; 3], scale: f64| -> Option<[f64; 3]> {
        let [x, y, z] = columns.map(|column| number(row, column));
        Some([x? * scale, y? * scale, z? * scale])
    };
    let acceleration = three(layout.acceleration, layout.to_metres)?;
    let gyroscope = layout.gyroscope.and_then(|columns| three(columns, 1.0));
    Some((micros, MotionSample { at: Timestamp(micros), acceleration, gyroscope }))
}

struct Reader {
    rows: Rows,
    first: i64,
}

impl Source for Reader {
    type Sample = MotionSample;

    fn next(&mut self) -> Result<Option<Vec<MotionSample>>, AgentError> {
        let mut samples = Vec::with_capacity(TOGETHER);
        while samples.len() < TOGETHER {
            match self.rows.next()? {
                Some(Some((micros, sample))) => {
                    samples.push(MotionSample { at: Timestamp(micros - self.first), ..sample })
                }
                Some(None) => {}
                None => break,
            }
        }
        Ok((!samples.is_empty()).then_some(samples))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Result<(Clip<MotionSample>, Vec<MotionSample>), AgentError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let clip = motion_clip(&path)?;
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
}
