//! Features of motion as CSV with all digits, for comparison with reference tools.
//!
//! Each line of the standard input is a reading: `name,t,x,y,z`, in seconds and m/s2. The readings of one recording follow
//! each other; windows of ten seconds begin at t = 0, 10, 20 ... of each. A window without a reading is left out.

#![expect(clippy::print_stdout, reason = "the table is what the example is for")]

use std::io::BufRead as _;

use attune_analysis::Analyzer as _;
use attune_analysis::motion::MotionAnalyzer;
use attune_analysis::networks::Networks;
use attune_analysis::sample::{MotionSample, Timestamp};
use attune_protocol::registry::motion::FEATURES;
use attune_protocol::window::Window;

fn main() -> std::io::Result<()> {
    let names: Vec<&str> = FEATURES.iter().map(|spec| spec.name).collect();
    println!("name,window,{}", names.join(","));
    let mut recordings: Vec<(String, Vec<MotionSample>)> = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (name, numbers) = line.split_once(',').unwrap_or_default();
        let numbers: Vec<f64> = numbers.split(',').filter_map(|field| field.parse().ok()).collect();
        let [t, x, y, z] = numbers[..] else { continue };
        let sample = MotionSample { at: Timestamp(0).plus_seconds(t), acceleration: [x, y, z], gyroscope: None };
        match recordings.last_mut() {
            Some((last, samples)) if last == name => samples.push(sample),
            _ => recordings.push((name.to_owned(), vec![sample])),
        }
    }
    for (name, samples) in &recordings {
        measure(name, samples);
    }
    Ok(())
}

fn measure(name: &str, samples: &[MotionSample]) {
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else { return };
    let hertz = (samples.len() - 1) as f64 / last.at.seconds_since(first.at).max(1.0);
    let mut analyzer = MotionAnalyzer::new(&Networks::default(), hertz);
    analyzer.push(samples);
    for window in first.at.window().0..=last.at.window().0 {
        let record = analyzer.finish(Window(window), None);
        if record.coverage.received == 0 {
            continue;
        }
        let cells: Vec<String> = FEATURES
            .iter()
            .map(|spec| record.features.get(spec.ordinal).map_or_else(String::new, |value| format!("{value:e}")))
            .collect();
        println!("{name},{window},{}", cells.join(","));
    }
}
