use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use attune_analysis::Analyzer;
use attune_analysis::sample::Timestamp;
use attune_protocol::record::Gap;
use attune_protocol::window::Window;
use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::line::{Line, Output, Shared};
use crate::control::Permission;
use crate::sensors::Timed;

const LOOK: Duration = Duration::from_millis(100);

/// Takes samples from the ring through an analyzer into windows.
pub(super) struct Analysis<A> {
    line: Line,
    analyzer: A,
    shared: Arc<Shared>,
    window: Window,
    permission: Permission,
    /// Why the window that is open lacks something, if sensing was not permitted at any time of it.
    blocked: Option<Gap>,
}

impl<S: Timed, A: Analyzer<Sample = S>> Analysis<A> {
    pub(super) fn new(line: Line, analyzer: A, shared: Arc<Shared>) -> Self {
        let window = line.first;
        Self { line, analyzer, shared, window, permission: Permission::Granted, blocked: None }
    }

    pub(super) fn run(mut self, ring: &Receiver<Vec<S>>) {
        while !self.line.stop.is_asked() {
            self.look();
            match ring.recv_timeout(LOOK) {
                Ok(samples) => self.take(samples),
                Err(RecvTimeoutError::Timeout) => {
                    while self.line.pace.is_overdue(end(self.window)) && end(self.window) <= self.line.end {
                        self.close(None);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => {
                    // A stop ends the source too; what it was in the middle of is seen again at the next start.
                    if !self.line.stop.is_asked() {
                        self.finish();
                    }
                    return;
                }
            }
        }
    }

    /// Looks at the person's decisions; what was seen before a stop is forgotten.
    fn look(&mut self) {
        let permission = self.line.control.permission(self.line.modality);
        if permission != Permission::Granted && self.permission == Permission::Granted {
            self.analyzer.clear();
        }
        self.permission = permission;
        self.blocked = permission.gap().or(self.blocked);
    }

    fn take(&mut self, samples: Vec<S>) {
        let mut together = Vec::with_capacity(samples.len());
        for sample in samples {
            let mut rest = Some(sample);
            while let Some(sample) = rest.take() {
                while sample.at() >= end(self.window) {
                    self.push(&mut together);
                    self.close(None);
                    self.look();
                }
                let (within, beyond) = sample.split(end(self.window));
                together.extend(within);
                rest = beyond;
            }
        }
        self.push(&mut together);
    }

    fn push(&mut self, samples: &mut Vec<S>) {
        if self.permission == Permission::Granted && !samples.is_empty() {
            self.analyzer.push(samples);
        }
        samples.clear();
    }

    fn close(&mut self, ending: Option<Gap>) {
        let lost = self.shared.lost.swap(0, Ordering::AcqRel) > 0;
        let gap = self.blocked.take().or(lost.then_some(Gap::Overload)).or(ending);
        let record = self.analyzer.finish(self.window, gap);
        self.window = self.window.next();
        // A part of a window at the end is worth a record only if it saw something.
        if ending.is_none() || record.coverage.received > 0 {
            // Who would hear of it is gone only when the agent ends.
            let _ = self.line.out.send(Output::Window(record));
        }
    }

    /// The source has ended: closes what it reached into.
    fn finish(&mut self) {
        if self.shared.failed.load(Ordering::Acquire) {
            self.close(Some(Gap::DeviceGone));
            return;
        }
        while end(self.window) <= self.line.end {
            self.close(None);
            self.look();
        }
        if start(self.window) < self.line.end {
            self.close(Some(Gap::EndOfRecording));
        }
        let _ = self.line.out.send(Output::Ended(self.line.modality));
    }
}

fn start(window: Window) -> Timestamp {
    Timestamp::from_millis(window.start_millis())
}

fn end(window: Window) -> Timestamp {
    Timestamp::from_millis(window.end_millis())
}
