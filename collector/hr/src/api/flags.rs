use attune_ground::http::json::{self, UnknownFields};
use attune_ground::http::{Path, Problem, Query};
use attune_people::access::{self, By, Of};
use attune_people::rights::Asker;
use axum::Json;
use axum::extract::{FromRef, Request, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::LARGEST;
use crate::rows::Employee;
use crate::state::Hr;
use crate::unusual::{
    self, Decision, Detecting, Flag, HrFlag, HrFlagDetail, HrFlagSearch, HrFlagTeam, Preview, Status, Trial, Wish,
};
use crate::uploads;

/// Flags of one answer, where nothing is said, and at most.
const USUAL: usize = 200;
const MOST: usize = 1000;

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Hr: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(list_hr_flags, find_hr_flags))
        .routes(routes!(preview_hr_flags))
        .routes(routes!(hr_flag, decide_hr_flag))
}

/// Which flags are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct FlagsQuery {
    /// How many of the most unusual are left out: what `next` of the page before says.
    skip: Option<usize>,
    /// How many, 1 to 1,000; 200 where it is left out.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// Who is flagged.
#[derive(Debug, Serialize, ToSchema)]
struct HrFlagList {
    /// Those of the search that stands, the most unusual first; then those that it does not find any more and that somebody has decided on.
    flags: Vec<HrFlag>,
    /// The search that stands; null where none was made.
    search: Option<HrFlagSearch>,
    /// The one that was asked for last.
    newest: Option<HrFlagSearch>,
    /// How often people of each team are flagged, where there are teams.
    teams: Vec<HrFlagTeam>,
    /// Give this as `skip` for the next page; null where there is none.
    next: Option<usize>,
}

/// Who is unusual in the tables, why, and what was decided on it. It says that somebody stands out among all, and nothing of what that means.
#[utoipa::path(
    get, path = "/hr/flags", tag = "hr", operation_id = "list_hr_flags", params(FlagsQuery),
    responses(
        (status = 200, body = HrFlagList),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "a rule of the profile forbids it, which is named"),
    )
)]
async fn list_hr_flags(State(state): State<Hr>, Query(asked): Query<FlagsQuery>) -> Result<Json<HrFlagList>, Problem> {
    state.check_flagged()?;
    let limit = asked.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::bad_request("limit", format!("limit is a whole number from 1 to {MOST}")));
    }
    let standing = unusual::standing(&state).await?;
    let opened = unusual::all(&state).await?;
    let all = &opened.all;
    let skip = asked.skip.unwrap_or_default().min(all.len());
    let end = all.len().min(skip + limit);
    let flags = all[skip..end].iter().map(|(employee, flag)| unusual::short(&state, employee, flag, standing.as_ref()));
    let teams = match &standing {
        Some(search) => unusual::teams(&state, search).await?,
        None => Vec::new(),
    };
    Ok(Json(HrFlagList {
        flags: flags.collect(),
        search: standing.as_ref().map(unusual::search),
        newest: unusual::newest(&state).await?.as_ref().map(unusual::search),
        teams,
        next: (end < all.len()).then_some(end),
    }))
}

/// How is looked for who is unusual.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
struct FindFlags {
    /// Which share of people is flagged: above 0 and up to 0.5; 0.05 where it is left out.
    sensitivity: Option<f64>,
    /// What the draws begin with: the same seed finds the same. 42 where it is left out.
    seed: Option<u64>,
}

/// Has it looked anew for who is unusual, by a job. Its flags stand in the place of those before once all are there; what was decided stays.
#[utoipa::path(
    post, path = "/hr/flags", tag = "hr", operation_id = "find_hr_flags", request_body = FindFlags,
    responses(
        (status = 202, body = HrFlagSearch, description = "it will be: `newest` of the list says when it was"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "a rule of the profile forbids it, which is named"),
    )
)]
async fn find_hr_flags(
    asker: Asker,
    State(state): State<Hr>,
    request: Request,
) -> Result<(StatusCode, Json<HrFlagSearch>), Problem> {
    state.check_flagged()?;
    let (body, _): (FindFlags, _) =
        json::take(state.people().bodies(), request, LARGEST, UnknownFields::Refused).await?;
    let wish = Wish::of(body.sensitivity, body.seed)?;
    let id = unusual::ask(&state, By::asker(&asker).as_ref(), &wish, Detecting::Soon).await?;
    let asked = unusual::search_of(&state, &id).await?.ok_or_else(Problem::abandoned)?;
    Ok((StatusCode::ACCEPTED, Json(unusual::search(&asked))))
}

/// Which sensitivity is tried: a share or a score.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct PreviewQuery {
    /// Which share of people would be flagged: above 0 and up to 0.5.
    share: Option<f64>,
    /// Below which score people would be flagged, in place of a share: from -1 to below 0.
    score: Option<f64>,
    /// What the draws begin with; 42 where it is left out.
    seed: Option<u64>,
}

/// Whom another sensitivity would flag.
#[derive(Debug, Serialize, ToSchema)]
struct HrFlagPreview {
    /// People in the tables.
    people: usize,
    /// How many of them would be flagged.
    flagged: usize,
    /// What they are called in the tables, the most unusual first.
    employees: Vec<String>,
    /// With which `sensitivity` a search flags them: one half at most; null where nobody would be flagged.
    share: Option<f64>,
    /// At which score the line is then; null where nobody would be flagged.
    score: Option<f64>,
    /// How serious the largest reasons would be.
    severities: HrFlagSeverities,
    /// Who would be flagged whom the search that stands does not flag.
    come: Vec<String>,
    /// Who would not whom it does.
    go: Vec<String>,
}

/// How many people's largest reason has each severity.
#[derive(Debug, Serialize, ToSchema)]
struct HrFlagSeverities {
    /// High.
    high: usize,
    /// Medium.
    medium: usize,
    /// Low.
    low: usize,
    /// Below low.
    below: usize,
    /// Of how many that is: of the 1,000 most unusual at most.
    weighed: usize,
}

/// How many people another sensitivity would flag, how serious that would be, who would come and who would go. Nothing of it is kept, and
/// nobody is flagged.
#[utoipa::path(
    get, path = "/hr/flags/preview", tag = "hr", operation_id = "preview_hr_flags", params(PreviewQuery),
    responses(
        (status = 200, body = HrFlagPreview),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "a rule of the profile forbids it, which is named"),
    )
)]
async fn preview_hr_flags(
    State(state): State<Hr>,
    Query(asked): Query<PreviewQuery>,
) -> Result<Json<HrFlagPreview>, Problem> {
    state.check_flagged()?;
    let trial = Trial::of(asked.share, asked.score, asked.seed)?;
    let Preview { people, share, score, flagged, severities, weighed, come, go } =
        unusual::preview(&state, trial).await?;
    let [high, medium, low, below] = severities;
    let severities = HrFlagSeverities { high, medium, low, below, weighed };
    let (count, employees) = (flagged.len(), flagged);
    Ok(Json(HrFlagPreview { people, flagged: count, employees, share, score, severities, come, go }))
}

async fn found(state: &Hr, id: &str) -> Result<(Employee, Flag), Problem> {
    state.check_flagged()?;
    let none = || Problem::not_found("there is no such flag; GET /api/v1/hr/flags lists them");
    let id = uploads::read(id).ok_or_else(none)?;
    unusual::one(state, &id).await?.ok_or_else(none)
}

/// Why somebody is unusual, what would have to be otherwise, and what people decided and said. Who looked is on record.
#[utoipa::path(
    get, path = "/hr/flags/{id}", tag = "hr", operation_id = "hr_flag",
    params(("id" = String, Path, description = "the flag's id")),
    responses(
        (status = 200, body = HrFlagDetail),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "a rule of the profile forbids it, which is named"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such flag"),
    )
)]
async fn hr_flag(asker: Asker, State(state): State<Hr>, Path(id): Path<String>) -> Result<Json<HrFlagDetail>, Problem> {
    let (employee, flag) = found(&state, &id).await?;
    access::read(state.store(), &asker, Of::Person(flag.person)).await?;
    let standing = unusual::standing(&state).await?;
    Ok(Json(unusual::detail(&state, (&employee, &flag), standing.as_ref()).await?))
}

/// What somebody decides on a flag. What is left out but the first two stays as it was; what is empty is none.
#[derive(Debug, Deserialize, ToSchema)]
struct DecideFlag {
    /// `open`, `looked_at`, `acted` or `dismissed`.
    status: Status,
    /// Why; the person reads it.
    reason: String,
    /// Who looks after it.
    owner: Option<String>,
    /// Notes; the person reads them, too.
    notes: Option<String>,
    /// Until when something is to be done, `2026-03-31`.
    due: Option<String>,
    /// The answer to what the person objected; needed where they wait for one.
    answer: Option<String>,
}

/// Decides on a flag, with a reason: a person does, never the machine. It is on record, and the person sees it.
#[utoipa::path(
    put, path = "/hr/flags/{id}", tag = "hr", operation_id = "decide_hr_flag", request_body = DecideFlag,
    params(("id" = String, Path, description = "the flag's id")),
    responses(
        (status = 204, description = "it was decided"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "a rule of the profile forbids it, which is named"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such flag"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "the person objected and waits for an answer"),
    )
)]
async fn decide_hr_flag(
    asker: Asker,
    State(state): State<Hr>,
    Path(id): Path<String>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let (_, flag) = found(&state, &id).await?;
    let (body, _): (DecideFlag, _) =
        json::take(state.people().bodies(), request, LARGEST, UnknownFields::Refused).await?;
    let DecideFlag { status, reason, owner, notes, due, answer } = body;
    let decision = Decision { status, reason, owner, notes, due, answer };
    unusual::decide(&state, flag.person, &decision, (By::asker(&asker).as_ref(), asker.login())).await?;
    Ok(StatusCode::NO_CONTENT)
}
