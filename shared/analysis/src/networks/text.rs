use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tract_onnx::prelude::*;

use super::graph::{self, cause, wipe};
use super::{Entry, Outputs, fit};
use crate::AnalysisError;

/// How long an input may be, with the marks of beginning and end. A message takes the shortest that holds it, and the rest is
/// padding: what a run costs goes by it, and each length has a plan of its own, which the engine wants to know beforehand.
const LENGTHS: [usize; 4] = [16, 32, 64, 128];
/// The most pieces that an input holds between its marks.
pub(crate) const MOST_PIECES: usize = LENGTHS[LENGTHS.len() - 1] - 2;
/// What fills an input up; the network looks past it.
const PADDING: i64 = 0;
/// The marks before the first piece and behind the last.
const BEGIN: i64 = 2;
const END: i64 = 3;

/// The network that reads text, and the pieces of words that it knows, as bytes: an agent that reads no messages pays nothing
/// for it. A [`TextReader`](crate::text::TextReader) makes it run. Cloning it is cheap.
#[derive(Clone)]
pub struct TextNetwork(Arc<Files>);

struct Files {
    entry: Entry,
    path: PathBuf,
    weights: Cow<'static, [u8]>,
    pieces_path: PathBuf,
    pieces: Cow<'static, [u8]>,
}

/// A text network, ready to run.
pub(crate) struct Plans {
    network: TextNetwork,
    by_length: [Arc<TypedRunnableModel>; LENGTHS.len()],
}

impl TextNetwork {
    pub(super) fn new(
        path: &Path,
        weights: Cow<'static, [u8]>,
        pieces_path: &Path,
        pieces: Cow<'static, [u8]>,
        entry: Entry,
    ) -> Result<Self, AnalysisError> {
        fit::check(&entry).map_err(|problem| AnalysisError::Model { path: path.to_owned(), problem })?;
        let (path, pieces_path) = (path.to_owned(), pieces_path.to_owned());
        Ok(Self(Arc::new(Files { entry, path, weights, pieces_path, pieces })))
    }

    /// What the manifest says of it.
    #[must_use]
    pub fn entry(&self) -> &Entry {
        &self.0.entry
    }

    /// The pieces of words, one a line.
    pub(crate) fn pieces(&self) -> Result<&str, AnalysisError> {
        std::str::from_utf8(&self.0.pieces).map_err(|_| self.refuse_pieces("it is not UTF-8".to_owned()))
    }

    /// Makes the plans, all at once: what does not run on one of the lengths is refused before any message comes.
    pub(crate) fn plans(&self) -> Result<Plans, AnalysisError> {
        let graph = graph::read(&self.0.weights).map_err(|problem| self.refuse(problem))?;
        let plan = |length| graph::plan(graph.clone(), self.entry(), i64::datum_type(), &[1, length]);
        let [a, b, c, d] = LENGTHS.map(|length| plan(length).map_err(|problem| self.refuse(problem)));
        Ok(Plans { network: self.clone(), by_length: [a?, b?, c?, d?] })
    }

    fn refuse(&self, problem: String) -> AnalysisError {
        AnalysisError::Model { path: self.0.path.clone(), problem }
    }

    /// An error of the file with the pieces of words.
    pub(crate) fn refuse_pieces(&self, problem: String) -> AnalysisError {
        AnalysisError::Model { path: self.0.pieces_path.clone(), problem }
    }
}

impl Plans {
    /// Runs the network on the numbers of pieces, and puts the marks around them.
    ///
    /// # Errors
    /// When there are more of them than the longest input holds, or the network fails.
    pub(crate) fn run(&self, pieces: &[u32]) -> Result<Outputs<'_>, AnalysisError> {
        let refuse = |problem: String| self.network.refuse(problem);
        let mut plans = LENGTHS.into_iter().zip(&self.by_length);
        let Some((length, plan)) = plans.find(|(length, _)| *length >= pieces.len() + 2) else {
            return Err(refuse(format!("its longest input holds {MOST_PIECES} pieces and got {}", pieces.len())));
        };
        let mut input = Tensor::zero::<i64>(&[1, length]).map_err(|e| refuse(cause(&e)))?;
        let mut view = input.try_as_plain_ram_mut().map_err(|e| refuse(cause(&e)))?;
        let slots = view.as_slice_mut::<i64>().map_err(|e| refuse(cause(&e)))?;
        let marked = [BEGIN].into_iter().chain(pieces.iter().copied().map(i64::from)).chain([END]);
        for (slot, piece) in slots.iter_mut().zip(marked.chain(std::iter::repeat(PADDING))) {
            *slot = piece;
        }
        let input = input.into_arc_tensor();
        // The engine panics at the number of a piece that the network has no place for.
        let run = || plan.run(tvec!(TValue::from_const(Arc::clone(&input))));
        let outcome = catch_unwind(AssertUnwindSafe(run));
        wipe::<i64>(input);
        let outcome = outcome.map_err(|_| refuse("it does not know a piece that is in its list".to_owned()))?;
        let values = outcome.map_err(|e| refuse(cause(&e)))?;
        Ok(Outputs { entry: self.network.entry(), values })
    }
}
