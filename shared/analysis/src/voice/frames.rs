use super::HOP;
use super::formants::{FORMANTS, Formant};
use super::pitch::{self, PitchTracker, Voiced};
use super::spectrum::{self, Spectra, Spectral};

/// Probability from which on a frame counts as speech.
const SPEECH: f32 = 0.5;
/// Fewest voiced frames of speech from which anything is said of a voice: a fifth of a second.
pub(super) const LEAST_VOICED: usize = 20;
/// Least share of speech in the frames with a pitch: where it is less, something else sounds that now and then is like
/// a voice. Ours: with it no music passes for speech that was tried, and no speech is lost.
const LEAST_SPEECH: f64 = 0.25;

/// One frame of 10 ms: entry `i` of a run is centred on its `(i + 1) * 10` ms.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Frame {
    /// Of the 20 ms around the centre.
    pub spectral: Spectral,
    /// Of the 40 ms around the centre; none where it is unvoiced.
    pub pitch: Option<Voiced>,
    /// Probability that somebody speaks, where a network told.
    pub speech: Option<f32>,
    /// F1 to F3; none where nobody is heard, or at the ends of a run.
    pub formants: [Option<Formant>; FORMANTS],
    /// Harmonics-to-noise ratio in dB; none where it is too quiet to tell.
    pub hnr: Option<f32>,
    /// Whether it belongs to what is said: voiced, or between two voiced frames without a pause.
    pub said: bool,
}

impl Frame {
    /// Whether it is a voiced frame of speech. Without a network that tells speech, every voiced frame is.
    #[must_use]
    pub fn is_voice(&self) -> bool {
        self.pitch.is_some() && self.is_speech()
    }

    /// Whether somebody speaks, as far as is known.
    pub(super) fn is_speech(&self) -> bool {
        self.speech.is_none_or(|probability| probability >= SPEECH)
    }
}

/// Whether enough frames are voiced to speak of a voice.
pub(super) fn has_voice(frames: &[Frame]) -> bool {
    let voiced = frames.iter().filter(|f| f.is_voice()).count();
    let pitched = frames.iter().filter(|f| f.pitch.is_some()).count();
    voiced >= LEAST_VOICED && voiced as f64 >= LEAST_SPEECH * pitched as f64
}

/// Cuts runs of samples at 16 kHz into frames of spectrum and pitch. Keeps its tables and buffers.
pub(super) struct Framer {
    spectra: Spectra,
    pitch: PitchTracker,
    spectral: Vec<Spectral>,
}

impl Framer {
    pub(super) fn new() -> Self {
        Self { spectra: Spectra::new(), pitch: PitchTracker::new(), spectral: Vec::new() }
    }

    /// Appends the frames of a run. `peak` is the largest amplitude of the window.
    pub(super) fn frames(&mut self, samples: &[f32], peak: f32, into: &mut Vec<Frame>) {
        self.spectral.clear();
        let spectral = centres(samples.len(), spectrum::HALF_WINDOW);
        self.spectra.describe(samples, spectral.start * HOP, spectral.len(), &mut self.spectral);
        let pitched = centres(samples.len(), pitch::HALF_WINDOW);
        let pitches = self.pitch.track(samples, pitched.start * HOP, pitched.len(), peak);
        into.extend(self.spectral.iter().enumerate().map(|(index, &spectral)| {
            let pitch = (index + 1).checked_sub(pitched.start).and_then(|i| pitches.get(i).copied().flatten());
            Frame { spectral, pitch, speech: None, formants: [None; FORMANTS], hnr: None, said: false }
        }));
    }
}

/// Numbers of the hops around which a window of twice `half` fits.
fn centres(samples: usize, half: usize) -> std::ops::Range<usize> {
    let first = half.div_ceil(HOP);
    match samples.checked_sub(half) {
        Some(last) => first..(last / HOP + 1).max(first),
        None => first..first,
    }
}
