use attune_ground::http::Query;
use axum::Json;
use axum::extract::{FromRef, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::companion;
use crate::state::Talks;

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Talks: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(help))
}

/// Of which country help is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct HelpQuery {
    /// Two letters; the organisation's where it is left out, and of all where that is not said.
    country: Option<String>,
}

/// Where help is.
#[derive(Debug, Serialize, ToSchema)]
struct WhereHelpIs {
    resources: Vec<HelpResource>,
}

/// Somewhere to get help.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HelpResource {
    /// The country's name; empty where it is for everywhere.
    country: String,
    name: String,
    /// A telephone number, or how it is reached otherwise.
    number: String,
    /// When somebody answers.
    hours: String,
}

/// Where help is, by country. Nobody signs in for it, and that somebody asked is kept nowhere.
#[utoipa::path(
    get, path = "/help", tag = "talks", operation_id = "where_help_is", params(HelpQuery),
    responses((status = 200, body = WhereHelpIs))
)]
async fn help(State(state): State<Talks>, Query(asked): Query<HelpQuery>) -> Json<WhereHelpIs> {
    let country = asked.country.or_else(|| Some(state.settings().country.clone()).filter(|of| !of.is_empty()));
    let view = |of: companion::Resource| HelpResource {
        country: of.country,
        name: of.name,
        number: of.number,
        hours: of.hours,
    };
    let resources = state.settings().help.of(country.as_deref()).into_iter().map(view).collect();
    Json(WhereHelpIs { resources })
}
