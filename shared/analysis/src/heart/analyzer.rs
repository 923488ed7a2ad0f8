use std::collections::VecDeque;

use attune_protocol::features::Features;
use attune_protocol::record::{Gap, Record};
use attune_protocol::registry::{Modality, Span, heart};
use attune_protocol::window::{WINDOW_MILLIS, Window};

use super::beats::{Beat, Beats, seconds_seen};
use super::clean::artefacts;
use super::contact::Contact;
use super::spans::{MOST_ARTEFACTS, measure};
use crate::Analyzer;
use crate::coverage::TrailingCoverage;
use crate::sample::{HeartSample, Timestamp};

/// Milliseconds of beats that a window should hold.
const EXPECTED: u32 = WINDOW_MILLIS as u32;
/// How long a rate that the sensor averaged itself holds, seconds.
const RATE_HOLDS: f64 = 5.0;
/// Rates that are held while nobody closes a window.
const MOST_RATES: usize = 1_000;
/// Rates that a heart can have, 1/min.
const RATES: std::ops::RangeInclusive<f64> = 20.0..=300.0;
/// Trust in rates that came without intervals, against that in intervals. Ours: how the sensor averages is not known.
const RATE_TRUST: f64 = 0.5;

/// Heart features of a sensor's beats. Coverage counts milliseconds that beats fill.
#[derive(Default)]
pub struct HeartAnalyzer {
    beats: Beats,
    rates: VecDeque<(Timestamp, f64)>,
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
            HeartSample::Contact { at, touching } => self.contact.push(at, touching),
            _ if self.contact.lost() => (),
            HeartSample::Beat { at, rr_millis } => self.beats.push(Beat { at, rr: rr_millis }),
            HeartSample::Rate { at, bpm } => {
                let in_order = self.rates.back().is_none_or(|&(last, _)| last <= at);
                if RATES.contains(&bpm) && in_order {
                    if self.rates.len() == MOST_RATES {
                        self.rates.pop_front();
                    }
                    self.rates.push_back((at, bpm));
                }
            }
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
        let rates = self.rates_of(start, end);
        let contact = self.contact.close(start, end);

        let mut features = Features::new(Modality::Heart);
        features.set(heart::CONTACT, contact);
        let all = self.beats.within(end.plus_seconds(-f64::from(Span::S300.seconds())), end);
        let flags = artefacts(&all);
        for span in [Span::S300, Span::S60, Span::S10] {
            let from = end.plus_seconds(-f64::from(span.seconds()));
            let first = all.partition_point(|beat| beat.at < from);
            measure(&mut features, span, &all[first..], &flags[first..], from, end);
        }
        let window_beats = &all[all.partition_point(|beat| beat.at < start)..];
        let mut seen = seconds_seen(window_beats, start, end);
        let mut trust = 1.0 - (features.get(heart::ARTEFACT_FRACTION).unwrap_or(0.0) / MOST_ARTEFACTS).min(1.0);
        if window_beats.is_empty() && !rates.is_empty() {
            seen = rates.iter().map(|&(_, _, seconds)| seconds).sum();
            let beats: f64 = rates.iter().map(|&(_, bpm, seconds)| bpm * seconds).sum();
            let long_enough = heart::FEATURES[0].shortest_seconds;
            features.set(heart::MEAN_HR, (seen >= f64::from(long_enough)).then(|| beats / seen));
            trust = RATE_TRUST;
        }
        let received = ((seen * 1000.0).round() as u32).min(EXPECTED);
        let lost = received == 0 || contact.is_some_and(|share| share < 0.5);
        let gap = gap.or(lost.then_some(Gap::NotWorn));
        // How much was seen is the coverage's word; the quality is of what was.
        let quality = if received == 0 { 0.0 } else { trust };
        Record::new(window, quality, self.trailing.close(window, EXPECTED, received, gap), features)
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}

impl HeartAnalyzer {
    /// The rates of a window, and the seconds that each holds. Takes them out.
    fn rates_of(&mut self, start: Timestamp, end: Timestamp) -> Vec<(Timestamp, f64, f64)> {
        let mut within = Vec::new();
        while let Some(&(at, bpm)) = self.rates.front().filter(|&&(at, _)| at < end) {
            self.rates.pop_front();
            let next = self.rates.front().map_or(end, |&(next, _)| next.min(end));
            if at >= start {
                within.push((at, bpm, next.seconds_since(at).min(RATE_HOLDS)));
            }
        }
        within
    }
}

#[cfg(test)]
mod tests;
