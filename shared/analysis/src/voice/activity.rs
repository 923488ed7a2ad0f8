use zeroize::Zeroize as _;

use super::frames::Frame;
use super::{HOP, SAMPLE_RATE};
use crate::networks::{Network, Networks, Task};

/// Peak that sound is brought to before the network hears it, so that a faint voice is one too.
const PEAK: f32 = 0.25;
/// Least peak that is raised: fainter is silence.
const FAINTEST: f32 = 1e-4;
/// Frames to either side over which answers are averaged: a bark is shorter than a word. Of esc10's clips 3 % then pass for
/// speech rather than 6 %, and no speech is lost.
const SMOOTHING: usize = 15;

/// Tells speech from other sound by the voice activity network, half a second at a time.
pub(super) struct SpeechDetector {
    network: Network,
    input: Vec<f32>,
    told: Vec<f32>,
    /// Frames of 10 ms in one of the network's answers.
    part: usize,
}

impl SpeechDetector {
    /// The detector, where there is a network for it whose answers divide its input into frames.
    pub(super) fn new(networks: &Networks) -> Option<Self> {
        let network = networks.get(Task::VoiceActivity)?.clone();
        let length: usize = network.input_shape().iter().product();
        let parts: usize = network.entry().outputs.iter().find(|o| o.role() == ROLE)?.shape.iter().product();
        let part = length.checked_div(parts * HOP)?;
        (part * parts * HOP == length).then(|| Self { input: vec![0.0; length], told: Vec::new(), part, network })
    }

    /// Gives each frame of a run at 16 kHz the probability that somebody speaks. Half seconds without a voiced frame are
    /// not looked at: there is no voice in them. `peak` is the largest amplitude of the window.
    pub(super) fn tell(&mut self, samples: &[f32], frames: &mut [Frame], peak: f32) {
        let length = self.input.len();
        let gain = PEAK / peak.max(FAINTEST);
        self.told.clear();
        for (index, block) in frames.chunks(length / HOP).enumerate() {
            let told = self.told.len();
            if block.iter().any(|frame| frame.pitch.is_some()) {
                // The last block of a run ends with it.
                let start = (index * length).min(samples.len().saturating_sub(length));
                let skipped = (index * length - start) / HOP;
                self.input.fill(0.0);
                for (slot, sample) in self.input.iter_mut().zip(&samples[start..]) {
                    *slot = sample * gain;
                }
                let outputs = self.network.run(&self.input);
                // A network that fails says nothing, and pitch alone decides.
                let Some(answers) = outputs.as_ref().ok().and_then(|outputs| outputs.get(ROLE)) else { return };
                // Frame 0 is centred on the end of the first hop.
                let answer = |i: usize| answers.get((i + skipped + 1) / self.part).or(answers.last()).copied();
                self.told.extend((0..block.len()).map(|i| answer(i).unwrap_or(0.0)));
            }
            self.told.resize(told + block.len(), 0.0);
        }
        self.input.zeroize();
        self.input.resize(length, 0.0);
        let mut sum: f32 = self.told.iter().take(SMOOTHING).sum();
        for (i, frame) in frames.iter_mut().enumerate() {
            sum += self.told.get(i + SMOOTHING).copied().unwrap_or(0.0);
            sum -= i.checked_sub(SMOOTHING + 1).map_or(0.0, |before| self.told[before]);
            let within = (i + SMOOTHING + 1).min(self.told.len()) - i.saturating_sub(SMOOTHING);
            frame.speech = Some((sum / within as f32).clamp(0.0, 1.0));
        }
    }
}

/// The output that is read.
const ROLE: &str = "speech";

/// The rate that the network was trained at is the chain's own.
const _: () = assert!(SAMPLE_RATE == 16_000);
