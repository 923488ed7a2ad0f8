use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};

use attune_analysis::decode::image::{Limits, decode};
use attune_analysis::sample::{Frame, Timestamp};
use attune_protocol::registry::Modality;

use super::clip::{BoxedSource, Clip, Source};
use super::table;
use super::turn::{Turn, frame_time};
use crate::AgentError;

/// The largest encoded picture that is read.
pub(super) const MAX_PICTURE_BYTES: usize = 16 << 20;
const EXTENSIONS: [&str; 4] = ["jpg", "jpeg", "png", "webp"];

/// A folder of pictures (`.jpg`, `.png`, `.webp`), in the order of their names.
pub(super) fn clip(folder: &Path, fps: f64) -> Result<Clip<Frame>, AgentError> {
    let failed = |e| AgentError::file("list", folder, e);
    let mut pictures = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
        // What macOS puts beside a file on a foreign disk has its extension and is no picture.
        let beside = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("._"));
        if !beside && EXTENSIONS.contains(&extension.as_str()) {
            pictures.push(path);
        }
    }
    if pictures.is_empty() {
        return Err(table::wrong(Modality::Face, folder, "the folder holds no .jpg, .png or .webp pictures"));
    }
    pictures.sort();
    let length = frame_time(pictures.len() as u64, fps);
    let open = move || {
        let source = Pictures { pictures: pictures.clone().into(), turn: Turn::at(fps) };
        Ok(Box::new(source) as BoxedSource<Frame>)
    };
    Ok(Clip { length, origin: None, rate: fps, open: Box::new(open) })
}

struct Pictures {
    pictures: VecDeque<PathBuf>,
    turn: Turn,
}

impl Source for Pictures {
    type Sample = Frame;

    fn next(&mut self) -> Result<Option<Vec<Frame>>, AgentError> {
        let Some(path) = self.pictures.pop_front() else { return Ok(None) };
        let Some(at) = self.turn.next() else { return Ok(Some(Vec::new())) };
        let size = fs::metadata(&path).map_err(|e| AgentError::file("read", &path, e))?.len();
        if size > MAX_PICTURE_BYTES as u64 {
            let problem = format!("{size} bytes are over the limit of {MAX_PICTURE_BYTES}");
            return Err(table::wrong(Modality::Face, &path, problem));
        }
        let bytes = fs::read(&path).map_err(|e| AgentError::file("read", &path, e))?;
        let image = decode(&bytes, &Limits::default())?;
        Ok(Some(vec![Frame { at, image }]))
    }

    fn skip_before(&mut self, instant: Timestamp) {
        self.turn.skip_before(instant);
    }

    fn skipped(&mut self) -> Vec<Timestamp> {
        self.turn.skipped()
    }
}
