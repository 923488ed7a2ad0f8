//! What people and devices do to a voice, and what its features make of it. `EVIDENCE.md` shows the figures.

use std::f64::consts::{PI, TAU};

use attune_protocol::record::Record;
use attune_protocol::registry::{Ordinal, voice};
use attune_protocol::window::Window;
use proptest::prelude::*;

use super::VoiceAnalyzer;
use crate::Analyzer as _;
use crate::decode::audio::AudioReader;
use crate::sample::{AudioChunk, Timestamp};

/// A vowel of 118 Hz at any instant: harmonics up to 7.4 kHz, as high as five resonances let them be.
struct Vowel {
    /// Frequency, amplitude and phase.
    partials: Vec<(f64, f64, f64)>,
}

impl Vowel {
    fn new() -> Self {
        let resonances = [(580.0, 80.0), (1_150.0, 100.0), (2_550.0, 130.0), (3_450.0, 180.0), (4_400.0, 250.0)];
        let gain = |hz: f64| {
            let of = |(centre, width): (f64, f64)| {
                let (a, b) = ((hz * hz - centre * centre) / (centre * centre), hz * width / (centre * centre));
                a.hypot(b).recip()
            };
            resonances.into_iter().map(of).product::<f64>() / hz
        };
        let hz = (1..=63).map(|n| 118.0 * f64::from(n));
        let partials: Vec<_> = hz.map(|hz| (hz, gain(hz), hz * hz / 1e5)).collect();
        let size: f64 = partials.iter().map(|(_, gain, _)| gain).sum();
        Self { partials: partials.into_iter().map(|(hz, gain, phase)| (hz, gain / size, phase)).collect() }
    }

    /// With breath: partials everywhere, which fill the band up to its edge.
    fn breathy() -> Self {
        let mut vowel = Self::new();
        let breath = (0..500).map(|k| (100.0 + 15.4 * f64::from(k) + f64::from(k * 7919 % 13), 0.7 * f64::from(k * k)));
        vowel.partials.extend(breath.map(|(hz, phase)| (hz, 0.0005, phase)));
        vowel
    }

    fn at(&self, seconds: f64) -> f64 {
        self.partials.iter().map(|(hz, gain, phase)| gain * (TAU * hz * seconds + phase).sin()).sum()
    }

    /// As a sound card of `rate` records it, which has no partials over its half.
    fn recorded(&self, rate: u32, seconds: f64, loud: impl Fn(f64) -> f64) -> Vec<f32> {
        let heard = Self { partials: self.partials.iter().copied().filter(|p| p.0 < 0.48 * f64::from(rate)).collect() };
        let count = (seconds * f64::from(rate)) as u32;
        (0..count).map(|i| f64::from(i) / f64::from(rate)).map(|t| (loud(t) * heard.at(t)) as f32).collect()
    }
}

fn chunk(at: f64, sample_rate: u32, samples: &[f32]) -> AudioChunk {
    let at = Timestamp(0).plus_seconds(at);
    AudioChunk { at, sample_rate, samples: samples.to_vec(), clipped: Vec::new() }
}

fn analyse(rate: u32, samples: &[f32]) -> Record {
    let mut analyzer = VoiceAnalyzer::new();
    analyzer.push(&[chunk(0.0, rate, samples)]);
    analyzer.finish(Window(0), None)
}

/// Speaks for `share` of every second.
fn speaking(share: f64) -> impl Fn(f64) -> f64 {
    move |t| if t.fract() < share { 0.5 * (PI * t.fract() / share).sin().sqrt() } else { 0.0 }
}

#[test]
fn features_do_not_depend_on_the_rate_of_the_device() {
    // 2 % of the reference at 16 kHz, and for what may be near zero, this much.
    let bounds: [(Ordinal, f64); 16] = [
        (voice::F0_MEAN, 0.0),
        (voice::F1_FREQUENCY, 0.0),
        (voice::F2_FREQUENCY, 0.0),
        (voice::F3_FREQUENCY, 0.0),
        (voice::HNR, 1.0),
        (voice::JITTER_LOCAL, 0.001),
        (voice::SHIMMER_LOCAL_DB, 0.05),
        (voice::LEVEL, 0.2),
        (voice::LOUDNESS, 0.0),
        (voice::SPECTRAL_CENTROID, 0.0),
        (voice::MFCC1, 0.5),
        (voice::MFCC2, 0.5),
        (voice::MFCC3, 0.5),
        (voice::MFCC4, 0.5),
        (voice::ALPHA_RATIO, 0.3),
        (voice::HAMMARBERG_INDEX, 0.3),
    ];
    let vowel = Vowel::new();
    let reference = analyse(16_000, &vowel.recorded(16_000, 4.0, |_| 0.3)).features;
    let mut off = Vec::new();
    for rate in [8_000, 11_025, 22_050, 44_100, 47_999, 48_000, 88_200, 96_000, 192_000] {
        let features = analyse(rate, &vowel.recorded(rate, 4.0, |_| 0.3)).features;
        println!("{rate}: F1 {:?} MFCC1 {:?}", features.get(voice::F1_FREQUENCY), features.get(voice::MFCC1));
        for (ordinal, least) in bounds {
            let expected = reference.get(ordinal).unwrap_or_else(|| panic!("{ordinal:?} is told at 16 kHz"));
            match features.get(ordinal) {
                Some(found) if (found - expected).abs() > least.max(0.02 * expected.abs()) => {
                    off.push((rate, ordinal, found, expected));
                }
                None if rate >= 16_000 => off.push((rate, ordinal, f64::NAN, expected)),
                _ => (),
            }
        }
    }
    assert!(off.is_empty(), "{off:#?}");
    let f1 = reference.get(voice::F1_FREQUENCY).expect("is told");
    assert!((f1 / 580.0 - 1.0).abs() < 0.03, "{f1}");
}

/// What nothing is said of where a voice came over a telephone.
const OF_THE_WHOLE_BAND: [Ordinal; 14] = [
    voice::F1_FREQUENCY,
    voice::F2_FREQUENCY,
    voice::F3_FREQUENCY,
    voice::F3_BANDWIDTH,
    voice::MFCC1,
    voice::MFCC2,
    voice::MFCC3,
    voice::MFCC4,
    voice::SPECTRAL_CENTROID,
    voice::LOUDNESS,
    voice::ALPHA_RATIO,
    voice::HAMMARBERG_INDEX,
    voice::SPECTRAL_FLUX,
    voice::F1_BANDWIDTH,
];

#[test]
fn a_telephones_voice_has_no_features_of_a_whole_band_at_whatever_rate_it_is_stored() {
    let written = |samples: Vec<f32>| samples.iter().map(|s| (s * 32_768.0).round() / 32_768.0).collect::<Vec<f32>>();
    let vowel = Vowel::breathy();
    let telephone = written(vowel.recorded(8_000, 3.0, |t| 0.5 * speaking(0.7)(t)));
    let own = analyse(8_000, &telephone).features;
    for rate in [16_000, 22_050, 48_000] {
        let stored = written(super::resample(&telephone, 8_000, rate));
        let features = analyse(rate, &stored).features;
        for ordinal in OF_THE_WHOLE_BAND {
            assert_eq!(features.get(ordinal), None, "{rate}: {ordinal:?}");
        }
        for ordinal in [voice::F0_MEAN, voice::LEVEL, voice::SLOPE_0_500, voice::HNR, voice::JITTER_LOCAL] {
            let (found, expected) = (features.get(ordinal).expect("is told"), own.get(ordinal).expect("is told"));
            assert!((found - expected).abs() <= 0.03 * expected.abs(), "{rate}: {ordinal:?}: {found} {expected}");
        }
        let wide = written(vowel.recorded(rate, 3.0, |t| 0.5 * speaking(0.7)(t)));
        let features = analyse(rate, &wide).features;
        for ordinal in OF_THE_WHOLE_BAND {
            assert!(features.get(ordinal).is_some(), "{rate}: {ordinal:?} of a whole band");
        }
    }
}

#[test]
fn centroid_and_alpha_ratio_are_means_over_the_voiced_frames_and_so_those_of_the_seconds_that_are_heard() {
    let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/recording/voice.ogg"));
    let mut reader = AudioReader::open(Box::new(file.expect("it ships")), Some("ogg")).expect("it is a recording");
    let mut samples = Vec::new();
    while samples.len() < 9 * 16_000 {
        let chunk = reader.next_chunk(Timestamp(0)).expect("it is whole").expect("there is more");
        samples.extend_from_slice(&chunk.samples);
    }
    // By NumPy over the frames that Praat's `To Pitch (ac)` calls voiced.
    for (from, to, centroid, alpha) in [(4, 6, 1_211.2, -8.06), (3, 9, 1_296.6, -7.69)] {
        let features = analyse(16_000, &samples[from * 16_000..to * 16_000]).features;
        let found = features.get(voice::SPECTRAL_CENTROID).expect("is told");
        assert!((found / centroid - 1.0).abs() < 0.005, "{from} to {to} s: {found} {centroid}");
        let found = features.get(voice::ALPHA_RATIO).expect("is told");
        assert!((found - alpha).abs() < 0.05, "{from} to {to} s: {found} {alpha}");
    }
}

#[test]
fn formants_are_the_same_whatever_divisors_a_rate_has() {
    let vowel = Vowel::breathy();
    let formants = |rate: u32| {
        let features = analyse(rate, &vowel.recorded(rate, 2.0, |_| 0.3)).features;
        [voice::F1_FREQUENCY, voice::F2_FREQUENCY, voice::F3_FREQUENCY]
            .map(|ordinal| features.get(ordinal).expect("is told"))
    };
    let reference = formants(16_000);
    // The odd ones share no divisor with the rate at which formants are looked for.
    for rate in [22_051, 44_100, 47_999, 48_000, 96_001] {
        let found = formants(rate);
        let off =
            found.iter().zip(reference).map(|(found, expected)| (found / expected - 1.0).abs()).fold(0.0, f64::max);
        assert!(off < 0.001, "{rate}: {found:?} for {reference:?}");
    }
}

#[test]
fn level_and_loudness_are_of_what_is_said_however_long_it_is() {
    let vowel = Vowel::new();
    let all = analyse(16_000, &vowel.recorded(16_000, 10.0, speaking(0.9))).features;
    let some = analyse(16_000, &vowel.recorded(16_000, 10.0, speaking(0.2))).features;
    for (ordinal, bound) in [(voice::LOUDNESS, 0.15), (voice::LEVEL, 0.15)] {
        let (all, some) = (all.get(ordinal).expect("told"), some.get(ordinal).expect("told"));
        assert!((some / all - 1.0).abs() < bound, "{ordinal:?}: {some} {all}");
    }
    let word = |t: f64| if (3.0..3.5).contains(&t) { 0.3 } else { 0.0 };
    let word = analyse(16_000, &vowel.recorded(16_000, 10.0, word)).features;
    assert!(word.get(voice::F0_MEAN).is_some());
    for ordinal in [voice::LOUDNESS, voice::LEVEL, voice::PAUSE_FRACTION, voice::SPEECH_RATE] {
        assert_eq!(word.get(ordinal), None, "{ordinal:?} of one word");
    }
}

#[test]
fn a_click_does_not_mute_the_voice_around_it() {
    let quiet = |t: f64| 0.05 * speaking(0.5)(t);
    let mut samples = Vowel::new().recorded(16_000, 10.0, quiet);
    let before = analyse(16_000, &samples);
    for at in [30_000, 81_234] {
        samples[at] = 1.0;
    }
    let after = analyse(16_000, &samples);
    for ordinal in [voice::VOICED_FRACTION, voice::F0_MEAN, voice::HNR] {
        let (before, after) = (before.features.get(ordinal).expect("told"), after.features.get(ordinal).expect("told"));
        assert!((after / before - 1.0).abs() < 0.05, "{ordinal:?}: {after} {before}");
    }
    assert!(after.quality > 0.9 * before.quality);
}

#[test]
fn an_offset_of_the_microphone_changes_nothing() {
    let plain = Vowel::new().recorded(16_000, 10.0, |t| 0.2 * speaking(0.6)(t));
    let expected = analyse(16_000, &plain);
    for offset in [0.05, -0.3] {
        let found = analyse(16_000, &plain.iter().map(|s| s + offset).collect::<Vec<_>>());
        assert!((found.quality - expected.quality).abs() < 0.02, "{} {}", found.quality, expected.quality);
        for (spec, value) in expected.features.iter() {
            let found = found.features.get(spec.ordinal).unwrap_or_else(|| panic!("{} is told", spec.name));
            assert!((found - value).abs() <= 0.01 * value.abs().max(0.1), "{}: {found} {value}", spec.name);
        }
    }
}

#[test]
fn a_clipped_channel_beside_a_silent_one_lowers_the_quality() {
    let samples = Vowel::new().recorded(16_000, 10.0, speaking(0.6));
    let good = analyse(16_000, &samples).quality;
    let mut clipped = chunk(0.0, 16_000, &samples);
    clipped.clipped = (0..160_000).step_by(20).collect();
    let mut analyzer = VoiceAnalyzer::new();
    analyzer.push(&[clipped]);
    let found = analyzer.finish(Window(0), None).quality;
    assert!(good > 0.9 && found < 0.01, "{good} {found}");
}

#[test]
fn what_a_limiter_cut_before_the_recorder_lowers_the_quality() {
    let samples = Vowel::new().recorded(16_000, 10.0, speaking(0.6));
    let written = |most: f32| -> Vec<i16> {
        samples.iter().map(|s| ((2.0 * s).clamp(-most, most) * 32_767.0).round() as i16).collect()
    };
    let quality = |samples: &[i16]| {
        // A header of one channel at 16 kHz and 16 bits, whose data have a length that is not known.
        let mut file =
            b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0data\xff\xff\xff\xff"
                .to_vec();
        file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        let mut reader =
            AudioReader::open(Box::new(std::io::Cursor::new(file)), Some("wav")).expect("it is a recording");
        let mut analyzer = VoiceAnalyzer::new();
        while let Some(chunk) = reader.next_chunk(Timestamp(0)).expect("it is whole") {
            analyzer.push(&[chunk]);
        }
        analyzer.finish(Window(0), None).quality
    };
    let (good, cut) = (quality(&written(0.99)), quality(&written(0.25)));
    assert!(good > 0.9 && cut < 0.1, "{good} {cut}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn pushing_in_pieces_is_pushing_whole(
        pieces in proptest::collection::vec(1..9_000_usize, 1..40), rate in proptest::sample::select(vec![16_000_u32, 44_100]),
    ) {
        let samples = Vowel::new().recorded(rate, 3.0, speaking(0.7));
        // From 8.5 to 11.5 s: over the border of two windows.
        let mut whole = VoiceAnalyzer::new();
        whole.push(&[chunk(8.5, rate, &samples)]);
        let whole = [whole.finish(Window(0), None), whole.finish(Window(1), None)];
        // All of it before a window is closed; and the first one as soon as it has ended, as the agent does.
        for at_once in [false, true] {
            let (mut parts, mut records, mut first) = (VoiceAnalyzer::new(), Vec::new(), 0);
            for length in pieces.iter().copied().chain([samples.len()]) {
                let end = (first + length).min(samples.len());
                if first < end {
                    parts.push(&[chunk(8.5 + first as f64 / f64::from(rate), rate, &samples[first..end])]);
                }
                first = end;
                if at_once && records.is_empty() && 8.5 + end as f64 / f64::from(rate) >= 10.0 {
                    records.push(parts.finish(Window(0), None));
                }
            }
            if !at_once {
                records.push(parts.finish(Window(0), None));
            }
            records.push(parts.finish(Window(1), None));
            prop_assert_eq!(&records[..], &whole[..], "at once: {}", at_once);
        }
    }
}
