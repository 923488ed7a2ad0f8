//! Teams as an administrator names who is in them: by user ids, and by names of accounts.

use attune_ground::http::Problem;
use attune_ground::store::Store;
use attune_protocol::ids::PersonId;

use super::{accounts, day};
use crate::People;
use crate::access::By;
use crate::accounts::{find_person, user_id, user_of};
use crate::rights::Role;
use crate::sign_in;
use crate::teams::{self, Period, Refused, Team, TeamId, Whom};

/// A place in a team, with the name of who has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub(super) id: PersonId,
    /// A user id, or the name of an account; in words where it does not open any more.
    pub(super) name: String,
    pub(super) period: Period,
}

/// A team.
///
/// # Errors
/// 404 where there is none.
pub(super) async fn find(store: &Store, id: &str) -> Result<Team, Problem> {
    let team = match id.parse() {
        Ok(id) => teams::find(store, id).await?,
        Err(_) => None,
    };
    team.ok_or_else(|| Refused::NoTeam.into())
}

/// Who is and was in a team, and who leads and led it.
///
/// # Errors
/// When the database refuses.
pub(super) async fn places(people: &People, team: TeamId) -> Result<(Vec<Place>, Vec<Place>), Problem> {
    let (mut members, mut managers) = (Vec::new(), Vec::new());
    for held in teams::held(&people.store, team).await? {
        let unknown = || "somebody who is not known any more".to_owned();
        let place =
            |name: Option<String>| Place { id: held.id, name: name.unwrap_or_else(unknown), period: held.period };
        match held.whom {
            Whom::Member(person) => {
                members.push(place(user_of(&people.store, &people.keys, person).await?));
            }
            Whom::Manager(login) => {
                let login = sign_in::find(&people.store, &people.keys, login).await?;
                managers.push(place(login.map(|login| login.name)));
            }
        }
    }
    Ok((members, managers))
}

/// Puts somebody into a team.
///
/// # Errors
/// 404 for nobody of this user id, 409 where they are in it already.
pub(super) async fn add_member(
    people: &People,
    team: TeamId,
    user: &str,
    period: Period,
    by: &By,
) -> Result<(), Problem> {
    let person = find_person(&people.store, &people.keys, &user_id(user)?).await?;
    let nobody = || Problem {
        field: Some("user_id".into()),
        ..Problem::not_found("nobody of this user id is known: look at the list of people")
    };
    let _place = teams::add(&people.store, team, Whom::Member(person.ok_or_else(nobody)?), period, by).await??;
    Ok(())
}

/// Lets an account lead a team.
///
/// # Errors
/// 404 for no account of this name, 409 where it leads the team already or is of no manager.
pub(super) async fn add_manager(
    people: &People,
    team: TeamId,
    name: &str,
    period: Period,
    by: &By,
) -> Result<(), Problem> {
    let login = accounts::named(people, "username", name).await?;
    if !login.roles.contains(&Role::Manager) {
        return Err(Problem::conflict("username", "this account does not have the role manager: give it that first"));
    }
    let _place = teams::add(&people.store, team, Whom::Manager(login.id), period, by).await??;
    Ok(())
}

/// Says on which day a place ends; empty where it goes on.
///
/// # Errors
/// 400 for no day, 404 for no place, 409 where it would go on into another.
pub(super) async fn end(store: &Store, team: TeamId, place: &str, until: Option<&str>, by: &By) -> Result<(), Problem> {
    let until = until.map(|until| day::last("until", until)).transpose()?;
    Ok(teams::end(store, team, the(place)?, until, by).await??)
}

/// Takes back a place that was a mistake.
///
/// # Errors
/// 404 for no place.
pub(super) async fn take_back(store: &Store, team: TeamId, place: &str, by: &By) -> Result<(), Problem> {
    Ok(teams::take_back(store, team, the(place)?, by).await??)
}

fn the(place: &str) -> Result<PersonId, Problem> {
    place.parse().map_err(|_| Refused::NoPeriod.into())
}
