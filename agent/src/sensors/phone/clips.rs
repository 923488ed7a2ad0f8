//! An export as recordings of motion and of a heart.

use std::path::Path;

use attune_analysis::left_out::LeftOut;
use attune_analysis::sample::{HeartSample, MotionSample, Timestamp};
use attune_analysis::tables::{self, PhoneMotion, Recording};
use attune_analysis::wearables::HeartRateProfile;
use attune_protocol::registry::Modality;

use super::export::Export;
use super::names::Sensor;
use super::table::View;
use crate::AgentError;
use crate::sensors::clip::{BoxedSource, Clip, Source, wrong};
use crate::sensors::tables::clip;
use crate::stop::Stop;

/// The motion of an export: acceleration with gravity where it stands there, else both parts of it put together; of the phone
/// itself, else of a watch.
///
/// # Errors
/// When it does not read, or holds no acceleration with gravity, or the reading was stopped.
pub fn motion_clip(path: &Path, stop: &Stop) -> Result<Clip<MotionSample>, AgentError> {
    let export = Export::open(path, stop)?;
    let tables = motion(&export).ok_or_else(|| {
        let problem =
            "it holds no acceleration with gravity: record 'Gravity' beside 'Accelerometer', or 'Total Acceleration'";
        wrong(Modality::Motion, path, problem)
    })?;
    clip(path, Modality::Motion, tables::phone_motion(tables).map(told))
}

fn motion(export: &Export) -> Option<PhoneMotion> {
    let total = |sensor| {
        let in_g = export.is_in_g(sensor, View::Axes { in_g: false })?;
        export.table(sensor, View::Axes { in_g }).map(PhoneMotion::Total)
    };
    let of_phone = || {
        let in_g = export.is_in_g(Sensor::Gravity, View::Axes { in_g: false })?;
        let linear = export.table(Sensor::Linear, View::Axes { in_g })?;
        Some(PhoneMotion::Parts { linear, gravity: export.table(Sensor::Gravity, View::Axes { in_g })? })
    };
    let of_watch = || {
        let in_g = export.is_in_g(Sensor::Wrist, View::WatchGravity { in_g: false })?;
        let linear = export.table(Sensor::Wrist, View::WatchLinear { in_g })?;
        Some(PhoneMotion::Parts { linear, gravity: export.table(Sensor::Wrist, View::WatchGravity { in_g })? })
    };
    total(Sensor::Total).or_else(of_phone).or_else(|| total(Sensor::Uncalibrated)).or_else(of_watch)
}

/// The heart rates of an export.
///
/// # Errors
/// When it does not read, or holds none, or the reading was stopped.
pub fn heart_clip(path: &Path, stop: &Stop) -> Result<Clip<HeartSample>, AgentError> {
    let export = Export::open(path, stop)?;
    let table = export.table(Sensor::Heart, View::Heart);
    let table = table.ok_or_else(|| wrong(Modality::Heart, path, "no watch has given a heart rate in it"))?;
    let read = tables::heart(&table, &HeartRateProfile::standard()).map(told);
    let Clip { length, origin, rate, open } = clip(path, Modality::Heart, read)?;
    let open = move || Ok(Box::new(Once { source: open()?, last: None, again: 0 }) as BoxedSource<HeartSample>);
    Ok(Clip { length, origin, rate, open: Box::new(open) })
}

/// The columns that are not read are known: nothing needs to be said of them.
fn told<S>(mut recording: Recording<S>) -> Recording<S> {
    recording.passed_over = None;
    recording
}

/// Rates of which each instant counts once.
struct Once {
    source: BoxedSource<HeartSample>,
    last: Option<Timestamp>,
    again: u64,
}

impl Source for Once {
    type Sample = HeartSample;

    fn next(&mut self) -> Result<Option<Vec<HeartSample>>, AgentError> {
        let Some(mut samples) = self.source.next()? else { return Ok(None) };
        let before = samples.len();
        samples.retain(|sample| self.last.replace(sample.at()) != Some(sample.at()));
        self.again += (before - samples.len()) as u64;
        Ok(Some(samples))
    }

    fn left_out(&mut self) -> LeftOut {
        let mut left_out = LeftOut { out_of_order: std::mem::take(&mut self.again), ..LeftOut::default() };
        left_out.add(self.source.left_out());
        left_out
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::sensors::phone::tests::cases;

    const BEGIN: i64 = 1_767_258_000_000_000;

    fn all<S>(clip: &Clip<S>) -> Vec<S> {
        let mut source = clip.open().unwrap();
        let mut samples = Vec::new();
        while let Some(more) = source.next().unwrap() {
            samples.extend(more);
        }
        samples
    }

    fn numbers(value: &Value) -> Vec<f64> {
        value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
    }

    /// What a case says of motion, as acceleration with gravity: how many, the first instant, microseconds, and the mean.
    fn expected(right: &Value) -> Option<(usize, i64, Vec<f64>)> {
        let motion = right["motion"].as_array().unwrap();
        let of = |what: &str| motion.iter().find(|motion| motion["what"] == what);
        let whole = |motion: &Value, mean| {
            let first = motion["first_ns"].as_i64().map_or(BEGIN, |nanos| nanos / 1000);
            (motion["n"].as_u64().unwrap() as usize, first, mean)
        };
        if let Some(total) = of("total acceleration") {
            return Some(whole(total, numbers(&total["mean"])));
        }
        let (linear, gravity) = (of("linear acceleration")?, of("gravity")?);
        let sum = numbers(&linear["mean"]).into_iter().zip(numbers(&gravity["mean"])).map(|(a, b)| a + b).collect();
        Some(whole(linear, sum))
    }

    #[test]
    fn every_case_plays_as_it_should() {
        let (folder, cases) = cases("export.json");
        assert_eq!(cases.len(), 12);
        for case in &cases {
            let id = case["id"].as_str().unwrap();
            let path = folder.join(case["path"].as_str().unwrap());
            let (motion, heart) = (motion_clip(&path, &Stop::default()), heart_clip(&path, &Stop::default()));
            match expected(&case["right"]) {
                Some((n, first, mean)) => {
                    let clip = motion.unwrap_or_else(|error| panic!("{id}: {error}"));
                    let samples = all(&clip);
                    assert_eq!((samples.len(), clip.origin), (n, Some(Timestamp(first))), "{id}");
                    assert!(samples.is_sorted_by_key(|sample| sample.at), "{id}");
                    for (axis, mean) in mean.into_iter().enumerate() {
                        let sum: f64 = samples.iter().map(|sample| sample.acceleration[axis]).sum();
                        let within = if id.starts_with("watch") { 1e-3 } else { 1e-6 };
                        assert!((sum / n as f64 - mean).abs() < within, "{id}: {axis}");
                    }
                }
                None => {
                    // Without gravity it says nothing alone, and is refused with what to record beside it.
                    let error = motion.err().unwrap().to_string();
                    assert!(error.contains("record 'Gravity'"), "{id}: {error}");
                }
            }
            let rates = case["right"]["heart_rate"].as_array().cloned().unwrap_or_default();
            match heart {
                Ok(clip) => {
                    let begins = clip.origin.unwrap();
                    let found = all(&clip).into_iter().map(|sample| match sample {
                        HeartSample::Rate { at, bpm } => vec![(begins.plus(at.0).0 * 1000) as f64, bpm],
                        other => panic!("{id}: {other:?}"),
                    });
                    assert_eq!(found.collect::<Vec<_>>(), rates.iter().map(numbers).collect::<Vec<_>>(), "{id}");
                }
                Err(_) => assert!(rates.is_empty(), "{id}"),
            }
        }
    }

    #[test]
    fn nothing_else_of_an_export_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write(
            "HeartRate.csv",
            "time,seconds_elapsed,bpm\n1767258000000000000,0,60\n1767258005000000000,5,61\n1767258005000000000,5,61\n",
        );
        // What cannot be opened at all is not missed.
        std::os::unix::fs::symlink("nowhere", folder.path().join("Location.csv")).unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("Microphone.caf")).unwrap();
        assert_eq!(all(&heart_clip(folder.path(), &Stop::default()).unwrap()).len(), 2);
        write("Gravity.csv", "");
        assert_eq!(all(&heart_clip(folder.path(), &Stop::default()).unwrap()).len(), 2);
        write("HeartRate.csv", "time,seconds_elapsed,bpm\n");
        let error = heart_clip(folder.path(), &Stop::default()).err().unwrap().to_string();
        assert!(error.contains("no sensor in it"), "{error}");
    }
}
