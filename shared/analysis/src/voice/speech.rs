use zeroize::{Zeroize as _, Zeroizing};

use crate::AnalysisError;
use crate::networks::{Network, Networks, Task};

/// Tells speech from other sound.
pub struct SpeechReader {
    network: Network,
    input: Zeroizing<Vec<f32>>,
    parts: usize,
}

impl SpeechReader {
    /// With the network for [`Task::VoiceActivity`], if there is one.
    #[must_use]
    pub fn new(networks: &Networks) -> Option<Self> {
        let network = networks.get(Task::VoiceActivity)?.clone();
        let speech = network.entry().outputs.iter().find(|output| output.role() == "speech")?;
        let parts = *speech.shape.last()?;
        let input = Zeroizing::new(vec![0.0; *network.input_shape().last()?]);
        (parts > 0 && input.len() >= parts).then_some(Self { network, input, parts })
    }

    /// Samples in one part: 100 ms of the shipped network.
    #[must_use]
    pub fn part_length(&self) -> usize {
        self.input.len() / self.parts
    }

    /// Probability of speech in each whole part of `samples` (16 kHz, full scale is 1).
    ///
    /// The network looks at stretches that overlap by half, and what two of them say of a part is averaged. Less than
    /// one stretch is followed by silence.
    ///
    /// # Errors
    /// When the network fails.
    pub fn read(&mut self, samples: &[f32]) -> Result<Vec<f64>, AnalysisError> {
        let (length, part) = (self.input.len(), self.part_length());
        let wanted = samples.len() / part;
        let mut sums = vec![(0.0, 0u32); wanted];
        let last = samples.len().saturating_sub(length) / part;
        let hop = (self.parts / 2).max(1);
        let regular = (0..last).step_by(hop);
        for first in regular.chain([last]) {
            let stretch = &samples[first * part..samples.len().min(first * part + length)];
            self.input[..stretch.len()].copy_from_slice(stretch);
            self.input[stretch.len()..].fill(0.0);
            let outputs = self.network.run(&self.input)?;
            let speech = outputs.get("speech").unwrap_or_default();
            for ((sum, count), &value) in sums.iter_mut().skip(first).zip(speech) {
                *sum += f64::from(value);
                *count += 1;
            }
        }
        self.input.zeroize();
        self.input.resize(length, 0.0);
        Ok(sums.into_iter().map(|(sum, count)| sum / f64::from(count.max(1))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks::testing::{self, StandIn};

    /// Speech is ten times the mean of the stretch, plus the part's number in thousandths.
    fn speech() -> SpeechReader {
        let bias = (0..4).map(|i| i as f32 / 1000.0).collect();
        let output = StandIn { name: "speech", shape: &[1, 4], slope: vec![10.0; 4], bias };
        let entry = "task = \"voice_activity\"\ninput = { name = \"samples\", shape = [1, 1, 400] }\n\
            outputs = [{ name = \"speech\", shape = [1, 4] }]";
        let onnx = testing::onnx("samples", &[1, 1, 400], &[output]);
        SpeechReader::new(&testing::load(&[("vad.onnx", onnx, entry.to_owned())])).unwrap()
    }

    #[test]
    fn every_whole_part_is_read_once_or_averaged_over_the_stretches_that_see_it() {
        let mut reader = speech();
        let near = |found: Vec<f64>, wanted: &[f64]| {
            assert_eq!(found.len(), wanted.len(), "{found:?}");
            assert!(found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-5), "{found:?} {wanted:?}");
        };
        near(reader.read(&[0.0; 399]).unwrap(), &[0.0, 0.001, 0.002]);
        // Half a stretch of silence follows, and lowers the mean.
        near(reader.read(&[0.1; 200]).unwrap(), &[0.5, 0.501]);
        // Stretches from parts 0 and 2.
        let two = reader.read(&[0.1; 600]).unwrap();
        near(two, &[1.0, 1.001, 1.001, 1.002, 1.002, 1.003]);
        assert!(reader.read(&[]).unwrap().is_empty());
    }
}
