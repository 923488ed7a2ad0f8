//! Sensors: devices and recordings of them, behind one trait.
//!
//! A [`Source`] gives timestamped samples in the order of their times, and counts what it leaves out ([`LeftOut`]). A
//! [`Clip`] is a recording that can be opened more than once; [`Playback`] lays it on the time line, skips into it and
//! loops it. The formats that are read stand in `agent/RECORDINGS.md`; how rows of tables are put into the order of time,
//! in `order`.

mod audio;
mod clip;
mod heart;
mod images;
mod left_out;
mod mjpeg;
mod motion;
mod order;
mod playback;
mod spread;
mod table;
mod timed;
mod times;
mod turn;
mod video;

pub use audio::voice_clip;
pub use clip::{Clip, Source};
pub use heart::heart_clip;
pub use left_out::LeftOut;
pub use motion::motion_clip;
pub use playback::{Playback, Span};
pub use timed::Timed;
pub use times::LATEST;

use std::path::Path;

use attune_analysis::sample::Frame;

use crate::AgentError;
use crate::stop::Stop;

/// A recording of a face: a folder of images, an MJPEG file (`.mjpeg`, `.mjpg`) or any video that ffmpeg reads, at
/// `fps` pictures a second.
///
/// # Errors
/// When it cannot be read, or ffmpeg is needed and not there, or the reading was stopped.
pub fn face_clip(path: &Path, fps: f64, stop: &Stop) -> Result<Clip<Frame>, AgentError> {
    let extension = path.extension().map(|e| e.to_ascii_lowercase());
    if path.is_dir() {
        images::clip(path, fps)
    } else if extension.is_some_and(|e| e == "mjpeg" || e == "mjpg") {
        mjpeg::clip(path, fps, stop)
    } else {
        video::clip(path, fps)
    }
}
