//! How the parts are: database, broker, each model, disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use attune_analysis::networks::NetworkInfo;
use attune_ground::store::Store;
use attune_protocol::policy::Profile;
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::ingest::{Counters, Counts, Link};

/// Less free space than this and the disk is called unwell: a day of a large team.
const LEAST_FREE: u64 = 256 << 20;

/// What is looked at.
#[derive(Clone, Debug)]
pub struct Health {
    /// The database.
    pub store: Store,
    /// Where the database's file and keys lie.
    pub state: PathBuf,
    /// The profile in force.
    pub profile: Profile,
    /// The models that were loaded at start.
    pub models: Vec<ModelHealth>,
    /// The way to the broker.
    pub link: Link,
    /// What ingest counted.
    pub counters: Arc<Counters>,
}

/// How one part is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub struct PartHealth {
    /// Whether it works.
    pub ok: bool,
    /// What it is, or what is wrong with it.
    pub detail: String,
}

/// A model that is loaded.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub struct ModelHealth {
    /// What it is for.
    pub task: String,
    /// Its file.
    pub file: String,
    /// SHA-256 of the file, as the manifest has it and as it was checked at start.
    pub sha256: String,
}

/// How all parts are.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub struct HealthView {
    /// `ok`, or `unwell` when one part is.
    pub status: &'static str,
    /// The jurisdiction profile in force.
    pub profile: &'static str,
    /// Takes commits.
    pub database: PartHealth,
    /// Is connected.
    pub broker: PartHealth,
    /// Has room.
    pub disk: PartHealth,
    /// Models that were checked and loaded at start.
    pub models: Vec<ModelHealth>,
    /// What became of messages since the start.
    pub ingest: Counts,
}

impl From<NetworkInfo> for ModelHealth {
    fn from(info: NetworkInfo) -> Self {
        Self { task: info.task.to_string(), file: info.file.display().to_string(), sha256: info.sha256 }
    }
}

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Health: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(health))
}

pub(crate) fn unversioned<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Health: FromRef<S>,
{
    Router::new().route("/health", get(health))
}

/// Database, broker, models and disk. 503 when one of them is unwell.
#[utoipa::path(
    get, path = "/health", tag = "service",
    responses((status = 200, body = HealthView), (status = 503, body = HealthView, description = "a part is unwell"))
)]
async fn health(State(health): State<Health>) -> (StatusCode, Json<HealthView>) {
    let (database, disk) = (database(&health.store).await, disk(&health.state));
    let connected = health.link.is_connected();
    let broker = PartHealth { ok: connected, detail: if connected { "connected" } else { "not connected" }.into() };
    let ok = database.ok && broker.ok && disk.ok;
    let view = HealthView {
        status: if ok { "ok" } else { "unwell" },
        profile: health.profile.name(),
        database,
        broker,
        disk,
        models: health.models,
        ingest: health.counters.read(),
    };
    (if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, Json(view))
}

async fn database(store: &Store) -> PartHealth {
    match store.probe().await {
        Ok(()) => PartHealth { ok: true, detail: format!("{} takes commits", store.backend_name()) },
        Err(error) => {
            tracing::error!(%error, "Database probe failed.");
            PartHealth { ok: false, detail: format!("{} takes no commits; the log says why", store.backend_name()) }
        }
    }
}

fn disk(state: &Path) -> PartHealth {
    match fs4::available_space(state) {
        Ok(free) => PartHealth { ok: free >= LEAST_FREE, detail: format!("{} MiB free", free >> 20) },
        Err(error) => PartHealth { ok: false, detail: format!("free space is unknown: {error}") },
    }
}
