use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::thread::JoinHandle;

use attune_analysis::Analyzer;
use attune_analysis::sample::Timestamp;
use attune_protocol::record::Record;
use attune_protocol::registry::Modality;
use attune_protocol::window::Window;
use crossbeam_channel::{Sender, bounded};

use super::analyse::Analysis;
use super::capture::Capture;
use super::pace::Pace;
use crate::AgentError;
use crate::control::Control;
use crate::sensors::{Source, Timed};
use crate::stop::Stop;

/// What a modality's threads give.
#[derive(Debug)]
pub enum Output {
    /// A window is closed.
    Window(Record),
    /// The source has ended; no window follows.
    Ended(Modality),
    /// The source is broken; its last window has been given.
    Failed(Modality, AgentError),
}

/// One modality's way from samples to records.
pub struct Line {
    /// What is sensed.
    pub modality: Modality,
    /// The first window that is given.
    pub first: Window,
    /// When the source ends, if it does.
    pub end: Timestamp,
    /// How time passes.
    pub pace: Pace,
    /// Messages that the ring holds.
    pub ring: usize,
    /// The person's decisions.
    pub control: Arc<Control>,
    /// Where records go.
    pub out: Sender<Output>,
    /// The wish to end.
    pub stop: Stop,
}

/// What the two threads of a line tell each other beside samples.
#[derive(Default)]
pub(super) struct Shared {
    /// Messages that were lost since the last window was closed.
    pub(super) lost: AtomicU64,
    /// Whether the source broke.
    pub(super) failed: AtomicBool,
}

impl Line {
    /// Starts both threads.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn spawn<S: Timed>(
        self,
        source: impl Source<Sample = S> + 'static,
        analyzer: impl Analyzer<Sample = S> + 'static,
    ) -> Result<[JoinHandle<()>; 2], AgentError> {
        let (ring, samples) = bounded(self.ring);
        let shared = Arc::new(Shared::default());
        let capture = Capture {
            modality: self.modality,
            pace: self.pace,
            ring,
            spill: samples.clone(),
            shared: shared.clone(),
            out: self.out.clone(),
            stop: self.stop.clone(),
        };
        let name = self.modality.name();
        let start = |part: &str, work: Box<dyn FnOnce() + Send>| {
            let thread = std::thread::Builder::new().name(format!("{name}-{part}"));
            thread.spawn(work).map_err(|e| AgentError::file("start a thread for", name.as_ref(), e))
        };
        let captures = start("capture", Box::new(move || capture.run(source)))?;
        let analyses = start("analysis", Box::new(move || Analysis::new(self, analyzer, shared).run(&samples)))?;
        Ok([captures, analyses])
    }
}
