use std::time::Duration;

use attune_ground::http::{Problem, Query};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRef, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::master::definitions;
use crate::merged;
use crate::state::Hr;
use crate::turn::WAITS;

/// Rows of one answer, where nothing is said, and at most.
const USUAL: usize = 100;
const MOST: usize = 1000;

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Hr: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(hr_master)).routes(routes!(hr_master_file)).routes(routes!(hr_master_columns))
}

/// Which rows are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct MasterQuery {
    /// What `next` of the page before says; the first rows where it is left out.
    after: Option<String>,
    /// How many, 1 to 1,000; 100 where it is left out.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// The master table.
#[derive(Debug, Serialize, ToSchema)]
struct MasterTable {
    /// What each feature is: `name`, `display_name`, `unit`, `kind`, `source`, `definition`, `decay_a_day` and `is_searched`.
    #[schema(value_type = Vec<Object>)]
    features: Value,
    /// A row for each employee, by their id: `Employee_ID` and all features; null where a table does not say it.
    #[schema(value_type = Vec<Object>)]
    rows: Value,
    /// How many there are in all.
    employees: usize,
    /// Give this as `after` for the next page; null where there is none.
    next: Option<String>,
}

/// The master table of what stands: one row for each employee of any of the six tables.
#[utoipa::path(
    get, path = "/hr/master", tag = "hr", operation_id = "hr_master", params(MasterQuery),
    responses((status = 200, body = MasterTable))
)]
async fn hr_master(State(state): State<Hr>, Query(asked): Query<MasterQuery>) -> Result<Json<MasterTable>, Problem> {
    state.check_given()?;
    let limit = asked.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::bad_request("limit", format!("limit is a whole number from 1 to {MOST}")));
    }
    let master = merged::rows(&state).await?;
    let rows = &master.rows;
    let after = asked.after.as_deref();
    let begin = after.map_or(0, |after| rows.partition_point(|row| row.employee.0.as_str() <= after));
    let end = rows.len().min(begin + limit);
    let page = &rows[begin..end];
    let next = page.last().filter(|_| end < rows.len()).map(|row| row.employee.0.clone());
    Ok(Json(MasterTable {
        features: json!(definitions(&state.settings().decay)),
        rows: json!(page),
        employees: rows.len(),
        next,
    }))
}

/// The same as a file for spreadsheets, with all rows.
#[utoipa::path(
    get, path = "/hr/master.csv", tag = "hr", operation_id = "hr_master_file",
    responses((status = 200, body = String, content_type = "text/csv"))
)]
async fn hr_master_file(State(state): State<Hr>) -> Result<Response, Problem> {
    state.check_given()?;
    let turn = state.files().within(WAITS).await?;
    let bytes = merged::csv(&merged::rows(&state).await?.rows);
    Ok(file(Held { bytes, _turn: turn.until(SENT) }, "text/csv; charset=utf-8", "csv"))
}

/// The same as Parquet, with all rows.
#[utoipa::path(
    get, path = "/hr/master.parquet", tag = "hr", operation_id = "hr_master_columns",
    responses((status = 200, body = Vec<u8>, content_type = "application/vnd.apache.parquet"))
)]
async fn hr_master_columns(State(state): State<Hr>) -> Result<Response, Problem> {
    state.check_given()?;
    let turn = state.files().within(WAITS).await?;
    let bytes = merged::parquet(merged::rows(&state).await?)?;
    Ok(file(Held { bytes, _turn: turn.until(SENT) }, "application/vnd.apache.parquet", "parquet"))
}

/// How long a file holds up the next ones: whoever takes it so slowly has only themselves wait.
const SENT: Duration = Duration::from_secs(20);

/// The bytes of a file until they are sent, or whoever asked for them is gone.
struct Held {
    bytes: Vec<u8>,
    _turn: oneshot::Sender<()>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

fn file(held: Held, media: &str, ending: &str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"master.{ending}\"")),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    (headers, Bytes::from_owner(held)).into_response()
}
