//! Files that a person names as recordings.

use std::path::Path;

use super::clip::Clip;
use super::{face_clip, phone};
use crate::AgentError;
use crate::stop::Stop;

/// How often a recording is asked for more.
const MOST: usize = 64;

/// Plays what the app of a phone exported, and JPEG pictures one behind the other.
pub(crate) fn play(path: &Path) {
    let stop = Stop::default();
    if phone::is_export(path) {
        played(phone::motion_clip(path, &stop));
        played(phone::heart_clip(path, &stop));
    }
    played(face_clip(path, 10.0, &stop));
}

fn played<S>(clip: Result<Clip<S>, AgentError>) {
    let Ok(clip) = clip else { return };
    let Ok(mut source) = clip.open() else { return };
    for _ in 0..MOST {
        if !matches!(source.next(), Ok(Some(_))) {
            break;
        }
    }
    let _ = source.left_out();
}
