//! Classes of the activity network over stretches of 2.56 s.

use std::error::Error;
use std::path::Path;

use attune_analysis::motion::ActivityStretches;
use attune_analysis::networks::Networks;
use attune_analysis::networks::labels::ACTIVITIES;
use attune_analysis::sample::{MotionSample, Timestamp};

use super::archive::Archive;
use super::folder::{self, Rows, digits, header};
use super::metrics::{accuracy, likeliest, macro_f1};
use super::scores::{Items, Score};
use super::{Options, Outcome};

const TASK: &str = "activity";
const STANDARD_GRAVITY: f64 = 9.806_65;
const UCIHAR: &str = "motion/ucihar.npz";
const UCIHAR_WINDOW: usize = 128;
/// Windows in a block, which stands for a person: the set names none.
const UCIHAR_BLOCK: usize = 120;
const WRIST: &str = "motion/wrist_gestures.txt.gz";
/// From one stretch to the next.
const HOP_SECONDS: f64 = 0.32;

struct Writer {
    reader: ActivityStretches,
    rows: Rows,
}

impl Writer {
    /// A row for each stretch: its middle, in seconds after the first sample, and the label there.
    fn write(
        &mut self,
        name: &str,
        samples: &[MotionSample],
        label: impl Fn(Timestamp) -> Option<&'static str>,
        mut each: impl FnMut(usize, usize),
    ) -> Result<(), Box<dyn Error>> {
        let Some(first) = samples.first() else { return Ok(()) };
        for stretch in self.reader.read(samples, HOP_SECONDS) {
            let label = label(stretch.at);
            let time = format!("{:.2}", stretch.at.seconds_since(first.at));
            let named = [name.to_owned(), time, label.unwrap_or_default().to_owned()];
            self.rows.write_record(named.into_iter().chain(digits(stretch.classes)))?;
            let class = ACTIVITIES.iter().position(|class| Some(*class) == label);
            if let Some(class) = class {
                each(class, likeliest(&stretch.classes));
            }
        }
        Ok(())
    }
}

/// UCI HAR (a row for each of its windows, `file` ends with the window's number), phone and watch, wrist gestures. The
/// shipped network was trained on all people of these sets, so that only the scores of others mean anything.
pub(super) fn evaluate(networks: &Networks, options: &Options) -> Outcome {
    let Some(reader) = ActivityStretches::new(networks) else { return Ok(Vec::new()) };
    let mut rows = csv::Writer::from_path(options.out.join("activity.csv"))?;
    rows.write_record(header(["file", "seconds", "label"], ACTIVITIES.map(str::to_owned)))?;
    let mut writer = Writer { reader, rows };
    let set = |on: &str| Items::new(TASK, on, options.unseen);
    let mut scores = Vec::new();

    let mut waist = set("ucihar, waist");
    if options.data.join(UCIHAR).exists() {
        ucihar(&options.data.join(UCIHAR), options.most, &mut writer, &mut waist)?;
    }
    scores.extend(score(&waist));
    for (end, place) in [("_sp.csv.gz", "pocket"), ("_sw.csv.gz", "wrist")] {
        let mut items = set(&format!("phone_watch, {place}"));
        let files = folder::files(&options.data, "motion/phone_watch")?;
        let files = files.into_iter().filter(|file| file.ends_with(end)).collect();
        for file in folder::thinned(files, options.most) {
            phone_watch(&options.data, &file, &mut writer, &mut items)?;
        }
        scores.extend(score(&items));
    }
    let mut gestures = set("wrist_gestures, wrist");
    if let Some(text) = folder::text(&options.data.join(WRIST))? {
        wrist(&text, options.most, &mut writer, &mut gestures)?;
    }
    scores.extend(score(&gestures));
    writer.rows.flush()?;
    Ok(scores)
}

fn score(items: &Items<usize, usize>) -> Vec<Score> {
    [items.score("accuracy", accuracy), items.score("macro F1", macro_f1)].into_iter().flatten().collect()
}

fn ucihar(
    path: &Path,
    most: Option<usize>,
    writer: &mut Writer,
    items: &mut Items<usize, usize>,
) -> Result<(), Box<dyn Error>> {
    const CLASSES: [&str; 6] = ["walking", "stairs", "stairs", "sitting", "standing", "lying"];
    let mut archive = Archive::open(path)?;
    let mut column = |name: &str| archive.floats(&format!("{name}.npy"));
    let acceleration = [column("total_acc_x")?, column("total_acc_y")?, column("total_acc_z")?];
    let gyroscope = [column("body_gyro_x")?, column("body_gyro_y")?, column("body_gyro_z")?];
    let labels: Vec<(usize, f64)> = column("y")?.into_iter().enumerate().collect();
    for (window, label) in folder::thinned(labels, most) {
        let class = CLASSES.get((label as usize).wrapping_sub(1)).copied();
        let value = |axis: &Vec<f64>, i: usize| axis.get(window * UCIHAR_WINDOW + i).copied().unwrap_or(f64::NAN);
        // In the middle of the cells of 20 ms that they are laid on.
        let sample = |i: usize| MotionSample {
            at: Timestamp(20_000 * i as i64 + 10_000),
            acceleration: acceleration.each_ref().map(|axis| value(axis, i) * STANDARD_GRAVITY),
            gyroscope: Some(gyroscope.each_ref().map(|axis| value(axis, i))),
        };
        let samples: Vec<_> = (0..UCIHAR_WINDOW).map(sample).collect();
        let block = format!("block {}", window / UCIHAR_BLOCK);
        let each = |truth, found| items.push(block.as_str(), truth, found);
        writer.write(&format!("{UCIHAR}/{window}"), &samples, |_| class, each)?;
    }
    Ok(())
}

fn phone_watch(
    data: &Path,
    file: &str,
    writer: &mut Writer,
    items: &mut Items<usize, usize>,
) -> Result<(), Box<dyn Error>> {
    let text = folder::text(&data.join(file))?.unwrap_or_default();
    let mut rows: Vec<(MotionSample, String)> = Vec::new();
    for row in csv::Reader::from_reader(text.as_bytes()).records() {
        let row = row?;
        let value = |i: usize| row.get(i).unwrap_or_default().parse::<f64>();
        let acceleration = [value(0)?, value(1)?, value(2)?];
        let gyroscope = Some([value(3)?, value(4)?, value(5)?]);
        let at = Timestamp::from_millis(value(6)? as i64);
        rows.push((MotionSample { at, acceleration, gyroscope }, row.get(7).unwrap_or_default().to_owned()));
    }
    rows.sort_by_key(|(sample, _)| sample.at);
    spread(&mut rows);
    let (samples, labels): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let label = |at| {
        let place = samples.partition_point(|sample: &MotionSample| sample.at <= at);
        match labels.get(place.saturating_sub(1))?.as_str() {
            "SEATED" => Some("sitting"),
            "WALKING" => Some("walking"),
            "STANDING_UP" | "SITTING_DOWN" | "TURNING" => Some("transition"),
            _ => None,
        }
    };
    let person = file.rsplit('/').next().and_then(|name| name.get(..3)).unwrap_or_default();
    writer.write(file, &samples, label, |truth, found| items.push(person, truth, found))
}

/// Samples arrive in bundles with one time stamp: they are spread evenly, as their order is right and their times are
/// not.
fn spread(rows: &mut [(MotionSample, String)]) {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return };
    let (start, seconds) = (first.0.at, last.0.at.seconds_since(first.0.at));
    let steps = rows.len().saturating_sub(1).max(1) as f64;
    for (i, (sample, _)) in rows.iter_mut().enumerate() {
        sample.at = start.plus_seconds(seconds * i as f64 / steps);
    }
}

fn wrist(
    text: &str,
    most: Option<usize>,
    writer: &mut Writer,
    items: &mut Items<usize, usize>,
) -> Result<(), Box<dyn Error>> {
    const RATE: f64 = 32.0;
    let trials = text.split("# ").skip(1).collect();
    for trial in folder::thinned(trials, most) {
        let mut lines = trial.lines();
        let name = lines.next().unwrap_or_default();
        let mut samples = Vec::new();
        for line in lines {
            let axes = line.split_whitespace().map(str::parse::<f64>).collect::<Result<Vec<_>, _>>()?;
            let Ok(axes) = <[f64; 3]>::try_from(axes) else { continue };
            let at = Timestamp(0).plus_seconds(samples.len() as f64 / RATE);
            let acceleration = axes.map(|axis| (axis / 63.0 * 3.0 - 1.5) * STANDARD_GRAVITY);
            samples.push(MotionSample { at, acceleration, gyroscope: None });
        }
        let parts: Vec<&str> = name.trim_end_matches(".txt").split('-').collect();
        let gesture = parts.iter().rev().nth(1).copied().unwrap_or_default();
        let class = match gesture {
            "walk" => Some("walking"),
            "climb_stairs" | "descend_stairs" => Some("stairs"),
            "standup_chair" | "sitdown_chair" | "getup_bed" | "liedown_bed" => Some("transition"),
            _ => None,
        };
        let person = parts.last().copied().unwrap_or_default();
        let each = |truth, found| items.push(person, truth, found);
        writer.write(&format!("{WRIST}/{name}"), &samples, |_| class, each)?;
    }
    Ok(())
}
