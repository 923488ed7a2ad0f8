use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use attune_analysis::left_out::LeftOut;
use attune_analysis::sample::{AudioChunk, Timestamp};
use attune_protocol::record::Gap;
use cpal::traits::{DeviceTrait as _, StreamTrait as _};
use cpal::{BufferSize, SampleFormat, SupportedStreamConfig};
use tracing::debug;

use super::super::live::{Given, Stream, Trouble};
use super::ring::Shared;
use super::{system, trouble};
use crate::clock::Clock;

/// How much is read at once.
const READING: Duration = Duration::from_millis(50);
/// A stream that gives nothing for so long is gone: no error says so in most cases.
const GONE: Duration = Duration::from_secs(2);
/// The first sound may take longer.
const OPENING: Duration = Duration::from_secs(5);
/// Nothing but noughts for so long is no quiet room.
const SILENT: Duration = Duration::from_secs(10);
/// What other programs use: opened at another rate, a sound card may make them stutter.
const USUAL_RATE: u32 = 48_000;
/// How far the time by which a block came may be off the one that its samples count, seconds: beyond, some are missing.
const LATE: f64 = 0.15;
/// How much of that difference is taken back with each chunk: a sound card's clock is not the computer's.
const SLEW: f64 = 0.02;

/// A microphone that is open.
pub(super) struct MicrophoneStream {
    /// Closed when it is dropped.
    stream: cpal::Stream,
    shared: Arc<Shared>,
    clock: Clock,
    microphone: String,
    name: String,
    rate: u32,
    /// When something came last.
    heard: Option<Instant>,
    /// Where the next sample stands, by those before.
    next: Option<Timestamp>,
    /// Since when there have been nothing but noughts.
    silent_since: Option<Instant>,
    /// Why, once that has been asked.
    silence: Option<Gap>,
    xruns: u64,
}

impl MicrophoneStream {
    /// Opens a microphone at its own rate and with its own buffers.
    ///
    /// # Errors
    /// When it is not there, another program has it, or the agent may not use it.
    pub(super) fn open(device: &cpal::Device, microphone: &str, clock: &Clock) -> Result<Self, Trouble> {
        let failed = |error: cpal::Error| trouble::of(microphone, error.kind());
        let config = config(device).map_err(failed)?;
        let (channels, rate, format) = (config.channels(), config.sample_rate(), config.sample_format());
        if matches!(format, SampleFormat::DsdU8 | SampleFormat::DsdU16 | SampleFormat::DsdU32) {
            return Err(Trouble::new(Gap::DeviceGone, format!("the microphone {microphone} gives one-bit sound only")));
        }
        let shared = Shared::new(channels, rate);
        let (hears, fails) = (shared.clone(), shared.clone());
        let mut request = config.config();
        request.buffer_size = BufferSize::Default;
        let stream = device
            .build_input_stream_raw(
                request,
                format,
                move |data, _| hears.take(data),
                move |error: cpal::Error| fails.fail(error.kind()),
                Some(OPENING),
            )
            .map_err(failed)?;
        stream.play().map_err(failed)?;
        Ok(Self {
            stream,
            shared,
            clock: clock.clone(),
            microphone: microphone.to_owned(),
            name: format!("{microphone}, {rate} Hz, {channels} channels, {format}"),
            rate,
            heard: None,
            next: None,
            silent_since: None,
            silence: None,
            xruns: 0,
        })
    }

    /// What the ring holds, in runs without a gap.
    fn drain(&mut self) -> Vec<AudioChunk> {
        let mut chunks: Vec<AudioChunk> = Vec::new();
        let (opened, now) = (self.shared.opened, self.clock.now());
        let since_opened = opened.elapsed().as_secs_f64();
        while let Some(block) = self.shared.blocks.pop() {
            let samples = block.samples();
            let seconds = samples.len() as f64 / f64::from(self.rate);
            let came = now.plus_seconds(block.ends as f64 / 1e9 - since_opened - seconds);
            let (at, follows) = match self.next {
                Some(next) if came.seconds_since(next).abs() < LATE => {
                    (next.plus_seconds(came.seconds_since(next) * SLEW), true)
                }
                _ => (came, false),
            };
            self.next = Some(at.plus_seconds(seconds));
            match chunks.last_mut().filter(|_| follows) {
                Some(chunk) => {
                    let before = chunk.samples.len() as u32;
                    chunk.clipped.extend(block.clipped().map(|number| number + before));
                    chunk.samples.extend_from_slice(samples);
                }
                None => chunks.push(AudioChunk {
                    at,
                    sample_rate: self.rate,
                    samples: samples.to_vec(),
                    clipped: block.clipped().collect(),
                }),
            }
        }
        chunks
    }

    /// Why there is nothing but noughts, once that has lasted.
    fn silence(&mut self, chunks: &[AudioChunk]) -> Option<Gap> {
        let silent = chunks.iter().all(|chunk| chunk.samples.iter().all(|sample| *sample == 0.0));
        if !silent {
            (self.silent_since, self.silence) = (None, None);
            return None;
        }
        let since = *self.silent_since.get_or_insert_with(Instant::now);
        if since.elapsed() < SILENT {
            return None;
        }
        // A sound server may be muted, or a microphone switched off: only the first can be asked for.
        Some(*self.silence.get_or_insert_with(|| if system::is_muted() { Gap::Muted } else { Gap::Silent }))
    }
}

/// The device's own format, at the usual rate where that is one of its own.
fn config(device: &cpal::Device) -> Result<SupportedStreamConfig, cpal::Error> {
    let default = device.default_input_config()?;
    if default.sample_rate() == USUAL_RATE {
        return Ok(default);
    }
    let mut all = device.supported_input_configs()?;
    let usual = all.find_map(|range| {
        let alike = range.channels() == default.channels() && range.sample_format() == default.sample_format();
        range.try_with_sample_rate(USUAL_RATE).filter(|_| alike)
    });
    Ok(usual.unwrap_or(default))
}

impl Stream for MicrophoneStream {
    type Sample = AudioChunk;

    fn read(&mut self) -> Result<Given<AudioChunk>, Trouble> {
        std::thread::sleep(READING);
        if let Some(kind) = self.shared.broken() {
            return Err(trouble::of(&self.microphone, kind));
        }
        let xruns = self.shared.xruns.load(Ordering::Relaxed);
        if std::mem::replace(&mut self.xruns, xruns) != xruns {
            debug!(source = "microphone", xruns, "the sound system lost some sound: it goes on");
        }
        let chunks = self.drain();
        if chunks.is_empty() {
            let (since, patience) = match self.heard {
                Some(heard) => (heard, GONE),
                None => (self.shared.opened, OPENING),
            };
            return match since.elapsed() > patience {
                true => Err(Trouble::new(
                    Gap::DeviceGone,
                    format!("the microphone {} gives nothing any more: was it unplugged?", self.microphone),
                )),
                false => Ok(Given::Nothing),
            };
        }
        self.heard = Some(Instant::now());
        Ok(self.silence(&chunks).map_or(Given::Samples(chunks), Given::Lack))
    }

    fn left_out(&mut self) -> LeftOut {
        LeftOut { overload: self.shared.lost.swap(0, Ordering::Relaxed), ..LeftOut::default() }
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

impl Drop for MicrophoneStream {
    /// What comes while it closes goes nowhere.
    fn drop(&mut self) {
        self.shared.close();
        // Not every host stops at once when the stream goes.
        let _ = self.stream.pause();
    }
}
