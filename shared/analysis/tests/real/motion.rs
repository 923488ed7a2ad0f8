//! `phone_watch`: people who stand up, walk, turn, walk back and sit down, with a phone and a watch.

use std::io::BufReader;
use std::path::Path;

use attune_analysis::Analyzer as _;
use attune_analysis::motion::MotionAnalyzer;
use attune_analysis::sample::{MotionSample, Timestamp};
use attune_protocol::registry::motion::{ACTIVITY_LYING, ACTIVITY_WALKING, CADENCE, STEPS};
use attune_protocol::window::Window;

struct Recording {
    samples: Vec<MotionSample>,
    /// First and last instant of walking.
    walk: (Timestamp, Timestamp),
}

fn read(path: &Path) -> Option<Recording> {
    let file = flate2::read::GzDecoder::new(BufReader::new(std::fs::File::open(path).unwrap()));
    let mut rows: Vec<(f64, [f64; 6], String)> = csv::Reader::from_reader(file)
        .records()
        .map(|row| {
            let row = row.unwrap();
            let value = |i: usize| row[i].parse::<f64>().unwrap();
            (value(6), std::array::from_fn(value), row[7].to_owned())
        })
        .collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let at = |millis: f64| Timestamp::from_millis(millis as i64);
    let walking = || rows.iter().filter(|row| row.2 == "WALKING").map(|row| at(row.0));
    let walk = (walking().next()?, walking().next_back()?);
    let samples = rows
        .iter()
        .map(|&(millis, [x, y, z, u, v, w], _)| MotionSample {
            at: at(millis),
            acceleration: [x, y, z],
            gyroscope: Some([u, v, w]),
        })
        .collect();
    Some(Recording { samples, walk })
}

/// Steps a second: the highest peak of the autocorrelation of the magnitude, less its mean over 1 s, at lags of 0.3 to
/// 0.9 s, and how high it is. Straight from the samples, at 100 Hz.
fn autocorrelation(samples: &[MotionSample], (from, to): (Timestamp, Timestamp)) -> Option<(f64, f64)> {
    const HZ: f64 = 100.0;
    let length = (to.seconds_since(from) * HZ) as usize;
    let mut magnitudes = Vec::new();
    let mut next = samples.windows(2).peekable();
    for i in 0..length {
        let wanted = from.plus_seconds(i as f64 / HZ);
        while next.peek()?[1].at < wanted {
            next.next();
        }
        let [a, b] = next.peek()? else { return None };
        let share = wanted.seconds_since(a.at) / b.at.seconds_since(a.at).max(1e-9);
        let norm = |s: &MotionSample| s.acceleration.iter().map(|v| v * v).sum::<f64>().sqrt();
        magnitudes.push(norm(a) + (norm(b) - norm(a)) * share);
    }
    let smooth: Vec<f64> = magnitudes.windows(20).map(|w| w.iter().sum::<f64>() / 20.0).collect();
    let level: Vec<f64> = smooth.windows(100).map(|w| w.iter().sum::<f64>() / 100.0).collect();
    let x: Vec<f64> = level.iter().zip(&smooth[50..]).map(|(level, value)| value - level).collect();
    let power = x.iter().map(|v| v * v).sum::<f64>() / x.len() as f64;
    let at_lag = |lag: usize| {
        let products = x.iter().zip(&x[lag..]).map(|(a, b)| a * b);
        products.sum::<f64>() / (x.len() - lag) as f64 / power
    };
    if x.len() < 200 {
        return None;
    }
    let values: Vec<f64> = (29..=91).map(at_lag).collect();
    let peaks = (1..values.len() - 1).filter(|&i| values[i] >= values[i - 1] && values[i] >= values[i + 1]);
    let best = peaks.max_by(|&a, &b| values[a].total_cmp(&values[b]))?;
    Some((HZ / (29 + best) as f64, values[best]))
}

fn recordings(data: &Path, device: &str) -> Vec<Recording> {
    let folder = std::fs::read_dir(data.join("motion/phone_watch")).unwrap();
    let mut paths: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let suffix = format!("_{device}.csv.gz");
    paths.iter().filter(|p| p.to_string_lossy().ends_with(&suffix)).filter_map(|path| read(path)).collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[test]
fn steps_and_cadence_of_walks_are_within_five_percent_of_the_autocorrelation() {
    let Some(data) = super::data() else { return };
    for device in ["sp", "sw"] {
        let (mut counted, mut expected, mut errors, mut unclear) = (0.0, 0.0, Vec::new(), 0);
        for Recording { samples, walk } in recordings(&data, device) {
            let Some((rate, _)) = autocorrelation(&samples, walk).filter(|(_, height)| *height > 0.2) else {
                unclear += 1;
                continue;
            };
            let mut analyzer = MotionAnalyzer::new(&Default::default(), 100.0);
            let begin = Window(170_000_000);
            let shift = Timestamp::from_millis(begin.start_millis()).seconds_since(walk.0);
            let walked = samples.iter().filter(|s| (walk.0..=walk.1).contains(&s.at));
            analyzer.push(&walked.map(|s| MotionSample { at: s.at.plus_seconds(shift), ..*s }).collect::<Vec<_>>());
            let windows = begin.0..=walk.1.plus_seconds(shift).window().0;
            let records: Vec<_> = windows.map(|w| analyzer.finish(Window(w), None)).collect();
            counted += records.iter().filter_map(|r| r.features.get(STEPS)).sum::<f64>();
            expected += rate * walk.1.seconds_since(walk.0);
            let cadences: Vec<_> = records.iter().filter_map(|r| r.features.get(CADENCE)).collect();
            if let Some(&cadence) = cadences.first() {
                errors.push((cadence / 60.0 / rate - 1.0).abs());
            }
        }
        let (walks, error) = (errors.len(), median(errors));
        eprintln!(
            "{device}: {walks} walks ({unclear} without a clear period), {counted} steps for {expected:.0}, \
             median error of the cadence {:.1} %",
            100.0 * error
        );
        assert!(walks > 100);
        assert!((counted / expected - 1.0).abs() < 0.05, "{device}: {counted} steps for {expected}");
        assert!(error < 0.05, "{device}: {error}");
    }
}

#[test]
fn walking_is_the_likeliest_activity_of_most_walks() {
    let Some(data) = super::data() else { return };
    let networks = super::networks();
    let (mut right, mut all) = (0, 0);
    for Recording { samples, walk } in recordings(&data, "sp") {
        let window = Timestamp(i64::midpoint(walk.0.0, walk.1.0)).window();
        let offset = Timestamp::from_millis(window.start_millis()).seconds_since(walk.0);
        let mut analyzer = MotionAnalyzer::new(&networks, 100.0);
        let during = samples.iter().filter(|s| s.at >= walk.0 && s.at <= walk.1);
        analyzer.push(&during.map(|s| MotionSample { at: s.at.plus_seconds(offset), ..*s }).collect::<Vec<_>>());
        let features = analyzer.finish(window, None).features;
        let Some(walking) = features.get(ACTIVITY_WALKING) else { continue };
        all += 1;
        let others = (0..6).filter_map(|step| features.get(ACTIVITY_LYING.plus(step)));
        right += u32::from(others.fold(0.0, f64::max) <= walking);
    }
    eprintln!("walking is likeliest in {right} of {all} walks");
    assert!(all > 100 && right * 10 > all * 9, "{right} of {all}");
}
