use zeroize::{Zeroize as _, Zeroizing};

use crate::AnalysisError;
use crate::networks::labels::{VOICE_EMOTIONS, VOICE_LEVELS};
use crate::networks::{Network, Networks, Outputs, Task};

/// Fewest clips of a speaker that make a baseline: as in training.
const FEWEST: u32 = 3;

/// What the network said of a stretch of speech: the affect, and the features of which baselines are made, empty where
/// it gives none.
pub type Reading = (VoiceAffect, Vec<f32>);

/// How a voice sounds.
#[derive(Clone, PartialEq, Debug)]
pub struct VoiceAffect {
    /// Probabilities of neutral, calm, happy, sad, angry, fearful, disgust and surprised, as actors play them.
    pub emotions: [f64; VOICE_EMOTIONS.len()],
    /// Probabilities of a low, neutral and high level of arousal, where the network has them.
    pub levels: Option<[f64; VOICE_LEVELS.len()]>,
    /// Probability of high arousal, where the network has it.
    pub arousal: Option<f64>,
}

/// How a speaker usually sounds: running mean and standard deviation of the network's features (Welford 1962).
///
/// It describes a voice as a person's own: it stays on the device, and is wiped when it goes.
#[derive(Default)]
pub struct SpeakerBaseline {
    count: u32,
    mean: Vec<f32>,
    squares: Vec<f32>,
}

/// Reads the affect in a voice.
pub struct VoiceAffectReader {
    network: Network,
    own: Option<Network>,
    input: Zeroizing<Vec<f32>>,
}

impl VoiceAffect {
    fn of(outputs: &Outputs<'_>) -> Option<Self> {
        Some(Self {
            emotions: outputs.classes("affect", &VOICE_EMOTIONS)?,
            levels: outputs.classes("level", &VOICE_LEVELS),
            arousal: outputs.classes("arousal", &["high"]).map(|[high]| high),
        })
    }
}

impl SpeakerBaseline {
    /// Learns from the features of one clip. Features of another length, of another network, begin a new baseline.
    pub fn learn(&mut self, features: &[f32]) {
        if self.mean.len() != features.len() {
            *self = Self { count: 0, mean: vec![0.0; features.len()], squares: vec![0.0; features.len()] };
        }
        self.count = self.count.saturating_add(1);
        for ((mean, squares), value) in self.mean.iter_mut().zip(&mut self.squares).zip(features) {
            let before = value - *mean;
            *mean += before / self.count as f32;
            *squares += before * (value - *mean);
        }
    }

    /// Clips that it has learnt from.
    #[must_use]
    pub fn clips(&self) -> u32 {
        self.count
    }

    fn spread(&self) -> impl Iterator<Item = f32> {
        self.squares.iter().map(|squares| (squares / self.count as f32).max(0.0).sqrt())
    }
}

impl Drop for SpeakerBaseline {
    fn drop(&mut self) {
        self.mean.zeroize();
        self.squares.zeroize();
    }
}

impl VoiceAffectReader {
    /// With the network for [`Task::VoiceAffect`], if there is one, and that for [`Task::VoiceAffectOwn`].
    #[must_use]
    pub fn new(networks: &Networks) -> Option<Self> {
        let network = networks.get(Task::VoiceAffect)?.clone();
        let input = Zeroizing::new(vec![0.0; *network.input_shape().last()?]);
        Some(Self { own: networks.get(Task::VoiceAffectOwn).cloned(), network, input })
    }

    /// Samples that the network hears at once: 3 s of the shipped one.
    #[must_use]
    pub fn length(&self) -> usize {
        self.input.len()
    }

    /// The affect in the middle of `samples` (16 kHz, full scale is 1), and the features of which baselines are made,
    /// empty where the network gives none. What is shorter than the network's input stands in the middle of silence.
    /// `None` when the network gives no finite classes.
    ///
    /// # Errors
    /// When the network fails.
    pub fn read(&mut self, samples: &[f32]) -> Result<Option<Reading>, AnalysisError> {
        let length = self.input.len();
        let missing = length.saturating_sub(samples.len());
        let padded = samples.len() + missing;
        let (first, before) = ((padded - length) / 2, missing / 2);
        let middle = &samples[first..samples.len().min(first + length)];
        self.input.fill(0.0);
        self.input[before..before + middle.len()].copy_from_slice(middle);
        let outputs = self.network.run(&self.input);
        self.input.fill(0.0);
        let outputs = outputs?;
        let features = outputs.get("features").filter(|features| features.iter().all(|f| f.is_finite()));
        Ok(VoiceAffect::of(&outputs).map(|affect| (affect, features.unwrap_or_default().to_vec())))
    }

    /// The affect in a voice by how far its `features` lie from those that the speaker usually has. `None` without a
    /// network for it, with a baseline of under three clips, or when the network gives no finite classes.
    ///
    /// # Errors
    /// When the network fails.
    pub fn read_own(&self, features: &[f32], usual: &SpeakerBaseline) -> Result<Option<VoiceAffect>, AnalysisError> {
        let Some(own) = &self.own else { return Ok(None) };
        if usual.count < FEWEST || features.is_empty() || usual.mean.len() != features.len() {
            return Ok(None);
        }
        let values = features.iter().copied().chain(usual.mean.iter().copied()).chain(usual.spread());
        let input: Zeroizing<Vec<f32>> = Zeroizing::new(values.collect());
        Ok(VoiceAffect::of(&own.run(&input)?))
    }
}

#[cfg(test)]
#[path = "affect_tests.rs"]
mod tests;
