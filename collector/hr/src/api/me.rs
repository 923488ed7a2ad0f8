use attune_ground::http::Problem;
use attune_people::me::Own;
use attune_people::rights::Asker;
use axum::Json;
use axum::extract::{FromRef, State};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::own::{self, OwnTable};
use crate::state::Hr;

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Hr: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(my_hr_tables))
}

/// What tables of HR say of who asks.
#[derive(Debug, Serialize, ToSchema)]
struct OwnTables {
    /// What stands first; then versions that are kept still.
    tables: Vec<OwnTable>,
    /// What HR sees of it in the master table, a feature each: `name`, `display_name`, `unit`, `source`, `definition`, `decay_a_day`, and
    /// `value`, null where no table says it. None where nothing stands.
    #[schema(value_type = Vec<Object>)]
    features: Value,
}

/// What tables of HR say of oneself: every row of every version that is kept, and what is made of those that stand.
#[utoipa::path(
    get, path = "/me/hr", tag = "hr", operation_id = "my_hr_tables",
    responses(
        (status = 200, body = OwnTables),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "the account is of nobody who is sensed"),
    )
)]
async fn my_hr_tables(asker: Asker, State(state): State<Hr>) -> Result<Json<OwnTables>, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let kept = own::all(&state, &own.people).await?;
    let features = own::features(&state, &kept).await?;
    Ok(Json(OwnTables { tables: kept.iter().map(own::told).collect(), features: json!(features) }))
}
