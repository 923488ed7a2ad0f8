use std::collections::BTreeMap;
use std::time::Instant;

use attune_protocol::registry::Modality;
use serde::Serialize;
use utoipa::ToSchema;

use super::last_hour::{Counted, Tally};
use super::meter::{Mean, Meter, Outcome, Outcomes, Timings};
use super::process::ProcessView;
use super::stage::Stage;

/// Quantiles of a stage's time, milliseconds.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, ToSchema)]
pub(crate) struct QuantilesView {
    /// How often the stage ran.
    count: u64,
    /// The median; null when it never ran.
    p50_ms: Option<f64>,
    /// 95 % took no longer.
    p95_ms: Option<f64>,
    /// 99 % took no longer.
    p99_ms: Option<f64>,
}

impl From<&Timings> for QuantilesView {
    fn from(timings: &Timings) -> Self {
        let histogram = &timings.0;
        let at = |q| (!histogram.is_empty()).then(|| histogram.value_at_quantile(q) as f64 / 1000.0);
        Self { count: histogram.len(), p50_ms: at(0.5), p95_ms: at(0.95), p99_ms: at(0.99) }
    }
}

/// How many requests for an analysis came to which end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(crate) struct OutcomesView {
    /// Everything that was sent was of use.
    completed: u64,
    /// Some of it was.
    partial: u64,
    /// No score could be given.
    insufficient_data: u64,
    /// The request was wrong.
    refused: u64,
    /// There was no room for it.
    busy: u64,
    /// The client left before the answer.
    abandoned: u64,
    /// The collector failed.
    failed: u64,
    /// It took too long.
    late: u64,
    /// It came again with its `Idempotency-Key`, and was told its first answer.
    repeated: u64,
}

impl From<&Outcomes> for OutcomesView {
    fn from(outcomes: &Outcomes) -> Self {
        let of = |outcome| outcomes.0.get(&outcome).copied().unwrap_or(0);
        Self {
            completed: of(Outcome::Completed),
            partial: of(Outcome::Partial),
            insufficient_data: of(Outcome::InsufficientData),
            refused: of(Outcome::Refused),
            busy: of(Outcome::Busy),
            abandoned: of(Outcome::Abandoned),
            failed: of(Outcome::Failed),
            late: of(Outcome::Late),
            repeated: of(Outcome::Repeated),
        }
    }
}

/// Mean quality of each modality over its windows of ten seconds, in [0,1]; null where it was not analysed.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, ToSchema)]
pub(crate) struct MeanQualityView {
    face: Option<f64>,
    voice: Option<f64>,
    motion: Option<f64>,
    heart: Option<f64>,
}

/// What was counted over some time.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(crate) struct PeriodView {
    /// Requests for an analysis.
    analyses: OutcomesView,
    /// Time of each stage; `total` is from the first byte of the request to the answer.
    stages: BTreeMap<&'static str, QuantilesView>,
    /// Mean quality of what was sent.
    mean_quality: MeanQualityView,
}

/// The database's size.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(crate) struct DatabaseView {
    /// Bytes on the disk.
    pub(super) bytes: i64,
    /// Sessions, live and of analyses.
    pub(super) sessions: i64,
    /// Records of devices.
    pub(super) records: i64,
}

/// Counts, times and sizes.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(crate) struct StatsView {
    /// Seconds since the start.
    uptime_seconds: u64,
    /// Since the start.
    since_start: PeriodView,
    /// In the last 60 to 65 minutes.
    last_hour: PeriodView,
    /// What this process takes.
    process: ProcessView,
    /// What is stored.
    database: DatabaseView,
}

impl StatsView {
    pub(super) fn new(meter: &Meter, process: ProcessView, database: DatabaseView) -> Self {
        let now = Instant::now();
        let mut counted = meter.lock();
        let since_start = PeriodView {
            analyses: counted.outcomes.since_start().into(),
            stages: stages(&mut counted.stages, |stage| stage.since_start().into()),
            mean_quality: quality(&mut counted.quality, |mean| mean.since_start().value()),
        };
        let last_hour = PeriodView {
            analyses: (&counted.outcomes.last_hour(now)).into(),
            stages: stages(&mut counted.stages, |stage| (&stage.last_hour(now)).into()),
            mean_quality: quality(&mut counted.quality, |mean| mean.last_hour(now).value()),
        };
        Self { uptime_seconds: meter.begun.elapsed().as_secs(), since_start, last_hour, process, database }
    }
}

fn stages<T: Tally>(
    stages: &mut BTreeMap<Stage, Counted<T>>,
    view: impl Fn(&mut Counted<T>) -> QuantilesView,
) -> BTreeMap<&'static str, QuantilesView> {
    stages.iter_mut().map(|(stage, counted)| (stage.name(), view(counted))).collect()
}

fn quality(
    means: &mut BTreeMap<Modality, Counted<Mean>>,
    value: impl Fn(&mut Counted<Mean>) -> Option<f64>,
) -> MeanQualityView {
    let mut of = |modality| means.get_mut(&modality).and_then(&value);
    MeanQualityView {
        face: of(Modality::Face),
        voice: of(Modality::Voice),
        motion: of(Modality::Motion),
        heart: of(Modality::Heart),
    }
}
