//! The views that somebody keeps of figures of teams.

use attune_ground::http::json::{self, UnknownFields};
use attune_ground::http::{Path, Problem};
use attune_ground::time::rfc3339;
use attune_people::rights::Asker;
use axum::Json;
use axum::extract::{FromRef, Request, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::asked::Wanted;
use super::super::views::{self, View};
use super::read;
use crate::state::Wellbeing;

/// Bytes of a body here.
const LARGEST_BODY: usize = 16 << 10;

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Wellbeing: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(list_views, keep_view)).routes(routes!(remove_view))
}

/// A view that is kept.
#[derive(Debug, Serialize, ToSchema)]
struct SavedView {
    /// Its id, 32 hexadecimal digits.
    id: String,
    /// What it is called.
    name: String,
    /// What `GET /api/v1/teams/figures` is asked for.
    query: String,
    /// Since when it is kept, RFC 3339.
    made_at: String,
}

impl From<View> for SavedView {
    fn from(view: View) -> Self {
        Self { id: view.name_of_id(), made_at: rfc3339(view.made_at), name: view.name, query: view.asked }
    }
}

/// The views that one keeps.
#[derive(Debug, Serialize, ToSchema)]
struct SavedViews {
    /// By their names.
    views: Vec<SavedView>,
}

/// A view to keep.
#[derive(Debug, Deserialize, ToSchema)]
struct SavedViewBody {
    /// What it is called; no two of one's own have one name.
    #[schema(min_length = 1, max_length = 60)]
    name: String,
    /// The name of a measure.
    measure: String,
    /// How many weeks, up to the last one that is over, whenever it is opened.
    #[schema(minimum = 1, maximum = 53)]
    weeks: Option<u16>,
    /// A day of the first week, in place of `weeks`.
    #[schema(format = Date)]
    from: Option<String>,
    /// A day of the last week.
    #[schema(format = Date)]
    to: Option<String>,
}

/// The views that one keeps.
#[utoipa::path(
    get, path = "/teams/views", tag = "teams", operation_id = "list_views",
    responses((status = 200, body = SavedViews))
)]
async fn list_views(asker: Asker, State(state): State<Wellbeing>) -> Result<Json<SavedViews>, Problem> {
    let kept = views::of(&state, &asker).await?;
    Ok(Json(SavedViews { views: kept.into_iter().map(SavedView::from).collect() }))
}

/// Keeps a view: a measure and weeks, under a name.
#[utoipa::path(
    post, path = "/teams/views", tag = "teams", operation_id = "keep_view", request_body = SavedViewBody,
    responses(
        (status = 201, body = SavedView),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "a field is wrong; it is named"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "one has a view of this name, or as many as one may"),
        (status = 415, body = Problem, content_type = "application/problem+json", description = "the body is not JSON"),
    )
)]
async fn keep_view(
    asker: Asker,
    State(state): State<Wellbeing>,
    request: Request,
) -> Result<(StatusCode, Json<SavedView>), Problem> {
    let login = views::owner(&asker)?;
    let bodies = state.people().bodies();
    let (body, _): (SavedViewBody, _) = json::take(bodies, request, LARGEST_BODY, UnknownFields::Refused).await?;
    let weeks = body.weeks.map(|weeks| weeks.to_string()).unwrap_or_default();
    let wanted = Wanted {
        measure: &body.measure,
        weeks: &weeks,
        from: body.from.as_deref().unwrap_or_default(),
        to: body.to.as_deref().unwrap_or_default(),
    };
    let (_, _, asked) = read(&state, wanted).await?;
    let kept = views::keep(&state, login, &body.name, &asked.query()).await?;
    Ok((StatusCode::CREATED, Json(kept.into())))
}

/// Removes a view.
#[utoipa::path(
    delete, path = "/teams/views/{id}", tag = "teams", operation_id = "remove_view",
    params(("id" = String, Path, description = "the view's id, 32 hexadecimal digits")),
    responses(
        (status = 204, description = "it is gone"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "one keeps no such view"),
    )
)]
async fn remove_view(
    asker: Asker,
    State(state): State<Wellbeing>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    views::remove(&state, views::owner(&asker)?, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
