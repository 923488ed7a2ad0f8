use attune_protocol::record::{Gap, Record};
use attune_protocol::window::{WINDOW_SECONDS, Window};

use super::affect::SpeakerBaseline;
use super::extractor::Extractor;
use super::timeline::Timeline;
use super::{FRAMES_PER_SECOND, feeling};
use crate::Analyzer;
use crate::coverage::TrailingCoverage;
use crate::networks::Networks;
use crate::sample::AudioChunk;

/// Frames that a window should hold.
const EXPECTED: u32 = WINDOW_SECONDS * FRAMES_PER_SECOND as u32;

/// Voice features of mono sound at any rate from 8 to 192 kHz. Coverage counts frames of 10 ms.
///
/// Holds the samples of the window that is not closed yet, at most 50 s when nobody closes it, and how the speaker has
/// sounded since it began, by which affect is judged after a minute of speech.
pub struct VoiceAnalyzer {
    timeline: Timeline,
    extractor: Extractor,
    usual: SpeakerBaseline,
    trailing: TrailingCoverage,
}

impl VoiceAnalyzer {
    /// An analyzer that has heard nothing yet and has no networks: it takes every sound with a pitch for a voice.
    #[must_use]
    pub fn new() -> Self {
        Self::hearing_with(Extractor::new())
    }

    /// An analyzer that has heard nothing yet. With a voice activity network, music, keyboards, rain and breathing are no
    /// voice to it; with a voice affect network, it reads how a voice sounds.
    #[must_use]
    pub fn with_networks(networks: &Networks) -> Self {
        Self::hearing_with(Extractor::with_networks(networks))
    }

    fn hearing_with(extractor: Extractor) -> Self {
        Self {
            timeline: Timeline::default(),
            extractor,
            usual: SpeakerBaseline::default(),
            trailing: TrailingCoverage::default(),
        }
    }
}

impl Default for VoiceAnalyzer {
    fn default() -> Self {
        Self::new()
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
        let whole = self.extractor.describe_all(runs.iter().map(|run| (&run.samples[..], run.rate, run.clipped.len())));
        let heard = ((whole.seconds * FRAMES_PER_SECOND).round() as u32).min(EXPECTED);
        let silent = !whole.has_voice();
        // As a camera that sees no face: a microphone that hears no voice has not covered what it is there for.
        let received = if silent { 0 } else { heard };
        let gap = gap.or(if heard == 0 { Some(Gap::DeviceGone) } else { silent.then_some(Gap::NoVoice) });
        let coverage = self.trailing.close(window, EXPECTED, received, gap);
        let mut features = whole.features();
        let reader = self.extractor.affect();
        if let Some(own) = reader.and_then(|reader| feeling::by_own_past(reader, &whole.heard, &mut self.usual)) {
            feeling::set(&mut features, own.iter());
        }
        Record::new(window, whole.quality(), coverage, features)
    }

    fn clear(&mut self) {
        self.timeline.clear();
        self.usual = SpeakerBaseline::default();
        self.trailing.clear();
    }
}

#[cfg(test)]
mod tests;
