//! Sound: WAV, Ogg Vorbis and FLAC to mono, chunk by chunk.

use std::io::{self, Read, Seek, SeekFrom};

use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::common::Limit;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::MetadataOptions;
use zeroize::Zeroize as _;

use super::guarded;
use crate::AnalysisError;
use crate::sample::{AudioChunk, Timestamp};

/// Where encoded sound comes from: a file, or `std::io::Cursor` over bytes.
pub trait AudioSource: Read + Seek + Send + Sync {}

impl<T: Read + Seek + Send + Sync> AudioSource for T {}

/// What is accepted, looked up in the header before anything is decoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AudioLimits {
    /// Encoded size, bytes.
    pub bytes: u64,
    /// Lowest and highest sample rate, Hz.
    pub sample_rate: (u32, u32),
    /// Channels; they are averaged.
    pub channels: usize,
    /// Length, seconds: by the header where it says so, and while decoding.
    pub seconds: u64,
}

impl Default for AudioLimits {
    /// A day of up to eight channels at 8 to 192 kHz, 8 GiB.
    fn default() -> Self {
        Self { bytes: 8 << 30, sample_rate: (8_000, 192_000), channels: 8, seconds: 86_400 }
    }
}

/// Streams a recording as mono chunks; holds one packet at a time.
pub struct AudioReader {
    format: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    sample_rate: u32,
    channels: usize,
    frames: Option<u64>,
    decoded: u64,
    most: u64,
    interleaved: Vec<f32>,
}

impl AudioReader {
    /// Opens a recording with the default limits. `hint` is its extension (`wav`, `ogg`, `flac`), if known; the
    /// content decides.
    ///
    /// # Errors
    /// When it is of another format, broken, or over a limit.
    pub fn open(source: Box<dyn AudioSource>, hint: Option<&str>) -> Result<Self, AnalysisError> {
        Self::open_within(source, hint, &AudioLimits::default())
    }

    /// Opens a recording.
    ///
    /// # Errors
    /// When it is of another format, broken, or over a limit.
    pub fn open_within(
        source: Box<dyn AudioSource>,
        hint: Option<&str>,
        limits: &AudioLimits,
    ) -> Result<Self, AnalysisError> {
        guarded("sound", || Self::probe(source, hint, limits))
    }

    fn probe(
        mut source: Box<dyn AudioSource>,
        hint: Option<&str>,
        limits: &AudioLimits,
    ) -> Result<Self, AnalysisError> {
        let length = source.seek(SeekFrom::End(0)).and_then(|end| source.rewind().map(|()| end));
        let length = length.map_err(|e| broken(&e))?;
        within("the encoded sound", length, limits.bytes)?;
        let stream = MediaSourceStream::new(Box::new(Sized { source, length }), Default::default());
        let mut named = Hint::new();
        if let Some(extension) = hint {
            named.with_extension(extension);
        }
        // Tags and cover pictures are of no use here, and may be large.
        let tags = MetadataOptions::default()
            .limit_tag_bytes(Limit::Maximum(64 << 10))
            .limit_visual_bytes(Limit::Maximum(64 << 10));
        let format = symphonia::default::get_probe()
            .probe(&named, stream, FormatOptions::default(), tags)
            .map_err(|e| broken(&e))?;
        let track = format.default_track(TrackType::Audio).ok_or_else(|| broken(&"it has no sound"))?;
        let parameters = track.codec_params.as_ref().and_then(|p| p.audio());
        let parameters = parameters.ok_or_else(|| broken(&"its codec is not known"))?;
        let sample_rate = parameters.sample_rate.ok_or_else(|| broken(&"it does not say its sample rate"))?;
        if sample_rate < limits.sample_rate.0 {
            return Err(broken(&format_args!("{sample_rate} Hz is under {} Hz", limits.sample_rate.0)));
        }
        within("the sample rate", sample_rate.into(), limits.sample_rate.1.into())?;
        let channels = parameters.channels.as_ref().map_or(1, |c| c.count());
        within("the channels", channels as u64, limits.channels as u64)?;
        let most = limits.seconds.saturating_mul(sample_rate.into());
        let frames = track.num_frames;
        within("the length in samples", frames.unwrap_or(0), most)?;
        let track = track.id;
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(parameters, &AudioDecoderOptions::default())
            .map_err(|e| broken(&e))?;
        Ok(Self { format, decoder, track, sample_rate, channels, frames, decoded: 0, most, interleaved: Vec::new() })
    }

    /// Samples a second.
    #[must_use]
    pub fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// Length in seconds, where the header says it.
    #[must_use]
    pub fn seconds(&self) -> Option<f64> {
        self.frames.map(|frames| frames as f64 / f64::from(self.sample_rate))
    }

    /// The next run of samples, all channels averaged, laid on the time line as if the recording began at `start`;
    /// `None` at its end. A packet that does not decode is left out, and the next ones keep their place.
    ///
    /// # Errors
    /// When the recording breaks off or goes on beyond the limit of its length.
    pub fn next_chunk(&mut self, start: Timestamp) -> Result<Option<AudioChunk>, AnalysisError> {
        guarded("sound", || self.decode_next(start))
    }

    fn decode_next(&mut self, start: Timestamp) -> Result<Option<AudioChunk>, AnalysisError> {
        loop {
            let Some(packet) = self.format.next_packet().map_err(|e| unreadable(&e))? else { return Ok(None) };
            if packet.track_id != self.track {
                continue;
            }
            let buffer = match self.decoder.decode(&packet) {
                Ok(buffer) => buffer,
                Err(Error::DecodeError(_)) => {
                    self.decoded += packet.dur.get();
                    continue;
                }
                Err(e) => return Err(unreadable(&e)),
            };
            if buffer.spec().rate() != self.sample_rate {
                return Err(broken(&"its sample rate changes on the way"));
            }
            let channels = buffer.spec().channels().count().max(1);
            within("the channels", channels as u64, self.channels.max(1) as u64)?;
            let frames = buffer.frames();
            within("the length in samples", self.decoded.saturating_add(frames as u64), self.most)?;
            if frames == 0 {
                continue;
            }
            buffer.copy_to_vec_interleaved(&mut self.interleaved);
            let share = 1.0 / channels as f32;
            let samples = self.interleaved.chunks_exact(channels).map(|all| all.iter().sum::<f32>() * share).collect();
            self.interleaved.zeroize();
            let at = start.plus_seconds(self.decoded as f64 / f64::from(self.sample_rate));
            self.decoded += frames as u64;
            return Ok(Some(AudioChunk { at, sample_rate: self.sample_rate, samples }));
        }
    }
}

fn broken(problem: &dyn std::fmt::Display) -> AnalysisError {
    AnalysisError::Decode { medium: "sound", problem: problem.to_string() }
}

fn unreadable(error: &Error) -> AnalysisError {
    match error {
        Error::IoError(e) if e.kind() == io::ErrorKind::UnexpectedEof => broken(&"it breaks off before its end"),
        other => broken(other),
    }
}

fn within(what: &'static str, got: u64, limit: u64) -> Result<(), AnalysisError> {
    if got > limit { Err(AnalysisError::TooLarge { what, got, limit }) } else { Ok(()) }
}

/// A source whose length has been looked up.
struct Sized {
    source: Box<dyn AudioSource>,
    length: u64,
}

impl Read for Sized {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.source.read(into)
    }
}

impl Seek for Sized {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.source.seek(to)
    }
}

impl MediaSource for Sized {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.length)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// A WAV file of 16-bit samples, channels interleaved.
    fn wav(rate: u32, channels: u16, samples: &[i16]) -> Vec<u8> {
        let bytes = 2 * samples.len() as u32;
        let mut file = Vec::new();
        file.extend(b"RIFF");
        file.extend((36 + bytes).to_le_bytes());
        file.extend(b"WAVEfmt ");
        file.extend(16_u32.to_le_bytes());
        file.extend(1_u16.to_le_bytes());
        file.extend(channels.to_le_bytes());
        file.extend(rate.to_le_bytes());
        file.extend((rate * 2 * u32::from(channels)).to_le_bytes());
        file.extend((2 * channels).to_le_bytes());
        file.extend(16_u16.to_le_bytes());
        file.extend(b"data");
        file.extend(bytes.to_le_bytes());
        file.extend(samples.iter().flat_map(|s| s.to_le_bytes()));
        file
    }

    fn open(bytes: Vec<u8>) -> Result<AudioReader, AnalysisError> {
        AudioReader::open(Box::new(Cursor::new(bytes)), None)
    }

    #[test]
    fn a_wav_streams_as_mono_chunks_on_the_time_line() {
        let samples: Vec<i16> = (0..20_000).flat_map(|_| [16_384, 0]).collect();
        let mut reader = open(wav(16_000, 2, &samples)).expect("opens");
        assert_eq!((reader.sample_rate(), reader.seconds()), (16_000, Some(1.25)));
        let start = Timestamp::from_millis(5_000);
        let (mut count, mut chunks) = (0, 0);
        while let Some(chunk) = reader.next_chunk(start).expect("decodes") {
            assert_eq!(chunk.at, start.plus_seconds(f64::from(count) / 16_000.0));
            assert!(chunk.samples.iter().all(|&s| s == 0.25));
            count += chunk.samples.len() as i32;
            chunks += 1;
        }
        assert_eq!(count, 20_000);
        assert!(chunks > 1, "it is streamed");
    }

    #[test]
    fn limits_are_told_from_the_header() {
        let limits = AudioLimits { seconds: 1, ..AudioLimits::default() };
        let file = wav(16_000, 1, &[0; 20_000]);
        let refused = AudioReader::open_within(Box::new(Cursor::new(file)), Some("wav"), &limits);
        assert!(matches!(refused, Err(AnalysisError::TooLarge { what: "the length in samples", .. })));
        for (rate, channels) in [(300_000, 1), (4_000, 1), (16_000, 9)] {
            assert!(open(wav(rate, channels, &[0; 900])).is_err(), "{rate} {channels}");
        }
    }

    #[test]
    fn what_is_no_sound_is_refused() {
        for bytes in [Vec::new(), b"RIFF".to_vec(), vec![0; 4096], b"OggS but not really".to_vec()] {
            assert!(matches!(open(bytes), Err(AnalysisError::Decode { .. })));
        }
    }

    #[test]
    fn a_file_that_breaks_off_never_panics() {
        let file = wav(8_000, 1, &[1000; 4_000]);
        for length in (0..file.len()).step_by(7) {
            if let Ok(mut reader) = open(file[..length].to_vec()) {
                while let Ok(Some(_)) = reader.next_chunk(Timestamp(0)) {}
            }
        }
    }
}
