use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};

use attune_analysis::AnalysisError;
use attune_analysis::decode::audio::AudioReader;
use attune_analysis::left_out::LeftOut;
use attune_analysis::sample::{AudioChunk, Timestamp};
use attune_protocol::registry::Modality;

use super::clip::{BoxedSource, Clip, Source, wrong};
use crate::stop::Stop;
use crate::{AgentError, given};

/// Names of sounds in a folder. Those of the second line are not read, and counted.
const EXTENSIONS: [&[&str]; 2] = [
    &["wav", "flac", "mp3", "ogg", "oga", "opus", "m4a", "m4b", "mp4", "3gp", "aac", "webm", "mka"],
    &["aif", "aiff", "aifc", "au", "caf", "w64", "wma", "amr"],
];

/// A recording of sound: a file of one of the formats in `RECORDINGS.md`, or a folder of them, which are joined in the order
/// of their names.
///
/// # Errors
/// When it cannot be read or is none of these, or the reading was stopped.
pub fn voice_clip(path: &Path, stop: &Stop) -> Result<Clip<AudioChunk>, AgentError> {
    let all = files(path)?;
    let (mut length, mut rate) = (0_i64, 0);
    let (mut files, mut problem) = (Vec::new(), None);
    for file in &all {
        match look(file, stop) {
            Ok((hertz, micros)) => {
                rate = hertz;
                length = length.saturating_add(micros);
                files.push(file.clone());
            }
            Err(AgentError::Stopped) => return Err(AgentError::Stopped),
            // One among others is left out, and counted.
            Err(error) => drop(problem.get_or_insert(error)),
        }
    }
    if let Some(problem) = problem.filter(|_| files.is_empty()) {
        return Err(problem);
    }
    let damaged = (all.len() - files.len()) as u64;
    let open = move || Ok(Box::new(Joined::new(&files, damaged)) as BoxedSource<AudioChunk>);
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
        if !beside && EXTENSIONS.iter().any(|names| names.contains(&extension(&file).as_str())) {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(wrong(
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
    let file = given::open(path).map_err(|e| AgentError::file("read", path, e))?;
    AudioReader::open(Box::new(file), Some(&extension(path))).map_err(|e| unread(path, &e))
}

fn unread(path: &Path, error: &AnalysisError) -> AgentError {
    wrong(Modality::Voice, path, format!("failed to {error}"))
}

/// Sample rate and length, microseconds.
fn look(file: &Path, stop: &Stop) -> Result<(u32, i64), AgentError> {
    let reader = open(file)?;
    let rate = reader.sample_rate();
    let length = match reader.seconds() {
        Some(seconds) => (seconds * 1e6).round() as i64,
        None => decoded_length(reader, file, stop)?,
    };
    Ok((rate, length))
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

/// Files one behind the other; one is open at a time. One of several that breaks off is left out from there on.
struct Joined {
    files: VecDeque<PathBuf>,
    current: Option<(AudioReader, PathBuf)>,
    begins: Timestamp,
    ends: Timestamp,
    several: bool,
    left_out: LeftOut,
}

impl Joined {
    fn new(files: &[PathBuf], damaged: u64) -> Self {
        Self {
            files: files.iter().cloned().collect(),
            current: None,
            begins: Timestamp(0),
            ends: Timestamp(0),
            several: files.len() > 1,
            left_out: LeftOut { unread: damaged, ..LeftOut::default() },
        }
    }
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
            match reader.next_chunk(self.begins) {
                Ok(Some(chunk)) => {
                    self.ends = end(&chunk);
                    return Ok(Some(vec![chunk]));
                }
                Ok(None) => self.current = None,
                Err(_) if self.several => {
                    self.left_out.unread += 1;
                    self.current = None;
                }
                Err(error) => return Err(unread(path, &error)),
            }
        }
    }

    fn left_out(&mut self) -> LeftOut {
        std::mem::take(&mut self.left_out)
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
    fn a_damaged_sound_among_others_is_left_out_and_counted() {
        let folder = tempfile::tempdir().unwrap();
        let whole = wav(8_000, &[8192; 8_000]);
        for (name, bytes) in [("a.wav", &whole[..]), ("b.wav", &whole[..9_000]), ("c.wav", b"RIFF"), ("d.wav", &whole)]
        {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        let mut source = voice_clip(folder.path(), &Stop::default()).unwrap().open().unwrap();
        let (mut samples, mut left_out) = (0, LeftOut::default());
        while let Some(chunks) = source.next().unwrap() {
            samples += chunks.iter().map(|chunk| chunk.samples.len()).sum::<usize>();
            left_out.add(source.left_out());
        }
        assert!((16_000..24_000).contains(&samples), "{samples}");
        assert_eq!(left_out, LeftOut { unread: 2, ..LeftOut::default() });
        fs::write(folder.path().join("a.wav"), "RIFF").unwrap();
        fs::write(folder.path().join("d.wav"), "RIFF").unwrap();
        fs::write(folder.path().join("b.wav"), "RIFF").unwrap();
        assert!(voice_clip(folder.path(), &Stop::default()).is_err());
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
