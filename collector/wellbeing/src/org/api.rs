//! Figures of teams for programs.

mod files;
mod kept;
mod shapes;

use attune_ground::http::{Path, Problem, Query};
use attune_ground::measures::MEASURES;
use attune_pages::words::Calendar;
use attune_people::rights::Asker;
use axum::Json;
use axum::extract::{FromRef, State};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::shapes::{
    FiguresOfTeams, MeasureList, MeasureView, SpreadView, TeamFigures, TeamFiguresView, TeamNameView, TeamNames,
};
use super::asked::{Asked, ListQuery, TeamQuery, Wanted};
use super::barred::Barred;
use super::told::{of_team, of_teams, spread};
use super::whose;
use crate::state::Wellbeing;

/// Teams of a page.
const PAGE: usize = 25;

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Wellbeing: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(teams))
        .routes(routes!(measures))
        .routes(routes!(figures))
        .routes(routes!(figures_of))
        .merge(files::router())
        .merge(kept::router())
}

/// How weeks are counted, what may not be shown and what is asked for.
async fn read(state: &Wellbeing, wanted: Wanted<'_>) -> Result<(Calendar, Barred, Asked), Problem> {
    let times = state.people().calendar(None).await?;
    let barred = Barred::of(state);
    let asked = Asked::read(wanted, &barred, &times)?;
    Ok((times, barred, asked))
}

/// The teams that one may ask for: all of them, or those that one leads.
#[utoipa::path(get, path = "/teams", tag = "teams", operation_id = "my_teams", responses((status = 200, body = TeamNames)))]
async fn teams(asker: Asker, State(state): State<Wellbeing>) -> Result<Json<TeamNames>, Problem> {
    let all = whose::teams(&state, &asker).await?;
    Ok(Json(TeamNames { teams: all.iter().map(TeamNameView::from).collect() }))
}

/// All measures, each with how it is computed and whether it is shown of teams here.
#[utoipa::path(
    get, path = "/teams/measures", tag = "teams", operation_id = "team_measures",
    responses((status = 200, body = MeasureList))
)]
async fn measures(State(state): State<Wellbeing>) -> Json<MeasureList> {
    let barred = Barred::of(&state);
    Json(MeasureList { measures: MEASURES.iter().map(|measure| MeasureView::of(measure, &barred)).collect() })
}

/// Figures of teams by week, by the names of the teams.
#[utoipa::path(
    get, path = "/teams/figures", tag = "teams", operation_id = "team_figures", params(ListQuery),
    responses(
        (status = 200, body = FiguresOfTeams),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "a parameter is wrong; it is named"),
    )
)]
async fn figures(
    asker: Asker,
    State(state): State<Wellbeing>,
    Query(query): Query<ListQuery>,
) -> Result<Json<FiguresOfTeams>, Problem> {
    let (times, barred, asked) = read(&state, query.wanted()).await?;
    let all = whose::teams(&state, &asker).await?;
    let cut = whose::cut(&all, query.after.as_deref().unwrap_or_default(), PAGE)?;
    let told = of_teams(&state, all.get(cut.places).unwrap_or_default().to_vec(), &asked).await?;
    Ok(Json(FiguresOfTeams {
        measure: MeasureView::of(asked.measure, &barred),
        from: asked.weeks.first.to_string(),
        to: asked.weeks.sunday().to_string(),
        time_zone: times.zone_name().to_owned(),
        least_people: state.settings().least_people,
        teams: told.iter().map(|of| TeamFiguresView::of(asked.measure, of)).collect(),
        next: cut.after,
    }))
}

/// Figures of one team by week.
#[utoipa::path(
    get, path = "/teams/{id}/figures", tag = "teams", operation_id = "figures_of_team",
    params(("id" = String, Path, description = "the team's id, 32 hexadecimal digits"), TeamQuery),
    responses(
        (status = 200, body = TeamFigures),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "a parameter is wrong; it is named"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "it is no team that one leads, whether there is such a team or not"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such team"),
    )
)]
async fn figures_of(
    asker: Asker,
    State(state): State<Wellbeing>,
    Path(id): Path<String>,
    Query(query): Query<TeamQuery>,
) -> Result<Json<TeamFigures>, Problem> {
    let (times, barred, asked) = read(&state, query.wanted()).await?;
    let team = whose::team(&state, &asker, &id).await?;
    let told = of_team(&state, team, &asked).await?;
    let spread = spread(&state, &asked, &told).await?;
    Ok(Json(TeamFigures {
        measure: MeasureView::of(asked.measure, &barred),
        from: asked.weeks.first.to_string(),
        to: asked.weeks.sunday().to_string(),
        time_zone: times.zone_name().to_owned(),
        least_people: state.settings().least_people,
        figures: TeamFiguresView::of(asked.measure, &told),
        spread: spread.map(|spread| SpreadView::of(asked.measure, &spread)),
    }))
}

#[cfg(test)]
mod tests;
