//! What the heart says of stress in every ten seconds of the people of stress_predict, as CSV: `stress_windows FOLDER`.
//!
//! Intervals and wrist motion go through the analyzers, the personal baseline and the indicators, as on a device whose baseline is
//! new; skin and the wearable's own averaged rate are not read.

#![expect(clippy::print_stdout, reason = "the table is what the example is for")]

use std::error::Error;
use std::io::Read as _;
use std::path::Path;

use attune_analysis::Analyzer;
use attune_analysis::baseline::Baseline;
use attune_analysis::heart::HeartAnalyzer;
use attune_analysis::indicators::{Terms, assess};
use attune_analysis::motion::MotionAnalyzer;
use attune_analysis::networks::Networks;
use attune_analysis::sample::{HeartSample, MotionSample, Timestamp};
use attune_protocol::policy::Profile;
use attune_protocol::registry::{Span, heart, motion};
use attune_protocol::window::Window;

const COLUMNS: &str =
    "person,start,mean_hr,mean_hr_deviation,rmssd,rmssd_deviation,coverage_60_s,received,intensity,stress,sd";
const STANDARD_GRAVITY: f64 = 9.806_65;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("name the folder of stress_predict")?;
    println!("{COLUMNS}");
    let mut people: Vec<_> = std::fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    people.sort();
    for person in people.iter().filter(|path| path.is_dir()) {
        play(person)?;
    }
    Ok(())
}

fn play(folder: &Path) -> Result<(), Box<dyn Error>> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().trim_start_matches('S').to_owned();
    let motion = motion_of(folder)?;
    let beats = beats_of(folder)?;
    let (Some(first), Some(last)) = (motion.first(), motion.last()) else { return Ok(()) };
    let (mut moving, mut beating) = (MotionAnalyzer::new(&Networks::default(), 32.0), HeartAnalyzer::new());
    let mut baseline = Baseline::default();
    for window in (first.at.window().0..=last.at.window().0).map(Window) {
        let of_window = |at: Timestamp| at.window() == window;
        let mut records = [
            finish(&mut beating, window, slice(&beats, |beat| of_window(beat.at()))),
            finish(&mut moving, window, slice(&motion, |sample| of_window(sample.at))),
        ];
        records.iter_mut().for_each(|record| baseline.annotate(record));
        let score = assess(&records, Terms::sensed(Profile::Research)).stress.value_and_sd();
        let [heart_record, motion_record] = &records;
        let values = [
            heart_record.features.get(heart::MEAN_HR),
            heart_record.features.get(heart::MEAN_HR_DEVIATION),
            heart_record.features.get(heart::RMSSD),
            heart_record.features.get(heart::RMSSD_DEVIATION),
            Some(heart_record.coverage.over(Span::S60)),
            Some(f64::from(heart_record.coverage.received)),
            motion_record.features.get(motion::INTENSITY),
            score.map(|(value, _)| value),
            score.map(|(_, sd)| sd),
        ];
        let cells: Vec<String> = values.iter().map(|v| v.map_or_else(String::new, |v| format!("{v:.6}"))).collect();
        println!("{name},{},{}", window.start_millis() / 1000, cells.join(","));
    }
    Ok(())
}

fn finish<A: Analyzer>(analyzer: &mut A, window: Window, samples: &[A::Sample]) -> attune_protocol::record::Record {
    analyzer.push(samples);
    analyzer.finish(window, None)
}

/// The samples for which it holds; they follow each other.
fn slice<T>(samples: &[T], of_window: impl Fn(&T) -> bool) -> &[T] {
    let Some(first) = samples.iter().position(&of_window) else { return &[] };
    let count = samples[first..].iter().take_while(|sample| of_window(sample)).count();
    &samples[first..first + count]
}

fn motion_of(folder: &Path) -> Result<Vec<MotionSample>, Box<dyn Error>> {
    let rows = numbers(&folder.join("ACC.csv.gz"))?;
    let [start, rate, samples @ ..] = &rows[..] else { return Ok(Vec::new()) };
    let sample = |(index, row): (usize, &Vec<f64>)| {
        let at = Timestamp(0).plus_seconds(start.first()? + index as f64 / rate.first()?);
        let [x, y, z] = row[..] else { return None };
        Some(MotionSample { at, acceleration: [x, y, z].map(|a| a * STANDARD_GRAVITY / 64.0), gyroscope: None })
    };
    Ok(samples.iter().enumerate().filter_map(sample).collect())
}

fn beats_of(folder: &Path) -> Result<Vec<HeartSample>, Box<dyn Error>> {
    let rows = numbers(&folder.join("IBI.csv.gz"))?;
    let start = rows.first().and_then(|row| row.first()).copied().ok_or("the intervals have no date")?;
    let beat = |row: &Vec<f64>| match row[..] {
        [at, rr] => Some(HeartSample::Beat { at: Timestamp(0).plus_seconds(start + at), rr_millis: rr * 1000.0 }),
        _ => None,
    };
    Ok(rows.iter().skip(1).filter_map(beat).collect())
}

fn numbers(path: &Path) -> Result<Vec<Vec<f64>>, Box<dyn Error>> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path)?).read_to_string(&mut text)?;
    Ok(text.lines().map(|line| line.split(',').filter_map(|field| field.trim().parse().ok()).collect()).collect())
}
