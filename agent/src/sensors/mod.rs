//! Sensors: devices and recordings of them, behind one trait.
//!
//! A [`Source`] gives timestamped samples in the order of their times, and counts what it leaves out
//! ([`LeftOut`](attune_analysis::left_out::LeftOut)). A
//! [`Clip`] is a recording that can be opened more than once; [`Playback`] lays it on the time line, skips into it and
//! loops it. The formats that are read stand in `agent/RECORDINGS.md`. Devices that are sensed as they give are in
//! [`live`].

mod audio;
#[cfg(feature = "bluetooth")]
pub mod bluetooth;
#[cfg(feature = "camera")]
mod camera;
mod clip;
pub mod devices;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
pub mod iio;
mod images;
pub mod live;
#[cfg(feature = "microphone")]
mod microphone;
mod mjpeg;
pub mod phone;
mod pictures;
mod playback;
mod tables;
mod timed;
pub mod trial;
mod turn;
mod video;

pub use audio::voice_clip;
pub use clip::{Clip, Reason, Source};
pub use playback::{Playback, Span};
pub use timed::Timed;

use std::path::Path;
use std::sync::Arc;

use attune_analysis::decode::kind::Kind;
use attune_analysis::sample::{Frame, HeartSample, MotionSample};
use attune_analysis::wearables::Wearable;
use attune_protocol::registry::Modality;

use crate::AgentError;
use crate::stop::Stop;

/// A recording of a face: a folder of pictures, a single one, a file of JPEG pictures one behind the other (MJPEG), or any video
/// that ffmpeg reads, at `fps` pictures a second. A file is told by its content.
///
/// # Errors
/// When it cannot be read, or ffmpeg is needed and not there, or the reading was stopped.
pub fn face_clip(path: &Path, fps: f64, stop: &Stop) -> Result<Clip<Frame>, AgentError> {
    if path.is_dir() {
        return images::clip(path, fps);
    }
    if path.metadata().is_ok_and(|file| file.is_file() && file.len() == 0) {
        return Err(clip::wrong(Modality::Face, path, "it is empty"));
    }
    match images::kind(path)? {
        // Cameras put a second picture behind theirs, such as how bright it is: no film is called so.
        Kind::Jpeg if is_called(path, &["jpg", "jpeg", "jpe", "jfif"]) => images::clip(path, fps),
        Kind::Jpeg => mjpeg::clip(path, fps, stop),
        kind if kind.is_picture() => images::clip(path, fps),
        // Parts of a stream may stand before its first picture.
        _ if is_called(path, &["mjpeg", "mjpg"]) => mjpeg::clip(path, fps, stop),
        _ => video::clip(path, fps),
    }
}

/// A recording of an inertial sensor: a table, or what a phone's app exported; see `agent/RECORDINGS.md`. `wearable` describes
/// packets.
///
/// # Errors
/// When it does not read, or holds no acceleration that is known, or the reading was stopped.
pub fn motion_clip(
    path: &Path,
    wearable: Option<&Arc<Wearable>>,
    stop: &Stop,
) -> Result<Clip<MotionSample>, AgentError> {
    if phone::is_export(path) { phone::motion_clip(path, stop) } else { tables::motion_clip(path, wearable, stop) }
}

/// A recording of a heart: a table, or what a phone's app exported; see `agent/RECORDINGS.md`. `wearable` describes packets;
/// where it is not given, any strap of the standard service.
///
/// # Errors
/// When it does not read, or holds no beat and no rate, or the reading was stopped.
pub fn heart_clip(path: &Path, wearable: Option<&Arc<Wearable>>, stop: &Stop) -> Result<Clip<HeartSample>, AgentError> {
    if phone::is_export(path) { phone::heart_clip(path, stop) } else { tables::heart_clip(path, wearable, stop) }
}

fn is_called(path: &Path, extensions: &[&str]) -> bool {
    path.extension().is_some_and(|found| extensions.iter().any(|name| found.eq_ignore_ascii_case(name)))
}
