use attune_ground::http::json::{self, UnknownFields};
use attune_ground::http::{Path, Problem, Query};
use attune_people::access::By;
use attune_people::rights::Asker;
use axum::Json;
use axum::extract::{FromRef, Request, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::LARGEST;
use crate::rows::Table;
use crate::shown::{self, Dataset, DatasetChecked};
use crate::state::Hr;
use crate::take::{self, Decision};
use crate::uploads::{self, Standing, Strangers, Upload};
use crate::{give, gone};

/// Uploads of one answer.
const MOST: i64 = 100;

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Hr: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(list_datasets, give_dataset))
        .routes(routes!(dataset_report, undo_dataset))
        .routes(routes!(confirm_dataset))
}

/// Which uploads are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct DatasetsQuery {
    /// What `next` of the page before says; the newest where it is left out.
    before: Option<i64>,
}

/// Uploads of tables.
#[derive(Debug, Serialize, ToSchema)]
struct DatasetList {
    /// The newest first.
    datasets: Vec<Dataset>,
    /// Of each table the upload that stands, by its id.
    standing: Vec<StandingTable>,
    /// Give this as `before` for the next page; null where there is none.
    next: Option<i64>,
}

/// Which upload of a table stands.
#[derive(Debug, Serialize, ToSchema)]
struct StandingTable {
    /// The table.
    table: &'static str,
    /// The id of the upload; null where none stands.
    dataset: Option<String>,
}

/// Uploads of tables: who gave which, when, and what became of each.
#[utoipa::path(
    get, path = "/hr/datasets", tag = "hr", operation_id = "list_datasets", params(DatasetsQuery),
    responses((status = 200, body = DatasetList))
)]
async fn list_datasets(
    State(state): State<Hr>,
    Query(asked): Query<DatasetsQuery>,
) -> Result<Json<DatasetList>, Problem> {
    let all = uploads::all(&state, asked.before.unwrap_or(i64::MAX), MOST).await?;
    let next = all.last().filter(|_| all.len() as i64 >= MOST).map(|upload| upload.given_at);
    let mut datasets = Vec::with_capacity(all.len());
    for upload in &all {
        datasets.push(shown::dataset(&state, upload).await?);
    }
    let versions = uploads::versions(state.store().pool()).await?;
    let standing = Table::ALL.map(|table| StandingTable {
        table: table.name(),
        dataset: versions.get(&table.number()).map(|(id, _)| uploads::written(id)),
    });
    Ok(Json(DatasetList { datasets, standing: standing.into(), next }))
}

/// Which table is given.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct GiveQuery {
    /// `activity`, `leave`, `onboarding`, `performance`, `rewards` or `vibe`; known by its headings where it is left out.
    table: Option<String>,
}

/// A table.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a form that is taken in as it comes")]
struct DatasetForm {
    /// The file: CSV or XLSX, up to 200 MiB.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// As in the address.
    table: Option<String>,
}

/// Gives a table, which is read and not taken in: what was found in it is the answer, and waits for an hour to be confirmed.
#[utoipa::path(
    post, path = "/hr/datasets", tag = "hr", operation_id = "give_dataset", params(GiveQuery),
    request_body(content = DatasetForm, content_type = "multipart/form-data"),
    responses(
        (status = 201, body = DatasetChecked, description = "it was read"),
        (status = 202, body = DatasetChecked, description = "it has come and waits for its turn, as where it is large: ask for it again until it is `checked`"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "too many tables wait for a decision"),
    )
)]
async fn give_dataset(
    asker: Asker,
    State(state): State<Hr>,
    Query(asked): Query<GiveQuery>,
    request: Request,
) -> Result<(StatusCode, Json<DatasetChecked>), Problem> {
    let table = asked.table.as_deref().map(give::named_table).transpose()?;
    let upload = give::give(&state, &asker, request, table).await?;
    let status = if upload.standing == Standing::Reading { StatusCode::ACCEPTED } else { StatusCode::CREATED };
    Ok((status, Json(shown::checked(&state, &upload).await?)))
}

fn none() -> Problem {
    Problem::not_found("there is no such table; GET /api/v1/hr/datasets lists them")
}

async fn found(state: &Hr, id: &str) -> Result<Upload, Problem> {
    let id = uploads::read(id).ok_or_else(none)?;
    uploads::find(state, id).await?.ok_or_else(none)
}

/// How an upload stands, and what was found in it: rows and columns, never a value.
#[utoipa::path(
    get, path = "/hr/datasets/{id}", tag = "hr", operation_id = "dataset_report",
    params(("id" = String, Path, description = "the upload's id")),
    responses(
        (status = 200, body = DatasetChecked),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such upload"),
    )
)]
async fn dataset_report(State(state): State<Hr>, Path(id): Path<String>) -> Result<Json<DatasetChecked>, Problem> {
    let upload = found(&state, &id).await?;
    Ok(Json(shown::checked(&state, &upload).await?))
}

/// What is decided on what was found in a table.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
struct ConfirmBody {
    /// Answers to what was asked, as the report offers them. The table is then read anew, and what is found is to be confirmed once more.
    #[schema(value_type = Option<Object>)]
    answers: Value,
    /// What becomes of rows about employees who are not known here: `leave_out` or `take_in`; needed where there are some.
    strangers: Option<Strangers>,
}

/// Takes a table in as it was found, or has it read anew with other answers. It stands at once as a whole, and the version of before can be
/// gone back to.
#[utoipa::path(
    post, path = "/hr/datasets/{id}/confirm", tag = "hr", operation_id = "confirm_dataset", request_body = ConfirmBody,
    params(("id" = String, Path, description = "the upload's id")),
    responses(
        (status = 200, body = DatasetChecked, description = "it stands, or was read anew"),
        (status = 202, body = DatasetChecked, description = "it waits for its turn, as where it is large, and is being read or taken in"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such upload"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "something has to be answered or decided first, or it is not here any more"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "it can't be read"),
    )
)]
async fn confirm_dataset(
    asker: Asker,
    State(state): State<Hr>,
    Path(id): Path<String>,
    request: Request,
) -> Result<(StatusCode, Json<DatasetChecked>), Problem> {
    state.check_given()?;
    let bodies = state.people().bodies();
    let (body, _): (ConfirmBody, _) = json::take(bodies, request, LARGEST, UnknownFields::Refused).await?;
    let id = uploads::read(&id).ok_or_else(none)?;
    let ConfirmBody { answers, strangers } = body;
    let decided = take::decide(&state, id, &Decision { answers, strangers }, By::asker(&asker).as_ref()).await?;
    let upload = give::soon(&state, id, decided.size).await?;
    let goes_on = matches!(upload.standing, Standing::Reading | Standing::Taking);
    let status = if goes_on { StatusCode::ACCEPTED } else { StatusCode::OK };
    Ok((status, Json(shown::checked(&state, &upload).await?)))
}

/// Takes a table back, so that the version before it stands again, or throws one away that does not stand yet.
#[utoipa::path(
    delete, path = "/hr/datasets/{id}", tag = "hr", operation_id = "undo_dataset",
    params(("id" = String, Path, description = "the upload's id")),
    responses(
        (status = 204, description = "it is gone, with all its rows"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such upload"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "a later version stands, or it is gone already"),
    )
)]
async fn undo_dataset(asker: Asker, State(state): State<Hr>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    let id = uploads::read(&id).ok_or_else(none)?;
    gone::undo(&state, id, By::asker(&asker).as_ref()).await?;
    Ok(StatusCode::NO_CONTENT)
}
