//! What an hour of RR intervals and a window of a heart cost on one core.

use attune_analysis::Analyzer as _;
use attune_analysis::heart::{
    HeartAnalyzer, artefacts_of, frequency_domain, sample_entropy, stress_index, time_domain, triangular_index,
};
use attune_analysis::sample::{HeartSample, Timestamp};
use attune_protocol::window::Window;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

/// So many seconds of a heart of about 75 a minute that breathes, wavers and drifts, in ms.
fn heart(seconds: f64) -> Vec<f64> {
    let (mut state, mut at, mut intervals) = (1_u32, 0.0_f64, Vec::new());
    while at < seconds {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = f64::from(state >> 8) / f64::from(1 << 24) - 0.5;
        let rr = 800.0 + 40.0 * (1.57 * at).sin() + 30.0 * (0.6 * at).sin() + 60.0 * (0.01 * at).sin() + 60.0 * noise;
        at += rr / 1000.0;
        intervals.push(rr);
    }
    intervals
}

fn times(intervals: &[f64]) -> Vec<f64> {
    let ends = intervals.iter().scan(0.0, |at, rr| {
        *at += rr / 1000.0;
        Some(*at)
    });
    ends.collect()
}

fn hour(c: &mut Criterion) {
    let intervals = heart(3600.0);
    let times = times(&intervals);
    let stretches = [&intervals[..]];
    let mut group = c.benchmark_group("heart/hour");
    group.bench_function("artefacts", |b| b.iter(|| artefacts_of(&intervals)));
    group.bench_function("time_domain", |b| b.iter(|| time_domain(&stretches)));
    group.bench_function("histograms", |b| b.iter(|| (triangular_index(&intervals), stress_index(&intervals))));
    group.bench_function("sample_entropy", |b| b.iter(|| sample_entropy(&stretches)));
    group.bench_function("frequency_domain", |b| b.iter(|| frequency_domain(&times, &intervals)));
    group.bench_function("all", |b| {
        b.iter(|| {
            let histograms = (triangular_index(&intervals), stress_index(&intervals));
            let time = time_domain(&stretches);
            let frequency = frequency_domain(&times, &intervals);
            (artefacts_of(&intervals), histograms, time, frequency, sample_entropy(&stretches))
        });
    });
    group.finish();
}

fn window(c: &mut Criterion) {
    const WINDOWS: u32 = 31;
    let start = Timestamp::from_millis(Window(170_000_000).start_millis());
    let intervals = heart(10.0 * f64::from(WINDOWS));
    let beat = |(at, &rr_millis): (f64, &f64)| HeartSample::Beat { at: start.plus_seconds(at), rr_millis };
    let samples: Vec<HeartSample> = times(&intervals).into_iter().zip(&intervals).map(beat).collect();
    c.bench_function("heart/window_after_five_minutes", |b| {
        b.iter_batched(
            || {
                let mut analyzer = HeartAnalyzer::new();
                analyzer.push(&samples);
                analyzer
            },
            |mut analyzer| analyzer.finish(Window(170_000_000 + WINDOWS - 1), None),
            BatchSize::SmallInput,
        );
    });
}

criterion_group!(benches, hour, window);
criterion_main!(benches);
