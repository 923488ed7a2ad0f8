use attune_ground::http::{Path, Problem, Query, document};
use attune_protocol::ids::PersonId;
use axum::Json;
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view::{ClassView, HoldingView, LedgerView, classes, holdings, ledgers};
use crate::People;
use crate::me::{RequestList, RequestView, requests};

/// Rows of one answer.
const MOST: usize = 5000;

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    People: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(records))
        .routes(routes!(chains))
        .routes(routes!(all_requests))
        .routes(routes!(request_done))
}

/// Adds the examples to the OpenAPI document.
pub(crate) fn describe(document: &mut Value) {
    document::add_examples(document, include_str!("examples.json"));
}

/// Of whom it is asked.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RecordsQuery {
    /// Only of this pseudonym.
    #[param(pattern = "^[0-9a-f]{16}$")]
    pseudonym: Option<String>,
}

/// How much is kept.
#[derive(Debug, Serialize, ToSchema)]
struct HoldingList {
    /// By table, pseudonym, device and modality; at most 5,000, of more ask by pseudonym.
    holdings: Vec<HoldingView>,
    /// How many there are in all.
    all: u64,
    /// How long each class is kept, what is due and what was deleted last.
    classes: Vec<ClassView>,
}

/// How much is kept of everybody, and never what. The look is noted, and everybody sees it.
#[utoipa::path(get, path = "/records", tag = "records", operation_id = "records", params(RecordsQuery),
    responses((status = 200, body = HoldingList)))]
async fn records(
    State(people): State<People>,
    Query(asked): Query<RecordsQuery>,
) -> Result<Json<HoldingList>, Problem> {
    let is_one = |name: &String| name.len() == 16 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if asked.pseudonym.as_ref().is_some_and(|name| !is_one(name)) {
        return Err(Problem::bad_request("pseudonym", "pseudonym has 16 hexadecimal digits, as this list tells them"));
    }
    let mut holdings = holdings(&people, asked.pseudonym.as_deref()).await?;
    let all = holdings.len() as u64;
    holdings.truncate(MOST);
    Ok(Json(HoldingList { holdings, all, classes: classes(&people).await? }))
}

/// The ledgers.
#[derive(Debug, Serialize, ToSchema)]
struct LedgerList {
    /// Each of them.
    ledgers: Vec<LedgerView>,
}

/// Whether the ledgers of consent and of access are as they were written: every entry is checked.
#[utoipa::path(get, path = "/ledgers", tag = "records", operation_id = "ledgers", responses((status = 200, body = LedgerList)))]
async fn chains(State(people): State<People>) -> Result<Json<LedgerList>, Problem> {
    Ok(Json(LedgerList { ledgers: ledgers(&people).await? }))
}

/// What people asked of the organisation, those that are open first, the oldest of them first.
#[utoipa::path(get, path = "/records/requests", tag = "records", operation_id = "requests", responses((status = 200, body = RequestList)))]
async fn all_requests(State(people): State<People>) -> Result<Json<RequestList>, Problem> {
    let all = requests::list(&people.store, None).await?;
    Ok(Json(RequestList { requests: all.iter().map(RequestView::from).collect() }))
}

/// Notes that a request is done.
#[utoipa::path(post, path = "/records/requests/{id}", tag = "records", operation_id = "request_done",
    params(("id" = String, Path, description = "the request's id, 32 hexadecimal digits")),
    responses(
        (status = 204, description = "noted"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such request that is open"),
    ))]
async fn request_done(State(people): State<People>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    done(&people, &id).await.map(|()| StatusCode::NO_CONTENT)
}

/// Notes that a request is done.
pub(super) async fn done(people: &People, id: &str) -> Result<(), Problem> {
    let unknown = || Problem::not_found("there is no such request that is open");
    let id: PersonId = id.parse().map_err(|_| unknown())?;
    if requests::done(&people.store, id).await? { Ok(()) } else { Err(unknown()) }
}
