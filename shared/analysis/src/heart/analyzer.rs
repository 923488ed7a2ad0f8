use attune_protocol::features::Features;
use attune_protocol::record::{Gap, Record};
use attune_protocol::registry::{Modality, Ordinal, Span, heart};
use attune_protocol::window::{WINDOW_MILLIS, Window};

use super::beats::{Beat, Beats, filled};
use super::clean::artefacts;
use super::contact::Contact;
use super::rates::{Held, Rates};
use super::spans::{MOST_ARTEFACTS, SLACK, mean_interval, measure};
use crate::Analyzer;
use crate::coverage::TrailingCoverage;
use crate::sample::{HeartSample, Timestamp};

/// Milliseconds of beats that a window should hold.
const EXPECTED: u32 = WINDOW_MILLIS as u32;
/// Trust in rates that came without intervals, against that in intervals. Ours: how the sensor averages is not known.
const RATE_TRUST: f64 = 0.5;
/// What is said where beats can't be trusted at all: the rate needs no rhythm, and the others say why nothing else is there.
const STANDS_ALONE: [Ordinal; 3] = [heart::MEAN_HR, heart::CONTACT, heart::ARTEFACT_FRACTION];

/// Heart features of a sensor's beats. Coverage counts milliseconds that beats fill.
#[derive(Default)]
pub struct HeartAnalyzer {
    beats: Beats,
    rates: Rates,
    contact: Contact,
    trailing: TrailingCoverage,
}

impl HeartAnalyzer {
    /// An analyzer that has felt nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn take(&mut self, sample: &HeartSample) {
        match *sample {
            HeartSample::Contact { at, touching } => {
                self.contact.push(at, touching);
                if !touching {
                    self.rates.end(at);
                }
            }
            _ if self.contact.lost_at(sample.at()) => (),
            HeartSample::Beat { at, rr_millis } => {
                self.rates.beat(at);
                self.beats.push(Beat { at, rr: rr_millis });
            }
            HeartSample::Rate { at, bpm } => self.rates.push(at, bpm),
        }
    }
}

impl Analyzer for HeartAnalyzer {
    type Sample = HeartSample;

    fn push(&mut self, samples: &[HeartSample]) {
        for sample in samples {
            self.take(sample);
        }
    }

    fn finish(&mut self, window: Window, gap: Option<Gap>) -> Record {
        let start = Timestamp::from_millis(window.start_millis());
        let end = Timestamp::from_millis(window.end_millis());
        self.beats.forget_before(end);
        let rates = self.rates.close(start, end);
        let contact = self.contact.close(start, end);

        let mut features = Features::new(Modality::Heart);
        features.set(heart::CONTACT, contact);
        let all = self.beats.within(end.plus_seconds(-f64::from(Span::S300.seconds())), end);
        let flags = artefacts(&all);
        for span in [Span::S300, Span::S60] {
            let from = end.plus_seconds(-f64::from(span.seconds()));
            let first = all.partition_point(|beat| beat.at < from);
            measure(&mut features, span, &all[first..], &flags[first..], from, end);
        }
        let first = all.partition_point(|beat| beat.at < start);
        let seen = Seen::of(&all[first..], &flags[first..], &rates, start, end);
        features.set(heart::MEAN_HR, seen.rate());
        let artefacts = features.get(heart::ARTEFACT_FRACTION).unwrap_or(0.0);
        let trust_in_beats = 1.0 - (artefacts / MOST_ARTEFACTS).min(1.0);
        let trust = seen.trust(trust_in_beats);
        let seen = seen.seconds();
        let received = ((seen * 1000.0).round() as u32).min(EXPECTED);
        // Between the rates of a sensor that tells them seldom nothing is seen, and nothing says that it is not worn.
        let lost = received == 0 && !self.rates.awaited(end) || contact.is_some_and(|share| share < 0.5);
        let gap = gap.or(lost.then_some(Gap::NotWorn));
        // How much was seen is the coverage's word; the quality is of what was.
        let quality = if received == 0 { 0.0 } else { trust };
        if received == 0 || trust_in_beats <= 0.0 {
            features.retain(|spec| STANDS_ALONE.contains(&spec.ordinal));
        }
        Record::new(window, quality, self.trailing.close(window, EXPECTED, received, gap), features)
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}

/// What fills a window: the intervals between beats, and where there are none, rates that the sensor averaged itself.
struct Seen {
    beat_seconds: f64,
    rate_seconds: f64,
    /// Seconds times the rate in them, 1/min.
    weighted: f64,
}

impl Seen {
    fn of(beats: &[Beat], flags: &[bool], rates: &[Held], start: Timestamp, end: Timestamp) -> Self {
        let filled = filled(beats, start, end);
        // A beat at the very beginning has an interval of the window before.
        let interval = mean_interval(beats, flags).filter(|_| !filled.is_empty());
        let (mut rate_seconds, mut weighted) = (0.0, 0.0);
        for held in rates {
            let shared =
                |&(from, to): &(Timestamp, Timestamp)| to.min(held.to).seconds_since(from.max(held.from)).max(0.0);
            let free = held.to.seconds_since(held.from) - filled.iter().map(shared).sum::<f64>();
            rate_seconds += free.max(0.0);
            weighted += free.max(0.0) * held.bpm;
        }
        let mut beat_seconds = 0.0;
        if let Some(millis) = interval {
            beat_seconds = filled.iter().map(|(from, to)| to.seconds_since(*from)).sum();
            weighted += beat_seconds * 60_000.0 / millis;
        }
        Self { beat_seconds, rate_seconds, weighted }
    }

    fn seconds(&self) -> f64 {
        self.beat_seconds + self.rate_seconds
    }

    /// Mean rate, 1/min, where enough was seen for one.
    fn rate(&self) -> Option<f64> {
        let long_enough = f64::from(heart::FEATURES[usize::from(heart::MEAN_HR.0)].shortest_seconds);
        (self.seconds() + SLACK >= long_enough).then(|| self.weighted / self.seconds())
    }

    /// The trust in beats and in rates, each by its time.
    fn trust(&self, beats: f64) -> f64 {
        let seconds = self.seconds();
        if seconds > 0.0 { (beats * self.beat_seconds + RATE_TRUST * self.rate_seconds) / seconds } else { 0.0 }
    }
}

#[cfg(test)]
mod tests;
