use attune_ground::http::Problem;
use attune_ground::http::json::{self, UnknownFields};
use attune_people::access::By;
use attune_people::me::Own;
use attune_people::rights::Asker;
use axum::Json;
use axum::extract::{FromRef, Request, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json as value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::LARGEST;
use crate::own::{self, OwnTable};
use crate::state::Hr;
use crate::turn::WAITS;
use crate::unusual::{self, HrOwnFlag};

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Hr: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(my_hr_tables)).routes(routes!(object_to_hr_flag))
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
    /// What was found unusual about you, and what people decided on it; empty where nothing is kept of that.
    flags: Vec<HrOwnFlag>,
}

/// What tables of HR say of oneself: every row of every version that is kept, what is made of those that stand, and whether one was found
/// unusual by them, why, and what people decided on it.
#[utoipa::path(
    get, path = "/me/hr", tag = "hr", operation_id = "my_hr_tables",
    responses(
        (status = 200, body = OwnTables),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "the account is of nobody who is sensed"),
    )
)]
async fn my_hr_tables(asker: Asker, State(state): State<Hr>) -> Result<Json<OwnTables>, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let _turn = state.looking_at_own().within(WAITS).await?;
    let kept = own::all(&state, &own.people).await?;
    let features = own::features(&state, &kept).await?;
    let flags = unusual::of_all(&state, &own.people).await?;
    Ok(Json(OwnTables {
        tables: kept.iter().map(own::told).collect(),
        features: value!(features),
        flags: flags.iter().map(unusual::own).collect(),
    }))
}

/// What somebody objects.
#[derive(Debug, Deserialize, ToSchema)]
struct ObjectToFlag {
    /// In their words, up to 2,000 characters.
    text: String,
}

/// Objects to what was found unusual about oneself. The personnel department sees it at the flag and must answer.
#[utoipa::path(
    post, path = "/me/hr/objection", tag = "hr", operation_id = "object_to_hr_flag", request_body = ObjectToFlag,
    responses(
        (status = 204, description = "it stands at the flag"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "nothing was found unusual about you"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "an objection of yours waits for its answer"),
    )
)]
async fn object_to_hr_flag(asker: Asker, State(state): State<Hr>, request: Request) -> Result<StatusCode, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let (body, _): (ObjectToFlag, _) =
        json::take(state.people().bodies(), request, LARGEST, UnknownFields::Refused).await?;
    unusual::object(&state, &own.people, &body.text, By::asker(&asker).as_ref()).await?;
    Ok(StatusCode::NO_CONTENT)
}
