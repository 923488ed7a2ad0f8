//! How the parts are: database, broker, each model, disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use attune_protocol::policy::Profile;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::ApiState;
use crate::ingest::{Counters, Counts, Link};
use crate::store::Store;

/// Less free space than this and the disk is called unwell: a day of a large team.
const LEAST_FREE: u64 = 256 << 20;

/// What is looked at.
#[derive(Debug)]
pub struct Health {
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

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(health))
}

/// Database, broker, models and disk. 503 when one of them is unwell.
#[utoipa::path(
    get, path = "/health", tag = "service",
    responses((status = 200, body = HealthView), (status = 503, body = HealthView, description = "a part is unwell"))
)]
pub(crate) async fn health(State(state): State<ApiState>) -> (StatusCode, Json<HealthView>) {
    let health = &state.health;
    let (database, disk) = (database(&state.store).await, disk(&health.state));
    let connected = health.link.is_connected();
    let broker = PartHealth { ok: connected, detail: if connected { "connected" } else { "not connected" }.into() };
    let ok = database.ok && broker.ok && disk.ok;
    let view = HealthView {
        status: if ok { "ok" } else { "unwell" },
        profile: health.profile.name(),
        database,
        broker,
        disk,
        models: health.models.clone(),
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
