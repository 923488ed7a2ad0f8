//! Reports for programs.

mod file;

use attune_ground::http::{Path, Problem, Query, document};
use attune_ground::time::rfc3339;
use attune_people::access::By;
use attune_people::rights::Asker;
use attune_people::teams;
use axum::Json;
use axum::extract::{FromRef, State};
use axum::response::Response;
use data_encoding::HEXLOWER;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use file::file;

use crate::gather::day_of;
use crate::kept::{self, About, Listed, ReportId};
use crate::make;
use crate::state::Reporting;

/// Reports of one answer.
pub(crate) const MOST: i64 = 200;

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Reporting: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(list_reports))
        .routes(routes!(report_of_day))
        .routes(routes!(report_of_person))
        .routes(routes!(report_of_team))
        .routes(routes!(take_report))
}

/// Adds the examples to the OpenAPI document.
pub(crate) fn describe(document: &mut Value) {
    document::add_examples(document, include_str!("examples.json"));
}

/// Of which day a report is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct ReportQuery {
    /// The day whose data it tells, `2026-03-31`, in the organisation's zone; yesterday where it is left out.
    #[param(format = Date)]
    day: Option<String>,
}

impl ReportQuery {
    fn day(&self) -> Result<Option<Date>, Problem> {
        read_day(self.day.as_deref().unwrap_or_default())
    }
}

/// A day, where one was written.
///
/// # Errors
/// 400 for what is none.
pub(crate) fn read_day(text: &str) -> Result<Option<Date>, Problem> {
    let wrong = |_| Problem::bad_request("day", "day must be a day of the calendar, as 2026-03-31");
    match text.trim() {
        "" => Ok(None),
        text => text.parse::<Date>().map(Some).map_err(wrong),
    }
}

/// A report that is kept.
#[derive(Debug, Serialize, ToSchema)]
struct ReportView {
    /// Its id.
    id: String,
    /// `person`, `day` or `team`.
    kind: &'static str,
    /// What the person is called in the tables, or the team; null for one of a day, and where it is not known any more.
    about: Option<String>,
    /// The day whose data it tells.
    #[schema(format = Date)]
    day: String,
    /// When it was made, RFC 3339.
    made_at: String,
    /// Bytes of its file.
    size: u64,
    /// The SHA-256 of its file, as the log of access has it; null where it does not open.
    sha256: Option<String>,
}

/// Reports that are kept.
#[derive(Debug, Serialize, ToSchema)]
struct ReportList {
    /// The newest first, 200 at most.
    reports: Vec<ReportView>,
    /// Days for which each is kept.
    kept_days: u16,
}

/// What a report is of, in a word.
pub(crate) const fn kind(about: About) -> &'static str {
    match about {
        About::Person(_) => "person",
        About::Day => "day",
        About::Team(_) => "team",
    }
}

fn view((listed, about): (Listed, Option<String>)) -> ReportView {
    ReportView {
        id: HEXLOWER.encode(&listed.id),
        kind: kind(listed.about),
        about,
        day: day_of(listed.day).map(|day| day.to_string()).unwrap_or_default(),
        made_at: rfc3339(listed.made_at),
        size: listed.size,
        sha256: listed.sha256.map(|hash| HEXLOWER.encode(&hash)),
    }
}

/// Reports that are kept, of people, days and teams.
#[utoipa::path(
    get, path = "/reports", tag = "reports", operation_id = "list_reports",
    responses((status = 200, body = ReportList))
)]
async fn list_reports(State(state): State<Reporting>) -> Result<Json<ReportList>, Problem> {
    let all = make::named(&state, kept::all(&state, MOST).await?).await?;
    let kept_days = state.settings().keep_days;
    Ok(Json(ReportList { reports: all.into_iter().map(view).collect(), kept_days }))
}

/// Makes the report of the organisation of a day: mood by department, how severe what stands out is, what is most often unusual, and what came of
/// what people decided. It names nobody. It is kept, and noted with its hash; the same data give the same file.
#[utoipa::path(
    get, path = "/reports/day", tag = "reports", operation_id = "report_of_day", params(ReportQuery),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/pdf", description = "the report; the header Repr-Digest has its SHA-256"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "a rule of the profile forbids it, which is named"),
    )
)]
async fn report_of_day(
    asker: Asker,
    State(state): State<Reporting>,
    Query(query): Query<ReportQuery>,
) -> Result<Response, Problem> {
    let made = make::of_day(&state, query.day()?, By::asker(&asker).as_ref()).await?;
    Ok(file(made))
}

/// Makes the report of a person: working hours, four weeks of mood, what is unusual in the tables and why, and what people decided. What a rule
/// of the profile keeps back says so. Who it is about sees that it was made; it is kept, and the same data give the same file.
#[utoipa::path(
    get, path = "/reports/person/{id}", tag = "reports", operation_id = "report_of_person",
    params(("id" = String, Path, description = "what the person is called in the tables"), ReportQuery),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/pdf", description = "the report; the header Repr-Digest has its SHA-256"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "a rule of the profile forbids it, which is named"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is nobody of that name"),
    )
)]
async fn report_of_person(
    asker: Asker,
    State(state): State<Reporting>,
    Path(id): Path<String>,
    Query(query): Query<ReportQuery>,
) -> Result<Response, Problem> {
    let made = make::of_person(&state, &id, query.day()?, By::asker(&asker).as_ref()).await?;
    Ok(file(made))
}

/// Makes the report of a team, of the figures that were given of it in twelve weeks.
#[utoipa::path(
    get, path = "/teams/{id}/report", tag = "reports", operation_id = "report_of_team",
    params(("id" = String, Path, description = "the team's id, 32 hexadecimal digits"), ReportQuery),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/pdf", description = "the report; the header Repr-Digest has its SHA-256"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "it is no team that one leads, whether there is such a team or not"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such team"),
    )
)]
async fn report_of_team(
    asker: Asker,
    State(state): State<Reporting>,
    Path(id): Path<String>,
    Query(query): Query<ReportQuery>,
) -> Result<Response, Problem> {
    let own = teams::of_asker(state.store(), &asker).await?;
    let id = id.parse::<teams::TeamId>().ok();
    if own.is_some_and(|own| !id.is_some_and(|id| own.contains(&id))) {
        return Err(Problem::forbidden("this is no team that you lead; GET /api/v1/teams lists yours"));
    }
    let found = match id {
        Some(id) => teams::find(state.store(), id).await?,
        None => None,
    };
    let team = found.ok_or_else(|| Problem::not_found("there is no such team; GET /api/v1/teams lists them"))?;
    let made = make::of_team(&state, &team, query.day()?, By::asker(&asker).as_ref()).await?;
    Ok(file(made))
}

/// Takes a report that was made before.
#[utoipa::path(
    get, path = "/reports/downloads/{id}", tag = "reports", operation_id = "take_report",
    params(("id" = String, Path, description = "the report's id")),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/pdf", description = "the report; the header Repr-Digest has its SHA-256"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such report, or it went for its age"),
    )
)]
async fn take_report(
    asker: Asker,
    State(state): State<Reporting>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let none = || Problem::not_found("there is no such report; GET /api/v1/reports lists them");
    let id: ReportId = HEXLOWER.decode(id.as_bytes()).ok().and_then(|id| id.try_into().ok()).ok_or_else(none)?;
    Ok(file(make::take(&state, &id, By::asker(&asker).as_ref()).await?))
}
