use attune_protocol::features::Features;
use attune_protocol::registry::{Modality, Ordinal, voice};

use super::FRAMES_PER_SECOND;
use super::frames::Frame;
use super::pitch::Voiced;
use super::quality::Samples;
use super::segments::Segments;
use super::spectrum::Spectral;
use super::stats::{mean, quantile, sd};

/// Fewest voiced frames from which anything is said of a voice: a tenth of a second.
const LEAST_VOICED: usize = 10;
/// F0 in semitones is counted from here, Hz: the lowest A of a piano, as in eGeMAPS.
const SEMITONE_ZERO: f64 = 27.5;

/// Whether enough frames are voiced to speak of a voice.
pub(super) fn has_voice(frames: &[Frame]) -> bool {
    frames.iter().filter(|f| f.pitch.is_some()).count() >= LEAST_VOICED
}

/// Features of a window. Without voice, only what the signal itself tells.
pub(super) fn features(samples: &Samples, frames: &[Frame], segments: &Segments) -> Features {
    let mut features = Features::new(Modality::Voice);
    if frames.is_empty() {
        return features;
    }
    let pitches: Vec<Voiced> = frames.iter().filter_map(|f| f.pitch).collect();
    features.set(voice::VOICED_FRACTION, pitches.len() as f64 / frames.len() as f64);
    features.set(voice::LEVEL, samples.level());
    if !has_voice(frames) {
        return features;
    }
    set_pitch(&mut features, &pitches);
    set_spectra(&mut features, frames);
    set_segments(&mut features, frames.len() as f64 / FRAMES_PER_SECOND, segments);
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

/// eGeMAPS takes loudness, flux and MFCC over all frames, and the rest over the voiced ones.
fn set_spectra(features: &mut Features, frames: &[Frame]) {
    let over_all = |value: fn(&Spectral) -> f32| mean(frames.iter().map(|f| f64::from(value(&f.spectral))));
    let voiced = || frames.iter().filter(|f| f.pitch.is_some());
    let over_voiced = |value: fn(&Spectral) -> f32| mean(voiced().map(|f| f64::from(value(&f.spectral))));
    features.set(voice::LOUDNESS, over_all(|s| s.loudness));
    features.set(voice::SPECTRAL_FLUX, mean(frames.iter().filter_map(|f| f.spectral.flux).map(f64::from)));
    type Coefficient = (Ordinal, fn(&Spectral) -> f32);
    let mfcc: [Coefficient; 4] = [
        (voice::MFCC1, |s| s.mfcc[0]),
        (voice::MFCC2, |s| s.mfcc[1]),
        (voice::MFCC3, |s| s.mfcc[2]),
        (voice::MFCC4, |s| s.mfcc[3]),
    ];
    for (ordinal, value) in mfcc {
        features.set(ordinal, over_all(value));
    }
    features.set(voice::SPECTRAL_CENTROID, over_voiced(|s| s.centroid));
    features.set(voice::ALPHA_RATIO, over_voiced(|s| s.alpha_ratio));
    features.set(voice::HAMMARBERG_INDEX, over_voiced(|s| s.hammarberg));
    features.set(voice::SLOPE_0_500, over_voiced(|s| s.slope_0_500));
    features.set(voice::SLOPE_500_1500, over_voiced(|s| s.slope_500_1500));
}

fn set_segments(features: &mut Features, seconds: f64, segments: &Segments) {
    features.set(voice::PAUSE_FRACTION, segments.pause_fraction());
    features.set(voice::VOICED_SEGMENT_RATE, segments.voiced.len() as f64 / seconds);
    features.set(voice::VOICED_SEGMENT_MEAN, mean(segments.voiced.iter().copied()));
    features.set(voice::UNVOICED_SEGMENT_MEAN, mean(segments.unvoiced.iter().copied()));
}
