use attune_ground::http::json::{self, UnknownFields};
use attune_ground::http::{Path, Problem, Query, document};
use axum::Json;
use axum::extract::{FromRef, Request, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view::{self, UnusualUseDetail, UnusualUseList, watcher};
use crate::People;
use crate::rights::Asker;

/// Bytes of a body.
const LARGEST_BODY: usize = 16 << 10;

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    People: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(unusual_uses))
        .routes(routes!(unusual_use))
        .routes(routes!(acknowledge_unusual_use))
}

/// Adds the examples to the OpenAPI document.
pub(crate) fn describe(document: &mut Value) {
    document::add_examples(document, include_str!("examples.json"));
}

/// What was unusual of how those who have power over others' data use it: which account, by which rule, how much against which habit. What is
/// about oneself is not among it.
#[utoipa::path(get, path = "/records/use", tag = "records", operation_id = "unusual_uses",
    responses((status = 200, body = UnusualUseList)))]
async fn unusual_uses(asker: Asker, State(people): State<People>) -> Result<Json<UnusualUseList>, Problem> {
    Ok(Json(view::list(&people, watcher(&asker)?).await?))
}

/// Which entries are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct UnusualUseQuery {
    /// `next` of the page before.
    #[param(pattern = "^-?[0-9]+[.][0-9]+$")]
    after: Option<String>,
}

/// Unusual use, with what the log of access has of it and what was said of it.
#[utoipa::path(get, path = "/records/use/{id}", tag = "records", operation_id = "unusual_use",
    params(("id" = String, Path, description = "its id, 32 hexadecimal digits"), UnusualUseQuery),
    responses(
        (status = 200, body = UnusualUseDetail),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such use, or it is one's own"),
    ))]
async fn unusual_use(
    asker: Asker,
    State(people): State<People>,
    Path(id): Path<String>,
    Query(asked): Query<UnusualUseQuery>,
) -> Result<Json<UnusualUseDetail>, Problem> {
    Ok(Json(view::one(&people, watcher(&asker)?, &id, asked.after.as_deref()).await?))
}

/// What somebody found who looked into it, and how many of it they saw.
#[derive(Debug, Deserialize, ToSchema)]
struct NoteOnUse {
    /// In 1 to 2,000 letters. It is kept with it, and that it was acknowledged stands in the log of access.
    note: String,
    /// How many it were when they looked: `count` of what they were given.
    count: i64,
}

/// Acknowledges unusual use, with what one found. Nobody acknowledges their own.
#[utoipa::path(post, path = "/records/use/{id}/acknowledge", tag = "records", operation_id = "acknowledge_unusual_use",
    params(("id" = String, Path, description = "its id, 32 hexadecimal digits")), request_body = NoteOnUse,
    responses(
        (status = 204, description = "it is acknowledged"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such use, or it is one's own"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "somebody has acknowledged it already, or it has doubled since"),
    ))]
async fn acknowledge_unusual_use(
    asker: Asker,
    State(people): State<People>,
    Path(id): Path<String>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let (body, _): (NoteOnUse, _) = json::take(&people.bodies, request, LARGEST_BODY, UnknownFields::Refused).await?;
    view::acknowledge(&people, &asker, &id, (&body.note, body.count)).await?;
    Ok(StatusCode::NO_CONTENT)
}
