use attune_ground::http::json::{self, UnknownFields};
use attune_ground::http::{Path, Problem};
use attune_ground::time::{now_millis, rfc3339};
use axum::Json;
use axum::extract::{FromRef, Request, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::groups::{self, Place};
use super::super::{by, day, runs};
use super::LARGEST_BODY;
use crate::People;
use crate::rights::Asker;
use crate::teams::{self, Listed};

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    People: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(list, make))
        .routes(routes!(one, rename))
        .routes(routes!(close))
        .routes(routes!(add_member))
        .routes(routes!(add_manager))
        .routes(routes!(end, take_back))
}

/// A team.
#[derive(Serialize, ToSchema)]
struct TeamView {
    /// Its id, 32 hexadecimal digits.
    id: String,
    /// Its name.
    name: String,
    /// When it was made, RFC 3339.
    made_at: String,
    /// When it was closed, RFC 3339; null where it is not.
    closed_at: Option<String>,
    /// How many are in it now.
    members: u64,
    /// How many lead it now.
    managers: u64,
}

impl From<Listed> for TeamView {
    fn from(Listed { team, members, managers }: Listed) -> Self {
        let (made_at, closed_at) = (rfc3339(team.made_at), team.closed_at.map(rfc3339));
        Self { id: team.id.to_string(), name: team.name, made_at, closed_at, members, managers }
    }
}

/// All teams.
#[derive(Serialize, ToSchema)]
struct TeamList {
    /// By their names, those that are closed behind the others.
    teams: Vec<TeamView>,
}

/// A place in a team.
#[derive(Serialize, ToSchema)]
struct PlaceView {
    /// Its id, 32 hexadecimal digits.
    id: String,
    /// Who has it: a user id for who is in the team, the name of an account for who leads it.
    name: String,
    /// The first day, UTC.
    since: String,
    /// The last day, UTC; null where it goes on.
    until: Option<String>,
}

impl From<Place> for PlaceView {
    fn from(place: Place) -> Self {
        let (since, until) = day::days(place.period);
        Self { id: place.id.to_string(), name: place.name, since, until }
    }
}

/// A team with who is in it and who leads it, now and at other times.
#[derive(Serialize, ToSchema)]
struct TeamPlaces {
    /// The team.
    team: TeamView,
    /// Who is in it, by the first day.
    members: Vec<PlaceView>,
    /// Who leads it, by the first day.
    managers: Vec<PlaceView>,
}

/// The name of a team.
#[derive(Deserialize, ToSchema)]
struct TeamBody {
    /// The name; of teams that are not closed no two have one.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
}

/// Somebody who is in a team for a time.
#[derive(Deserialize, ToSchema)]
struct MemberBody {
    /// The outside user id of somebody who is known.
    #[schema(min_length = 1, max_length = 256)]
    user_id: String,
    /// The first day, UTC.
    #[schema(format = Date)]
    since: String,
    /// The last day, UTC; it goes on where it is left out.
    #[schema(format = Date)]
    until: Option<String>,
}

/// An account that leads a team for a time.
#[derive(Deserialize, ToSchema)]
struct ManagerBody {
    /// The name of an account that has the role `manager`.
    #[schema(min_length = 1, max_length = 256)]
    username: String,
    /// The first day, UTC.
    #[schema(format = Date)]
    since: String,
    /// The last day, UTC; it goes on where it is left out.
    #[schema(format = Date)]
    until: Option<String>,
}

/// When a place ends.
#[derive(Deserialize, ToSchema)]
struct PlaceBody {
    /// The last day, UTC; null where it goes on.
    #[schema(format = Date)]
    until: Option<String>,
}

async fn places(people: &People, id: &str) -> Result<TeamPlaces, Problem> {
    let team = groups::find(&people.store, id).await?;
    let (members, managers) = groups::places(people, team.id).await?;
    let listed = teams::list(&people.store, now_millis()).await?.into_iter().find(|one| one.team.id == team.id);
    let team = listed.ok_or_else(|| Problem::from(teams::Refused::NoTeam))?;
    let views = |places: Vec<Place>| places.into_iter().map(PlaceView::from).collect();
    Ok(TeamPlaces { team: team.into(), members: views(members), managers: views(managers) })
}

/// All teams, by their names.
#[utoipa::path(
    get, path = "/admin/teams", tag = "administration", operation_id = "list_teams",
    responses((status = 200, body = TeamList))
)]
async fn list(asker: Asker, State(people): State<People>) -> Result<Json<TeamList>, Problem> {
    runs(&asker)?;
    let teams = teams::list(&people.store, now_millis()).await?;
    Ok(Json(TeamList { teams: teams.into_iter().map(TeamView::from).collect() }))
}

/// Makes a team.
#[utoipa::path(
    post, path = "/admin/teams", tag = "administration", operation_id = "make_team", request_body = TeamBody,
    responses(
        (status = 201, body = TeamPlaces),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "there is a team of this name already"),
        (status = 415, body = Problem, content_type = "application/problem+json", description = "the body is not JSON"),
    )
)]
async fn make(
    asker: Asker,
    State(people): State<People>,
    request: Request,
) -> Result<(StatusCode, Json<TeamPlaces>), Problem> {
    runs(&asker)?;
    let (body, _): (TeamBody, _) = json::take(&people.bodies, request, LARGEST_BODY, UnknownFields::Refused).await?;
    let id = teams::make(&people.store, &body.name, &by(&asker)).await??;
    Ok((StatusCode::CREATED, Json(places(&people, &id.to_string()).await?)))
}

/// One team, with who is and was in it, and who leads and led it.
#[utoipa::path(
    get, path = "/admin/teams/{id}", tag = "administration", operation_id = "get_team",
    params(("id" = String, Path, description = "the team's id, 32 hexadecimal digits")),
    responses(
        (status = 200, body = TeamPlaces),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such team"),
    )
)]
async fn one(asker: Asker, State(people): State<People>, Path(id): Path<String>) -> Result<Json<TeamPlaces>, Problem> {
    runs(&asker)?;
    Ok(Json(places(&people, &id).await?))
}

/// Gives a team another name.
#[utoipa::path(
    patch, path = "/admin/teams/{id}", tag = "administration", operation_id = "rename_team",
    params(("id" = String, Path, description = "the team's id, 32 hexadecimal digits")), request_body = TeamBody,
    responses(
        (status = 200, body = TeamPlaces),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such team"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "another team has this name, or this one is closed"),
        (status = 415, body = Problem, content_type = "application/problem+json", description = "the body is not JSON"),
    )
)]
async fn rename(
    asker: Asker,
    State(people): State<People>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<TeamPlaces>, Problem> {
    runs(&asker)?;
    let team = groups::find(&people.store, &id).await?;
    let (body, _): (TeamBody, _) = json::take(&people.bodies, request, LARGEST_BODY, UnknownFields::Refused).await?;
    teams::rename(&people.store, team.id, &body.name, &by(&asker)).await??;
    Ok(Json(places(&people, &id).await?))
}

/// Closes a team for good: nobody is in it or leads it from now on, and its past stays.
#[utoipa::path(
    post, path = "/admin/teams/{id}/close", tag = "administration", operation_id = "close_team",
    params(("id" = String, Path, description = "the team's id, 32 hexadecimal digits")),
    responses(
        (status = 204, description = "it is closed"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such team"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "it was closed already"),
    )
)]
async fn close(asker: Asker, State(people): State<People>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    runs(&asker)?;
    let team = groups::find(&people.store, &id).await?;
    teams::close(&people.store, team.id, &by(&asker)).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts somebody into a team for a time.
#[utoipa::path(
    post, path = "/admin/teams/{id}/members", tag = "administration", operation_id = "add_member",
    params(("id" = String, Path, description = "the team's id, 32 hexadecimal digits")), request_body = MemberBody,
    responses(
        (status = 201, body = TeamPlaces),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such team, or nobody of this user id"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "they are in it for a part of this time already, or it is closed"),
        (status = 415, body = Problem, content_type = "application/problem+json", description = "the body is not JSON"),
    )
)]
async fn add_member(
    asker: Asker,
    State(people): State<People>,
    Path(id): Path<String>,
    request: Request,
) -> Result<(StatusCode, Json<TeamPlaces>), Problem> {
    runs(&asker)?;
    let team = groups::find(&people.store, &id).await?;
    let (body, _): (MemberBody, _) = json::take(&people.bodies, request, LARGEST_BODY, UnknownFields::Refused).await?;
    let period = day::period(&body.since, body.until.as_deref())?;
    groups::add_member(&people, team.id, &body.user_id, period, &by(&asker)).await?;
    Ok((StatusCode::CREATED, Json(places(&people, &id).await?)))
}

/// Lets an account lead a team for a time.
#[utoipa::path(
    post, path = "/admin/teams/{id}/managers", tag = "administration", operation_id = "add_manager",
    params(("id" = String, Path, description = "the team's id, 32 hexadecimal digits")), request_body = ManagerBody,
    responses(
        (status = 201, body = TeamPlaces),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such team, or no such account"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "they lead it for a part of this time already, are no manager, or it is closed"),
        (status = 415, body = Problem, content_type = "application/problem+json", description = "the body is not JSON"),
    )
)]
async fn add_manager(
    asker: Asker,
    State(people): State<People>,
    Path(id): Path<String>,
    request: Request,
) -> Result<(StatusCode, Json<TeamPlaces>), Problem> {
    runs(&asker)?;
    let team = groups::find(&people.store, &id).await?;
    let (body, _): (ManagerBody, _) = json::take(&people.bodies, request, LARGEST_BODY, UnknownFields::Refused).await?;
    let period = day::period(&body.since, body.until.as_deref())?;
    groups::add_manager(&people, team.id, &body.username, period, &by(&asker)).await?;
    Ok((StatusCode::CREATED, Json(places(&people, &id).await?)))
}

/// Says when a place in a team ends.
#[utoipa::path(
    patch, path = "/admin/teams/{id}/places/{place}", tag = "administration", operation_id = "end_place",
    params(
        ("id" = String, Path, description = "the team's id, 32 hexadecimal digits"),
        ("place" = String, Path, description = "the place's id, 32 hexadecimal digits"),
    ),
    request_body = PlaceBody,
    responses(
        (status = 200, body = TeamPlaces),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such team or place"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "it would go on into another one, or the team is closed"),
        (status = 415, body = Problem, content_type = "application/problem+json", description = "the body is not JSON"),
    )
)]
async fn end(
    asker: Asker,
    State(people): State<People>,
    Path((id, place)): Path<(String, String)>,
    request: Request,
) -> Result<Json<TeamPlaces>, Problem> {
    runs(&asker)?;
    let team = groups::find(&people.store, &id).await?;
    let (body, _): (PlaceBody, _) = json::take(&people.bodies, request, LARGEST_BODY, UnknownFields::Refused).await?;
    groups::end(&people.store, team.id, &place, body.until.as_deref(), &by(&asker)).await?;
    Ok(Json(places(&people, &id).await?))
}

/// Takes back a place in a team that was a mistake, as if it had never been.
#[utoipa::path(
    delete, path = "/admin/teams/{id}/places/{place}", tag = "administration", operation_id = "take_back_place",
    params(
        ("id" = String, Path, description = "the team's id, 32 hexadecimal digits"),
        ("place" = String, Path, description = "the place's id, 32 hexadecimal digits"),
    ),
    responses(
        (status = 204, description = "it is gone"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such team or place"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "the team is closed"),
    )
)]
async fn take_back(
    asker: Asker,
    State(people): State<People>,
    Path((id, place)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    runs(&asker)?;
    let team = groups::find(&people.store, &id).await?;
    groups::take_back(&people.store, team.id, &place, &by(&asker)).await?;
    Ok(StatusCode::NO_CONTENT)
}
