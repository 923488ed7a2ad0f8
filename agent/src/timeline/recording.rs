//! A recording folder: `recording.toml` names a file for each modality, or a phone's app exported it.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use tracing::warn;

use crate::config::PlayConfig;
use crate::sensors::phone;
use crate::stop::Stop;
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
        if !path.exists() && phone::is_export(folder) {
            return Self::of_export(folder);
        }
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

    /// Of what a phone's app exported: as much of motion and heart as is in it.
    fn of_export(path: &Path) -> Result<Self, AgentError> {
        let export = phone::Export::open(path, &Stop::default())?;
        // What it holds of motion alone is refused with what it lacks.
        let motion = export.has_motion() || !export.has_heart();
        if !motion {
            warn!(path = %path.display(), "it holds no acceleration with gravity: motion is not played");
        }
        let of = |there: bool| there.then(|| path.to_owned());
        Ok(Self { motion: of(motion), heart: of(export.has_heart()), ..Self::default() })
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
    fn an_export_of_a_phone_s_app_is_a_recording_of_what_is_in_it() {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/phone/export");
        let of = |name: &str| {
            let path = fixtures.join(name);
            let sources = Sources::of(&PlayConfig { recording: Some(path.clone()), ..Config::default().play }).unwrap();
            assert!([&sources.motion, &sources.heart].into_iter().flatten().all(|file| *file == path));
            (sources.motion.is_some(), sources.heart.is_some(), sources.face.is_some(), sources.voice.is_some())
        };
        assert_eq!(of("ios"), (true, true, false, false));
        assert_eq!(of("zip-private.zip"), (true, true, false, false));
        assert_eq!(of("json"), (false, true, false, false), "there is no gravity in it");
        assert_eq!(of("headings-only"), (true, false, false, false));
        assert_eq!(of("before-start"), (true, false, false, false), "it is refused when it is opened");
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
