//! The shipped recording, and others made from it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use attune_protocol::registry::Modality;

use crate::binaries::repository;

/// Seconds of the shipped recording; the tense part begins half-way.
pub const SECONDS: u32 = 120;

/// The shipped recording's folder.
#[must_use]
pub fn shipped() -> PathBuf {
    repository().join("tests/recording")
}

/// A recording with only some of the shipped one's sensors.
///
/// # Panics
/// When the folder cannot be written.
#[must_use]
pub fn only(folder: &Path, modalities: &[Modality]) -> PathBuf {
    let files = modalities.iter().map(|&modality| (modality, shipped().join(file_of(modality))));
    of_files(folder, &files.collect::<Vec<_>>(), 5.0)
}

/// The shipped recording with a silent voice of the same length.
///
/// # Panics
/// When the folder cannot be written.
#[must_use]
pub fn with_silent_voice(folder: &Path) -> PathBuf {
    let silence = folder.join("silence.wav");
    std::fs::write(&silence, silent_wav(SECONDS)).expect("the test's folder can be written");
    let files = Modality::ALL.map(|modality| match modality {
        Modality::Voice => (modality, silence.clone()),
        _ => (modality, shipped().join(file_of(modality))),
    });
    of_files(folder, &files, 5.0)
}

/// A recording of any files: writes its `recording.toml` into `folder`, which it gives back.
///
/// # Panics
/// When the folder cannot be written.
#[must_use]
pub fn of_files(folder: &Path, files: &[(Modality, PathBuf)], fps: f64) -> PathBuf {
    let mut text = String::new();
    for (modality, path) in files {
        writeln!(text, "[{modality}]\npath = {path:?}").expect("writing to a string does not fail");
        if *modality == Modality::Face {
            writeln!(text, "fps = {fps:?}").expect("writing to a string does not fail");
        }
    }
    std::fs::write(folder.join("recording.toml"), text).expect("the test's folder can be written");
    folder.to_owned()
}

/// Name of the shipped recording's file of a modality.
#[must_use]
pub fn file_of(modality: Modality) -> &'static str {
    match modality {
        Modality::Face => "face.mjpeg",
        Modality::Voice => "voice.ogg",
        Modality::Motion => "motion.csv",
        Modality::Heart => "heart.csv",
    }
}

/// 16-bit mono PCM zeros at 16 kHz under the 44-byte header of RIFF WAVE.
fn silent_wav(seconds: u32) -> Vec<u8> {
    const RATE: u32 = 16_000;
    let bytes = seconds * RATE * 2;
    let mut wav = Vec::with_capacity(44 + bytes as usize);
    wav.extend_from_slice(b"RIFF");
    wav.extend_from_slice(&(36 + bytes).to_le_bytes());
    wav.extend_from_slice(b"WAVEfmt ");
    wav.extend_from_slice(&16_u32.to_le_bytes());
    wav.extend_from_slice(&1_u16.to_le_bytes()); // PCM
    wav.extend_from_slice(&1_u16.to_le_bytes()); // mono
    wav.extend_from_slice(&RATE.to_le_bytes());
    wav.extend_from_slice(&(RATE * 2).to_le_bytes());
    wav.extend_from_slice(&2_u16.to_le_bytes());
    wav.extend_from_slice(&16_u16.to_le_bytes());
    wav.extend_from_slice(b"data");
    wav.extend_from_slice(&bytes.to_le_bytes());
    wav.resize(44 + bytes as usize, 0);
    wav
}
