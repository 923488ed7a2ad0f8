//! `GET /models`: which networks are loaded, what they are for and how far they can be trusted.

use std::collections::BTreeMap;

use attune_analysis::networks::{NetworkInfo, Networks};
use axum::extract::{FromRef, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// One network.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(crate) struct ModelView {
    /// What it is for.
    task: String,
    /// Its file.
    file: String,
    /// SHA-256 of the file, as it was checked at start.
    sha256: String,
    /// Under what its weights may be used; null when nobody has said.
    licence: Option<String>,
    /// What it reached on people that it was not trained on; the card says what each figure means.
    scores: BTreeMap<String, f64>,
    /// Purpose, data, scores and limits, as Markdown; null when there is none.
    card: Option<String>,
}

impl From<NetworkInfo> for ModelView {
    fn from(info: NetworkInfo) -> Self {
        Self {
            task: info.task.to_string(),
            file: info.file.display().to_string(),
            sha256: info.sha256,
            licence: info.licence,
            scores: info.scores,
            card: info.card,
        }
    }
}

/// The networks that are loaded.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(crate) struct ModelList {
    /// One for each task that has one.
    models: Vec<ModelView>,
}

/// What the handlers need.
#[derive(Clone)]
pub(crate) struct Loaded(pub(crate) Networks);

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Loaded: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(models))
}

pub(crate) fn unversioned<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Loaded: FromRef<S>,
{
    Router::new().route("/models", get(models))
}

/// The networks that are loaded, each with its card and scores.
#[utoipa::path(get, path = "/models", tag = "service", responses((status = 200, body = ModelList)))]
async fn models(State(Loaded(networks)): State<Loaded>) -> Json<ModelList> {
    Json(ModelList { models: networks.list().into_iter().map(ModelView::from).collect() })
}
