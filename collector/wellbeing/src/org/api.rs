//! Figures of teams for programs.

mod kept;

use attune_ground::http::{Path, Problem, Query};
use attune_ground::measures::{MEASURES, Measure};
use attune_ground::time::rfc3339;
use attune_pages::words::Calendar;
use attune_people::rights::Asker;
use attune_people::teams::Team;
use axum::Json;
use axum::extract::{FromRef, State};
use axum::response::Response;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::asked::{Asked, ListQuery, TeamQuery, Wanted};
use super::barred::Barred;
use super::told::{Mean, OfTeam, Week, bands, of_team, of_teams, said, spread};
use super::{csv, parquet, whose};
use crate::state::Wellbeing;
use crate::team::{Spread, Why};

/// Teams of a page.
const PAGE: usize = 50;

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Wellbeing: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(teams))
        .routes(routes!(measures))
        .routes(routes!(figures))
        .routes(routes!(file))
        .routes(routes!(file_of_columns))
        .routes(routes!(figures_of))
        .routes(routes!(file_of))
        .routes(routes!(columns_of))
        .merge(kept::router())
}

/// A team.
#[derive(Debug, Serialize, ToSchema)]
struct TeamNameView {
    /// Its id, 32 hexadecimal digits.
    id: String,
    /// Its name.
    name: String,
    /// When it was made, RFC 3339; null for all teams as one.
    made_at: Option<String>,
}

impl From<&Team> for TeamNameView {
    fn from(team: &Team) -> Self {
        Self {
            id: team.id.to_string(),
            name: team.name.clone(),
            made_at: (team.made_at > 0).then(|| rfc3339(team.made_at)),
        }
    }
}

/// The teams that one may ask for.
#[derive(Debug, Serialize, ToSchema)]
struct TeamNames {
    /// By their names; for who may ask for all of them they stand first as one.
    teams: Vec<TeamNameView>,
}

/// A measure, and whether it is shown of teams here.
#[derive(Debug, Serialize, ToSchema)]
struct MeasureView {
    /// Its name.
    name: &'static str,
    /// What it is called.
    title: &'static str,
    /// Its unit; empty where it has none.
    unit: &'static str,
    /// The smallest value.
    least: f64,
    /// The largest value.
    most: f64,
    /// How it is computed.
    formula: &'static str,
    /// From where the formula is.
    source: &'static str,
    /// Why it is not shown of teams; null where it is.
    withheld: Option<WithheldView>,
}

impl MeasureView {
    fn of(measure: &'static Measure, barred: &Barred) -> Self {
        let (least, most) = measure.range;
        Self {
            name: measure.name,
            title: measure.title,
            unit: measure.unit,
            least,
            most,
            formula: measure.formula,
            source: measure.source,
            withheld: barred.rule(measure).map(|rule| WithheldView::of(Why::Policy(rule))),
        }
    }
}

/// All measures.
#[derive(Debug, Serialize, ToSchema)]
struct MeasureList {
    /// In the order of their numbers.
    measures: Vec<MeasureView>,
}

/// Why there is no value.
#[derive(Debug, Serialize, ToSchema)]
struct WithheldView {
    /// `too_few`: of too few people, or so near to figures of other weeks or teams that a few could be told; `share`: it would tell what
    /// everybody's is; `nothing` was measured; `policy`: a rule forbids it.
    code: &'static str,
    /// In words.
    words: String,
    /// The rule of the policy, where it is one.
    rule: Option<&'static str>,
}

impl WithheldView {
    fn of(why: Why) -> Self {
        let rule = match why {
            Why::Policy(rule) => Some(rule.id),
            _ => None,
        };
        Self { code: why.name(), words: said(why), rule }
    }
}

/// Noise that was added to a figure.
#[derive(Debug, Serialize, ToSchema)]
struct NoiseView {
    /// Epsilon of Laplace's mechanism: what the figure cost each of its people.
    epsilon: f64,
    /// The largest sum that one of them spent in the week, for all figures together.
    spent: f64,
}

/// A figure of a week, or why there is none.
#[derive(Debug, Serialize, ToSchema)]
struct WeekView {
    /// The Monday on which the week begins.
    week: String,
    /// The value, in the measure's unit; null where it is withheld or there is none.
    value: Option<f64>,
    /// The least that it may be.
    low: Option<f64>,
    /// The most that it may be.
    high: Option<f64>,
    /// Of how many people at least, in classes: so that nobody learns who takes part.
    people: Option<u32>,
    /// The share in [0,1] of the time in which devices were on in which a sensor saw something; null where that is not known.
    coverage: Option<f64>,
    /// Null where none was added.
    noise: Option<NoiseView>,
    /// Why there is no value; null where there is one.
    withheld: Option<WithheldView>,
}

impl WeekView {
    fn of(week: &Week) -> Self {
        let figure = week.told.as_ref().ok();
        let noise = figure.and_then(|figure| figure.noise.as_ref());
        Self {
            week: week.monday.to_string(),
            value: figure.map(|figure| figure.value),
            low: figure.map(|figure| figure.between.0),
            high: figure.map(|figure| figure.between.1),
            people: figure.map(|figure| figure.people),
            coverage: figure.and_then(|figure| figure.coverage),
            noise: noise.map(|noise| NoiseView { epsilon: noise.epsilon, spent: noise.spent }),
            withheld: week.told.err().map(WithheldView::of),
        }
    }
}

/// What several weeks come to: the mean of those that have a figure, each weighed by its people.
#[derive(Debug, Serialize, ToSchema)]
struct MeanView {
    /// The mean; null where no week has a figure.
    value: Option<f64>,
    /// The same mean of the least that each may be.
    low: Option<f64>,
    /// The same mean of the most that each may be.
    high: Option<f64>,
    /// The fewest people of a week, in classes.
    least_people: Option<u32>,
    /// The most people of a week, in classes.
    most_people: Option<u32>,
    /// The share in [0,1] of the time that was seen; null where that is not known.
    coverage: Option<f64>,
    /// How many weeks have a figure.
    weeks: u64,
    /// The noise of a week, and the largest sum spent; null where none was added.
    noise: Option<NoiseView>,
    /// Why there is no value: that of the last week that is withheld; null where there is a value.
    withheld: Option<WithheldView>,
}

impl MeanView {
    fn of(told: &Result<Mean, Why>) -> Self {
        let mean = told.as_ref().ok();
        Self {
            value: mean.map(|mean| mean.value),
            low: mean.map(|mean| mean.between.0),
            high: mean.map(|mean| mean.between.1),
            least_people: mean.map(|mean| mean.people.0),
            most_people: mean.map(|mean| mean.people.1),
            coverage: mean.and_then(|mean| mean.coverage),
            weeks: mean.map_or(0, |mean| mean.weeks),
            noise: mean.and_then(|mean| mean.noise).map(|(epsilon, spent)| NoiseView { epsilon, spent }),
            withheld: told.as_ref().err().copied().map(WithheldView::of),
        }
    }
}

/// A change against the weeks before.
#[derive(Debug, Serialize, ToSchema)]
struct ChangeView {
    /// By how much, in the measure's unit.
    by: f64,
    /// Whether the two lie apart with all that is uncertain in them.
    is_sure: bool,
}

/// What is told of a team.
#[derive(Debug, Serialize, ToSchema)]
struct TeamFiguresView {
    /// Which.
    team: TeamNameView,
    /// What the weeks come to.
    mean: MeanView,
    /// What as many weeks right before them came to.
    before: MeanView,
    /// How it changed; null where one of the two has no value.
    change: Option<ChangeView>,
    /// Each week, the earliest first.
    weeks: Vec<WeekView>,
}

impl TeamFiguresView {
    fn of(of: &OfTeam) -> Self {
        Self {
            team: (&of.team).into(),
            mean: MeanView::of(&of.now),
            before: MeanView::of(&of.before),
            change: of.change().map(|change| ChangeView { by: change.by, is_sure: change.is_sure }),
            weeks: of.weeks.iter().map(WeekView::of).collect(),
        }
    }
}

/// A third of a measure's scale.
#[derive(Debug, Serialize, ToSchema)]
struct BandView {
    /// Where it begins, in the measure's unit.
    low: f64,
    /// Where it ends.
    high: f64,
    /// How many people lie in it at least, in steps of five; null where that is withheld.
    people: Option<u32>,
}

/// How people lie over the scale in a week.
#[derive(Debug, Serialize, ToSchema)]
struct SpreadView {
    /// The Monday on which the week begins.
    week: String,
    /// How many people in all at least, in classes.
    people: u32,
    /// The thirds of the scale, from the lowest.
    bands: Vec<BandView>,
}

impl SpreadView {
    fn of(measure: &Measure, (week, spread): &(Date, Spread)) -> Self {
        let band = |((low, high), people): ((f64, f64), Option<u32>)| BandView { low, high, people };
        let bands = bands(measure, spread).into_iter().map(band).collect();
        Self { week: week.to_string(), people: spread.people, bands }
    }
}

/// Figures of one team.
#[derive(Debug, Serialize, ToSchema)]
struct TeamFigures {
    /// Of what.
    measure: MeasureView,
    /// The first day.
    from: String,
    /// The last day.
    to: String,
    /// The zone whose days they are, as IANA names it.
    time_zone: String,
    /// How many people a figure is of at least.
    least_people: u32,
    /// What is told.
    figures: TeamFiguresView,
    /// How people lie in the last of the weeks that has a figure; null where that is withheld, and where none has.
    spread: Option<SpreadView>,
}

/// A page of figures of teams.
#[derive(Debug, Serialize, ToSchema)]
struct FiguresOfTeams {
    /// Of what.
    measure: MeasureView,
    /// The first day.
    from: String,
    /// The last day.
    to: String,
    /// The zone whose days they are, as IANA names it.
    time_zone: String,
    /// How many people a figure is of at least.
    least_people: u32,
    /// By their names, never by their values.
    teams: Vec<TeamFiguresView>,
    /// `after` of the page behind this one; null for the last.
    next: Option<String>,
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
    let told = of_teams(&state, cut.teams, &asked).await?;
    Ok(Json(FiguresOfTeams {
        measure: MeasureView::of(asked.measure, &barred),
        from: asked.weeks.first.to_string(),
        to: asked.weeks.sunday().to_string(),
        time_zone: times.zone_name().to_owned(),
        least_people: state.settings().least_people,
        teams: told.iter().map(TeamFiguresView::of).collect(),
        next: cut.after,
    }))
}

/// Figures of all teams that one may ask for, as a table: a row for each week, and where there is no value, why.
#[utoipa::path(
    get, path = "/teams/figures.csv", tag = "teams", operation_id = "team_figures_file", params(TeamQuery),
    responses(
        (status = 200, body = String, content_type = "text/csv"),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "a parameter is wrong; it is named"),
    )
)]
async fn file(
    asker: Asker,
    State(state): State<Wellbeing>,
    Query(query): Query<TeamQuery>,
) -> Result<Response, Problem> {
    let (_, _, asked) = read(&state, query.wanted()).await?;
    let all = whose::teams(&state, &asker).await?;
    csv::file("teams.csv", asked.measure, &of_teams(&state, all, &asked).await?)
}

/// Figures of all teams that one may ask for, as Parquet: the same rows as the table has.
#[utoipa::path(
    get, path = "/teams/figures.parquet", tag = "teams", operation_id = "team_figures_parquet", params(TeamQuery),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/vnd.apache.parquet"),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "a parameter is wrong; it is named"),
    )
)]
async fn file_of_columns(
    asker: Asker,
    State(state): State<Wellbeing>,
    Query(query): Query<TeamQuery>,
) -> Result<Response, Problem> {
    let (_, _, asked) = read(&state, query.wanted()).await?;
    let all = whose::teams(&state, &asker).await?;
    parquet::file("teams.parquet", asked.measure, &of_teams(&state, all, &asked).await?)
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
        figures: TeamFiguresView::of(&told),
        spread: spread.map(|spread| SpreadView::of(asked.measure, &spread)),
    }))
}

/// Figures of one team as a table.
#[utoipa::path(
    get, path = "/teams/{id}/figures.csv", tag = "teams", operation_id = "figures_of_team_file",
    params(("id" = String, Path, description = "the team's id, 32 hexadecimal digits"), TeamQuery),
    responses(
        (status = 200, body = String, content_type = "text/csv"),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "a parameter is wrong; it is named"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "it is no team that one leads, whether there is such a team or not"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such team"),
    )
)]
async fn file_of(
    asker: Asker,
    State(state): State<Wellbeing>,
    Path(id): Path<String>,
    Query(query): Query<TeamQuery>,
) -> Result<Response, Problem> {
    let (_, _, asked) = read(&state, query.wanted()).await?;
    let team = whose::team(&state, &asker, &id).await?;
    let told = of_team(&state, team, &asked).await?;
    csv::file("team.csv", asked.measure, std::slice::from_ref(&told))
}

/// Figures of one team as Parquet.
#[utoipa::path(
    get, path = "/teams/{id}/figures.parquet", tag = "teams", operation_id = "figures_of_team_parquet",
    params(("id" = String, Path, description = "the team's id, 32 hexadecimal digits"), TeamQuery),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/vnd.apache.parquet"),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "a parameter is wrong; it is named"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "it is no team that one leads, whether there is such a team or not"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such team"),
    )
)]
async fn columns_of(
    asker: Asker,
    State(state): State<Wellbeing>,
    Path(id): Path<String>,
    Query(query): Query<TeamQuery>,
) -> Result<Response, Problem> {
    let (_, _, asked) = read(&state, query.wanted()).await?;
    let team = whose::team(&state, &asker, &id).await?;
    let told = of_team(&state, team, &asked).await?;
    parquet::file("team.parquet", asked.measure, std::slice::from_ref(&told))
}

#[cfg(test)]
mod tests;
