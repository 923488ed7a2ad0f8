//! What a client of the analysis API would send: of nobody, cut from the shipped recording.

use std::fs::File;
use std::sync::OnceLock;

use attune_analysis::decode::audio::AudioReader;
use attune_analysis::sample::Timestamp;
use data_encoding::BASE64;
use serde_json::{Value, json};

use crate::recordings;

/// Sample rate of the sounds made here, Hz.
pub const SAMPLE_RATE: u32 = 16_000;

/// The first picture of the shipped recording, a JPEG.
///
/// # Panics
/// When the recording is broken.
#[must_use]
pub fn face() -> Vec<u8> {
    let frames = std::fs::read(recordings::shipped().join("face.mjpeg")).expect("the shipped recording can be read");
    let end = frames.windows(2).position(|pair| pair == [0xff, 0xd9]).expect("a JPEG ends with EOI");
    frames[..end + 2].to_vec()
}

/// `seconds` of the shipped recording's voice, again and again, as WAV.
///
/// # Panics
/// When the recording is broken.
#[must_use]
pub fn speech(seconds: f64) -> Vec<u8> {
    static SAMPLES: OnceLock<Vec<i16>> = OnceLock::new();
    let samples = SAMPLES.get_or_init(|| {
        let file = File::open(recordings::shipped().join("voice.ogg")).expect("the shipped recording can be read");
        let mut reader = AudioReader::open(Box::new(file), Some("ogg")).expect("it is sound");
        assert_eq!(reader.sample_rate(), SAMPLE_RATE);
        let mut samples = Vec::new();
        while let Some(chunk) = reader.next_chunk(Timestamp(0)).expect("it is whole") {
            samples.extend(chunk.samples.iter().map(|sample| (sample * 32_767.0) as i16));
        }
        samples
    });
    let wanted = (seconds * f64::from(SAMPLE_RATE)) as usize;
    wav(SAMPLE_RATE, &samples.iter().copied().cycle().take(wanted).collect::<Vec<_>>())
}

/// A tone of so many Hz with the overtones of a voice, as WAV.
#[must_use]
pub fn tone(pitch: f64, seconds: u32) -> Vec<u8> {
    let at = |n: u32| {
        let phase = std::f64::consts::TAU * pitch * f64::from(n) / f64::from(SAMPLE_RATE);
        (1..=6).map(|k| (phase * f64::from(k)).sin() / f64::from(k)).sum::<f64>() * 6000.0
    };
    wav(SAMPLE_RATE, &(0..seconds * SAMPLE_RATE).map(|n| at(n) as i16).collect::<Vec<_>>())
}

/// Mono 16-bit samples as a WAV file.
#[must_use]
pub fn wav(rate: u32, samples: &[i16]) -> Vec<u8> {
    let mut file = wav_header(rate, 2 * samples.len() as u32);
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

/// The header of a mono 16-bit WAV file that says it has so many bytes of samples.
#[must_use]
pub fn wav_header(rate: u32, bytes: u32) -> Vec<u8> {
    let mut file = b"RIFF".to_vec();
    file.extend(bytes.saturating_add(36).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    file.extend([1, 0, 1, 0]);
    file.extend(rate.to_le_bytes());
    file.extend((rate * 2).to_le_bytes());
    file.extend([2, 0, 16, 0]);
    file.extend(b"data");
    file.extend(bytes.to_le_bytes());
    file
}

/// Somebody who sits still: 50 readings a second, gravity along z.
#[must_use]
pub fn motion(seconds: u32) -> Value {
    let mut random = fastrand::Rng::with_seed(11);
    let mut noise = || (random.f64() - 0.5) * 0.1;
    let readings = (0..seconds * 50).map(|n| {
        json!({
            "timestamp": 1_640_995_200.0 + f64::from(n) * 0.02,
            "acceleration": {"x": noise(), "y": noise(), "z": 9.81 + noise()},
            "gyroscope": {"x": noise(), "y": noise(), "z": noise()},
        })
    });
    readings.collect()
}

/// Intervals of a heart at about 75 a minute, milliseconds.
#[must_use]
pub fn heart(seconds: u32) -> Value {
    let mut random = fastrand::Rng::with_seed(12);
    let intervals = (0..seconds * 5 / 4).map(|n| {
        let breath = 40.0 * (f64::from(n) * 0.8 * 0.25 * std::f64::consts::TAU).sin();
        json!(((800.0 + breath + random.f64() * 20.0) * 10.0).round() / 10.0)
    });
    intervals.collect()
}

/// A whole request: a picture, 5 s of sound, 30 s of motion and 70 s of heartbeats.
#[must_use]
pub fn request() -> Value {
    json!({
        "face_image": BASE64.encode(&face()),
        "audio_data": BASE64.encode(&speech(5.0)),
        "motion_data": motion(30),
        "heart_data": heart(70),
    })
}
