use attune_ground::http::body::{media_type, require_plain};
use attune_ground::http::{Problem, Query};
use axum::Json;
use axum::extract::{FromRef, Request, State};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::import::{self, Outcome};
use super::super::{by, runs};
use crate::People;
use crate::rights::Asker;

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    People: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(take))
}

/// Whether it is tried or done.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ImportQuery {
    /// The `hash` that a try of this very file gave: then it is done. Without, it is tried.
    confirm: Option<String>,
}

/// Takes in people, accounts and teams out of a table: tries it, or does it, once it was tried and is confirmed.
///
/// The columns are `user_id`, `account`, `email`, `roles`, `team`, `since` and `until`, in any order; `user_id` or `account` says
/// who it is. Days are written as 2026-03-31, and `until` is the last one. Where one row is wrong nothing is done.
#[utoipa::path(
    post, path = "/admin/import", tag = "administration", operation_id = "import_people", params(ImportQuery),
    request_body(content = String, content_type = "text/csv", description = "at most 2,000 rows and 512 KiB, in UTF-8"),
    responses(
        (status = 200, body = Outcome),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "this is another file than the one that was tried"),
        (status = 413, body = Problem, content_type = "application/problem+json", description = "the file has too many rows or bytes"),
        (status = 415, body = Problem, content_type = "application/problem+json", description = "the body is not text/csv"),
    )
)]
async fn take(
    asker: Asker,
    State(people): State<People>,
    Query(asked): Query<ImportQuery>,
    request: Request,
) -> Result<Json<Outcome>, Problem> {
    runs(&asker)?;
    require_plain(request.headers())?;
    if !media_type(request.headers()).is_some_and(|kind| kind.eq_ignore_ascii_case("text/csv")) {
        return Err(Problem::unsupported_media_type("the content type must be text/csv"));
    }
    let received = people.bodies.receive(request.into_body(), import::LARGEST).await?;
    Ok(Json(import::run(&people, &received.bytes, asked.confirm.as_deref(), &by(&asker)).await?))
}
