use std::sync::Arc;

use attune_analysis::left_out::LeftOut;
use attune_analysis::sample::Timestamp;
use attune_protocol::record::Gap;
use attune_protocol::registry::Modality;
use crossbeam_channel::Sender;

use super::standing::Standings;
use crate::clock::Clock;
use crate::control::{Control, Permission};
use crate::sensors::Timed;

/// What comes through a feed.
pub(super) enum Event<S> {
    Samples(Vec<S>, LeftOut),
    Lack(Timestamp, Gap),
    Fewer(Timestamp, Option<Gap>),
}

/// Where a live source hands in what it senses. Clones are the same feed.
pub struct Feed<S> {
    pub(super) number: usize,
    pub(super) modality: Modality,
    pub(super) events: Sender<(usize, Event<S>)>,
    pub(super) control: Arc<Control>,
    pub(super) clock: Clock,
    pub(super) standings: Standings,
    pub(super) standing: usize,
}

impl<S> Clone for Feed<S> {
    fn clone(&self) -> Self {
        Self {
            number: self.number,
            modality: self.modality,
            events: self.events.clone(),
            control: self.control.clone(),
            clock: self.clock.clone(),
            standings: self.standings.clone(),
            standing: self.standing,
        }
    }
}

impl<S: Timed> Feed<S> {
    /// The instant it is, by the clock of all records.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What is sensed.
    #[must_use]
    pub fn modality(&self) -> Modality {
        self.modality
    }

    /// Whether the device may be open now.
    #[must_use]
    pub fn is_permitted(&self) -> bool {
        self.control.permission(self.modality) == Permission::Granted
    }

    /// Hands in samples, in the order of their times, and what was left out before them. What comes while sensing is not
    /// permitted goes nowhere: a device may give for a moment after it was told to end.
    pub fn give(&self, samples: Vec<S>, left_out: LeftOut) {
        if samples.is_empty() && left_out.total() == 0 || !self.is_permitted() {
            return;
        }
        if !samples.is_empty() {
            let now = self.clock.now().millis();
            self.standings.change(self.standing, |standing| {
                (standing.last_millis, standing.gap, standing.trouble) = (Some(now), None, None);
            });
        }
        // Who would take it is gone only when the agent ends.
        let _ = self.events.send((self.number, Event::Samples(samples, left_out)));
    }

    /// Says that nothing comes from now on, and why; samples end it.
    pub fn lack(&self, gap: Gap) {
        self.standings.change(self.standing, |standing| standing.gap = Some(gap));
        let _ = self.events.send((self.number, Event::Lack(self.clock.now(), gap)));
    }

    /// Says that less is given from now on than could be, on purpose and why; `None` ends it.
    pub fn fewer(&self, gap: Option<Gap>) {
        let _ = self.events.send((self.number, Event::Fewer(self.clock.now(), gap)));
    }

    /// Tells the person what device is in use and how; `None` once it is closed.
    pub fn uses(&self, device: Option<String>) {
        self.standings.change(self.standing, |standing| standing.device = device);
    }

    /// Tells the person what is wrong and what to do; samples end it.
    pub fn trouble(&self, why: Option<String>) {
        self.standings.change(self.standing, |standing| standing.trouble = why);
    }

    /// Tells the person how full the device's battery is, percent; `None` where that is not known any more.
    pub fn battery(&self, percent: Option<u8>) {
        self.standings.change(self.standing, |standing| standing.battery = percent);
    }
}
