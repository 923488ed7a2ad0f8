use attune_analysis::sample::{AudioChunk, Frame, HeartSample, MotionSample, Timestamp};

/// A sample that stands on a time line.
pub trait Timed: Sized + Send + 'static {
    /// So much earlier than what came before it a sample may stand, seconds: a window waits so long for the last of its own.
    const BEHIND: f64 = 0.0;

    /// When it begins.
    fn at(&self) -> Timestamp;

    /// Moves it by microseconds.
    fn shift(&mut self, micros: i64);

    /// Memory that it takes up.
    fn bytes(&self) -> usize {
        size_of::<Self>()
    }

    /// What of it is before `instant`, and what is not.
    fn split(self, instant: Timestamp) -> (Option<Self>, Option<Self>) {
        if self.at() < instant { (Some(self), None) } else { (None, Some(self)) }
    }
}

impl Timed for Frame {
    fn at(&self) -> Timestamp {
        self.at
    }

    fn shift(&mut self, micros: i64) {
        self.at.0 = self.at.0.saturating_add(micros);
    }

    fn bytes(&self) -> usize {
        self.image.as_raw().len()
    }
}

impl Timed for MotionSample {
    fn at(&self) -> Timestamp {
        self.at
    }

    fn shift(&mut self, micros: i64) {
        self.at.0 = self.at.0.saturating_add(micros);
    }
}

impl Timed for HeartSample {
    const BEHIND: f64 = HeartSample::LATEST;

    fn at(&self) -> Timestamp {
        HeartSample::at(self)
    }

    fn shift(&mut self, micros: i64) {
        *self = self.moved(micros);
    }
}

impl Timed for AudioChunk {
    const BEHIND: f64 = AudioChunk::LATEST;

    fn at(&self) -> Timestamp {
        self.at
    }

    fn shift(&mut self, micros: i64) {
        self.at.0 = self.at.0.saturating_add(micros);
    }

    fn bytes(&self) -> usize {
        size_of_val(self.samples.as_slice()) + size_of_val(self.clipped.as_slice())
    }

    fn split(mut self, instant: Timestamp) -> (Option<Self>, Option<Self>) {
        let before = instant.seconds_since(self.at) * f64::from(self.sample_rate);
        // Rounded up: the sample at the instant itself is the first that is not before it. Casts saturate.
        let before = (before - 1e-6).ceil().max(0.0) as usize;
        if before == 0 {
            return (None, Some(self));
        }
        if before >= self.samples.len() {
            return (Some(self), None);
        }
        let cut = self.clipped.partition_point(|&number| (number as usize) < before);
        let behind = self.clipped.split_off(cut).into_iter().map(|number| number - before as u32);
        let rest = Self {
            at: self.at.plus_seconds(before as f64 / f64::from(self.sample_rate)),
            sample_rate: self.sample_rate,
            samples: self.samples[before..].to_vec(),
            clipped: behind.collect(),
        };
        self.samples[before..].fill(0.0); // truncating would leave them in memory
        self.samples.truncate(before);
        (Some(self), Some(rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(at: i64, samples: usize) -> AudioChunk {
        AudioChunk {
            at: Timestamp(at),
            sample_rate: 1000,
            samples: (0..samples).map(|n| n as f32).collect(),
            clipped: Vec::new(),
        }
    }

    #[test]
    fn a_run_of_sound_is_cut_between_two_samples_and_none_is_lost() {
        for (at, expected) in [(0, 0), (1_000, 0), (1_001, 1), (2_000, 1), (4_500, 4), (11_000, 10), (99_000, 10)] {
            let (before, after) = chunk(1_000, 10).split(Timestamp(at));
            let count = |part: &Option<AudioChunk>| part.as_ref().map_or(0, |c| c.samples.len());
            assert_eq!((count(&before), count(&after)), (expected, 10 - expected), "at {at}");
            if let Some(after) = after {
                assert_eq!(after.samples[0], expected as f32);
                assert_eq!(after.at.0, 1_000 + 1_000 * expected as i64);
            }
        }
        let mut clipped = chunk(0, 10);
        clipped.clipped = vec![3, 4, 9];
        let (before, after) = clipped.split(Timestamp(4_000));
        assert_eq!((before.unwrap().clipped.clone(), after.unwrap().clipped.clone()), (vec![3], vec![0, 5]));
    }
}
