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
    let files = Modality::SENSED.map(|modality| match modality {
        Modality::Voice => (modality, silence.clone()),
        _ => (modality, shipped().join(file_of(modality))),
    });
    of_files(folder, &files, 5.0)
}

/// The shipped recording with its two halves exchanged: the tense part first.
///
/// # Panics
/// When ffmpeg fails or the folder cannot be written.
#[must_use]
pub fn exchanged(folder: &Path, ffmpeg: &Path) -> PathBuf {
    let half = u64::from(SECONDS / 2);
    let files = Modality::SENSED.map(|modality| {
        let (from, to) = (shipped().join(file_of(modality)), folder.join(file_of(modality)));
        match modality {
            Modality::Face => {
                let frames = std::fs::read(&from).expect("the shipped recording can be read");
                let middle = start_of_frame(&frames, usize::try_from(half * 5).expect("a small number"));
                std::fs::write(&to, [&frames[middle..], &frames[..middle]].concat())
            }
            Modality::Voice => {
                let filter =
                    format!("[0]atrim={half},asetpts=PTS-STARTPTS[a];[0]atrim=0:{half}[b];[a][b]concat=v=0:a=1");
                let mut run = std::process::Command::new(ffmpeg);
                run.args(["-v", "error", "-i"]).arg(&from).args(["-filter_complex", &filter]).arg(&to);
                crate::process::output(&mut run);
                Ok(())
            }
            _ => {
                let text = std::fs::read_to_string(&from).expect("the shipped recording can be read");
                std::fs::write(&to, exchanged_rows(&text, half * 1000))
            }
        }
        .expect("the test's folder can be written");
        (modality, to)
    });
    of_files(folder, &files, 5.0)
}

/// Where a picture of an MJPEG stream begins: each with the marker SOI and the next marker's FF, which entropy-coded data
/// cannot hold.
fn start_of_frame(stream: &[u8], number: usize) -> usize {
    let starts = stream.windows(3).enumerate().filter(|(_, bytes)| *bytes == [0xff, 0xd8, 0xff]);
    starts.map(|(place, _)| place).nth(number).expect("the recording is long enough")
}

/// CSV rows with a timestamp in milliseconds: those from `half` on first, the others moved behind them.
fn exchanged_rows(csv: &str, half: u64) -> String {
    let (header, rows) = csv.split_once('\n').expect("a header and rows");
    let column = header.split(',').position(|name| name == "timestamp").expect("a column of times");
    let (mut first, mut second) = (vec![header.to_owned()], Vec::new());
    for row in rows.lines() {
        let mut fields: Vec<String> = row.split(',').map(str::to_owned).collect();
        let at: u64 = fields[column].parse().expect("milliseconds");
        fields[column] = if at >= half { at - half } else { at + half }.to_string();
        if at >= half { &mut first } else { &mut second }.push(fields.join(","));
    }
    first.extend(second);
    first.join("\n") + "\n"
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

/// Name of the shipped recording's file of a sensed modality.
///
/// # Panics
/// When no sensor gives it.
#[must_use]
pub fn file_of(modality: Modality) -> &'static str {
    match modality {
        Modality::Face => "face.mjpeg",
        Modality::Voice => "voice.ogg",
        Modality::Motion => "motion.csv",
        Modality::Heart => "heart.csv",
        Modality::CheckIn | Modality::Text => panic!("no sensor gives what is said or written"),
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
