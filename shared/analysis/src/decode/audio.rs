//! Sound to mono, chunk by chunk: WAV, FLAC, MP3, Ogg (Vorbis, Opus, FLAC), M4A (AAC, the core of HE-AAC, ALAC) and WebM (Opus,
//! Vorbis).

mod codec;
mod flat_tops;
mod foreign;
mod mix;
mod mp4;
mod stream;
mod wav;

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use symphonia::core::common::Limit;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::MetadataOptions;
use zeroize::Zeroize as _;

use self::codec::{Codec, Decoded};
use self::mix::Mixer;
use super::guarded;
use crate::AnalysisError;
use crate::sample::{AudioChunk, Timestamp};

/// Recordings one behind the other in one file, and streams of each: opening one looks through the pages of all its streams at
/// the end of the file.
const MOST_RECORDINGS: u64 = 100;
const MOST_STREAMS: u64 = 16;

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
    /// Channels; they are mixed to one.
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
    codec: Codec,
    mixer: Mixer,
    track: u32,
    sample_rate: u32,
    seconds: Option<f64>,
    decoded: u64,
    /// The decoded frames that were recorded: the others are an encoder's own.
    recorded: Range<u64>,
    /// Frames of the packet before: as many as one that does not decode stands for.
    usual: u64,
    most: u64,
    /// Recordings behind the first one in its file, and the channels that each may have.
    behind: u32,
    most_channels: usize,
    /// Whether it ends where its file does, which nothing tells beforehand.
    open_ended: bool,
    interleaved: Vec<f32>,
}

impl AudioReader {
    /// Opens a recording with the default limits. `hint` is its extension (`wav`, `ogg`, `m4a`), if known; the content
    /// decides.
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
        let mut head = Vec::new();
        let looked = source.by_ref().take(foreign::LOOKED_AT as u64).read_to_end(&mut head);
        looked.and_then(|_| source.rewind()).map_err(|e| broken(&e))?;
        if let Some(problem) = foreign::told(&head) {
            return Err(broken(&problem));
        }
        let open_ended = match stream::end(&mut *source, length).map_err(|e| broken(&e))? {
            stream::End::Within => false,
            stream::End::Open => true,
            stream::End::Behind => return Err(broken(&BREAKS_OFF)),
        };
        let in_parts = mp4::is_in_fragments(&mut *source, length).map_err(|e| broken(&e))?
            || stream::is_chained(&mut *source, length).map_err(|e| broken(&e))?;
        let edit = mp4::edit(&mut *source, length).map_err(|e| broken(&e))?;
        let (source, length) = wav::mended(source, length).map_err(|e| broken(&e))?;
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
            .map_err(|e| unopened(&e))?;
        let track = format.default_track(TrackType::Audio).ok_or_else(|| broken(&"it has no sound"))?;
        let parameters = track.codec_params.as_ref().and_then(|p| p.audio());
        let parameters = parameters.ok_or_else(|| broken(&"its codec is not known"))?;
        let codec = Codec::new(parameters, track.time_base).map_err(|e| broken(&e))?;
        let said = parameters.sample_rate;
        let sample_rate = codec.sample_rate().or(said).ok_or_else(|| broken(&"it does not say its sample rate"))?;
        if sample_rate < limits.sample_rate.0 {
            return Err(broken(&format_args!("{sample_rate} Hz is under {} Hz", limits.sample_rate.0)));
        }
        within("the sample rate", sample_rate.into(), limits.sample_rate.1.into())?;
        let channels = parameters.channels.as_ref().map_or(1, |c| c.count());
        within("the channels", channels as u64, limits.channels as u64)?;
        let ticks = track
            .duration
            .zip(track.time_base)
            .map(|(duration, base)| duration.get() as f64 * f64::from(base.numer.get()) / f64::from(base.denom.get()));
        // Frames are counted at the rate that the container says, which is twice that of the core of HE-AAC.
        let frames = track.num_frames.map(|frames| frames as f64 / f64::from(said.unwrap_or(sample_rate)));
        // A header that was written before the sound tells nothing of its length, or that of its first part.
        let seconds = edit.and_then(|edit| edit.seconds).or(ticks).or(frames).filter(|_| !in_parts);
        let most = limits.seconds.saturating_mul(sample_rate.into());
        within("the length in samples", (seconds.unwrap_or(0.0) * f64::from(sample_rate)).round() as u64, most)?;
        let frames = |seconds: f64| (seconds * f64::from(sample_rate)).round() as u64;
        let begin = edit.map_or(0, |edit| frames(edit.begin));
        let end = edit.filter(|_| !in_parts).and_then(|edit| Some(begin.saturating_add(frames(edit.seconds?))));
        let (track, mixer, interleaved) = (track.id, Mixer::new(channels), Vec::new());
        let recorded = begin..end.unwrap_or(u64::MAX);
        Ok(Self {
            format,
            codec,
            mixer,
            track,
            sample_rate,
            seconds,
            decoded: 0,
            recorded,
            usual: 0,
            most,
            behind: 0,
            most_channels: limits.channels,
            open_ended,
            interleaved,
        })
    }

    /// Samples a second.
    #[must_use]
    pub fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// Length in seconds, where the header says it.
    #[must_use]
    pub fn seconds(&self) -> Option<f64> {
        self.seconds
    }

    /// The next run of samples, all channels mixed, laid on the time line as if the recording began at `start`;
    /// `None` at its end. A packet that does not decode is left out, and the next ones keep their place.
    ///
    /// # Errors
    /// When the recording breaks off or goes on beyond the limit of its length.
    pub fn next_chunk(&mut self, start: Timestamp) -> Result<Option<AudioChunk>, AnalysisError> {
        guarded("sound", || self.decode_next(start))
    }

    /// Goes on with the recording that stands behind one in the same file.
    fn begin_next_recording(&mut self) -> Result<(), AnalysisError> {
        self.behind += 1;
        within("the recordings in one file", u64::from(self.behind) + 1, MOST_RECORDINGS)?;
        within("the streams of a recording", self.format.tracks().len() as u64, MOST_STREAMS)?;
        let track = self.format.default_track(TrackType::Audio).ok_or_else(|| broken(&"it has no sound"))?;
        let parameters = track.codec_params.as_ref().and_then(|p| p.audio());
        let parameters = parameters.ok_or_else(|| broken(&"its codec is not known"))?;
        let codec = Codec::new(parameters, track.time_base).map_err(|e| broken(&e))?;
        let sample_rate = codec.sample_rate().or(parameters.sample_rate);
        if sample_rate != Some(self.sample_rate) {
            return Err(broken(&"its sample rate changes on the way"));
        }
        let channels = parameters.channels.as_ref().map_or(1, |c| c.count());
        within("the channels", channels as u64, self.most_channels as u64)?;
        (self.track, self.codec, self.mixer) = (track.id, codec, Mixer::new(channels));
        Ok(())
    }

    fn decode_next(&mut self, start: Timestamp) -> Result<Option<AudioChunk>, AnalysisError> {
        loop {
            let packet = match self.format.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => return Ok(None),
                Err(Error::IoError(e)) if self.open_ended && e.kind() == io::ErrorKind::UnexpectedEof => {
                    return Ok(None);
                }
                Err(Error::ResetRequired) => {
                    self.begin_next_recording()?;
                    continue;
                }
                Err(error) => return Err(unreadable(&error)),
            };
            if packet.track_id != self.track {
                continue;
            }
            let decoded = self.codec.decode(&packet, &mut self.interleaved).map_err(|e| unreadable(&e))?;
            let Decoded::Samples { frames, channels, rate } = decoded else {
                self.decoded += self.usual;
                continue;
            };
            if rate != self.sample_rate {
                return Err(broken(&"its sample rate changes on the way"));
            }
            if channels > self.mixer.channels() {
                return Err(broken(&"it has more channels than it says"));
            }
            within("the length in samples", self.decoded.saturating_add(frames as u64), self.most)?;
            let inside = |frame: u64| frame.saturating_sub(self.decoded).min(frames as u64) as usize;
            let kept = inside(self.recorded.start)..inside(self.recorded.end);
            let first = self.decoded + kept.start as u64;
            self.decoded += frames as u64;
            self.usual = frames as u64;
            if kept.is_empty() {
                self.interleaved.zeroize();
                continue;
            }
            self.interleaved.truncate(kept.end * channels);
            self.interleaved.drain(..kept.start * channels);
            if channels != self.mixer.channels() {
                self.mixer = Mixer::new(channels);
            }
            let (samples, clipped) = self.mixer.mix(&mut self.interleaved, rate);
            let at = start.plus_seconds((first - self.recorded.start) as f64 / f64::from(self.sample_rate));
            return Ok(Some(AudioChunk { at, sample_rate: self.sample_rate, samples, clipped }));
        }
    }
}

fn broken(problem: &dyn std::fmt::Display) -> AnalysisError {
    AnalysisError::Decode { medium: "sound", problem: problem.to_string() }
}

const BREAKS_OFF: &str = "it breaks off before its end";

/// What is wrong with a file that is none of a kind that is known here.
fn unopened(error: &Error) -> AnalysisError {
    match error {
        Error::Unsupported(_) => broken(&format_args!("it is no sound of a kind that is read: {}", foreign::INSTEAD)),
        other => unreadable(other),
    }
}

fn unreadable(error: &Error) -> AnalysisError {
    match error {
        Error::IoError(e) if e.kind() == io::ErrorKind::UnexpectedEof => broken(&BREAKS_OFF),
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

    /// All samples of a recording, and its rate and length by the header.
    fn whole(bytes: Vec<u8>) -> (Vec<f32>, u32, Option<f64>) {
        let mut reader = open(bytes).expect("opens");
        let mut samples = Vec::new();
        while let Some(chunk) = reader.next_chunk(Timestamp(0)).expect("decodes") {
            samples.extend_from_slice(&chunk.samples);
        }
        (samples, reader.sample_rate(), reader.seconds())
    }

    /// A WAV file with false numbers: `(place, bytes)`.
    fn with(file: &[u8], changes: &[(usize, &[u8])]) -> Vec<u8> {
        let mut file = file.to_vec();
        for (place, bytes) in changes {
            file[*place..*place + bytes.len()].copy_from_slice(bytes);
        }
        file
    }

    #[test]
    fn a_wav_of_unknown_or_false_length_is_as_long_as_its_file() {
        let samples: Vec<i16> = (0..20_000).map(|i| (i % 50) * 300).collect();
        let plain = wav(16_000, 1, &samples);
        let expected = whole(plain.clone());
        assert_eq!((expected.0.len(), expected.2), (20_000, Some(1.25)));
        let (riff, data) = (4, 40);
        let unknown = [0_u32, u32::MAX, 0x7fff_f000, 0x8000_0000, 40_003, 40_016];
        for length in unknown.map(u32::to_le_bytes) {
            for riff_length in [0_u32, u32::MAX, 40_030, 40_039].map(u32::to_le_bytes) {
                let found = whole(with(&plain, &[(riff, &riff_length), (data, &length)]));
                assert!(found == expected, "{length:?} {riff_length:?}: {} {:?}", found.0.len(), found.2);
            }
        }
        // Lists behind the samples are none.
        let mut listed = plain.clone();
        listed.extend(b"LIST\x04\0\0\0INFO");
        assert!(whole(listed) == expected);
    }

    #[test]
    fn a_wav_whose_format_has_an_odd_length_is_read() {
        let plain = wav(16_000, 1, &[1000; 4_000]);
        let expected = whole(plain.clone());
        for (said, there) in [(17_u32, 17_usize), (17, 18), (18, 18), (19, 20), (20, 18), (16, 18), (50, 50), (14, 16)]
        {
            let mut file = plain[..36].to_vec();
            file[16..20].copy_from_slice(&said.to_le_bytes());
            file.resize(20 + there, 0);
            file.extend(&plain[36..]);
            assert!(whole(file) == expected, "{said} {there}");
        }
    }

    #[test]
    fn a_law_and_mu_law_are_read() {
        // The loudest codes of ITU-T G.711, up and down.
        for (kind, loud) in [(6_u16, [0xaa_u8, 0x2a]), (7, [0x80, 0x00])] {
            for more in [&b""[..], b"\0\0"] {
                let coded: Vec<u8> = (0..8_000).map(|i| loud[i % 2]).collect();
                let mut file = wav(8_000, 1, &[])[..36].to_vec();
                file[16] += more.len() as u8;
                file[20..22].copy_from_slice(&kind.to_le_bytes());
                file[28..32].copy_from_slice(&8_000_u32.to_le_bytes());
                file[32..36].copy_from_slice(&[1, 0, 8, 0]);
                file = [&file[..], more, b"data", &8_000_u32.to_le_bytes(), &coded].concat();
                let (samples, rate, seconds) = whole(file);
                assert_eq!((samples.len(), rate, seconds), (8_000, 8_000, Some(1.0)), "{kind}");
                assert!(samples.chunks(2).all(|pair| pair[0] > 0.95 && pair[1] < -0.95), "{kind}: {:?}", &samples[..2]);
            }
        }
    }

    #[test]
    fn a_list_of_odd_length_before_the_samples_is_passed_over_padded_or_not() {
        let plain = wav(16_000, 1, &[1000; 4_000]);
        let expected = whole(plain.clone());
        for list in [&b"LIST\x07\0\0\0INFOabc"[..], b"LIST\x07\0\0\0INFOabc\0", b"LIST\x04\0\0\0INFO"] {
            assert!(whole([&plain[..36], list, &plain[36..]].concat()) == expected, "{list:?}");
        }
    }

    #[test]
    fn a_wav_that_breaks_off_says_so() {
        let file = wav(16_000, 1, &[1000; 20_000]);
        let mut reader = open(file[..20_000].to_vec()).expect("opens");
        let end = std::iter::from_fn(|| reader.next_chunk(Timestamp(0)).transpose()).find_map(Result::err);
        assert!(end.expect("it is no whole recording").to_string().contains("breaks off"));
    }

    /// One of the sounds that `tests/media/make.sh` makes.
    fn made(name: &str) -> Vec<u8> {
        std::fs::read(format!("{}/tests/media/{name}", env!("CARGO_MANIFEST_DIR"))).expect("it is there")
    }

    /// A second and a half of 440 Hz at a quarter of full scale.
    fn is_the_tone((samples, rate, seconds): (Vec<f32>, u32, Option<f64>), expected_rate: u32, name: &str) {
        assert_eq!(rate, expected_rate, "{name}");
        let length = samples.len() as f64 / f64::from(rate);
        assert!((length - 1.5).abs() < 0.1, "{name}: {length}");
        assert!(seconds.is_none_or(|seconds| (seconds - 1.5).abs() < 0.1), "{name}: {seconds:?}");
        let middle = &samples[samples.len() / 4..samples.len() * 3 / 4];
        let crossings = middle.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
        let hz = crossings as f64 * f64::from(rate) / middle.len() as f64;
        assert!((hz - 440.0).abs() < 4.0, "{name}: {hz}");
        let power = middle.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / middle.len() as f64;
        assert!((power.sqrt() - 0.25 / 2_f64.sqrt()).abs() < 0.02, "{name}: {}", power.sqrt());
    }

    #[test]
    fn what_phones_and_browsers_record_is_read() {
        for (name, rate) in [("aac.m4a", 22_050), ("alac.m4a", 22_050), ("opus.ogg", 48_000), ("opus.webm", 48_000)] {
            is_the_tone(whole(made(name)), rate, name);
        }
    }

    #[test]
    fn a_recording_whose_ticks_are_odd_is_read() {
        let mut file = made("opus.webm");
        // A tick is 999,983 ns long, which no other unit measures.
        let scale = [0x2a, 0xd7, 0xb1, 0x83, 0x0f, 0x42, 0x40];
        let place = file.windows(7).position(|bytes| bytes == scale).expect("its ticks are there");
        file[place + 6] = 0x2f;
        is_the_tone(whole(file), 48_000, "odd ticks");
    }

    #[test]
    fn what_was_written_while_it_was_recorded_is_read_to_its_end() {
        for (name, rate) in [("opus-stream.webm", 48_000), ("aac-fragments.mp4", 22_050)] {
            let found = whole(made(name));
            assert_eq!(found.2, None, "{name}: its header cannot know its length");
            is_the_tone(found, rate, name);
        }
        // What is cut off of such a stream nobody can tell: the rest is read.
        let stream = made("opus-stream.webm");
        let (samples, ..) = whole(stream[..stream.len() * 2 / 3].to_vec());
        assert!((24_000..72_000).contains(&samples.len()), "{}", samples.len());
        let whole_one = made("opus.webm");
        let cut = open(whole_one[..whole_one.len() * 2 / 3].to_vec()).err().expect("its header knows more");
        assert!(cut.to_string().contains("breaks off"), "{cut}");
    }

    #[test]
    fn recordings_one_behind_the_other_in_an_ogg_are_all_read() {
        let one = made("opus.ogg");
        let (samples, rate, _) = whole(one.clone());
        // Each with its two pages of headers and its last page of sound: decoding takes long.
        let pages: Vec<usize> =
            one.windows(4).enumerate().filter(|(_, mark)| *mark == b"OggS").map(|(at, _)| at).collect();
        let short = [&one[..pages[2]], &one[pages[pages.len() - 1]..]].concat();
        let mut many = open(short.repeat(101)).expect("opens");
        let refused = std::iter::from_fn(|| many.next_chunk(Timestamp(0)).transpose()).find_map(Result::err);
        assert!(refused.expect("too many").to_string().contains("recordings in one file"));
        let (both, rate_of_both, seconds) = whole([one.clone(), one].concat());
        assert_eq!((rate_of_both, seconds), (rate, None));
        // But for what the first encoder filled its last packet up with.
        assert!(both.len().abs_diff(2 * samples.len()) < 2_400, "{} and {}", both.len(), samples.len());
    }

    #[test]
    fn the_silence_that_an_encoder_puts_before_the_sound_is_left_out() {
        for name in ["aac.m4a", "alac.m4a"] {
            let (samples, rate, seconds) = whole(made(name));
            assert!((samples.len() as i64 - 33_075).abs() <= i64::from(rate) / 1000, "{name}: {}", samples.len());
            assert!(seconds.is_some_and(|seconds| (seconds - 1.5).abs() < 0.001), "{name}: {seconds:?}");
            let power = samples[..441].iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / 441.0;
            assert!((power.sqrt() - 0.25 / 2_f64.sqrt()).abs() < 0.05, "{name} begins at once: {}", power.sqrt());
        }
    }

    #[test]
    fn of_he_aac_the_core_is_read() {
        let mut file = made("aac.m4a");
        // Plain AAC with an appendix that says "no SBR" becomes one that says "SBR".
        let config = [0x13, 0x88, 0x56, 0xe5, 0x00];
        let place = file.windows(5).position(|bytes| bytes == config).expect("its configuration is there");
        file[place + 4] = 0xa0;
        is_the_tone(whole(file), 22_050, "the core");
    }

    #[test]
    fn a_channel_on_its_head_and_a_clipped_one_are_told() {
        let tone = |i: i32| ((f64::from(i) / 8.0).sin() * 16_000.0) as i16;
        let upside_down: Vec<i16> = (0..8_000).flat_map(|i| [tone(i), -tone(i)]).collect();
        let (samples, ..) = whole(wav(16_000, 2, &upside_down));
        assert!(samples.iter().any(|s| s.abs() > 0.4));
        let clipped: Vec<i16> = (0..8_000).flat_map(|_| [i16::MAX, 0]).collect();
        let mut reader = open(wav(16_000, 2, &clipped)).expect("opens");
        let chunk = reader.next_chunk(Timestamp(0)).expect("decodes").expect("is there");
        assert_eq!(chunk.clipped.len(), chunk.samples.len());
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
