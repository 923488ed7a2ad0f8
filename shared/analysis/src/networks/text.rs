use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

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

/// A text network, ready to run: a plan for each length, which holds the weights as that length wants them and so is made with the
/// first message that is as long.
pub(crate) struct Plans {
    network: TextNetwork,
    by_length: [OnceLock<Result<Arc<TypedRunnableModel>, String>>; LENGTHS.len()],
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

    /// Its plans, none of which is made yet.
    pub(crate) fn plans(&self) -> Plans {
        Plans { network: self.clone(), by_length: Default::default() }
    }

    /// Whether it is inside the program, and was tried when that was made.
    pub(crate) fn is_inside(&self) -> bool {
        matches!(self.0.weights, Cow::Borrowed(_))
    }

    fn plan(&self, length: usize) -> Result<Arc<TypedRunnableModel>, String> {
        graph::plan(graph::read(&self.0.weights)?, self.entry(), i64::datum_type(), &[1, length])
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
    /// Makes all of them and runs one on a piece: what does not run on one of the lengths is refused before any message comes, and a
    /// list that is longer than what the network has learnt with its last piece.
    pub(crate) fn check(&self, last: u32) -> Result<(), AnalysisError> {
        for at in 0..LENGTHS.len() {
            self.at(at)?;
        }
        self.run(&[last]).map(drop)
    }

    fn at(&self, at: usize) -> Result<&Arc<TypedRunnableModel>, AnalysisError> {
        let plan = self.by_length[at].get_or_init(|| self.network.plan(LENGTHS[at]));
        plan.as_ref().map_err(|problem| self.network.refuse(problem.clone()))
    }

    /// Runs the network on the numbers of pieces, and puts the marks around them.
    ///
    /// # Errors
    /// When there are more of them than the longest input holds, or the network fails.
    pub(crate) fn run(&self, pieces: &[u32]) -> Result<Outputs<'_>, AnalysisError> {
        let refuse = |problem: String| self.network.refuse(problem);
        let Some(at) = LENGTHS.iter().position(|length| *length >= pieces.len() + 2) else {
            return Err(refuse(format!("its longest input holds {MOST_PIECES} pieces and got {}", pieces.len())));
        };
        let (length, plan) = (LENGTHS[at], self.at(at)?);
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
