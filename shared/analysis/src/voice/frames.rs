use super::HOP;
use super::pitch::{self, PitchTracker, Voiced};
use super::spectrum::{self, Spectra, Spectral};

/// One frame of 10 ms.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) spectral: Spectral,
    pub(super) pitch: Option<Voiced>,
}

/// Cuts runs of samples at 16 kHz into frames. Keeps its tables and buffers.
pub(super) struct Framer {
    spectra: Spectra,
    pitch: PitchTracker,
    spectral: Vec<Spectral>,
}

impl Framer {
    pub(super) fn new() -> Self {
        Self { spectra: Spectra::new(), pitch: PitchTracker::new(), spectral: Vec::new() }
    }

    /// The frames of a run: the first is centred on its 10th millisecond. `peak` is the largest amplitude of the window.
    pub(super) fn frames(&mut self, samples: &[f32], peak: f32) -> Vec<Frame> {
        self.spectral.clear();
        let spectral = centres(samples.len(), spectrum::HALF_WINDOW);
        self.spectra.describe(samples, spectral.start * HOP, spectral.len(), &mut self.spectral);
        let pitched = centres(samples.len(), pitch::HALF_WINDOW);
        let pitches = self.pitch.track(samples, pitched.start * HOP, pitched.len(), peak);
        let frame = |(index, &spectral): (usize, &Spectral)| {
            let pitch = (index + 1).checked_sub(pitched.start).and_then(|i| pitches.get(i).copied().flatten());
            Frame { spectral, pitch }
        };
        self.spectral.iter().enumerate().map(frame).collect()
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
