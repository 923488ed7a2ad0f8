use attune_ground::http::Problem;
use attune_people::me::Own;
use attune_people::rights::Asker;
use axum::Json;
use axum::extract::{FromRef, State};
use serde::Serialize;
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
}

/// What tables of HR say of oneself: every row of every version that is kept.
#[utoipa::path(
    get, path = "/me/hr", tag = "hr", operation_id = "my_hr_tables",
    responses(
        (status = 200, body = OwnTables),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "the account is of nobody who is sensed"),
    )
)]
async fn my_hr_tables(asker: Asker, State(state): State<Hr>) -> Result<Json<OwnTables>, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let mut tables = Vec::new();
    for person in &own.people {
        tables.extend(own::of(state.store(), state.people().keys(), *person).await?);
    }
    Ok(Json(OwnTables { tables }))
}
