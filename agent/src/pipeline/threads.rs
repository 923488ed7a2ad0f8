//! Starts the two threads of a line. It stands apart from the line, because what runs in them knows the line.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;

use attune_analysis::Analyzer;

use super::analyse::Analysis;
use super::capture::Capture;
use super::line::{Line, Output};
use super::ring::ring;
use crate::AgentError;
use crate::sensors::{Source, Timed};

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
        let capture = Capture { pace: self.pace.clone(), ring: inlet, stop: self.stop.clone(), last: self.from };
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
