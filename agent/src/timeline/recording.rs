//! A recording folder: `recording.toml` names a file for each modality.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::config::PlayConfig;
use crate::{AgentError, given};

/// Name of the file in a recording's folder.
const FILE: &str = "recording.toml";

/// The files of the modalities that are sensed.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Sources {
    /// Pictures or a video, and pictures a second.
    pub face: Option<(PathBuf, f64)>,
    /// Sound.
    pub voice: Option<PathBuf>,
    /// Inertial samples.
    pub motion: Option<PathBuf>,
    /// Beats.
    pub heart: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recording {
    face: Option<Face>,
    voice: Option<Other>,
    motion: Option<Other>,
    heart: Option<Other>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Face {
    path: PathBuf,
    fps: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Other {
    path: PathBuf,
}

impl Sources {
    /// Of a configuration: its recording folder, and over it the files that it names singly.
    ///
    /// # Errors
    /// When the folder's `recording.toml` does not read, or nothing is named at all.
    pub fn of(play: &PlayConfig) -> Result<Self, AgentError> {
        let folder = play.recording.as_deref().map(Self::read).transpose()?.unwrap_or_default();
        let sources = Self {
            face: play.face.clone().map(|path| (path, play.fps)).or(folder.face),
            voice: play.voice.clone().or(folder.voice),
            motion: play.motion.clone().or(folder.motion),
            heart: play.heart.clone().or(folder.heart),
        };
        if sources == Self::default() { Err(AgentError::NoSources) } else { Ok(sources) }
    }

    fn read(folder: &Path) -> Result<Self, AgentError> {
        let path = folder.join(FILE);
        let text = given::text(&path).map_err(|e| AgentError::file("read", &path, e))?;
        let recording: Recording = toml::from_str(&text).map_err(|e| AgentError::content(&path, e.message()))?;
        if recording.face.as_ref().is_some_and(|face| !(0.1..=120.0).contains(&face.fps)) {
            return Err(AgentError::content(&path, "face.fps must be from 0.1 to 120"));
        }
        let beside = |other: Option<Other>| other.map(|other| folder.join(other.path));
        Ok(Self {
            face: recording.face.map(|face| (folder.join(face.path), face.fps)),
            voice: beside(recording.voice),
            motion: beside(recording.motion),
            heart: beside(recording.heart),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn single_files_go_over_those_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let text = "[face]\npath = \"f.mjpeg\"\nfps = 5.0\n[heart]\npath = \"h.csv\"\n";
        std::fs::write(folder.path().join(FILE), text).unwrap();
        let mut play = Config::default().play;
        assert!(matches!(Sources::of(&play), Err(AgentError::NoSources)));
        play.recording = Some(folder.path().to_owned());
        play.heart = Some("other.csv".into());
        let sources = Sources::of(&play).unwrap();
        assert_eq!(sources.face, Some((folder.path().join("f.mjpeg"), 5.0)));
        assert_eq!((sources.heart, sources.voice), (Some("other.csv".into()), None));
    }

    #[test]
    fn a_recording_with_a_wrong_key_is_refused_by_its_file() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "[face]\npath = \"f.mjpeg\"\nrate = 5.0\n").unwrap();
        let mut play = Config::default().play;
        play.recording = Some(folder.path().to_owned());
        let error = Sources::of(&play).unwrap_err().to_string();
        assert!(error.contains(FILE) && error.contains("rate"), "{error}");
    }
}
