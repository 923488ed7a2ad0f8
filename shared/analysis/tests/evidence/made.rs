//! Signals that are made by formulas and a seed.

use std::f64::consts::TAU;

use attune_analysis::Analyzer;
use attune_analysis::sample::Timestamp;
use attune_protocol::record::Record;
use attune_protocol::window::Window;

/// The first window of everything that is made.
pub(crate) const FIRST: Window = Window(170_000_000);

/// Numbers that look drawn by chance and are the same in every run.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    /// In [0,1).
    pub(crate) fn share(&mut self) -> f64 {
        // Splitmix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Of the standard normal distribution (Box and Muller).
    pub(crate) fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.share()).ln()).sqrt() * (TAU * self.share()).cos()
    }
}

/// A standard normal value that forgets itself with a time constant of so many steps.
pub(crate) struct Drift {
    keeps: f64,
    value: f64,
}

impl Drift {
    pub(crate) fn new(steps: f64, chance: &mut Chance) -> Self {
        Self { keeps: (-1.0 / steps).exp(), value: chance.normal() }
    }

    pub(crate) fn next(&mut self, chance: &mut Chance) -> f64 {
        self.value = self.keeps * self.value + (1.0 - self.keeps * self.keeps).sqrt() * chance.normal();
        self.value
    }
}

/// So many seconds after the first window begins.
pub(crate) fn at(seconds: f64) -> Timestamp {
    Timestamp::from_millis(FIRST.start_millis()).plus_seconds(seconds)
}

/// The records of `windows` windows, each closed when all samples before its end were pushed.
pub(crate) fn play<A: Analyzer>(
    analyzer: &mut A,
    samples: &[A::Sample],
    windows: u32,
    when: impl Fn(&A::Sample) -> Timestamp,
) -> Vec<Record> {
    let mut rest = samples;
    (0..windows)
        .map(|window| {
            let window = Window(FIRST.0 + window);
            let count = rest.partition_point(|sample| when(sample).millis() < window.end_millis());
            let (ours, later) = rest.split_at(count);
            rest = later;
            analyzer.push(ours);
            analyzer.finish(window, None)
        })
        .collect()
}

/// One row of a printed table.
pub(crate) fn row(cells: &[&str]) {
    eprintln!("| {} |", cells.join(" | "));
}

/// A figure of a table; a dash where there is none.
pub(crate) fn figure(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
}
