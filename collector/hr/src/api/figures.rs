use std::sync::Arc;

use attune_ground::http::{Problem, Query};
use attune_ground::time::now_millis;
use axum::Json;
use axum::extract::{FromRef, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::figures::{Board, Figure, OfGroup, OfMeasure, Span, Subject, Told, View, Whose, csv};
use crate::state::Hr;
use crate::{grouped, uploads};

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Hr: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(hr_mood_figures))
        .routes(routes!(hr_mood_file))
        .routes(routes!(hr_hours_figures))
        .routes(routes!(hr_hours_file))
        .routes(routes!(hr_performance_figures))
        .routes(routes!(hr_performance_file))
        .routes(routes!(hr_leave_figures))
        .routes(routes!(hr_leave_file))
        .routes(routes!(hr_onboarding_figures))
        .routes(routes!(hr_onboarding_file))
}

/// Which figures are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct FiguresQuery {
    /// A day of the first week, quarter or year; the newest ones that there are where it is left out.
    #[param(format = Date)]
    from: Option<String>,
    /// A day of the last one; the newest that there is where it is left out.
    #[param(format = Date)]
    to: Option<String>,
    /// The id of a team whose weeks, quarters or years are told one by one, beside those of everybody.
    team: Option<String>,
}

/// Figures of groups.
#[derive(Debug, Serialize, ToSchema)]
struct HrFigures {
    /// Into what time is cut: `week`, `quarter` or `year`.
    each: &'static str,
    /// The first day, `2026-03-02`.
    from: String,
    /// The last day.
    to: String,
    /// How many people a figure is of at least.
    least_people: usize,
    /// Whether people are grouped: by the team that each was in when a week, a quarter or a year ended. No table of HR names a
    /// department.
    has_teams: bool,
    /// What is measured.
    measures: Vec<HrFigureMeasure>,
}

/// A measure, by group.
#[derive(Debug, Serialize, ToSchema)]
struct HrFigureMeasure {
    /// Its name.
    name: &'static str,
    /// Its name for people.
    display_name: &'static str,
    /// What it is counted in.
    unit: &'static str,
    /// What it is.
    definition: &'static str,
    /// Of which table it is made.
    table: &'static str,
    /// Everybody first, then the teams by name, then who is in none.
    groups: Vec<HrFigureGroup>,
}

/// What is told of a group.
#[derive(Debug, Serialize, ToSchema)]
struct HrFigureGroup {
    /// `everybody`, `team` or `no_team`.
    of: &'static str,
    /// The team's id.
    team: Option<String>,
    /// What the team is called.
    name: Option<String>,
    /// Over the whole time, made of what is told of it.
    whole: HrFigureTold,
    /// How many weeks, quarters or years are told.
    told: usize,
    /// How many are withheld.
    withheld: usize,
    /// They one by one, of everybody and of the team that was asked for.
    cells: Vec<HrFigureCell>,
}

/// A week, a quarter or a year of a group.
#[derive(Debug, Serialize, ToSchema)]
struct HrFigureCell {
    /// Its first day.
    from: String,
    /// Its last day.
    to: String,
    /// What is told of it.
    told: HrFigureTold,
}

/// What is told. All but the reason is null where nothing is.
#[derive(Debug, Serialize, ToSchema)]
struct HrFigureTold {
    /// The mean over people.
    value: Option<f64>,
    /// Where the mean of people like these may well lie: 95 %.
    #[schema(value_type = Option<Vec<f64>>)]
    between: Option<[f64; 2]>,
    /// Of how many people; over several cells the mean of that.
    people: Option<u32>,
    /// Why it is withheld: `few` where it is of too few people, `others` where it would tell what each of them has, or of too few together
    /// with what is told of others, `unfinished` of a team where the time is not over for a week; null where it is told, and where no row
    /// says it.
    withheld: Option<&'static str>,
}

async fn read(state: &Hr, subject: Subject, asked: &FiguresQuery) -> Result<(Arc<Board>, View), Problem> {
    state.check_given()?;
    let today = uploads::day(now_millis()).ok_or_else(Problem::abandoned)?;
    let board = grouped::board(state, today).await?;
    let days = [&asked.from, &asked.to].map(|day| day.as_deref().unwrap_or_default());
    let span = Span::read(subject.grid(), board.newest(subject), today, days)?;
    let view = View::of(&board, subject, span, today, state.settings().least_people);
    Ok((board, view))
}

async fn figures(state: &Hr, subject: Subject, asked: &FiguresQuery) -> Result<Json<HrFigures>, Problem> {
    let (board, view) = read(state, subject, asked).await?;
    let (from, to) = view.span.days().ok_or_else(Problem::abandoned)?;
    Ok(Json(HrFigures {
        each: view.span.grid.name(),
        from: from.to_string(),
        to: to.to_string(),
        least_people: state.settings().least_people,
        has_teams: !board.groups.teams.is_empty(),
        measures: view.measures.iter().map(|of| measured(&board, view.span, of, asked.team.as_deref())).collect(),
    }))
}

fn measured(board: &Board, span: Span, of: &OfMeasure, team: Option<&str>) -> HrFigureMeasure {
    HrFigureMeasure {
        name: of.definition.name,
        display_name: of.definition.display_name,
        unit: of.definition.unit,
        definition: of.definition.definition,
        table: of.definition.table.name(),
        groups: of.groups.iter().map(|group| grouped_by(board, span, group, team)).collect(),
    }
}

fn grouped_by(board: &Board, span: Span, group: &OfGroup, team: Option<&str>) -> HrFigureGroup {
    let (id, name) = group.whose.team(&board.groups).cloned().unzip();
    let is_told = group.whose == Whose::Everybody || id.is_some() && id.as_deref() == team;
    let cell = |(number, told): (i32, &Told)| {
        let (from, to) = span.grid.days(number)?;
        Some(HrFigureCell { from: from.to_string(), to: to.to_string(), told: said(told) })
    };
    HrFigureGroup {
        of: group.whose.name(),
        team: id,
        name,
        whole: said(&group.whole),
        told: group.told(),
        withheld: group.withheld(),
        cells: span.cells().zip(&group.cells).filter(|_| is_told).filter_map(cell).collect(),
    }
}

fn said(told: &Told) -> HrFigureTold {
    let nothing = HrFigureTold { value: None, between: None, people: None, withheld: None };
    match told {
        Told::Nothing => nothing,
        Told::Withheld(why) => HrFigureTold { withheld: Some(why.name()), ..nothing },
        Told::Figure(Figure { value, between: (low, high), people }) => {
            HrFigureTold { value: Some(*value), between: Some([*low, *high]), people: Some(*people), withheld: None }
        }
    }
}

async fn file(state: &Hr, subject: Subject, asked: &FiguresQuery) -> Result<Response, Problem> {
    let (board, view) = read(state, subject, asked).await?;
    let (from, to) = view.span.days().ok_or_else(Problem::abandoned)?;
    let name = format!("{}_{from}_{to}.csv", subject.name());
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, csv(&board, &view)).into_response())
}

/// Mood over time by team, of the answers of the vibe meter in HR's table. What people say of themselves in check-ins here stands with the teams.
#[utoipa::path(
    get, path = "/hr/figures/mood", tag = "hr", operation_id = "hr_mood_figures", params(FiguresQuery),
    responses((status = 200, body = HrFigures))
)]
async fn hr_mood_figures(
    State(state): State<Hr>,
    Query(asked): Query<FiguresQuery>,
) -> Result<Json<HrFigures>, Problem> {
    figures(&state, Subject::Mood, &asked).await
}

/// The same as a file for spreadsheets: a line for each group and week.
#[utoipa::path(
    get, path = "/hr/figures/mood.csv", tag = "hr", operation_id = "hr_mood_file", params(FiguresQuery),
    responses((status = 200, body = String, content_type = "text/csv"))
)]
async fn hr_mood_file(State(state): State<Hr>, Query(asked): Query<FiguresQuery>) -> Result<Response, Problem> {
    file(&state, Subject::Mood, &asked).await
}

/// Working hours, messages, mails and meetings a day by team, of HR's table of activity.
#[utoipa::path(
    get, path = "/hr/figures/hours", tag = "hr", operation_id = "hr_hours_figures", params(FiguresQuery),
    responses((status = 200, body = HrFigures))
)]
async fn hr_hours_figures(
    State(state): State<Hr>,
    Query(asked): Query<FiguresQuery>,
) -> Result<Json<HrFigures>, Problem> {
    figures(&state, Subject::Hours, &asked).await
}

/// The same as a file for spreadsheets: a line for each group and week.
#[utoipa::path(
    get, path = "/hr/figures/hours.csv", tag = "hr", operation_id = "hr_hours_file", params(FiguresQuery),
    responses((status = 200, body = String, content_type = "text/csv"))
)]
async fn hr_hours_file(State(state): State<Hr>, Query(asked): Query<FiguresQuery>) -> Result<Response, Problem> {
    file(&state, Subject::Hours, &asked).await
}

/// Performance ratings against points for awards by team, of HR's tables.
#[utoipa::path(
    get, path = "/hr/figures/performance", tag = "hr", operation_id = "hr_performance_figures", params(FiguresQuery),
    responses((status = 200, body = HrFigures))
)]
async fn hr_performance_figures(
    State(state): State<Hr>,
    Query(asked): Query<FiguresQuery>,
) -> Result<Json<HrFigures>, Problem> {
    figures(&state, Subject::Performance, &asked).await
}

/// The same as a file for spreadsheets: a line for each group and year.
#[utoipa::path(
    get, path = "/hr/figures/performance.csv", tag = "hr", operation_id = "hr_performance_file", params(FiguresQuery),
    responses((status = 200, body = String, content_type = "text/csv"))
)]
async fn hr_performance_file(State(state): State<Hr>, Query(asked): Query<FiguresQuery>) -> Result<Response, Problem> {
    file(&state, Subject::Performance, &asked).await
}

/// Days of leave of each kind by team, of HR's table. Kinds are never added up.
#[utoipa::path(
    get, path = "/hr/figures/leave", tag = "hr", operation_id = "hr_leave_figures", params(FiguresQuery),
    responses((status = 200, body = HrFigures))
)]
async fn hr_leave_figures(
    State(state): State<Hr>,
    Query(asked): Query<FiguresQuery>,
) -> Result<Json<HrFigures>, Problem> {
    figures(&state, Subject::Leave, &asked).await
}

/// The same as a file for spreadsheets: a line for each group and quarter.
#[utoipa::path(
    get, path = "/hr/figures/leave.csv", tag = "hr", operation_id = "hr_leave_file", params(FiguresQuery),
    responses((status = 200, body = String, content_type = "text/csv"))
)]
async fn hr_leave_file(State(state): State<Hr>, Query(asked): Query<FiguresQuery>) -> Result<Response, Problem> {
    file(&state, Subject::Leave, &asked).await
}

/// How people of each team started, of HR's table: shares of who joined in a year.
#[utoipa::path(
    get, path = "/hr/figures/onboarding", tag = "hr", operation_id = "hr_onboarding_figures", params(FiguresQuery),
    responses((status = 200, body = HrFigures))
)]
async fn hr_onboarding_figures(
    State(state): State<Hr>,
    Query(asked): Query<FiguresQuery>,
) -> Result<Json<HrFigures>, Problem> {
    figures(&state, Subject::Onboarding, &asked).await
}

/// The same as a file for spreadsheets: a line for each group and year.
#[utoipa::path(
    get, path = "/hr/figures/onboarding.csv", tag = "hr", operation_id = "hr_onboarding_file", params(FiguresQuery),
    responses((status = 200, body = String, content_type = "text/csv"))
)]
async fn hr_onboarding_file(State(state): State<Hr>, Query(asked): Query<FiguresQuery>) -> Result<Response, Problem> {
    file(&state, Subject::Onboarding, &asked).await
}
