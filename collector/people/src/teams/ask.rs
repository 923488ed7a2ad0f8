//! What is asked of teams: who was in one, and which somebody was in or led, at an instant.

use attune_ground::store::{Store, bytes16};
use attune_ground::time::now_millis;
use attune_protocol::ids::PersonId;

use super::{Period, TeamId};
use crate::PeopleError;
use crate::rights::{Asker, Scope};
use crate::sign_in::LoginId;

/// The people who are in a team at an instant, Unix milliseconds, in the order of their ids.
///
/// # Errors
/// When the database refuses.
pub async fn members_at(store: &Store, team: TeamId, instant: i64) -> Result<Vec<PersonId>, PeopleError> {
    let found = found(
        store,
        "SELECT DISTINCT person FROM team_members WHERE team = $1 AND since <= $2 AND (until IS NULL OR until > $2) \
         ORDER BY person",
        (team.0, instant),
    );
    Ok(found.await?.into_iter().map(PersonId).collect())
}

/// The teams that a person is in at an instant, Unix milliseconds.
///
/// # Errors
/// When the database refuses.
pub async fn teams_of(store: &Store, person: PersonId, instant: i64) -> Result<Vec<TeamId>, PeopleError> {
    let found = found(
        store,
        "SELECT DISTINCT team FROM team_members WHERE person = $1 AND since <= $2 AND (until IS NULL OR until > $2) \
         ORDER BY team",
        (person.0, instant),
    );
    Ok(found.await?.into_iter().map(TeamId).collect())
}

/// That somebody is or was in a team.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Membership {
    /// In which.
    pub team: TeamId,
    /// Who.
    pub person: PersonId,
    /// From when to when.
    pub period: Period,
}

/// Who is and was in which team, in the order in which they came into it.
///
/// # Errors
/// When the database refuses.
pub async fn memberships(store: &Store) -> Result<Vec<Membership>, PeopleError> {
    let rows: Vec<(Vec<u8>, Vec<u8>, i64, Option<i64>)> =
        sqlx::query_as("SELECT team, person, since, until FROM team_members ORDER BY since, team, person")
            .fetch_all(store.pool())
            .await?;
    let of = |(team, person, since, until): (Vec<u8>, Vec<u8>, _, _)| {
        let person = PersonId(bytes16(&person)?);
        Ok(Membership { team: TeamId::of(&team)?, person, period: Period { since, until } })
    };
    rows.into_iter().map(of).collect()
}

/// How teams stand: where it is the same, so are they, their names and who is in them when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rosters {
    teams: i64,
    /// Each change of a team or of a place in it is counted with its lock.
    changes: i64,
    /// Who is erased leaves a team without its lock.
    places: i64,
}

/// How teams stand now.
///
/// # Errors
/// When the database refuses.
pub async fn rosters(store: &Store) -> Result<Rosters, PeopleError> {
    let (teams, changes, places): (i64, i64, i64) = sqlx::query_as(
        "SELECT COUNT(*), CAST(COALESCE(SUM(updates), 0) AS BIGINT), (SELECT COUNT(*) FROM team_members) FROM teams",
    )
    .fetch_one(store.pool())
    .await?;
    Ok(Rosters { teams, changes, places })
}

/// The teams that a login leads at an instant, Unix milliseconds.
///
/// # Errors
/// When the database refuses.
pub async fn led_by(store: &Store, login: LoginId, instant: i64) -> Result<Vec<TeamId>, PeopleError> {
    let found = found(
        store,
        "SELECT DISTINCT team FROM team_managers WHERE login = $1 AND since <= $2 AND (until IS NULL OR until > $2) \
         ORDER BY team",
        (login.0, instant),
    );
    Ok(found.await?.into_iter().map(TeamId).collect())
}

/// Who leads a team at an instant, Unix milliseconds.
///
/// # Errors
/// When the database refuses.
pub async fn managers_at(store: &Store, team: TeamId, instant: i64) -> Result<Vec<LoginId>, PeopleError> {
    let found = found(
        store,
        "SELECT DISTINCT login FROM team_managers WHERE team = $1 AND since <= $2 AND (until IS NULL OR until > $2) \
         ORDER BY login",
        (team.0, instant),
    );
    Ok(found.await?.into_iter().map(LoginId).collect())
}

async fn found(store: &Store, statement: &'static str, of: ([u8; 16], i64)) -> Result<Vec<[u8; 16]>, PeopleError> {
    let rows: Vec<(Vec<u8>,)> =
        sqlx::query_as(statement).bind(of.0.to_vec()).bind(of.1).fetch_all(store.pool()).await?;
    rows.into_iter().map(|(id,)| Ok(bytes16(&id)?)).collect()
}

/// The teams whose figures may be asked for here: what [`Asker::people`] is for people. None stands for all of them.
///
/// # Errors
/// When the database refuses.
pub async fn of_asker(store: &Store, asker: &Asker) -> Result<Option<Vec<TeamId>>, PeopleError> {
    match (asker.scope(), asker.login()) {
        (Scope::All, _) => Ok(None),
        (Scope::OwnTeams, Some(login)) => led_by(store, login, now_millis()).await.map(Some),
        (Scope::OwnTeams | Scope::Own, _) => Ok(Some(Vec::new())),
    }
}
