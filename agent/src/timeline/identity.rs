use std::path::Path;

use attune_protocol::digest::Digest;

use super::content;
use super::recording::Sources;
use crate::AgentError;
use crate::config::PlayConfig;
use crate::sensors::phone;
use crate::stop::Stop;

/// What makes two runs play the same recordings in the same way; where they lie and how fast they are played does not
/// matter. A recording that cannot be read is none: whoever plays it says why.
///
/// # Errors
/// When the reading was stopped.
pub fn identity(sources: &Sources, play: &PlayConfig, stop: &Stop) -> Result<String, AgentError> {
    let known = |path: &Path| {
        let is_export = path.is_dir() && phone::is_export(path);
        if is_export { content::digest_of(path, phone::is_read, stop) } else { content::digest(path, stop) }
    };
    let content = |path: Option<&Path>, of: &dyn Fn(&Path) -> Result<Digest, AgentError>| match path.map(of) {
        Some(Err(AgentError::Stopped)) => Err(AgentError::Stopped),
        Some(digest) => Ok(digest.ok().map(|Digest(bytes)| data_encoding::HEXLOWER.encode(&bytes))),
        None => Ok(None),
    };
    let Sources { face, voice, motion, heart } = sources;
    let fps = face.as_ref().map(|(_, fps)| fps.to_string());
    let whole = |path: &Path| content::digest(path, stop);
    let face = content(face.as_ref().map(|(path, _)| path.as_path()), &whole)?;
    let voice = content(voice.as_deref(), &whole);
    // Of what a phone's app exported, only what is read is looked at.
    let [motion, heart] = [motion, heart].map(|path| content(path.as_deref(), &known));
    let PlayConfig { wearable, start, skip, looped, duration, .. } = play;
    let wearable = content(wearable.as_deref(), &whole)?;
    Ok(format!("{:?}", ((face, fps, voice?, motion?, heart?), (wearable, start, skip, looped, duration))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn another_file_in_the_place_of_a_recording_is_another_one_and_one_that_was_moved_is_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let (here, there) = (folder.path().join("here.csv"), folder.path().join("there.csv"));
        let of = |path: &Path, change: &dyn Fn(&mut PlayConfig)| {
            let mut play = Config::default().play;
            play.heart = Some(path.to_owned());
            change(&mut play);
            identity(&Sources::of(&play).unwrap(), &play, &Stop::default()).unwrap()
        };
        std::fs::write(&here, "first").unwrap();
        let first = of(&here, &|_| {});
        std::fs::rename(&here, &there).unwrap();
        std::fs::write(&here, "second").unwrap();
        assert_eq!(of(&there, &|_| {}), first);
        assert_ne!(of(&here, &|_| {}), first);
        assert_eq!(of(&there, &|play| play.speed = crate::config::Speed::Max), first);
        assert_ne!(of(&there, &|play| play.skip = vec!["heart=1".into()]), first);
        assert_ne!(of(&folder.path().join("nowhere"), &|_| {}), first);
    }
}
