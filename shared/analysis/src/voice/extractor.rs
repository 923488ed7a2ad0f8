use zeroize::{Zeroize as _, Zeroizing};

use super::activity::SpeechDetector;
use super::affect::VoiceAffectReader;
use super::band::BandFinder;
use super::description::Description;
use super::formants::FormantTracker;
use super::frames::{Frame, Framer};
use super::harmonicity::Harmonicity;
use super::perturbation::Perturbation;
use super::pulses::PulseFinder;
use super::quality::Samples;
use super::resample::Resampler;
use super::segments::Segments;
use super::{HOP, SAMPLE_RATE, feeling, offset, syllables};
use crate::networks::Networks;

/// The whole voice chain on runs of samples, frame by frame and as features. Keeps tables and buffers, and nothing of
/// one sound to the next.
pub struct Extractor {
    resampler: Resampler,
    bands: BandFinder,
    framer: Framer,
    formants: FormantTracker,
    harmonicity: Harmonicity,
    speech: Option<SpeechDetector>,
    affect: Option<VoiceAffectReader>,
    samples: Vec<f32>,
}

impl Extractor {
    /// The chain without networks: every voiced frame counts as speech.
    #[must_use]
    pub fn new() -> Self {
        Self {
            resampler: Resampler::new(SAMPLE_RATE),
            bands: BandFinder::new(),
            framer: Framer::new(),
            formants: FormantTracker::new(),
            harmonicity: Harmonicity::new(),
            speech: None,
            affect: None,
            samples: Vec::new(),
        }
    }

    /// The chain with the voice activity network, if there is one, so that other sounds with a pitch are no voice, and the
    /// voice affect networks.
    #[must_use]
    pub fn with_networks(networks: &Networks) -> Self {
        let mut extractor = Self::new();
        extractor.speech = SpeechDetector::new(networks);
        extractor.affect = VoiceAffectReader::new(networks);
        extractor
    }

    /// Describes one run of samples (full scale is 1) at any rate from 8 to 192 kHz. A run with a sample that is no
    /// number has no frames.
    #[must_use]
    pub fn describe(&mut self, samples: &[f32], rate: u32) -> Description {
        let sound = if samples.iter().all(|s| s.is_finite()) { samples } else { &[] };
        self.describe_all(std::iter::once((sound, rate, 0)))
    }

    /// Describes runs of samples that belong together: `(samples, rate, clipped samples that do not show)`.
    pub(super) fn describe_all<'a>(&mut self, runs: impl Iterator<Item = (&'a [f32], u32, usize)>) -> Description {
        let mut whole = Description {
            samples: Samples::default(),
            frames: Vec::new(),
            segments: Segments::default(),
            perturbation: Perturbation::default(),
            heard: Vec::new(),
            syllables: 0,
            seconds: 0.0,
            lowest_rate: u32::MAX,
        };
        let mut sounds = Vec::new();
        for (samples, rate, clipped) in runs {
            let sound = Zeroizing::new(offset::removed(samples, rate));
            whole.samples.add(samples, &sound, rate, clipped);
            sounds.push((sound, rate));
        }
        let peak = whole.samples.peak();
        for (sound, rate) in sounds {
            self.add(&sound, rate, peak, &mut whole);
        }
        whole
    }

    /// The voice affect networks, where there are any.
    pub(super) fn affect(&self) -> Option<&VoiceAffectReader> {
        self.affect.as_ref()
    }

    fn add(&mut self, samples: &[f32], rate: u32, peak: f32, whole: &mut Description) {
        whole.seconds += samples.len() as f64 / f64::from(rate.max(1));
        self.resampler.run(samples, rate, &mut self.samples);
        // What came over a telephone has no more in it than the telephone let through, whatever rate it was stored at.
        let rate = self.bands.enough(&self.samples, rate);
        whole.lowest_rate = whole.lowest_rate.min(rate);
        let first = whole.frames.len();
        self.framer.frames(&self.samples, peak, &mut whole.frames);
        let frames = &mut whole.frames[first..];
        if let Some(detector) = &mut self.speech {
            detector.tell(&self.samples, frames, peak);
        }
        if frames.iter().any(Frame::is_voice) {
            let formants = self.formants.load(&self.samples, rate);
            for (index, frame) in frames.iter_mut().enumerate() {
                if formants && frame.is_voice() {
                    frame.formants = self.formants.at(((index + 1) * HOP) as f64 / f64::from(SAMPLE_RATE));
                }
                if frame.is_speech() {
                    frame.hnr = self.harmonicity.at(&self.samples, index + 1, peak);
                }
            }
            let f0 = |frame: &Frame| frame.pitch.filter(|_| frame.is_speech()).map(|pitch| pitch.hz);
            let contour: Vec<Option<f32>> = frames.iter().map(f0).collect();
            whole.perturbation.add(&self.samples, &PulseFinder::new(&self.samples, &contour, peak).find());
            whole.syllables += syllables::nuclei(&self.samples, frames);
            if let Some(reader) = self.affect.as_mut().filter(|_| rate >= SAMPLE_RATE) {
                whole.heard.extend(feeling::hear(reader, &self.samples, frames));
            }
            self.formants.clear();
            self.harmonicity.clear();
        }
        whole.segments.add(frames);
        self.samples.zeroize();
    }
}

impl Default for Extractor {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Extractor {
    fn drop(&mut self) {
        self.samples.zeroize();
    }
}
