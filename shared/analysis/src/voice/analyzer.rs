use attune_protocol::record::{Gap, Record};
use attune_protocol::window::{WINDOW_SECONDS, Window};
use zeroize::Zeroize as _;

use super::frames::Framer;
use super::functionals::{features, has_voice};
use super::quality::{Samples, quality};
use super::resample::Resampler;
use super::segments::Segments;
use super::timeline::Timeline;
use super::{FRAMES_PER_SECOND, SAMPLE_RATE};
use crate::Analyzer;
use crate::coverage::TrailingCoverage;
use crate::sample::AudioChunk;

/// Frames that a window should hold.
const EXPECTED: u32 = WINDOW_SECONDS * FRAMES_PER_SECOND as u32;

/// Voice features of mono sound at any rate from 8 to 192 kHz. Coverage counts frames of 10 ms.
///
/// Holds the samples of the window that is not closed yet, at most 50 s when nobody closes it.
pub struct VoiceAnalyzer {
    timeline: Timeline,
    resampler: Resampler,
    framer: Framer,
    samples: Vec<f32>,
    trailing: TrailingCoverage,
}

impl VoiceAnalyzer {
    /// An analyzer that has heard nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            timeline: Timeline::default(),
            resampler: Resampler::new(SAMPLE_RATE),
            framer: Framer::new(),
            samples: Vec::new(),
            trailing: TrailingCoverage::default(),
        }
    }
}

impl Default for VoiceAnalyzer {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for VoiceAnalyzer {
    fn drop(&mut self) {
        self.samples.zeroize();
    }
}

impl Analyzer for VoiceAnalyzer {
    type Sample = AudioChunk;

    fn push(&mut self, samples: &[AudioChunk]) {
        for chunk in samples {
            self.timeline.push(chunk);
        }
    }

    fn finish(&mut self, window: Window, gap: Option<Gap>) -> Record {
        let runs = self.timeline.close(window);
        let mut samples = Samples::new();
        for run in &runs {
            samples.add(&run.samples);
        }
        let (mut frames, mut segments) = (Vec::new(), Segments::default());
        let mut seconds = 0.0;
        for run in &runs {
            seconds += run.seconds();
            self.resampler.run(&run.samples, run.rate, &mut self.samples);
            let found = self.framer.frames(&self.samples, samples.peak());
            segments.add(&found);
            frames.extend(found);
            self.samples.zeroize();
        }
        let mut features = features(&samples, &frames, &segments);
        features.retain(|spec| f64::from(spec.shortest_seconds) <= seconds + 0.5 / FRAMES_PER_SECOND);
        let heard = ((seconds * FRAMES_PER_SECOND).round() as u32).min(EXPECTED);
        let silent = !has_voice(&frames);
        // As a camera that sees no face: a microphone that hears no voice has not covered what it is there for.
        let received = if silent { 0 } else { heard };
        let gap = gap.or(if heard == 0 { Some(Gap::DeviceGone) } else { silent.then_some(Gap::NoVoice) });
        let quality = if silent { 0.0 } else { quality(&samples, &frames) };
        Record::new(window, quality, self.trailing.close(window, EXPECTED, received, gap), features)
    }

    fn clear(&mut self) {
        self.timeline.clear();
        self.trailing.clear();
    }
}

#[cfg(test)]
mod tests;
