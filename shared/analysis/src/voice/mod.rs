//! Voice: how a person speaks, not what they say.
//!
//! A window is analysed when it closes, so that features do not depend on how the samples were cut into chunks: its
//! samples are brought to 16 kHz, cut into frames every 10 ms, and described as in eGeMAPS (Eyben et al. 2016) and
//! Praat (Boersma and Weenink). Samples are wiped as soon as their window is closed.

mod activity;
mod affect;
mod analyzer;
mod band;
mod description;
#[cfg(test)]
mod evidence;
mod extractor;
mod feeling;
mod formants;
mod frames;
mod functionals;
#[cfg(test)]
mod golden;
mod harmonicity;
mod intensity;
mod lanes;
mod mel;
mod mfcc;
mod offset;
mod perturbation;
mod pitch;
mod pulses;
mod quality;
mod resample;
mod segments;
mod spectrum;
mod speech;
mod stats;
mod syllables;
mod timeline;

pub use affect::{Reading, SpeakerBaseline, VoiceAffect, VoiceAffectReader};
pub use analyzer::VoiceAnalyzer;
pub use description::Description;
pub use extractor::Extractor;
pub use formants::Formant;
pub use frames::Frame;
pub use mel::{MelBands, MelScale, Sides};
pub use mfcc::{Compression, Lifter, Mfcc, MfccSettings, Taper};
pub use pitch::Voiced;
pub use spectrum::Spectral;
pub use speech::SpeechReader;

/// Brings samples from one rate to another, as the analyzer does.
#[must_use]
pub fn resample(samples: &[f32], from: u32, to: u32) -> Vec<f32> {
    let mut resampled = Vec::new();
    resample::Resampler::new(to).run(samples, from, &mut resampled);
    resampled
}

/// Samples a second that everything is brought to.
pub const SAMPLE_RATE: u32 = 16_000;
/// Samples from one frame to the next: 10 ms.
pub const HOP: usize = 160;
/// Frames a second.
pub const FRAMES_PER_SECOND: f64 = SAMPLE_RATE as f64 / HOP as f64;
