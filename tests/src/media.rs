//! What a client of the analysis API would send: of nobody, cut from the shipped recording.

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

/// `seconds` of a hummed tone with harmonics and a trill, as WAV: to a pitch tracker, a voice.
#[must_use]
pub fn hum(seconds: f64) -> Vec<u8> {
    let samples = (0..(seconds * f64::from(SAMPLE_RATE)) as u32).map(|n| {
        let t = f64::from(n) / f64::from(SAMPLE_RATE);
        let phase = std::f64::consts::TAU * (140.0 * t + 1.5 * (4.0 * t).sin());
        let tone: f64 = (1..12).map(|k| (f64::from(k) * phase).sin() / f64::from(k)).sum();
        (tone * 6000.0 * (0.6 + 0.4 * (9.0 * t).sin())) as i16
    });
    wav(SAMPLE_RATE, &samples.collect::<Vec<_>>())
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
        "audio_data": BASE64.encode(&hum(5.0)),
        "motion_data": motion(30),
        "heart_data": heart(70),
    })
}
