use std::collections::VecDeque;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use attune_analysis::AnalysisError;
use attune_analysis::decode::audio::AudioReader;
use attune_analysis::sample::{AudioChunk, Timestamp};
use attune_protocol::registry::Modality;

use super::clip::{BoxedSource, Clip, Source};
use super::table;
use crate::AgentError;
use crate::stop::Stop;

const EXTENSIONS: [&str; 9] = ["wav", "flac", "mp3", "ogg", "oga", "opus", "m4a", "aac", "webm"];

/// A recording of sound: a file of one of the formats in `RECORDINGS.md`, or a folder of them, which are joined in the order
/// of their names.
///
/// # Errors
/// When it cannot be read or is none of these, or the reading was stopped.
pub fn voice_clip(path: &Path, stop: &Stop) -> Result<Clip<AudioChunk>, AgentError> {
    let files = files(path)?;
    let mut length = 0_i64;
    let mut rate = 0;
    for file in &files {
        let reader = open(file)?;
        rate = reader.sample_rate();
        length = length.saturating_add(match reader.seconds() {
            Some(seconds) => (seconds * 1e6).round() as i64,
            None => decoded_length(reader, file, stop)?,
        });
    }
    let open = move || {
        let source = Joined { files: files.clone().into(), current: None, begins: Timestamp(0), ends: Timestamp(0) };
        Ok(Box::new(source) as BoxedSource<AudioChunk>)
    };
    Ok(Clip { length, origin: None, rate: f64::from(rate), open: Box::new(open) })
}

fn files(path: &Path) -> Result<Vec<PathBuf>, AgentError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let failed = |e| AgentError::file("list", path, e);
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        let file = entry.map_err(failed)?.path();
        // What macOS puts beside a file on a foreign disk has its extension and is no sound.
        let beside = file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("._"));
        if !beside && EXTENSIONS.contains(&extension(&file).as_str()) {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(table::wrong(
            Modality::Voice,
            path,
            "the folder holds no .wav, .flac, .mp3, .ogg, .opus, .m4a or .webm files",
        ));
    }
    files.sort();
    Ok(files)
}

fn extension(path: &Path) -> String {
    path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase()
}

fn open(path: &Path) -> Result<AudioReader, AgentError> {
    let file = File::open(path).map_err(|e| AgentError::file("read", path, e))?;
    AudioReader::open(Box::new(file), Some(&extension(path))).map_err(|e| unread(path, &e))
}

fn unread(path: &Path, error: &AnalysisError) -> AgentError {
    table::wrong(Modality::Voice, path, format!("failed to {error}"))
}

fn end(chunk: &AudioChunk) -> Timestamp {
    chunk.at.plus_seconds(chunk.samples.len() as f64 / f64::from(chunk.sample_rate))
}

fn decoded_length(mut reader: AudioReader, path: &Path, stop: &Stop) -> Result<i64, AgentError> {
    let mut last = Timestamp(0);
    while let Some(chunk) = reader.next_chunk(Timestamp(0)).map_err(|e| unread(path, &e))? {
        if stop.is_asked() {
            return Err(AgentError::Stopped);
        }
        last = end(&chunk);
    }
    Ok(last.0)
}

/// Files one behind the other; one is open at a time.
struct Joined {
    files: VecDeque<PathBuf>,
    current: Option<(AudioReader, PathBuf)>,
    begins: Timestamp,
    ends: Timestamp,
}

impl Source for Joined {
    type Sample = AudioChunk;

    fn next(&mut self) -> Result<Option<Vec<AudioChunk>>, AgentError> {
        loop {
            if self.current.is_none() {
                let Some(path) = self.files.pop_front() else { return Ok(None) };
                self.begins = self.ends;
                self.current = Some((open(&path)?, path));
            }
            let Some((reader, path)) = &mut self.current else { continue };
            match reader.next_chunk(self.begins).map_err(|e| unread(path, &e))? {
                Some(chunk) => {
                    self.ends = end(&chunk);
                    return Ok(Some(vec![chunk]));
                }
                None => self.current = None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A mono WAV file of 16-bit samples.
    fn wav(rate: u32, samples: &[i16]) -> Vec<u8> {
        let data: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
        let size = data.len() as u32;
        [
            &b"RIFF"[..],
            &(36 + size).to_le_bytes(),
            b"WAVEfmt ",
            &16_u32.to_le_bytes(),
            &1_u16.to_le_bytes(),
            &1_u16.to_le_bytes(),
            &rate.to_le_bytes(),
            &(2 * rate).to_le_bytes(),
            &2_u16.to_le_bytes(),
            &16_u16.to_le_bytes(),
            b"data",
            &size.to_le_bytes(),
            &data,
        ]
        .concat()
    }

    #[test]
    fn a_folder_of_sound_is_played_as_one_recording_in_the_order_of_names() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("b.wav"), wav(16_000, &[8192; 16_000])).unwrap();
        fs::write(folder.path().join("a.WAV"), wav(8_000, &[-8192; 4_000])).unwrap();
        fs::write(folder.path().join("notes.txt"), "no sound").unwrap();
        let clip = voice_clip(folder.path(), &Stop::default()).unwrap();
        assert_eq!(clip.length, 1_500_000);
        let mut source = clip.open().unwrap();
        let (mut seconds, mut last) = (0.0, Timestamp(0));
        while let Some(chunks) = source.next().unwrap() {
            for chunk in chunks {
                assert_eq!(chunk.at, last, "no gap and no overlap");
                let quiet = if chunk.sample_rate == 8_000 { -0.25 } else { 0.25 };
                assert!(chunk.samples.iter().all(|s| (s - quiet).abs() < 1e-3));
                seconds += chunk.samples.len() as f64 / f64::from(chunk.sample_rate);
                last = end(&chunk);
            }
        }
        assert!((seconds - 1.5_f64).abs() < 1e-9, "{seconds}");
    }

    #[test]
    fn what_is_no_sound_is_refused_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("voice.wav");
        fs::write(&path, "no sound").unwrap();
        let error = voice_clip(&path, &Stop::default()).err().unwrap().to_string();
        assert!(error.contains("voice.wav"), "{error}");
    }
}
