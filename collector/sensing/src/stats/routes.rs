use std::sync::atomic::AtomicU64;
use std::sync::{Arc, PoisonError};

use attune_ground::http::{Problem, Refusal, Traffic};
use attune_ground::jobs::{self, Standing};
use attune_ground::store::Store;
use attune_ground::time::now_millis;
use axum::extract::{FromRef, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Meter;
use super::process;
use super::view::{DatabaseView, StatsView};
use crate::SensingError;
use crate::broker::GateWatch;
use crate::health::{Health, PARTS};
use crate::ingest::{Counters, Queue};

/// What the handlers need.
#[derive(Clone, Debug)]
pub(crate) struct Board {
    pub(crate) store: Store,
    /// What analyses came to and took.
    pub(crate) meter: Arc<Meter>,
    /// What ingest counted.
    pub(crate) counters: Arc<Counters>,
    /// What waits to be committed.
    pub(crate) waiting: Arc<Queue>,
    /// What the gate before the embedded broker counts.
    pub(crate) gate: Option<GateWatch>,
    /// What became of connections and requests.
    pub(crate) traffic: Arc<Traffic>,
    /// How the parts are.
    pub(crate) health: Health,
}

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Board: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(stats)).routes(routes!(metrics))
}

pub(crate) fn unversioned<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Board: FromRef<S>,
{
    Router::new().route("/stats", get(stats)).route("/metrics", get(metrics))
}

/// What is analysed and what it takes, since the start and for the last hour.
#[utoipa::path(get, path = "/stats", tag = "service", responses((status = 200, body = StatsView)))]
async fn stats(State(board): State<Board>) -> Result<Json<StatsView>, Problem> {
    let database = database(&board).await?;
    Ok(Json(StatsView::new(&board.meter, process::look(), database)))
}

/// The same for Prometheus, as OpenMetrics text. No label names a person.
#[utoipa::path(
    get, path = "/metrics", tag = "service",
    responses((status = 200, body = String, content_type = OPEN_METRICS))
)]
async fn metrics(State(board): State<Board>) -> Result<Response, Problem> {
    let (database, well) = (database(&board).await?, board.health.parts().await.map(|part| part.ok));
    let jobs = jobs::standing(&board.store).await?;
    let mut text = String::new();
    let counted = board.meter.registry.lock().unwrap_or_else(PoisonError::into_inner);
    // Text without its end, so that what is looked up now can follow.
    prometheus_client::encoding::text::encode_registry(&mut text, &counted).expect("a string takes all text");
    drop(counted);
    encode(&mut text, &now(&board, (database, jobs), well)).expect("a string takes all text");
    Ok(([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response())
}

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What is not counted but looked up.
fn now(board: &Board, (database, jobs): (DatabaseView, Standing), well: [bool; PARTS.len()]) -> Registry {
    let mut registry = Registry::with_prefix("attune");
    let mut gauge = |name: &str, help: &str, value: i64| {
        let gauge = Gauge::<i64>::default();
        gauge.set(value);
        registry.register(name, help, gauge);
    };
    let process = process::look();
    if let Some(bytes) = process.resident_bytes {
        gauge("resident_bytes", "Resident memory", bytes as i64);
    }
    gauge("uptime_seconds", "Time since the start", board.meter.begun.elapsed().as_secs() as i64);
    gauge("http_connections", "Clients of the API that are connected", board.traffic.connections() as i64);
    let gate = board.gate.as_ref().map(GateWatch::counts);
    if let Some(gate) = &gate {
        gauge("gate_connections", "Clients of the embedded broker that are connected", gate.connections as i64);
        gauge("gate_known", "Of these, devices that something was acknowledged to", gate.known as i64);
    }
    if let Ok(bytes) = board.health.free_bytes() {
        let help = "Free space on the fuller of the disks of the state folder and of an SQLite database";
        gauge("disk_free_bytes", help, i64::try_from(bytes).unwrap_or(i64::MAX));
    }
    let lag = board.waiting.lag(now_millis()).as_millis();
    gauge("ingest_lag_milliseconds", "How long the oldest message has waited that is not committed", lag as i64);
    gauge("database_bytes", "Size of the database", database.bytes);
    gauge("sessions", "Sessions stored", database.sessions);
    gauge("records", "Records of devices stored", database.records);
    gauge("jobs_due", "Jobs that are due and not done yet, of all collectors on the database", jobs.due);
    gauge("jobs_failing", "Jobs that failed when they were tried last", jobs.failing);
    gauge("jobs_late_milliseconds", "How long the job has waited that is due longest", jobs.late);
    for (kind, rows) in board.store.damages().counts() {
        gauge(&format!("damaged_{}", kind.name()), "Rows that do not open and are left out", rows as i64);
    }
    if let Some(seconds) = process.cpu_seconds {
        registry.register("cpu_seconds", "Processor time over all cores", ConstCounter::new(seconds));
    }
    registry.register("http_requests", "Requests of the API", ConstCounter::new(board.traffic.requests()));
    let reasons = Refusal::ALL.map(|refusal| (refusal.name(), board.traffic.refused(refusal)));
    let help = "Connections and requests of the API that were refused or given up, by reason";
    registry.register("http_refused", help, refused(reasons));
    if let Some(gate) = gate {
        registry.register("gate_published", "Messages taken from devices", ConstCounter::new(gate.published));
        let help = "Messages whose retained flag was taken off";
        registry.register("gate_unretained", help, ConstCounter::new(gate.unretained));
        let help = "Clients of the embedded broker that were refused or cut off, by reason";
        registry.register("gate_refused", help, refused(gate.refused));
    }
    let parts = Family::<PartLabel, Gauge>::default();
    for (part, well) in PARTS.into_iter().zip(well) {
        parts.get_or_create(&PartLabel { part }).set(i64::from(well));
    }
    registry.register("part_well", "Whether a part is well, as health tells it: 1, and 0 where it is not", parts);
    let quality = Family::<ModalityLabel, Gauge<f64, AtomicU64>>::default();
    for (modality, mean) in &board.meter.lock().quality {
        if let Some(mean) = mean.since_start().value() {
            quality.get_or_create(&ModalityLabel { modality: modality.name() }).set(mean);
        }
    }
    let help = "Mean quality of the windows that were analysed since the start, 0 to 1";
    registry.register("analysis_mean_quality", help, quality);
    for (name, help, count) in board.counters.read().all() {
        let help = help.trim().trim_end_matches('.');
        registry.register(format!("ingest_{name}"), help, ConstCounter::new(count));
    }
    registry
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct ReasonLabel {
    reason: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct PartLabel {
    part: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct ModalityLabel {
    modality: &'static str,
}

/// Counts by reason.
fn refused(counts: impl IntoIterator<Item = (&'static str, u64)>) -> Family<ReasonLabel, Counter> {
    let family = Family::default();
    for (reason, count) in counts {
        let counter: &Counter = &family.get_or_create(&ReasonLabel { reason });
        counter.inc_by(count);
    }
    family
}

async fn database(board: &Board) -> Result<DatabaseView, Problem> {
    let bytes = board.store.size().await?;
    let count = async |statement: &'static str| {
        let (count,): (i64,) =
            sqlx::query_as(statement).fetch_one(board.store.pool()).await.map_err(SensingError::from)?;
        Ok::<_, Problem>(count)
    };
    Ok(DatabaseView {
        bytes,
        sessions: count("SELECT COUNT(*) FROM sessions WHERE merged_into IS NULL AND deleted_at IS NULL").await?,
        records: count("SELECT COUNT(*) FROM records").await?,
    })
}
