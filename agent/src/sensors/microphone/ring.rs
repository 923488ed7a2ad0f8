//! From the callback of the sound system to the thread that reads: without a lock, and without memory from the system.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::time::Instant;

use attune_analysis::sample::FULL_SCALE;
use cpal::{Data, ErrorKind, FromSample, Sample, SampleFormat, SizedSample};

use super::trouble;

/// Samples of a block.
pub(super) const BLOCK: usize = 512;
/// Blocks that the ring holds: 1.4 s at 192 kHz, and 5 s at 48.
const BLOCKS: usize = 512;

/// A run of mono sound as it came.
pub(super) struct Block {
    /// When its last sample was handed over, nanoseconds since the stream was opened.
    pub(super) ends: u64,
    length: usize,
    samples: [f32; BLOCK],
    /// A bit for each sample of which a channel was at full scale where their mean is not.
    clipped: [u64; BLOCK / 64],
}

impl Block {
    pub(super) fn samples(&self) -> &[f32] {
        &self.samples[..self.length]
    }

    /// Numbers of the samples of which a channel was at full scale where their mean is not.
    pub(super) fn clipped(&self) -> impl Iterator<Item = u32> {
        (0..self.length).filter(|&at| self.clipped[at / 64] & (1 << (at % 64)) != 0).map(|at| at as u32)
    }

    /// Of the first frames of `data` that find room.
    fn of<T: Sample>(data: &[T], channels: usize, ends: u64) -> Self
    where
        f32: FromSample<T>,
    {
        let mut block = Self { ends, length: 0, samples: [0.0; BLOCK], clipped: [0; BLOCK / 64] };
        for frame in data.chunks_exact(channels).take(BLOCK) {
            let (mut sum, mut full) = (0.0, false);
            for sample in frame {
                let sample = f32::from_sample(*sample);
                sum += sample;
                full |= sample.abs() >= FULL_SCALE;
            }
            let mean = sum / channels as f32;
            // A driver may hand over what is no number.
            let mean = if mean.is_finite() { mean } else { 0.0 };
            let at = block.length;
            block.samples[at] = mean;
            block.clipped[at / 64] |= u64::from(full && mean.abs() < FULL_SCALE) << (at % 64);
            block.length += 1;
        }
        block
    }
}

/// What callback and reader share.
pub(super) struct Shared {
    pub(super) blocks: crossbeam_queue::ArrayQueue<Block>,
    pub(super) opened: Instant,
    /// Samples that found no room.
    pub(super) lost: AtomicU64,
    /// Times that the sound system itself lost some.
    pub(super) xruns: AtomicU64,
    /// The first error behind which nothing comes, as its place in [`KINDS`], from one on.
    broken: AtomicU8,
    /// A callback may come after the stream was closed: it is heard no more.
    closed: AtomicBool,
    channels: usize,
    rate: u32,
}

/// Errors behind which nothing comes.
const KINDS: [ErrorKind; 5] = [
    ErrorKind::BackendError,
    ErrorKind::DeviceBusy,
    ErrorKind::DeviceNotAvailable,
    ErrorKind::PermissionDenied,
    ErrorKind::StreamInvalidated,
];

impl Shared {
    pub(super) fn new(channels: u16, rate: u32) -> Arc<Self> {
        Arc::new(Self {
            blocks: crossbeam_queue::ArrayQueue::new(BLOCKS),
            opened: Instant::now(),
            lost: AtomicU64::new(0),
            xruns: AtomicU64::new(0),
            broken: AtomicU8::new(0),
            closed: AtomicBool::new(false),
            channels: usize::from(channels.max(1)),
            rate,
        })
    }

    /// Takes what the sound system hands over. Neither waits nor asks the system for memory.
    pub(super) fn take(&self, data: &Data) {
        match data.sample_format() {
            SampleFormat::I8 => self.convert::<i8>(data),
            SampleFormat::I16 => self.convert::<i16>(data),
            SampleFormat::I24 => self.convert::<cpal::I24>(data),
            SampleFormat::I32 => self.convert::<i32>(data),
            SampleFormat::I64 => self.convert::<i64>(data),
            SampleFormat::U8 => self.convert::<u8>(data),
            SampleFormat::U16 => self.convert::<u16>(data),
            SampleFormat::U24 => self.convert::<cpal::U24>(data),
            SampleFormat::U32 => self.convert::<u32>(data),
            SampleFormat::U64 => self.convert::<u64>(data),
            SampleFormat::F32 => self.convert::<f32>(data),
            SampleFormat::F64 => self.convert::<f64>(data),
            // One bit a sample, of no microphone: the stream is not opened in it.
            _ => {}
        }
    }

    fn convert<T: SizedSample>(&self, data: &Data)
    where
        f32: FromSample<T>,
    {
        self.put(data.as_slice::<T>().unwrap_or_default());
    }

    fn put<T: Sample>(&self, data: &[T])
    where
        f32: FromSample<T>,
    {
        if self.closed.load(Ordering::Acquire) {
            return;
        }
        let now = u64::try_from(self.opened.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let mut left = data.len() / self.channels;
        for part in data.chunks(BLOCK * self.channels) {
            let frames = part.len() / self.channels;
            left = left.saturating_sub(frames);
            let behind = left as u64 * 1_000_000_000 / u64::from(self.rate.max(1));
            if self.blocks.push(Block::of(part, self.channels, now.saturating_sub(behind))).is_err() {
                self.lost.fetch_add(frames as u64, Ordering::Relaxed);
            }
        }
    }

    /// Takes an error. It may come again and again, as fast as the processor can: the first one is kept.
    pub(super) fn fail(&self, kind: ErrorKind) {
        if kind == ErrorKind::Xrun {
            self.xruns.fetch_add(1, Ordering::Relaxed);
        }
        if !trouble::is_harmless(kind) {
            let place = KINDS.iter().position(|known| *known == kind).unwrap_or(0);
            let _ = self.broken.compare_exchange(0, place as u8 + 1, Ordering::AcqRel, Ordering::Relaxed);
        }
    }

    /// The first error behind which nothing comes, if there was one.
    pub(super) fn broken(&self) -> Option<ErrorKind> {
        let place = usize::from(self.broken.load(Ordering::Acquire)).checked_sub(1)?;
        KINDS.get(place).copied()
    }

    /// Nothing is heard from here on.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        while self.blocks.pop().is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(shared: &Shared) -> (Vec<f32>, Vec<u32>) {
        let (mut samples, mut clipped) = (Vec::new(), Vec::new());
        while let Some(block) = shared.blocks.pop() {
            clipped.extend(block.clipped().map(|at| at + samples.len() as u32));
            samples.extend_from_slice(block.samples());
        }
        (samples, clipped)
    }

    #[test]
    fn any_format_and_number_of_channels_becomes_mono_and_clipping_is_told() {
        let shared = Shared::new(2, 48_000);
        shared.put(&[16_384_i16, 0, i16::MAX, -16_384, i16::MIN, i16::MIN]);
        let (samples, clipped) = heard(&shared);
        assert!(
            (samples[0] - 0.25).abs() < 1e-4 && (samples[1] - 0.25).abs() < 1e-4 && samples[2] == -1.0,
            "{samples:?}"
        );
        assert_eq!(clipped, [1], "the mean of the third is at full scale itself");
        let mono = Shared::new(1, 8_000);
        mono.put(&[0_u8, 128, 192]);
        assert_eq!(heard(&mono).0, [-1.0, 0.0, 0.5]);
        mono.put(&[f32::NAN, f32::INFINITY, 0.5]);
        assert_eq!(heard(&mono).0, [0.0, 0.0, 0.5]);
        mono.put(&[i32::MIN, 0, 1 << 30]);
        assert_eq!(heard(&mono).0, [-1.0, 0.0, 0.5]);
    }

    #[test]
    fn long_runs_are_cut_into_blocks_that_follow_each_other_and_a_full_ring_counts_what_it_loses() {
        let shared = Shared::new(1, 48_000);
        shared.put(&vec![0.5_f32; 3 * BLOCK + 7]);
        let mut blocks: Vec<Block> = std::iter::from_fn(|| shared.blocks.pop()).collect();
        assert_eq!(blocks.iter().map(|block| block.samples().len()).collect::<Vec<_>>(), [BLOCK, BLOCK, BLOCK, 7]);
        let last = blocks.pop().unwrap().ends;
        assert!(blocks.iter().all(|block| block.ends <= last));
        shared.put(&vec![0.5_f32; (BLOCKS + 2) * BLOCK]);
        assert_eq!(shared.lost.load(Ordering::Relaxed), 2 * BLOCK as u64);
    }

    #[test]
    fn what_comes_after_the_end_is_heard_no_more() {
        let shared = Shared::new(1, 48_000);
        shared.put(&[0.5_f32; 10]);
        shared.close();
        shared.put(&[0.5_f32; 10]);
        assert!(shared.blocks.pop().is_none());
    }

    #[test]
    fn an_overrun_is_counted_and_the_first_error_that_ends_the_stream_is_kept() {
        let shared = Shared::new(1, 48_000);
        shared.fail(ErrorKind::Xrun);
        shared.fail(ErrorKind::DeviceChanged);
        assert_eq!((shared.broken(), shared.xruns.load(Ordering::Relaxed)), (None, 1));
        (0..1000).for_each(|_| shared.fail(ErrorKind::DeviceNotAvailable));
        shared.fail(ErrorKind::DeviceBusy);
        assert_eq!(shared.broken(), Some(ErrorKind::DeviceNotAvailable));
    }
}
