use std::time::{Duration, Instant};

use attune_analysis::Analyzer;
use attune_analysis::left_out::LeftOut;
use attune_analysis::sample::Timestamp;
use attune_protocol::record::{Gap, Record};
use attune_protocol::window::Window;

use super::gap;
use super::line::{Line, Output};
use super::reasons::Reasons;
use super::ring::{End, Message, Next, Outlet};
use crate::control::{Decision, Permission};
use crate::sensors::{Reason, Timed};

const LOOK: Duration = Duration::from_millis(100);

/// Takes samples from the ring through an analyzer into windows.
pub(super) struct Analysis<S, A> {
    line: Line,
    ring: Outlet<S>,
    analyzer: A,
    window: Window,
    /// Whether there is a window yet: that of a device is opened by the first thing that it says.
    begun: bool,
    reasons: Reasons,
    /// Why less came than could, on purpose.
    fewer: Reasons,
    /// The latest window that a sample reached.
    reached: Option<Window>,
    /// When the source gave something last.
    heard: Option<Instant>,
    /// Nothing comes before this.
    silent_until: Option<Timestamp>,
    left_out: LeftOut,
    permission: Permission,
    /// How often consent had been withdrawn when it was looked last.
    withdrawals: Option<usize>,
    /// Why the window that is open lacks something, if sensing was not permitted at any time of it.
    blocked: Option<Gap>,
}

impl<S: Timed, A: Analyzer<Sample = S>> Analysis<S, A> {
    pub(super) fn new(line: Line, ring: Outlet<S>, analyzer: A) -> Self {
        Self {
            window: line.from.window(),
            begun: !line.pace.is_live(),
            reasons: Reasons::default(),
            fewer: Reasons::default(),
            line,
            ring,
            analyzer,
            reached: None,
            heard: None,
            silent_until: None,
            left_out: LeftOut::default(),
            permission: Permission::Granted,
            withdrawals: None,
            blocked: None,
        }
    }

    pub(super) fn run(mut self) {
        while !self.line.stop.is_asked() {
            self.look();
            match self.ring.take(LOOK) {
                Next::Message(Message::Samples(samples, left_out)) => self.take(samples, left_out),
                Next::Message(Message::Silence(until)) => self.silent_until = Some(until),
                Next::Message(Message::Reason(reason)) => self.heed(reason),
                Next::Message(Message::Fewer(reason)) => self.fewer.add(reason),
                Next::Nothing => self.close_overdue(),
                // A stop ends the source too; what of a recording it was in the middle of is seen again at the next start.
                Next::End(_) if self.line.stop.is_asked() => return,
                Next::End(end) => return self.finish(end),
            }
        }
    }

    /// Looks at the person's decisions; what was seen before a stop is forgotten.
    fn look(&mut self) {
        let Decision { permission, withdrawals } = self.line.control.decision(self.line.modality);
        // Consent that was given again at once is another one: what was seen under the one before is not its.
        let withdrawn = self.withdrawals.is_some_and(|before| before != withdrawals);
        if withdrawn || permission != Permission::Granted && self.permission == Permission::Granted {
            self.analyzer.clear();
        }
        self.permission = permission;
        self.withdrawals = Some(withdrawals);
        self.blocked = permission.gap().or(withdrawn.then_some(Gap::NoConsent)).or(self.blocked);
    }

    fn take(&mut self, samples: Vec<S>, left_out: LeftOut) {
        self.left_out.add(left_out);
        if let Some(first) = samples.first() {
            self.begin(first.at());
            self.heard = Some(Instant::now());
            self.silent_until = None;
        }
        let mut together = Vec::with_capacity(samples.len());
        for sample in samples {
            let (late, mut rest) = sample.split(start(self.window));
            self.left_out.overload += u64::from(late.is_some());
            while let Some(sample) = rest.take() {
                if sample.at() >= closes::<S>(self.window) {
                    self.push(&mut together);
                    self.advance(sample.at());
                }
                if self.line.stop.is_asked() {
                    return;
                }
                self.reached = self.reached.max(Some(sample.at().window()));
                let (within, beyond) = sample.split(closes::<S>(self.window));
                together.extend(within);
                rest = beyond;
            }
        }
        self.push(&mut together);
    }

    /// The first window of a device is the one in which it says something first.
    fn begin(&mut self, at: Timestamp) {
        if !std::mem::replace(&mut self.begun, true) {
            self.window = at.window().max(self.window);
        }
    }

    fn heed(&mut self, reason: Reason) {
        self.begin(reason.since);
        self.reasons.add(reason);
    }

    fn push(&mut self, samples: &mut Vec<S>) {
        if self.permission == Permission::Granted && !samples.is_empty() {
            self.analyzer.push(samples);
        }
        samples.clear();
    }

    /// Whether a sample reached the window that is open.
    fn is_reached(&self) -> bool {
        self.reached.is_some_and(|reached| reached >= self.window)
    }

    /// Closes the windows of which nothing more comes behind a sample at an instant.
    fn advance(&mut self, at: Timestamp) {
        let awaited = at.plus_seconds(-S::BEHIND).window();
        while self.window < awaited && !self.line.stop.is_asked() {
            self.step(at.window(), None);
        }
    }

    /// Closes windows that nothing more comes for: the source has been silent, or has given what is too late.
    fn close_overdue(&mut self) {
        while self.begun && self.line.pace.is_overdue(end(self.window)) && end(self.window) <= self.line.end {
            if self.line.stop.is_asked() {
                return;
            }
            let gives = self.heard.is_some_and(|heard| heard.elapsed() < self.line.pace.lateness);
            let known = (gives && !self.is_reached()).then_some(Gap::Overload);
            // A clock that leapt ahead leaves more windows behind than are worth a record each.
            let known_until = self.silent_until.or(self.line.pace.due());
            let reached = known_until.map_or(self.window.next(), Timestamp::window);
            self.step(reached, known);
        }
    }

    /// Closes the window that is open. Where it was not reached, and the one that is reached is further away than any
    /// feature looks back, its record stands for all that lie between.
    fn step(&mut self, reached: Window, gap: Option<Gap>) {
        let next = if !self.is_reached() && gap::is_long(self.window, reached) { reached } else { self.window.next() };
        // Of a window in which the source only begins, as of one in which it ends: that it saw nothing of so little says nothing.
        if start(self.window) < self.line.from && next == self.window.next() {
            self.close_part(gap);
        } else {
            self.close(gap);
        }
        self.window = next;
        self.look();
    }

    fn close(&mut self, gap: Option<Gap>) {
        let record = self.record(gap);
        self.tell(Output::Window(record, self.withdrawals.unwrap_or(0)));
    }

    /// A part of a window at the beginning or at the end is worth a record only if it saw something.
    fn close_part(&mut self, gap: Option<Gap>) {
        let record = self.record(gap);
        if record.coverage.received > 0 {
            self.tell(Output::Window(record, self.withdrawals.unwrap_or(0)));
        }
    }

    fn record(&mut self, gap: Option<Gap>) -> Record {
        let lost = self.ring.lost(self.window);
        self.left_out.overload += lost.samples;
        let said = self.reasons.between(start(self.window), end(self.window), self.line.pace.last_leap());
        let gap = self.blocked.take().or(lost.window.then_some(Gap::Overload)).or(said).or(gap);
        self.tell_left_out();
        let fewer = self.fewer.between(start(self.window), end(self.window), None);
        let mut record = self.analyzer.finish(self.window, gap);
        // What was looked at less often is no reason where there is another one, or where nothing is missing.
        let coverage = &mut record.coverage;
        coverage.gap = coverage.gap.or(fewer.filter(|_| coverage.received < coverage.expected));
        record
    }

    /// The source has ended: closes what it reached into.
    fn finish(&mut self, how: End) {
        if !self.begun {
            // Nothing was ever said: there is no window to close.
        } else if let End::Done = how {
            let last = self.line.end.window();
            while end(self.window) <= self.line.end && !self.line.stop.is_asked() {
                self.step(last, None);
            }
            if self.line.stop.is_asked() {
                return;
            }
            if start(self.window) < self.line.end {
                self.close_part(Some(Gap::EndOfRecording));
            }
        } else {
            // What it reached last may not be the window that waits.
            while self.reached.is_some_and(|reached| self.window < reached) && !self.line.stop.is_asked() {
                self.step(self.window.next(), None);
            }
            self.close_part(Some(Gap::DeviceGone));
        }
        self.tell_left_out();
        self.tell(match how {
            End::Done => Output::Ended(self.line.modality),
            End::Failed(error) => Output::Failed(self.line.modality, error),
            End::Gone => Output::Gone(self.line.modality),
        });
    }

    fn tell_left_out(&mut self) {
        if self.left_out.total() > 0 {
            let left_out = std::mem::take(&mut self.left_out);
            self.tell(Output::LeftOut(self.line.modality, left_out));
        }
    }

    fn tell(&self, output: Output) {
        // Who would hear of it is gone only when the agent ends.
        let _ = self.line.out.send(output);
    }
}

fn start(window: Window) -> Timestamp {
    Timestamp::from_millis(window.start_millis())
}

fn end(window: Window) -> Timestamp {
    Timestamp::from_millis(window.end_millis())
}

/// From when on a sample says that the window has all of its own.
fn closes<S: Timed>(window: Window) -> Timestamp {
    end(window).plus_seconds(S::BEHIND)
}
