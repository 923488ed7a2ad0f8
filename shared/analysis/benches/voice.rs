//! What a window of ten seconds of sound costs on one core.

use std::path::Path;

use attune_analysis::Analyzer as _;
use attune_analysis::networks::Networks;
use attune_analysis::sample::{AudioChunk, Timestamp};
use attune_analysis::voice::{Extractor, Mfcc, MfccSettings, SAMPLE_RATE, VoiceAnalyzer};
use attune_protocol::window::{WINDOW_SECONDS, Window};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

const WINDOW: Window = Window(170_000_000);

fn models() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models"))
}

/// Twenty harmonics of a voice that glides from 110 to 140 Hz, on for 0.6 s of each second.
fn speaking(rate: u32) -> Vec<f32> {
    let mut phase = 0.0_f32;
    let mut sample = |i: u32| {
        let t = i as f32 / rate as f32;
        phase += std::f32::consts::TAU * (110.0 + 50.0 * t.fract()) / rate as f32;
        let on = if t.fract() < 0.6 { 0.1 } else { 0.0 };
        on * (1..=20).map(|h| (phase * h as f32).sin() / h as f32).sum::<f32>()
    };
    (0..rate * WINDOW_SECONDS).map(&mut sample).collect()
}

fn voice(c: &mut Criterion) {
    let networks = Networks::load(models()).expect("the project's networks load");
    let samples = speaking(SAMPLE_RATE);
    let mut extractor = Extractor::new();
    c.bench_function("voice/chain_10_s", |b| b.iter(|| extractor.describe(&samples, SAMPLE_RATE).features()));
    let mut extractor = Extractor::with_networks(&networks);
    c.bench_function("voice/chain_with_network_10_s", |b| {
        b.iter(|| extractor.describe(&samples, SAMPLE_RATE).features())
    });
    let mut mfcc = Mfcc::new(MfccSettings::librosa(SAMPLE_RATE));
    c.bench_function("voice/mfcc_10_s", |b| b.iter(|| mfcc.run(&samples)));
    let samples = speaking(48_000);
    c.bench_function("voice/window_48_khz", |b| {
        b.iter_batched(
            || {
                let at = Timestamp::from_millis(WINDOW.start_millis());
                (
                    VoiceAnalyzer::with_networks(&networks),
                    AudioChunk { at, sample_rate: 48_000, samples: samples.clone(), clipped: Vec::new() },
                )
            },
            |(mut analyzer, chunk)| {
                analyzer.push(&[chunk]);
                analyzer.finish(WINDOW, None)
            },
            BatchSize::LargeInput,
        );
    });
}

criterion_group!(benches, voice);
criterion_main!(benches);
