use std::path::{Path, PathBuf};

use attune_analysis::decode::image::{Limits, decode};
use attune_analysis::left_out::LeftOut;
use attune_analysis::sample::{Frame, Timestamp};
use attune_protocol::registry::Modality;

use super::clip::{Source, wrong};
use super::turn::Turn;
use crate::AgentError;

/// The largest encoded picture that is read: one of 48 megapixels has up to 30 MiB as JPEG.
pub(super) const MAX_PICTURE_BYTES: usize = 64 << 20;
const LIMITS: Limits = Limits { bytes: MAX_PICTURE_BYTES as u64, ..Limits::DEFAULT };

/// Encoded pictures, one behind the other.
pub(super) trait Encoded: Send {
    /// Goes on to the next picture; gives whether there is one.
    fn advance(&mut self) -> Result<bool, AgentError>;

    /// The picture that was gone to, or what is wrong with it.
    fn bytes(&mut self) -> Result<Vec<u8>, String>;
}

/// Pictures that come at a rate. One that does not read is left out, and the next ones keep their times.
pub(super) struct Pictures<E> {
    encoded: E,
    turn: Turn,
    path: PathBuf,
    given: u64,
    damaged: u64,
    /// What was wrong with the first one that did not read.
    problem: Option<String>,
    left_out: LeftOut,
}

impl<E: Encoded> Pictures<E> {
    pub(super) fn new(encoded: E, fps: f64, path: &Path) -> Self {
        let turn = Turn::at(fps);
        Self { encoded, turn, path: path.to_owned(), given: 0, damaged: 0, problem: None, left_out: LeftOut::default() }
    }

    /// Nothing is no recording.
    fn end(&mut self) -> Result<(), AgentError> {
        let Some(problem) = self.problem.take().filter(|_| self.given == 0) else { return Ok(()) };
        let problem = match self.damaged {
            1 => problem,
            damaged => format!("none of its {damaged} pictures reads; the first: {problem}"),
        };
        Err(wrong(Modality::Face, &self.path, problem))
    }
}

impl<E: Encoded> Source for Pictures<E> {
    type Sample = Frame;

    fn next(&mut self) -> Result<Option<Vec<Frame>>, AgentError> {
        if !self.encoded.advance()? {
            return self.end().map(|()| None);
        }
        let Some(at) = self.turn.next() else { return Ok(Some(Vec::new())) };
        let image =
            self.encoded.bytes().and_then(|bytes| decode(&bytes, &LIMITS).map_err(|e| format!("failed to {e}")));
        match image {
            Ok(image) => {
                self.given += 1;
                Ok(Some(vec![Frame { at, image }]))
            }
            Err(problem) => {
                self.damaged += 1;
                self.left_out.unread += 1;
                self.problem.get_or_insert(problem);
                Ok(Some(Vec::new()))
            }
        }
    }

    fn left_out(&mut self) -> LeftOut {
        std::mem::take(&mut self.left_out)
    }

    fn skip_before(&mut self, instant: Timestamp) {
        self.turn.skip_before(instant);
    }

    fn skipped(&mut self) -> Vec<Timestamp> {
        self.turn.skipped()
    }
}
