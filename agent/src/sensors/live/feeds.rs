use std::sync::Arc;
use std::time::{Duration, Instant};

use attune_analysis::left_out::LeftOut;
use attune_analysis::sample::Timestamp;
use attune_protocol::record::Gap;
use attune_protocol::registry::Modality;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use tracing::info;

use super::attend::Surroundings;
use super::feed::{Event, Feed};
use super::standing::Standings;
use crate::AgentError;
use crate::clock::Clock;
use crate::control::Control;
use crate::sensors::{Reason, Source, Timed};

/// Events that wait for the line: it takes them at once, and what is too much is dropped there and counted.
const WAITING: usize = 4;
const LOOK: Duration = Duration::from_millis(100);
/// A feed that has given nothing for so long makes way for another.
const GIVES_WAY: Duration = Duration::from_secs(15);

/// What every feed of a modality gives, as the [`Source`] of its line. It ends when `until` has come, or when every
/// source has gone.
pub struct Feeds<S> {
    modality: Modality,
    sender: Option<Sender<(usize, Event<S>)>>,
    events: Receiver<(usize, Event<S>)>,
    control: Arc<Control>,
    clock: Clock,
    standings: Standings,
    until: Timestamp,
    /// Why each feed gives nothing, if it said so.
    lacks: Vec<Option<Gap>>,
    /// Which feed is used, and when it gave something last.
    used: Option<(usize, Instant)>,
    /// Whether it was told that another one also gives.
    told: bool,
    /// What was told last.
    reason: Option<Gap>,
    reasons: Vec<Reason>,
    fewer: Vec<Reason>,
    left_out: LeftOut,
    lateness: Duration,
}

impl<S: Timed> Feeds<S> {
    pub(super) fn new(modality: Modality, around: &Surroundings) -> Self {
        let (sender, events) = bounded(WAITING);
        Self {
            modality,
            sender: Some(sender),
            events,
            control: around.control.clone(),
            clock: around.clock.clone(),
            standings: around.standings.clone(),
            until: around.until,
            lacks: Vec::new(),
            used: None,
            told: false,
            reason: None,
            reasons: Vec::new(),
            fewer: Vec::new(),
            left_out: LeftOut::default(),
            lateness: Duration::ZERO,
        }
    }

    /// Says that a source gives what it senses so much later, as what comes over a radio and a network does: windows wait
    /// for it.
    pub fn may_be_late(&mut self, by: Duration) {
        self.lateness = self.lateness.max(by);
    }

    /// How late what is sensed may be given.
    pub(crate) fn lateness(&self) -> Duration {
        self.lateness
    }

    /// Makes one for a source, which is named for the person, as `camera`. One that was made earlier is preferred.
    ///
    /// # Panics
    /// When the line has begun: feeds are made before.
    pub fn feed(&mut self, source: &str) -> Feed<S> {
        let number = self.lacks.len();
        self.lacks.push(None);
        Feed {
            number,
            modality: self.modality,
            events: self.sender.clone().expect("the line has not begun"),
            control: self.control.clone(),
            clock: self.clock.clone(),
            standing: self.standings.add(self.modality, source),
            standings: self.standings.clone(),
        }
    }

    /// Whether a source was made for it.
    #[must_use]
    pub fn is_used(&self) -> bool {
        !self.lacks.is_empty()
    }

    /// No more feeds are made: what it gives ends with the last one.
    pub(crate) fn begin(&mut self) {
        self.sender = None;
    }

    /// Whether the samples of a feed are used: of two that give it is the preferred one.
    fn takes(&mut self, number: usize) -> bool {
        let other = self.used.filter(|&(used, last)| used < number && last.elapsed() < GIVES_WAY);
        if other.is_none() {
            self.used = Some((number, Instant::now()));
        } else if !std::mem::replace(&mut self.told, true) {
            info!(modality = %self.modality, "two devices give this: one is used, and the other when that one does not give");
        }
        other.is_none()
    }

    fn say(&mut self, since: Timestamp, gap: Option<Gap>) {
        if std::mem::replace(&mut self.reason, gap) != gap {
            self.reasons.push(Reason { since, gap });
        }
    }

    fn take(&mut self, number: usize, event: Event<S>) -> Vec<S> {
        match event {
            Event::Samples(samples, left_out) => {
                self.left_out.add(left_out);
                let Some(first) = samples.first().map(Timed::at) else { return samples };
                self.lacks[number] = None;
                if !self.takes(number) {
                    return Vec::new();
                }
                self.say(first, None);
                samples
            }
            Event::Fewer(since, gap) => {
                self.fewer.push(Reason { since, gap });
                Vec::new()
            }
            Event::Lack(since, gap) => {
                self.lacks[number] = Some(gap);
                if self.used.is_some_and(|(used, _)| used == number) {
                    self.used = None;
                }
                if self.used.is_none() {
                    // The preferred one's reason is the one to mend.
                    let gap = self.lacks.iter().flatten().next().copied();
                    self.say(since, gap);
                }
                Vec::new()
            }
        }
    }
}

impl<S: Timed> Source for Feeds<S> {
    type Sample = S;

    fn next(&mut self) -> Result<Option<Vec<S>>, AgentError> {
        if self.clock.now() >= self.until {
            return Ok(None);
        }
        match self.events.recv_timeout(LOOK) {
            Ok((number, event)) => Ok(Some(self.take(number, event))),
            Err(RecvTimeoutError::Timeout) => Ok(Some(Vec::new())),
            // Sources end when the agent does, and a thread that panicked has said so.
            Err(RecvTimeoutError::Disconnected) => Err(AgentError::Thread("live source")),
        }
    }

    fn left_out(&mut self) -> LeftOut {
        std::mem::take(&mut self.left_out)
    }

    fn reasons(&mut self) -> Vec<Reason> {
        std::mem::take(&mut self.reasons)
    }

    fn fewer(&mut self) -> Vec<Reason> {
        std::mem::take(&mut self.fewer)
    }
}
