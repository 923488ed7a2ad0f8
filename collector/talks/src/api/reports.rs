use std::collections::BTreeSet;

use attune_ground::http::json::{self, UnknownFields};
use attune_ground::http::{Path, Problem};
use attune_ground::time::{instant, rfc3339};
use attune_people::access::{self, By, Of};
use attune_people::me::Own;
use attune_people::rights::Asker;
use axum::Json;
use axum::extract::{FromRef, Request, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{LARGEST, read};
use crate::own::{self, Found};
use crate::report::{self, PARTS};
use crate::state::Talks;

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Talks: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(my_report, make_report, release_report))
        .routes(routes!(released_reports))
        .routes(routes!(released_report))
}

/// A report of a talk of one's own.
#[derive(Debug, Serialize, ToSchema)]
struct OwnTalkReport {
    /// RFC 3339.
    made_at: String,
    /// Since when HR sees something of it, RFC 3339; null where it sees nothing.
    released_at: Option<String>,
    /// The names of the parts that HR sees.
    released: Vec<&'static str>,
    /// By heading and part, lines; null where it does not open.
    #[schema(value_type = Option<Object>)]
    report: Option<Value>,
    /// The same as Markdown.
    markdown: Option<String>,
}

/// The report of a talk, for oneself alone.
#[utoipa::path(
    get, path = "/talks/{id}/report", tag = "talks", operation_id = "my_talk_report",
    params(("id" = String, Path, description = "the talk's number")),
    responses(
        (status = 200, body = OwnTalkReport),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "none was made"),
    )
)]
async fn my_report(
    asker: Asker,
    State(state): State<Talks>,
    Path(id): Path<String>,
) -> Result<Json<OwnTalkReport>, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let Found { key, talk, .. } = own::find(&state, &own, read(&id)?).await?;
    let kept = report::one(state.store(), &key, (talk.person, talk.id)).await?;
    let kept = kept.ok_or_else(|| Problem::not_found("no report of this talk was made"))?;
    let names = kept.released.iter().filter_map(|part| PARTS.get(usize::from(*part)));
    Ok(Json(OwnTalkReport {
        made_at: rfc3339(kept.made_at),
        released_at: kept.released_at.map(rfc3339),
        released: names.map(|(_, name)| *name).collect(),
        report: kept.report.as_ref().map(report::json),
        markdown: kept.report.as_ref().map(report::markdown),
    }))
}

/// Makes the report of a talk, for oneself alone. What HR saw of one of before it sees no more.
#[utoipa::path(
    post, path = "/talks/{id}/report", tag = "talks", operation_id = "make_talk_report",
    params(("id" = String, Path, description = "the talk's number")),
    responses(
        (status = 204, description = "it is made"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such talk"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "nothing was written in it"),
    )
)]
async fn make_report(asker: Asker, State(state): State<Talks>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let Found { talk, .. } = own::find(&state, &own, read(&id)?).await?;
    report::make(&state, (talk.person, talk.id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What of a report HR sees from now on.
#[derive(Debug, Deserialize, ToSchema)]
struct ReleaseBody {
    /// Names of parts, `Basic Info`; none takes back what was released.
    parts: Vec<String>,
    /// When the report was made that one looked at, as `GET` gives it.
    made_at: String,
}

/// Releases parts of a report to HR, and no other any more, or takes it back. It is on record.
#[utoipa::path(
    put, path = "/talks/{id}/report", tag = "talks", operation_id = "release_talk_report", request_body = ReleaseBody,
    params(("id" = String, Path, description = "the talk's number")),
    responses(
        (status = 204, description = "it is so from now on"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "none was made"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "it was made anew since"),
    )
)]
async fn release_report(
    asker: Asker,
    State(state): State<Talks>,
    Path(id): Path<String>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let Found { talk, .. } = own::find(&state, &own, read(&id)?).await?;
    let bodies = state.people().bodies();
    let (body, _): (ReleaseBody, _) = json::take(bodies, request, LARGEST, UnknownFields::Refused).await?;
    let made_at = instant(&body.made_at).map_err(|wanted| Problem::bad_request("made_at", wanted))?;
    let mut parts = BTreeSet::new();
    for name in &body.parts {
        let part = (0_u8..).zip(PARTS).find(|(_, (_, of))| *of == name.as_str());
        let (part, _) = part.ok_or_else(|| Problem::bad_request("parts", "there is no such part of a report"))?;
        parts.insert(part);
    }
    let of = (talk.person, talk.id);
    report::release(&state, of, By::asker(&asker).as_ref(), (&parts, made_at.as_millisecond())).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Reports that people released.
#[derive(Debug, Serialize, ToSchema)]
struct ReleasedReports {
    /// The newest first.
    reports: Vec<ReleasedReport>,
}

/// A report of which something is released.
#[derive(Debug, Serialize, ToSchema)]
struct ReleasedReport {
    /// The talk's number.
    id: i64,
    /// The person's user id; null where it does not open.
    user_id: Option<String>,
    /// RFC 3339.
    released_at: String,
}

/// What a person released of a report.
#[derive(Debug, Serialize, ToSchema)]
struct ReleasedReportView {
    /// When the report was made, RFC 3339.
    report_date: String,
    /// By heading and part, lines; what was not released is left out.
    #[schema(value_type = Object)]
    report: Value,
    /// The same as Markdown.
    raw_markdown: String,
}

/// Reports of talks that people released to HR.
#[utoipa::path(
    get, path = "/hr/talks", tag = "talks", operation_id = "released_reports",
    responses((status = 200, body = ReleasedReports))
)]
async fn released_reports(State(state): State<Talks>) -> Result<Json<ReleasedReports>, Problem> {
    let all = report::all_released(&state).await?.into_iter();
    let view =
        all.map(|of| ReleasedReport { id: of.talk, user_id: of.user, released_at: rfc3339(of.released_at) }).collect();
    Ok(Json(ReleasedReports { reports: view }))
}

/// What a person released of the report of a talk. That it was read stands in their log.
#[utoipa::path(
    get, path = "/hr/talks/{id}", tag = "talks", operation_id = "released_report",
    params(("id" = String, Path, description = "the talk's number")),
    responses(
        (status = 200, body = ReleasedReportView),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "nothing of such a report is released"),
    )
)]
async fn released_report(
    asker: Asker,
    State(state): State<Talks>,
    Path(id): Path<String>,
) -> Result<Json<ReleasedReportView>, Problem> {
    let found = report::released(&state, read(&id)?).await?;
    let (person, released) = found.ok_or_else(|| Problem::not_found("nothing of such a report is released"))?;
    access::read(state.store(), &asker, Of::Person(person)).await?;
    Ok(Json(ReleasedReportView {
        report_date: rfc3339(released.made_at),
        report: report::json(&released.report),
        raw_markdown: report::markdown(&released.report),
    }))
}
