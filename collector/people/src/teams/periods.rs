//! Who is in a team, and who leads one, from when to when.

use attune_ground::store::{Store, Write, bytes16};
use attune_protocol::ids::PersonId;

use super::store::lock_open;
use super::{Changed, Period, Refused, TeamId};
use crate::PeopleError;
use crate::access::{self, Act, By, Of};
use crate::accounts;
use crate::sign_in::{LoginId, lock_login, note_login};

/// Who has a place in a team.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Whom {
    /// A person, who is in it.
    Member(PersonId),
    /// A login that leads it.
    Manager(LoginId),
}

impl Whom {
    /// Table and column.
    const fn place(self) -> (&'static str, &'static str) {
        match self {
            Self::Member(_) => ("team_members", "person"),
            Self::Manager(_) => ("team_managers", "login"),
        }
    }

    const fn bytes(self) -> [u8; 16] {
        match self {
            Self::Member(person) => person.0,
            Self::Manager(login) => login.0,
        }
    }

    async fn lock(self, transaction: &mut Write) -> Result<bool, PeopleError> {
        match self {
            Self::Member(person) => accounts::lock(transaction, person).await,
            Self::Manager(login) => lock_login(transaction, login).await,
        }
    }

    /// Notes that their place in a team was changed, where they see it.
    async fn note(self, transaction: &mut Write, by: &By, team: TeamId) -> Result<(), PeopleError> {
        match self {
            Self::Member(person) => {
                access::note(transaction, by, Act::ChangePlace.name(), Of::Person(person), &team.0).await
            }
            Self::Manager(login) => note_login(transaction, by, Act::ChangePlace, login).await,
        }
    }
}

/// A place in a team.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Held {
    /// By what it is named: random.
    pub id: PersonId,
    /// Who has it.
    pub whom: Whom,
    /// From when to when.
    pub period: Period,
}

/// Gives somebody a place in a team for a time.
///
/// # Errors
/// When the database refuses.
pub async fn add(store: &Store, team: TeamId, whom: Whom, period: Period, by: &By) -> Changed<PersonId> {
    store.again(|| added(store, team, whom, period, by)).await
}

async fn added(store: &Store, team: TeamId, whom: Whom, period: Period, by: &By) -> Changed<PersonId> {
    let mut transaction = store.begin().await?;
    let added = add_in(&mut transaction, team, whom, period, by).await?;
    if added.is_ok() {
        transaction.commit().await?;
    }
    Ok(added)
}

/// As [`add`], with what else a transaction does.
///
/// # Errors
/// When the database refuses.
pub async fn add_in(transaction: &mut Write, team: TeamId, whom: Whom, period: Period, by: &By) -> Changed<PersonId> {
    if period.until.is_some_and(|until| until <= period.since) {
        return Ok(Err(Refused::Backwards));
    }
    if !whom.lock(transaction).await? {
        return Ok(Err(Refused::Nobody));
    }
    if let Err(refused) = lock_open(transaction, team).await? {
        return Ok(Err(refused));
    }
    if let Some(other) = overlapping(transaction, team, whom, period, None).await? {
        return Ok(Err(Refused::Overlaps(other)));
    }
    let (table, column) = whom.place();
    let id = PersonId::random();
    let statement = format!("INSERT INTO {table} (period, team, {column}, since, until) VALUES ($1, $2, $3, $4, $5)");
    sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(id.0.to_vec())
        .bind(team.0.to_vec())
        .bind(whom.bytes().to_vec())
        .bind(period.since)
        .bind(period.until)
        .execute(&mut ***transaction)
        .await?;
    whom.note(transaction, by, team).await?;
    Ok(Ok(id))
}

/// A period of the same somebody in the same team that has an instant in common with this one.
async fn overlapping(
    transaction: &mut Write,
    team: TeamId,
    whom: Whom,
    period: Period,
    but: Option<PersonId>,
) -> Result<Option<Period>, PeopleError> {
    let (table, column) = whom.place();
    let statement =
        format!("SELECT period, since, until FROM {table} WHERE team = $1 AND {column} = $2 ORDER BY since");
    let rows: Vec<(Vec<u8>, i64, Option<i64>)> = sqlx::query_as(sqlx::AssertSqlSafe(statement))
        .bind(team.0.to_vec())
        .bind(whom.bytes().to_vec())
        .fetch_all(&mut ***transaction)
        .await?;
    let others = rows.into_iter().filter(|(id, ..)| but.is_none_or(|but| *id != but.0));
    Ok(others.map(|(_, since, until)| Period { since, until }).find(|other| other.overlaps(period)))
}

/// Says when a place in a team ends, or with none that it goes on.
///
/// # Errors
/// When the database refuses.
pub async fn end(store: &Store, team: TeamId, id: PersonId, until: Option<i64>, by: &By) -> Changed<()> {
    store.again(|| ended(store, team, id, until, by)).await
}

async fn ended(store: &Store, team: TeamId, id: PersonId, until: Option<i64>, by: &By) -> Changed<()> {
    let Some(place) = held(store, team).await?.into_iter().find(|place| place.id == id) else {
        return Ok(Err(Refused::NoPeriod));
    };
    let period = Period { until, ..place.period };
    if until.is_some_and(|until| until <= period.since) {
        return Ok(Err(Refused::Backwards));
    }
    let mut transaction = store.begin().await?;
    if !place.whom.lock(&mut transaction).await? {
        return Ok(Err(Refused::Nobody));
    }
    if let Err(refused) = lock_open(&mut transaction, team).await? {
        return Ok(Err(refused));
    }
    if let Some(other) = overlapping(&mut transaction, team, place.whom, period, Some(id)).await? {
        return Ok(Err(Refused::Overlaps(other)));
    }
    let (table, _) = place.whom.place();
    let statement = format!("UPDATE {table} SET until = $2 WHERE period = $1 AND since = $3");
    let ended = sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(id.0.to_vec())
        .bind(until)
        .bind(period.since)
        .execute(&mut **transaction)
        .await?;
    if ended.rows_affected() == 0 {
        return Ok(Err(Refused::NoPeriod));
    }
    place.whom.note(&mut transaction, by, team).await?;
    Ok(Ok(transaction.commit().await?))
}

/// Takes back a place in a team that was a mistake, as if it had never been.
///
/// # Errors
/// When the database refuses.
pub async fn take_back(store: &Store, team: TeamId, id: PersonId, by: &By) -> Changed<()> {
    store.again(|| taken_back(store, team, id, by)).await
}

async fn taken_back(store: &Store, team: TeamId, id: PersonId, by: &By) -> Changed<()> {
    let Some(place) = held(store, team).await?.into_iter().find(|place| place.id == id) else {
        return Ok(Err(Refused::NoPeriod));
    };
    let mut transaction = store.begin().await?;
    if let Err(refused) = lock_open(&mut transaction, team).await? {
        return Ok(Err(refused));
    }
    let mut taken = 0;
    for statement in [
        "DELETE FROM team_members WHERE period = $1 AND team = $2",
        "DELETE FROM team_managers WHERE period = $1 AND team = $2",
    ] {
        let done = sqlx::query(statement).bind(id.0.to_vec()).bind(team.0.to_vec()).execute(&mut **transaction).await?;
        taken += done.rows_affected();
    }
    if taken == 0 {
        return Ok(Err(Refused::NoPeriod));
    }
    place.whom.note(&mut transaction, by, team).await?;
    Ok(Ok(transaction.commit().await?))
}

/// All places in a team: those of members, then those of managers, each in the order in which they began.
///
/// # Errors
/// When the database refuses.
pub async fn held(store: &Store, team: TeamId) -> Result<Vec<Held>, PeopleError> {
    type Columns = (Vec<u8>, Vec<u8>, i64, Option<i64>);
    let mut all = Vec::new();
    for (statement, is_member) in [
        ("SELECT period, person, since, until FROM team_members WHERE team = $1 ORDER BY since, period", true),
        ("SELECT period, login, since, until FROM team_managers WHERE team = $1 ORDER BY since, period", false),
    ] {
        let rows: Vec<Columns> = sqlx::query_as(statement).bind(team.0.to_vec()).fetch_all(store.pool()).await?;
        for (id, whom, since, until) in rows {
            let whom = bytes16(&whom)?;
            let whom = if is_member { Whom::Member(PersonId(whom)) } else { Whom::Manager(LoginId(whom)) };
            all.push(Held { id: PersonId(bytes16(&id)?), whom, period: Period { since, until } });
        }
    }
    Ok(all)
}

/// Takes a person out of every team, as where they are erased.
///
/// # Errors
/// When the database refuses.
pub async fn forget_person(transaction: &mut Write, person: PersonId) -> Result<(), PeopleError> {
    sqlx::query("DELETE FROM team_members WHERE person = $1")
        .bind(person.0.to_vec())
        .execute(&mut ***transaction)
        .await?;
    Ok(())
}

/// Takes a login out of every team that it leads or led, as where it is removed.
///
/// # Errors
/// When the database refuses.
pub async fn forget_login(transaction: &mut Write, login: LoginId) -> Result<(), PeopleError> {
    sqlx::query("DELETE FROM team_managers WHERE login = $1")
        .bind(login.0.to_vec())
        .execute(&mut ***transaction)
        .await?;
    Ok(())
}
