use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use attune_protocol::registry::Modality;
use hdrhistogram::Histogram;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{self, exponential_buckets};
use prometheus_client::registry::Registry;

use super::last_hour::{Counted, Tally};
use super::stage::{Stage, Times};

/// What became of a request for an analysis.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Outcome {
    /// All that was sent was of use.
    Completed,
    /// Some of it was.
    Partial,
    /// No score could be given.
    InsufficientData,
    /// The request was wrong.
    Refused,
    /// There was no room for it.
    Busy,
    /// The client left before the answer.
    Abandoned,
    /// Something here failed.
    Failed,
    /// It took too long.
    Late,
    /// It came again, and was told its first answer.
    Repeated,
}

impl Outcome {
    pub(crate) const ALL: [Self; 9] = [
        Self::Completed,
        Self::Partial,
        Self::InsufficientData,
        Self::Refused,
        Self::Busy,
        Self::Abandoned,
        Self::Failed,
        Self::Late,
        Self::Repeated,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Partial => "partial",
            Self::InsufficientData => "insufficient_data",
            Self::Refused => "refused",
            Self::Busy => "busy",
            Self::Abandoned => "abandoned",
            Self::Failed => "failed",
            Self::Late => "late",
            Self::Repeated => "repeated",
        }
    }
}

/// Microseconds, to two digits, up to a minute.
#[derive(Clone, Debug)]
pub(super) struct Timings(pub(super) Histogram<u32>);

impl Default for Timings {
    fn default() -> Self {
        Self(Histogram::new_with_bounds(1, 60_000_000, 2).expect("the bounds are in order"))
    }
}

impl Tally for Timings {
    fn add(&mut self, other: &Self) {
        self.0.add(&other.0).expect("all have the same bounds");
    }
}

/// Sum and number, for a mean.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mean(f64, u64);

impl Mean {
    pub(super) fn value(self) -> Option<f64> {
        (self.1 > 0).then(|| self.0 / self.1 as f64)
    }
}

impl Tally for Mean {
    fn add(&mut self, other: &Self) {
        self.0 += other.0;
        self.1 += other.1;
    }
}

/// How many of each outcome.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcomes(pub(super) BTreeMap<Outcome, u64>);

impl Tally for Outcomes {
    fn add(&mut self, other: &Self) {
        other.0.iter().for_each(|(outcome, count)| *self.0.entry(*outcome).or_default() += count);
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct StageLabel {
    stage: &'static str,
}

type Durations = Family<StageLabel, histogram::Histogram, fn() -> histogram::Histogram>;

/// Counts analyses and times their stages, since the start and over the last hour. Knows nothing of persons.
#[derive(Debug)]
pub(crate) struct Meter {
    pub(super) begun: Instant,
    pub(super) counted: Mutex<Counts>,
    outcomes: Family<OutcomeLabel, Counter>,
    durations: Durations,
    pub(super) registry: Mutex<Registry>,
}

/// Everything that is counted.
#[derive(Debug)]
pub(super) struct Counts {
    pub(super) outcomes: Counted<Outcomes>,
    pub(super) stages: BTreeMap<Stage, Counted<Timings>>,
    pub(super) quality: BTreeMap<Modality, Counted<Mean>>,
}

impl Default for Meter {
    fn default() -> Self {
        let begun = Instant::now();
        let outcomes = Family::<OutcomeLabel, Counter>::default();
        let durations =
            Durations::new_with_constructor(|| histogram::Histogram::new(exponential_buckets(0.001, 2.0, 14)));
        let mut registry = Registry::with_prefix("attune");
        registry.register("analyses", "Requests for an analysis, by what became of them", outcomes.clone());
        registry.register("analysis_stage_seconds", "Time of each stage of an analysis", durations.clone());
        for outcome in Outcome::ALL {
            // Shown from the start, as nought.
            drop(outcomes.get_or_create(&OutcomeLabel { outcome: outcome.name() }));
        }
        let counted = Counts {
            outcomes: Counted::new(begun),
            stages: Stage::ALL.iter().map(|stage| (*stage, Counted::new(begun))).collect(),
            quality: Modality::SENSED.into_iter().map(|modality| (modality, Counted::new(begun))).collect(),
        };
        Self { begun, counted: Mutex::new(counted), outcomes, durations, registry: Mutex::new(registry) }
    }
}

impl Meter {
    /// Counts an outcome.
    pub(crate) fn outcome(&self, outcome: Outcome) {
        self.outcomes.get_or_create(&OutcomeLabel { outcome: outcome.name() }).inc();
        let count = |outcomes: &mut Outcomes| *outcomes.0.entry(outcome).or_default() += 1;
        self.lock().outcomes.count(Instant::now(), count);
    }

    /// Takes in the times of an analysis.
    pub(crate) fn times(&self, times: &Times) {
        let mut counted = self.lock();
        for (stage, time) in times.iter() {
            self.durations.get_or_create(&StageLabel { stage: stage.name() }).observe(time.as_secs_f64());
            let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
            if let Some(timings) = counted.stages.get_mut(&stage) {
                timings.count(Instant::now(), |timings| timings.0.saturating_record(micros.max(1)));
            }
        }
    }

    /// Takes in the quality, in [0,1], of a modality in an analysis.
    pub(crate) fn quality(&self, modality: Modality, quality: f64) {
        if let Some(mean) = self.lock().quality.get_mut(&modality) {
            mean.count(Instant::now(), |mean| {
                mean.0 += quality;
                mean.1 += 1;
            });
        }
    }

    pub(super) fn lock(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
