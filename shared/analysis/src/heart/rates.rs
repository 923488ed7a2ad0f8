use std::collections::VecDeque;

use crate::sample::Timestamp;

/// Rates that a heart can have, 1/min.
const POSSIBLE: std::ops::RangeInclusive<f64> = 20.0..=300.0;
/// How long a rate that the sensor averaged itself holds, seconds. Ours: sensors that save power tell one every five to eight.
const HOLDS: f64 = 10.0;
/// Between two rates of a sensor no more than so many of its longer steps pass while it is worn, and no more than so
/// many seconds. Ours.
const LATE: f64 = 1.5;
const LONGEST_STEP: f64 = 900.0;
/// So long it may be to the second rate of a sensor whose step is not known yet, seconds: watches tell one every five
/// minutes at rest.
const FIRST_STEP: f64 = 300.0;
/// Its steps are known by at least the last so many, and by all within so many seconds. Its longer ones are those in
/// which a quarter of the time passes: sensors tell several rates at once, too, and none for a while. Ours.
const STEPS: usize = 5;
const REMEMBERED: f64 = 600.0;
const LONGER: f64 = 0.25;
/// Steps that are remembered at most.
const MOST_STEPS: usize = 1_000;
/// Rates that are held while nobody closes a window.
const MOST: usize = 1_000;

/// Rates that the sensor averaged itself. Each holds until the next one, until the sensor leaves the skin, or for ten seconds.
#[derive(Default)]
pub(super) struct Rates {
    /// What was told, in order; nothing where the sensor left the skin.
    told: VecDeque<(Timestamp, Option<f64>)>,
    /// What is told of how often rates come, until the window of it closes: when one came, or that none are to be awaited.
    events: VecDeque<(Timestamp, Event)>,
    rhythm: Rhythm,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Event {
    Rate,
    Beat,
    /// The sensor has left the skin.
    End,
}

/// A rate, and the time in which it held.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Held {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) bpm: f64,
}

impl Rates {
    /// Takes a rate in, unless no heart has it.
    pub(super) fn push(&mut self, at: Timestamp, bpm: f64) {
        if POSSIBLE.contains(&bpm) {
            self.tell(at, Some(bpm));
            self.happen(at, Event::Rate);
        }
    }

    /// Whether the next rate of a sensor that tells them seldom is still to be awaited at the end of the window that was closed
    /// last.
    pub(super) fn awaited(&self, end: Timestamp) -> bool {
        self.rhythm.last.is_some_and(|last| end.seconds_since(last) <= self.rhythm.longest())
    }

    /// A sensor that tells rates has told a beat, too: it is worn. One that tells nothing but beats has no rhythm of rates.
    pub(super) fn beat(&mut self, at: Timestamp) {
        if self.rhythm.last.is_some() || !self.events.is_empty() {
            self.happen(at, Event::Beat);
        }
    }

    /// From now on no rate holds, and none is to be awaited.
    pub(super) fn end(&mut self, at: Timestamp) {
        self.tell(at, None);
        self.happen(at, Event::End);
    }

    fn happen(&mut self, at: Timestamp, event: Event) {
        if self.events.len() == MOST {
            self.events.pop_front();
        }
        self.events.push_back((at, event));
    }

    fn tell(&mut self, at: Timestamp, bpm: Option<f64>) {
        if self.told.back().is_some_and(|&(last, _)| at < last) {
            return;
        }
        if self.told.len() == MOST {
            self.told.pop_front();
        }
        self.told.push_back((at, bpm));
    }

    /// The rates that held from `start` to `end`. Forgets what holds no longer.
    pub(super) fn close(&mut self, start: Timestamp, end: Timestamp) -> Vec<Held> {
        let ends = self.told.iter().skip(1).map(|&(at, _)| at).chain([end]);
        let held = self.told.iter().zip(ends).filter_map(|(&(at, bpm), next)| {
            let (from, to) = (at.max(start), next.min(end).min(at.plus_seconds(HOLDS)));
            (from < to).then_some(Held { from, to, bpm: bpm? })
        });
        let held = held.collect();
        // What comes behind the window says nothing of it, whether or not it was told before the window closed.
        while let Some((at, event)) = self.events.pop_front_if(|&mut (at, _)| at < end) {
            match event {
                Event::Rate => self.rhythm.push(at),
                Event::Beat if self.rhythm.last.is_none() => {}
                Event::Beat => self.rhythm.push(at),
                Event::End => self.rhythm = Rhythm::default(),
            }
        }
        // The last one before the end may hold beyond it.
        while self.told.get(1).is_some_and(|&(next, _)| next < end) {
            self.told.pop_front();
        }
        held
    }
}

/// How often the sensor tells a rate.
#[derive(Default)]
struct Rhythm {
    last: Option<Timestamp>,
    steps: VecDeque<f64>,
    /// How long they are together, seconds.
    lasted: f64,
}

impl Rhythm {
    fn push(&mut self, at: Timestamp) {
        let step = self.last.map(|last| at.seconds_since(last)).filter(|step| *step > 0.0);
        self.lasted += step.unwrap_or(0.0);
        self.steps.extend(step);
        let is_old = |steps: &VecDeque<f64>, lasted: f64| {
            let first = steps.front().copied().unwrap_or(0.0);
            steps.len() > MOST_STEPS || steps.len() > STEPS && lasted - first >= REMEMBERED
        };
        while is_old(&self.steps, self.lasted) {
            self.lasted -= self.steps.pop_front().unwrap_or(0.0);
        }
        self.last = self.last.max(Some(at));
    }

    /// The longest time without a rate that tells nothing, seconds.
    fn longest(&self) -> f64 {
        let mut steps: Vec<f64> = self.steps.iter().copied().collect();
        steps.sort_unstable_by(|a, b| b.total_cmp(a));
        let mut longer = 0.0;
        let longer = steps.into_iter().find(|step| {
            longer += step;
            longer > LONGER * self.lasted
        });
        longer.map_or(FIRST_STEP, |step| (LATE * step).min(LONGEST_STEP))
    }
}
