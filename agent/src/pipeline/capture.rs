use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use attune_protocol::registry::Modality;
use crossbeam_channel::{Receiver, SendTimeoutError, Sender, TrySendError};

use super::line::{Output, Shared};
use super::pace::Pace;
use crate::sensors::{Source, Timed};
use crate::stop::Stop;

const LOOK: Duration = Duration::from_millis(100);

/// Takes samples from a source into the ring.
pub(super) struct Capture<S> {
    pub(super) modality: Modality,
    pub(super) pace: Pace,
    pub(super) ring: Sender<Vec<S>>,
    /// The ring's other end, to lose its oldest from.
    pub(super) spill: Receiver<Vec<S>>,
    pub(super) shared: Arc<Shared>,
    pub(super) out: Sender<Output>,
    pub(super) stop: Stop,
}

impl<S: Timed> Capture<S> {
    pub(super) fn run(self, mut source: impl Source<Sample = S>) {
        while !self.stop.is_asked() {
            match source.next() {
                Ok(Some(samples)) => {
                    if let Some(last) = samples.last() {
                        self.pace.sleep_until(last.at(), &self.stop);
                    }
                    self.deliver(samples);
                }
                Ok(None) => return,
                Err(error) => {
                    self.shared.failed.store(true, Ordering::Release);
                    // Who would hear of it is gone only when the agent ends.
                    let _ = self.out.send(Output::Failed(self.modality, error));
                    return;
                }
            }
        }
    }

    fn deliver(&self, mut samples: Vec<S>) {
        while !self.stop.is_asked() {
            samples = if self.pace.waits() {
                match self.ring.send_timeout(samples, LOOK) {
                    Err(SendTimeoutError::Timeout(samples)) => samples,
                    Ok(()) | Err(SendTimeoutError::Disconnected(_)) => return,
                }
            } else {
                match self.ring.try_send(samples) {
                    Err(TrySendError::Full(samples)) => {
                        if self.spill.try_recv().is_ok() {
                            self.shared.lost.fetch_add(1, Ordering::AcqRel);
                        }
                        samples
                    }
                    Ok(()) | Err(TrySendError::Disconnected(_)) => return,
                }
            };
        }
    }
}
