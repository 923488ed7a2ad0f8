use attune_protocol::features::Features;
use attune_protocol::registry::{Modality, Ordinal, voice};

use super::description::Description;
use super::formants::{FORMANTS, Formant};
use super::frames::{Frame, has_voice};
use super::pitch::Voiced;
use super::spectrum::Spectral;
use super::stats::{mean, quantile, sd};
use super::{FRAMES_PER_SECOND, SAMPLE_RATE, feeling};

/// Least time of what is said, pauses left out, from which its level and loudness are given, seconds.
const LEAST_SAID: f64 = 1.0;
/// Shortest time from first to last voiced frame over which syllables are counted, seconds.
const LEAST_SPOKEN: f64 = 1.0;
/// Shortest time from first to last voiced frame over which pauses are told, seconds: of a single word nobody knows how its
/// speaker pauses.
const LEAST_WITH_PAUSES: f64 = 3.0;
/// Lowest sample rates that hold all of what a feature is measured on, Hz: 8 kHz of MFCC, centroid and loudness; 5 kHz, and what a
/// filter takes of it, of alpha ratio, Hammarberg index and flux.
const WHOLE_BAND: u32 = SAMPLE_RATE;
const TO_5_KHZ: u32 = 10_500;
/// F0 in semitones is counted from here, Hz: the lowest A of a piano, as in eGeMAPS.
const SEMITONE_ZERO: f64 = 27.5;

// Here, because what a description holds is told without its features.
impl Description {
    /// The features that can be told of it. Without voice, only what the signal itself tells.
    #[must_use]
    pub fn features(&self) -> Features {
        let mut features = features(self);
        features.retain(|spec| f64::from(spec.shortest_seconds) <= self.seconds + 0.5 / FRAMES_PER_SECOND);
        features
    }
}

/// Features of a stretch of sound. Without voice, only what the signal itself tells.
fn features(whole: &Description) -> Features {
    let mut features = Features::new(Modality::Voice);
    let frames = &whole.frames;
    if frames.is_empty() {
        return features;
    }
    let share = |count: usize| count as f64 / frames.len() as f64;
    let pitches: Vec<Voiced> = frames.iter().filter(|f| f.is_voice()).filter_map(|f| f.pitch).collect();
    features.set(voice::VOICED_FRACTION, share(pitches.len()));
    if frames.iter().any(|f| f.speech.is_some()) {
        features.set(voice::SPEECH_FRACTION, share(frames.iter().filter(|f| f.is_speech()).count()));
    }
    if !has_voice(frames) {
        return features;
    }
    set_pitch(&mut features, &pitches);
    set_spectra(&mut features, frames, whole.lowest_rate);
    set_formants(&mut features, frames);
    features.set(voice::HNR, mean(frames.iter().filter_map(|f| f.hnr).map(f64::from)));
    features.set(voice::JITTER_LOCAL, whole.perturbation.jitter_local());
    features.set(voice::SHIMMER_LOCAL_DB, whole.perturbation.shimmer_local_db());
    set_segments(&mut features, whole);
    feeling::set(&mut features, whole.heard.iter().map(|(affect, _)| affect));
    features
}

fn set_pitch(features: &mut Features, pitches: &[Voiced]) {
    features.set(voice::F0_MEAN, mean(pitches.iter().map(|p| f64::from(p.hz))));
    let mut semitones: Vec<f64> = pitches.iter().map(|p| 12.0 * (f64::from(p.hz) / SEMITONE_ZERO).log2()).collect();
    features.set(voice::F0_SEMITONE_MEAN, mean(semitones.iter().copied()));
    features.set(voice::F0_SEMITONE_SD, sd(&semitones));
    semitones.sort_unstable_by(f64::total_cmp);
    let range = quantile(&semitones, 0.8).zip(quantile(&semitones, 0.2)).map(|(high, low)| high - low);
    features.set(voice::F0_RANGE, range);
}

/// eGeMAPS takes flux and MFCC over all frames, and the rest over the voiced ones. Loudness and level are of what is said, so that
/// they do not fall with its share of the window. Sound of a lower rate, or that once had one, has nothing in the uppermost bands,
/// which would be taken for a property of the voice.
fn set_spectra(features: &mut Features, frames: &[Frame], lowest_rate: u32) {
    let over_all = |value: fn(&Spectral) -> f32| mean(frames.iter().map(|f| f64::from(value(&f.spectral))));
    let voiced = || frames.iter().filter(|f| f.is_voice());
    let over_voiced = |value: fn(&Spectral) -> f32| mean(voiced().map(|f| f64::from(value(&f.spectral))));
    let said = || frames.iter().filter(|f| f.said);
    if said().count() as f64 / FRAMES_PER_SECOND >= LEAST_SAID {
        let power = mean(said().map(|f| f64::from(f.spectral.rms).powi(2)));
        features.set(voice::LEVEL, power.map(|power| (10.0 * power.log10()).clamp(-120.0, 0.0)));
        if lowest_rate >= WHOLE_BAND {
            features.set(voice::LOUDNESS, mean(said().map(|f| f64::from(f.spectral.loudness))));
        }
    }
    type Coefficient = (Ordinal, fn(&Spectral) -> f32);
    let mfcc: [Coefficient; 4] = [
        (voice::MFCC1, |s| s.mfcc[0]),
        (voice::MFCC2, |s| s.mfcc[1]),
        (voice::MFCC3, |s| s.mfcc[2]),
        (voice::MFCC4, |s| s.mfcc[3]),
    ];
    if lowest_rate >= WHOLE_BAND {
        for (ordinal, value) in mfcc {
            features.set(ordinal, over_all(value));
        }
        features.set(voice::SPECTRAL_CENTROID, over_voiced(|s| s.centroid));
    }
    if lowest_rate >= TO_5_KHZ {
        features.set(voice::SPECTRAL_FLUX, mean(frames.iter().filter_map(|f| f.spectral.flux).map(f64::from)));
        features.set(voice::ALPHA_RATIO, over_voiced(|s| s.alpha_ratio));
        features.set(voice::HAMMARBERG_INDEX, over_voiced(|s| s.hammarberg));
    }
    features.set(voice::SLOPE_0_500, over_voiced(|s| s.slope_0_500));
    features.set(voice::SLOPE_500_1500, over_voiced(|s| s.slope_500_1500));
}

fn set_formants(features: &mut Features, frames: &[Frame]) {
    let ordinals: [(Ordinal, Ordinal); FORMANTS] = [
        (voice::F1_FREQUENCY, voice::F1_BANDWIDTH),
        (voice::F2_FREQUENCY, voice::F2_BANDWIDTH),
        (voice::F3_FREQUENCY, voice::F3_BANDWIDTH),
    ];
    for (number, (frequency, bandwidth)) in ordinals.into_iter().enumerate() {
        let over = |value: fn(Formant) -> f32| {
            mean(frames.iter().filter_map(|f| f.formants[number]).map(|formant| f64::from(value(formant))))
        };
        features.set(frequency, over(|formant| formant.hz));
        features.set(bandwidth, over(|formant| formant.bandwidth));
    }
}

fn set_segments(features: &mut Features, whole: &Description) {
    let segments = &whole.segments;
    let pauses = segments.pause_fraction().filter(|_| segments.spoken() >= LEAST_WITH_PAUSES);
    features.set(voice::PAUSE_FRACTION, pauses);
    features
        .set(voice::VOICED_SEGMENT_RATE, segments.voiced.len() as f64 * FRAMES_PER_SECOND / whole.frames.len() as f64);
    features.set(voice::VOICED_SEGMENT_MEAN, mean(segments.voiced.iter().copied()));
    features.set(voice::UNVOICED_SEGMENT_MEAN, mean(segments.unvoiced.iter().copied()));
    let spoken = Some(segments.spoken()).filter(|&seconds| seconds >= LEAST_SPOKEN);
    features.set(voice::SPEECH_RATE, spoken.map(|seconds| whole.syllables as f64 / seconds));
}
