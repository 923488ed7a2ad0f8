use attune_ground::http::Problem;
use axum::Json;
use axum::extract::{FromRef, State};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::counts::{self, Counts};
use super::super::runs;
use crate::People;
use crate::rights::Asker;

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    People: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(overview)).routes(routes!(settings))
}

/// A setting that is in force.
#[derive(Serialize, ToSchema)]
struct SettingView {
    /// Its name, as in the file of settings.
    key: String,
    /// Its value, without what is secret in it.
    value: String,
    /// Where it comes from: built in, a line of the file, a variable of the environment, a flag.
    origin: String,
}

/// The settings that are in force.
#[derive(Serialize, ToSchema)]
struct SettingList {
    /// By their names.
    settings: Vec<SettingView>,
}

/// How many there are of accounts, people, devices, teams and tokens of machines.
#[utoipa::path(
    get, path = "/admin/overview", tag = "administration", operation_id = "admin_overview",
    responses((status = 200, body = Counts))
)]
async fn overview(asker: Asker, State(people): State<People>) -> Result<Json<Counts>, Problem> {
    runs(&asker)?;
    Ok(Json(counts::count(&people.store).await?))
}

/// The settings that are in force, and where each comes from. What is secret is not shown.
#[utoipa::path(
    get, path = "/admin/settings", tag = "administration", operation_id = "admin_settings",
    responses((status = 200, body = SettingList))
)]
async fn settings(asker: Asker, State(people): State<People>) -> Result<Json<SettingList>, Problem> {
    runs(&asker)?;
    let settings = people.surroundings.settings.iter().map(|one| SettingView {
        key: one.key.clone(),
        value: one.value.clone(),
        origin: one.origin.clone(),
    });
    Ok(Json(SettingList { settings: settings.collect() }))
}
