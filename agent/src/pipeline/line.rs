use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;

use attune_analysis::Analyzer;
use attune_analysis::left_out::LeftOut;
use attune_analysis::sample::Timestamp;
use attune_protocol::record::Record;
use attune_protocol::registry::Modality;
use crossbeam_channel::Sender;

use super::analyse::Analysis;
use super::capture::Capture;
use super::pace::Pace;
use super::ring::ring;
use crate::AgentError;
use crate::control::Control;
use crate::sensors::{Source, Timed};
use crate::stop::Stop;

/// What a modality's threads give.
#[derive(Debug)]
pub enum Output {
    /// What was left out since the last window; told before the window that it belongs to.
    LeftOut(Modality, LeftOut),
    /// A window is closed, and consent had been withdrawn so often then.
    Window(Record, usize),
    /// The source has ended; no window follows.
    Ended(Modality),
    /// The source is broken; its last window has been given.
    Failed(Modality, AgentError),
    /// A thread has ended before its time; no window follows.
    Gone(Modality),
}

/// One modality's way from samples to records.
pub struct Line {
    /// What is sensed.
    pub modality: Modality,
    /// Where the source begins; its window is the first that is given.
    pub from: Timestamp,
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
        let (inlet, outlet) = ring(self.ring);
        let capture = Capture { pace: self.pace, ring: inlet, stop: self.stop.clone(), last: self.from };
        let (modality, out) = (self.modality, self.out.clone());
        let name = modality.name();
        let start = |part: &str, work: Box<dyn FnOnce() + Send>| {
            let thread = std::thread::Builder::new().name(format!("{name}-{part}"));
            thread.spawn(work).map_err(|e| AgentError::file("start a thread for", name.as_ref(), e))
        };
        let captures = start("capture", Box::new(move || capture.run(source)))?;
        let analysis = Analysis::new(self, outlet, analyzer);
        let analyses = start(
            "analysis",
            Box::new(move || {
                // Nothing of it is used again; the panic's message has been written.
                if catch_unwind(AssertUnwindSafe(|| analysis.run())).is_err() {
                    // Who would hear of it is gone only when the agent ends.
                    let _ = out.send(Output::Gone(modality));
                }
            }),
        )?;
        Ok([captures, analyses])
    }
}
