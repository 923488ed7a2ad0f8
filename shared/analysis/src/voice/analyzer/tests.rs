use std::f32::consts::TAU;

use attune_protocol::registry::voice;
use proptest::prelude::*;

use super::*;
use crate::networks::testing::{self, StandIn};
use crate::sample::Timestamp;

/// A voice-like sound: harmonics of 120 Hz, on for 0.6 s and off for 0.4 s.
fn speaking(rate: u32, seconds: u32) -> Vec<f32> {
    let sample = |i: u32| {
        let t = i as f32 / rate as f32;
        let on = if t.fract() < 0.6 { 0.1 } else { 0.0 };
        on * (1..=20).map(|h| (TAU * 120.0 * h as f32 * t).sin() / h as f32).sum::<f32>()
    };
    (0..rate * seconds).map(sample).collect()
}

fn chunk(millis: i64, sample_rate: u32, samples: &[f32]) -> AudioChunk {
    AudioChunk { at: Timestamp::from_millis(millis), sample_rate, samples: samples.to_vec(), clipped: Vec::new() }
}

fn analyse(rate: u32, samples: &[f32]) -> Record {
    let mut analyzer = VoiceAnalyzer::new();
    analyzer.push(&[chunk(0, rate, samples)]);
    analyzer.finish(Window(0), None)
}

#[test]
fn a_voice_has_its_pitch_pauses_and_full_coverage_at_every_rate() {
    for rate in [8_000, 16_000, 44_100, 48_000] {
        let record = analyse(rate, &speaking(rate, 10));
        let get = |ordinal| record.features.get(ordinal).unwrap_or_else(|| panic!("{rate}: {ordinal:?}"));
        assert_eq!((record.coverage.received, record.coverage.gap), (1000, None), "{rate}");
        assert!((get(voice::F0_MEAN) - 120.0).abs() < 1.0, "{rate}: {}", get(voice::F0_MEAN));
        assert!((get(voice::VOICED_FRACTION) - 0.6).abs() < 0.06, "{rate}: {}", get(voice::VOICED_FRACTION));
        assert!((get(voice::PAUSE_FRACTION) - 0.38).abs() < 0.06, "{rate}: {}", get(voice::PAUSE_FRACTION));
        assert!((get(voice::VOICED_SEGMENT_RATE) - 1.0).abs() < 0.11, "{rate}");
        assert!(record.quality > 0.9, "{rate}: {}", record.quality);
    }
}

#[test]
fn how_samples_are_cut_into_chunks_changes_nothing() {
    let samples = speaking(16_000, 10);
    let whole = analyse(16_000, &samples);
    let mut analyzer = VoiceAnalyzer::new();
    for (index, part) in samples.chunks(777).enumerate() {
        let at = Timestamp(0).plus_seconds(index as f64 * 777.0 / 16_000.0);
        analyzer.push(&[AudioChunk { at, sample_rate: 16_000, samples: part.to_vec(), clipped: Vec::new() }]);
    }
    assert_eq!(analyzer.finish(Window(0), None), whole);
}

/// Networks that call every voice half aroused downwards, and by its own past half upwards.
fn feeling() -> Networks {
    let constant = |name, shape, value: f32| {
        let size = if name == "affect" { 8 } else { 1 };
        StandIn { name, shape, slope: vec![0.0; size], bias: vec![value; size] }
    };
    let both = |arousal| vec![constant("affect", &[1, 8], 0.125), constant("arousal", &[1, 1], arousal)];
    let features = StandIn { name: "features", shape: &[1, 4], slope: vec![1.0; 4], bias: vec![0.5; 4] };
    let outputs = "{ name = \"affect\", shape = [1, 8] }, { name = \"arousal\", shape = [1, 1] }";
    let first: Vec<_> = both(0.25).into_iter().chain([features]).collect();
    let entry = format!(
        "task = \"voice_affect\"\ninput = {{ name = \"samples\", shape = [1, 1, 48000] }}\n\
        outputs = [{outputs}, {{ name = \"features\", shape = [1, 4] }}]"
    );
    let own = format!(
        "task = \"voice_affect_own\"\ninput = {{ name = \"usual\", shape = [1, 3, 4] }}\noutputs = [{outputs}]"
    );
    testing::load(&[
        ("affect.onnx", testing::onnx("samples", &[1, 1, 48_000], &first), entry),
        ("own.onnx", testing::onnx("usual", &[1, 3, 4], &both(0.75)), own),
    ])
}

#[test]
fn affect_is_read_from_speech_and_after_a_minute_of_it_by_the_speakers_own_past_until_all_is_cleared() {
    let mut analyzer = VoiceAnalyzer::with_networks(&feeling());
    let arousal = |analyzer: &mut VoiceAnalyzer, window: u32, samples: &[f32]| {
        analyzer.push(&[chunk(10_000 * i64::from(window), samples.len() as u32 / 10, samples)]);
        let features = analyzer.finish(Window(window), None).features;
        assert_eq!(features.get(voice::AFFECT_CALM).is_some(), features.get(voice::AROUSAL).is_some());
        features.get(voice::AROUSAL)
    };
    let speech = speaking(16_000, 10);
    // Three stretches of 3 s a window: 21 of them in seven.
    for window in 0..7 {
        assert_eq!(arousal(&mut analyzer, window, &speech), Some(-0.5), "window {window}");
    }
    assert_eq!(arousal(&mut analyzer, 7, &vec![0.0; 160_000]), None);
    assert_eq!(arousal(&mut analyzer, 8, &speech), Some(0.5));
    analyzer.clear();
    assert_eq!(arousal(&mut analyzer, 9, &speech), Some(-0.5));
    // The network knows no voice without its upper half.
    assert_eq!(arousal(&mut analyzer, 10, &speaking(8_000, 10)), None);
}

#[test]
fn digital_silence_has_no_voice_and_no_level_of_it() {
    let record = analyse(16_000, &vec![0.0; 160_000]);
    assert_eq!(record.coverage.gap, Some(Gap::NoVoice));
    assert_eq!(record.features.get(voice::VOICED_FRACTION), Some(0.0));
    assert!(record.features.iter().all(|(spec, _)| spec.name == "voiced_fraction"));
    assert_eq!(record.quality, 0.0);
}

#[test]
fn nothing_heard_is_a_gap_and_the_callers_reason_stands() {
    let mut analyzer = VoiceAnalyzer::new();
    let record = analyzer.finish(Window(7), None);
    assert_eq!((record.coverage.received, record.coverage.gap), (0, Some(Gap::DeviceGone)));
    assert!(record.features.is_empty());
    assert_eq!(analyzer.finish(Window(8), Some(Gap::Paused)).coverage.gap, Some(Gap::Paused));
}

#[test]
fn clipping_and_a_faint_voice_lower_the_quality() {
    let clear = speaking(16_000, 10);
    let good = analyse(16_000, &clear).quality;
    let clipped: Vec<f32> = clear.iter().map(|s| (s * 20.0).clamp(-1.0, 1.0)).collect();
    assert_eq!(analyse(16_000, &clipped).quality, 0.0);
    let faint: Vec<f32> = clear.iter().map(|s| s * 0.01).collect();
    let faint = analyse(16_000, &faint).quality;
    assert!(faint < 0.8 * good && faint > 0.0, "{faint} {good}");
}

#[test]
fn loudness_rises_with_level_and_shape_features_do_not() {
    let loud = analyse(16_000, &speaking(16_000, 10)).features;
    let soft = analyse(16_000, &speaking(16_000, 10).iter().map(|s| s * 0.5).collect::<Vec<_>>()).features;
    assert!(soft.get(voice::LOUDNESS) < loud.get(voice::LOUDNESS));
    for ordinal in [voice::ALPHA_RATIO, voice::HAMMARBERG_INDEX, voice::SLOPE_0_500, voice::SPECTRAL_CENTROID] {
        let (a, b) = (soft.get(ordinal).expect("given"), loud.get(ordinal).expect("given"));
        assert!((a - b).abs() < 1e-2 * a.abs(), "{ordinal:?}: {a} {b}");
    }
}

#[test]
fn a_pause_forgets_what_was_heard_before() {
    let mut analyzer = VoiceAnalyzer::new();
    analyzer.push(&[chunk(0, 16_000, &speaking(16_000, 5))]);
    analyzer.clear();
    assert!(analyzer.finish(Window(0), None).features.is_empty());
}

/// Odd signals of a second or so: silence, offsets, clipping, impulses, one sample, no numbers.
fn odd() -> impl Strategy<Value = Vec<f32>> {
    prop_oneof![
        (0..20_000_usize, -1.0..1.0f32).prop_map(|(n, dc)| vec![dc; n]),
        (1..20_000_usize).prop_map(|n| (0..n).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 }).collect()),
        (1..20_000_usize, 1..5_000_usize).prop_map(|(n, p)| (0..n).map(|i| f32::from(u8::from(i % p == 0))).collect()),
        proptest::collection::vec(any::<f32>(), 0..3_000),
        proptest::collection::vec(-1.0..1.0f32, 0..20_000),
        // Something with a pitch, which goes through the whole chain.
        (0..40_000_usize, 2..300_usize, 0.0..2.0f32)
            .prop_map(|(n, p, a)| (0..n).map(|i| a * ((i % p) as f32 / p as f32 - 0.5)).collect()),
    ]
}

fn rates() -> impl Strategy<Value = u32> {
    proptest::sample::select(vec![0, 7_999, 8_000, 11_025, 12_345, 16_000, 44_100, 48_000, 192_001, u32::MAX])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn no_signal_makes_it_panic_or_gives_what_is_no_number(
        signals in proptest::collection::vec((odd(), -3_000..15_000_i64, rates()), 1..4),
    ) {
        for mut analyzer in [VoiceAnalyzer::new(), VoiceAnalyzer::with_networks(&networks())] {
            for (samples, millis, rate) in &signals {
                analyzer.push(&[chunk(*millis, *rate, samples)]);
            }
            for window in [0, 1] {
                let record = analyzer.finish(Window(window), None);
                prop_assert!((0.0..=1.0).contains(&record.quality));
                prop_assert!(record.features.iter().all(|(_, value)| value.is_finite()));
            }
        }
    }
}

/// The networks of the project.
fn networks() -> Networks {
    static LOADED: std::sync::LazyLock<Networks> = std::sync::LazyLock::new(|| {
        Networks::load(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")).unwrap()
    });
    LOADED.clone()
}

/// Numbers in -1..1 that repeat from run to run.
fn noise() -> impl FnMut() -> f32 {
    let mut state = 1_u32;
    move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    }
}

/// Ten seconds of notes of a quarter second that die away.
fn music() -> Vec<f32> {
    let note = |i: usize| 220.0 * (([0, 4, 7, 12, 9, 5, 2, 11][i % 8] as f32) / 12.0).exp2();
    let sample = |i: usize| {
        let t = i as f32 / 16_000.0;
        let (hz, since) = (note((t / 0.25) as usize), t % 0.25);
        (1..=5).map(|h| (TAU * hz * h as f32 * since).sin() / h as f32).sum::<f32>() * (-3.0 * since).exp() * 0.1
    };
    (0..160_000).map(sample).collect()
}

#[test]
fn music_keys_rain_and_breath_are_no_voice_and_speech_is() {
    let networks = networks();
    let mut random = noise();
    let keys: Vec<f32> = (0..160_000).map(|i| random() * 0.3 * (-((i % 2_900) as f32) / 60.0).exp()).collect();
    let rain: Vec<f32> = (0..160_000).map(|_| random() * 0.05).collect();
    let mut before = 0.0;
    let breath = (0..160_000).map(|i| {
        before = 0.8 * before + 0.2 * random();
        before * 0.1 * (TAU * i as f32 / 64_000.0).sin().max(0.0)
    });
    let breath: Vec<f32> = breath.collect();
    let hear = |samples: &[f32]| {
        let mut analyzer = VoiceAnalyzer::with_networks(&networks);
        analyzer.push(&[chunk(0, 16_000, samples)]);
        analyzer.finish(Window(0), None)
    };
    for (name, samples) in [("music", music()), ("keys", keys), ("rain", rain), ("breath", breath)] {
        let record = hear(&samples);
        assert_eq!(record.coverage.gap, Some(Gap::NoVoice), "{name}");
        assert_eq!(record.features.get(voice::F0_MEAN), None, "{name}");
        assert!(record.features.get(voice::SPEECH_FRACTION).is_some(), "{name}");
    }
    // Without the network, a pitch is taken for a voice.
    assert_eq!(analyse(16_000, &music()).coverage.gap, None);

    let heard = voices_heard(&shipped());
    assert!(heard.iter().filter(|&&heard| heard).count() >= 2, "{heard:?}");
}

/// The first half minute of the recording that ships with the project: a machine that speaks, with pauses.
fn shipped() -> Vec<f32> {
    let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/recording/voice.ogg")).unwrap();
    let mut reader = crate::decode::audio::AudioReader::open(Box::new(file), Some("ogg")).unwrap();
    let mut samples = Vec::new();
    while samples.len() < 480_000 {
        let Some(chunk) = reader.next_chunk(Timestamp(0)).unwrap() else { break };
        samples.extend_from_slice(&chunk.samples);
    }
    samples.truncate(480_000);
    samples
}

/// In which windows of half a minute a voice is heard.
fn voices_heard(samples: &[f32]) -> Vec<bool> {
    let mut analyzer = VoiceAnalyzer::with_networks(&networks());
    analyzer.push(&[chunk(0, 16_000, samples)]);
    (0..3).map(|window| analyzer.finish(Window(window), None).coverage.gap.is_none()).collect()
}

#[test]
fn faint_and_clipped_speech_is_heard_and_keeps_its_pitch() {
    let (clear, spoken) = (speaking(16_000, 10), shipped());
    for (name, change) in [("faint", (|s| s * 1e-3) as fn(f32) -> f32), ("clipped", |s| (s * 8.0).clamp(-1.0, 1.0))] {
        let changed = |samples: &[f32]| samples.iter().map(|&s| change(s)).collect::<Vec<f32>>();
        let f0 = analyse(16_000, &changed(&clear)).features.get(voice::F0_MEAN).unwrap_or_else(|| panic!("{name}"));
        assert!((f0 - 120.0).abs() < 1.0, "{name}: {f0}");
        assert_eq!(voices_heard(&changed(&spoken)), voices_heard(&spoken), "{name}");
    }
}

#[test]
fn sound_of_a_telephone_has_no_features_of_what_it_cannot_carry() {
    let features = analyse(8_000, &speaking(8_000, 10)).features;
    for ordinal in [
        voice::MFCC1,
        voice::MFCC4,
        voice::SPECTRAL_CENTROID,
        voice::LOUDNESS,
        voice::ALPHA_RATIO,
        voice::HAMMARBERG_INDEX,
        voice::SPECTRAL_FLUX,
        voice::F1_FREQUENCY,
        voice::F3_BANDWIDTH,
    ] {
        assert_eq!(features.get(ordinal), None);
    }
    for ordinal in
        [voice::F0_MEAN, voice::LEVEL, voice::SLOPE_0_500, voice::SLOPE_500_1500, voice::HNR, voice::JITTER_LOCAL]
    {
        assert!(features.get(ordinal).is_some(), "{ordinal:?}");
    }
}
