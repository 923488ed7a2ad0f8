use std::time::Duration;

use attune_analysis::sample::Timestamp;

use super::gap;
use super::pace::Pace;
use super::ring::{End, Inlet, Message, OutletGone};
use crate::sensors::{Source, Timed};
use crate::stop::Stop;

const LOOK: Duration = Duration::from_millis(100);

/// Takes samples from a source into the ring.
pub(super) struct Capture<S> {
    pub(super) pace: Pace,
    pub(super) ring: Inlet<S>,
    pub(super) stop: Stop,
    /// When the last sample was that was given, or where the source begins.
    pub(super) last: Timestamp,
}

impl<S: Timed> Capture<S> {
    pub(super) fn run(mut self, mut source: impl Source<Sample = S>) {
        while !self.stop.is_asked() {
            self.hurry(&mut source);
            let next = source.next();
            self.ring.lose(source.skipped());
            let fewer = source.fewer().into_iter().map(Message::Fewer);
            for said in source.reasons().into_iter().map(Message::Reason).chain(fewer) {
                if self.put(said).is_err() {
                    return;
                }
            }
            match next {
                Ok(Some(samples)) => {
                    let message = Message::Samples(samples, source.left_out());
                    if self.deliver(message).is_err() {
                        return;
                    }
                }
                Ok(None) => {
                    let rest = Message::Samples(Vec::new(), source.left_out());
                    if self.put(rest).is_ok() {
                        self.ring.end(End::Done);
                    }
                    return;
                }
                Err(error) => return self.ring.end(End::Failed(error)),
            }
        }
    }

    /// Lets a source that is too slow skip what would come too late. It may be half as late as samples may come, so that
    /// what it stalled over is made up for.
    fn hurry(&self, source: &mut impl Source<Sample = S>) {
        if let Some(now) = self.pace.now().filter(|_| self.pace.late(self.last) > self.pace.lateness / 2) {
            source.skip_before(now);
        }
    }

    /// Waits until it is time for what a source gave.
    fn deliver(&mut self, message: Message<S>) -> Result<(), OutletGone> {
        if let Message::Samples(samples, left_out) = &message {
            let (Some(first), Some(last)) = (samples.first(), samples.last()) else {
                return if left_out.total() == 0 { Ok(()) } else { self.put(message) };
            };
            let (first, last) = (first.at(), last.at());
            if gap::is_long(self.last.window().next(), first.window()) {
                self.put(Message::Silence(first))?;
            }
            self.last = last;
            self.pace.sleep_until(last, &self.stop);
        }
        self.put(message)
    }

    fn put(&self, message: Message<S>) -> Result<(), OutletGone> {
        if !self.pace.waits() {
            return self.ring.press(message);
        }
        let mut left = Some(message);
        while let Some(message) = left.take().filter(|_| !self.stop.is_asked()) {
            left = self.ring.offer(message, LOOK)?;
        }
        Ok(())
    }
}
