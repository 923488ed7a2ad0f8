//! Files of figures of teams.

use attune_ground::http::{Path, Problem, Query};
use attune_people::rights::Asker;
use axum::extract::{FromRef, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::asked::TeamQuery;
use super::super::told::of_teams;
use super::super::{csv, parquet, whose};
use super::read;
use crate::state::Wellbeing;

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Wellbeing: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(file))
        .routes(routes!(file_of_columns))
        .routes(routes!(file_of))
        .routes(routes!(columns_of))
}

/// Of which teams a file is.
#[derive(Clone, Copy)]
enum Of<'a> {
    /// Of all that one may ask for.
    All,
    /// Of the one with this id.
    One(&'a str),
}

/// How a file is written.
#[derive(Clone, Copy)]
enum Kind {
    Csv,
    Parquet,
}

/// Makes a file.
async fn made(
    (of, kind): (Of<'_>, Kind),
    asker: &Asker,
    state: &Wellbeing,
    query: &TeamQuery,
) -> Result<Response, Problem> {
    let (_, _, asked) = read(state, query.wanted()).await?;
    let (teams, name) = match of {
        Of::All => (whose::teams(state, asker).await?, "teams"),
        Of::One(id) => (vec![whose::team(state, asker, id).await?], "team"),
    };
    let told = of_teams(state, teams, &asked).await?;
    let (bytes, media, ending) = match kind {
        Kind::Csv => {
            let bytes = csv::written(asked.measure, &told).map_err(|error| Problem::internal(&error))?;
            (bytes, "text/csv; charset=utf-8", "csv")
        }
        Kind::Parquet => {
            let bytes = parquet::written(asked.measure, &told).map_err(|error| Problem::internal(&error))?;
            (bytes, "application/vnd.apache.parquet", "parquet")
        }
    };
    let headers = [
        (header::CONTENT_TYPE, media.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.{ending}\"")),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}

/// Figures of all teams that one may ask for, as a table: a row for each week, and where there is no value, why.
#[utoipa::path(
    get, path = "/teams/figures.csv", tag = "teams", operation_id = "team_figures_file", params(TeamQuery),
    responses(
        (status = 200, body = String, content_type = "text/csv"),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "a parameter is wrong; it is named"),
    )
)]
pub(super) async fn file(
    asker: Asker,
    State(state): State<Wellbeing>,
    Query(query): Query<TeamQuery>,
) -> Result<Response, Problem> {
    made((Of::All, Kind::Csv), &asker, &state, &query).await
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
    made((Of::All, Kind::Parquet), &asker, &state, &query).await
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
    made((Of::One(&id), Kind::Csv), &asker, &state, &query).await
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
    made((Of::One(&id), Kind::Parquet), &asker, &state, &query).await
}
