//! The rows of teams.

use attune_ground::store::{Store, Write, bytes16};
use attune_ground::time::now_millis;
use attune_protocol::ids::PersonId;
use unicode_normalization::UnicodeNormalization as _;

use super::{Changed, LONGEST_NAME, Refused, Team, TeamId};
use crate::PeopleError;
use crate::access::{self, Act, By, Of};
use crate::accounts::is_unseen;
use crate::sign_in::{LoginId, note_login};

const COLUMNS: &str = "team, name, made_at, closed_at";

type Columns = (Vec<u8>, String, i64, Option<i64>);

fn read((team, name, made_at, closed_at): Columns) -> Result<Team, PeopleError> {
    Ok(Team { id: TeamId::of(&team)?, name, made_at, closed_at })
}

/// A name as it is kept, and as it is found.
fn named(text: &str) -> Option<(String, String)> {
    let name: String = text.trim().nfc().take(LONGEST_NAME + 1).collect();
    let fits = !name.is_empty() && name.chars().count() <= LONGEST_NAME && !name.chars().any(is_unseen);
    let folded = name.to_lowercase();
    fits.then_some((name, folded))
}

/// Makes a team.
///
/// # Errors
/// When the database refuses.
pub async fn make(store: &Store, name: &str, by: &By) -> Changed<TeamId> {
    make_since(store, name, now_millis(), by).await
}

/// As [`make`], of a team that there has been since an instant, Unix milliseconds: the weeks behind it are weeks of this team.
///
/// # Errors
/// When the database refuses.
pub async fn make_since(store: &Store, name: &str, since: i64, by: &By) -> Changed<TeamId> {
    let mut transaction = store.begin().await?;
    let made = write(&mut transaction, name, since, by).await?;
    if made.is_ok() {
        transaction.commit().await?;
    }
    Ok(made)
}

/// As [`make`], with what else a transaction does.
///
/// # Errors
/// When the database refuses.
pub async fn make_in(transaction: &mut Write, name: &str, by: &By) -> Changed<TeamId> {
    write(transaction, name, now_millis(), by).await
}

async fn write(transaction: &mut Write, name: &str, since: i64, by: &By) -> Changed<TeamId> {
    let Some((name, folded)) = named(name) else { return Ok(Err(Refused::Name)) };
    let id = TeamId::random();
    let made =
        sqlx::query("INSERT INTO teams (team, name, folded, made_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING")
            .bind(id.0.to_vec())
            .bind(name)
            .bind(folded)
            .bind(since)
            .execute(&mut ***transaction)
            .await?;
    if made.rows_affected() == 0 {
        return Ok(Err(Refused::Taken));
    }
    access::note(transaction, by, Act::MakeTeam.name(), Of::Nobody, &id.0).await?;
    Ok(Ok(id))
}

/// Gives a team another name.
///
/// # Errors
/// When the database refuses.
pub async fn rename(store: &Store, id: TeamId, name: &str, by: &By) -> Changed<()> {
    let Some((name, folded)) = named(name) else { return Ok(Err(Refused::Name)) };
    let mut transaction = store.begin().await?;
    if let Err(refused) = lock_open(&mut transaction, id).await? {
        return Ok(Err(refused));
    }
    let renamed = sqlx::query("UPDATE teams SET name = $2, folded = $3 WHERE team = $1")
        .bind(id.0.to_vec())
        .bind(name)
        .bind(folded)
        .execute(&mut **transaction)
        .await;
    match renamed {
        Ok(_) => {
            access::note(&mut transaction, by, Act::RenameTeam.name(), Of::Nobody, &id.0).await?;
            Ok(Ok(transaction.commit().await?))
        }
        Err(error) if error.as_database_error().is_some_and(|error| error.is_unique_violation()) => {
            Ok(Err(Refused::Taken))
        }
        Err(error) => Err(error.into()),
    }
}

/// Closes a team: from now on nobody is in it, and nobody leads it. What was before stays as it was.
///
/// # Errors
/// When the database refuses.
pub async fn close(store: &Store, id: TeamId, by: &By) -> Changed<()> {
    store.again(|| closed(store, id, by)).await
}

async fn closed(store: &Store, id: TeamId, by: &By) -> Changed<()> {
    let mut transaction = store.begin().await?;
    if let Err(refused) = lock_open(&mut transaction, id).await? {
        return Ok(Err(refused));
    }
    let now = now_millis();
    access::note(&mut transaction, by, Act::CloseTeam.name(), Of::Nobody, &id.0).await?;
    for (statement, is_member) in [
        ("SELECT DISTINCT person FROM team_members WHERE team = $1 AND (until IS NULL OR until > $2)", true),
        ("SELECT DISTINCT login FROM team_managers WHERE team = $1 AND (until IS NULL OR until > $2)", false),
    ] {
        let whose: Vec<(Vec<u8>,)> =
            sqlx::query_as(statement).bind(id.0.to_vec()).bind(now).fetch_all(&mut **transaction).await?;
        for (whose,) in whose {
            let whose = bytes16(&whose)?;
            match is_member {
                true => {
                    let of = Of::Person(PersonId(whose));
                    access::note(&mut transaction, by, Act::CloseTeam.name(), of, &id.0).await?;
                }
                false => note_login(&mut transaction, by, Act::CloseTeam, LoginId(whose)).await?,
            }
        }
    }
    for statement in [
        "DELETE FROM team_members WHERE team = $1 AND since >= $2",
        "DELETE FROM team_managers WHERE team = $1 AND since >= $2",
        "UPDATE team_members SET until = $2 WHERE team = $1 AND (until IS NULL OR until > $2)",
        "UPDATE team_managers SET until = $2 WHERE team = $1 AND (until IS NULL OR until > $2)",
        "UPDATE teams SET closed_at = $2 WHERE team = $1",
    ] {
        sqlx::query(statement).bind(id.0.to_vec()).bind(now).execute(&mut **transaction).await?;
    }
    Ok(Ok(transaction.commit().await?))
}

/// Takes the lock of a team that is not closed.
pub(super) async fn lock_open(transaction: &mut Write, id: TeamId) -> Changed<()> {
    let locked = sqlx::query("UPDATE teams SET updates = updates + 1 WHERE team = $1")
        .bind(id.0.to_vec())
        .execute(&mut ***transaction)
        .await?;
    if locked.rows_affected() == 0 {
        return Ok(Err(Refused::NoTeam));
    }
    let (closed,): (Option<i64>,) = sqlx::query_as("SELECT closed_at FROM teams WHERE team = $1")
        .bind(id.0.to_vec())
        .fetch_one(&mut ***transaction)
        .await?;
    Ok(if closed.is_some() { Err(Refused::Closed) } else { Ok(()) })
}

/// A team.
///
/// # Errors
/// When the database refuses.
pub async fn find(store: &Store, id: TeamId) -> Result<Option<Team>, PeopleError> {
    let statement = format!("SELECT {COLUMNS} FROM teams WHERE team = $1");
    let row: Option<Columns> =
        sqlx::query_as(sqlx::AssertSqlSafe(statement)).bind(id.0.to_vec()).fetch_optional(store.pool()).await?;
    row.map(read).transpose()
}

/// The team of a name that is not closed.
///
/// # Errors
/// When the database refuses.
pub async fn find_open(transaction: &mut Write, name: &str) -> Result<Option<TeamId>, PeopleError> {
    let Some((_, folded)) = named(name) else { return Ok(None) };
    let row: Option<(Vec<u8>,)> = sqlx::query_as("SELECT team FROM teams WHERE folded = $1 AND closed_at IS NULL")
        .bind(folded)
        .fetch_optional(&mut ***transaction)
        .await?;
    row.map(|(team,)| TeamId::of(&team)).transpose()
}

/// A team of the list, with how many are in it and lead it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// The team.
    pub team: Team,
    /// How many are in it at that instant.
    pub members: u64,
    /// How many lead it at that instant.
    pub managers: u64,
}

/// All teams by their names, those that are closed behind the others, as they are at an instant, Unix milliseconds.
///
/// # Errors
/// When the database refuses.
pub async fn list(store: &Store, instant: i64) -> Result<Vec<Listed>, PeopleError> {
    let within = "since <= $1 AND (until IS NULL OR until > $1)";
    let statement = format!(
        "SELECT {COLUMNS}, \
         (SELECT COUNT(*) FROM team_members WHERE team_members.team = teams.team AND {within}), \
         (SELECT COUNT(*) FROM team_managers WHERE team_managers.team = teams.team AND {within}) \
         FROM teams ORDER BY CASE WHEN closed_at IS NULL THEN 0 ELSE 1 END, folded, team"
    );
    type Columns = (Vec<u8>, String, i64, Option<i64>, i64, i64);
    let rows: Vec<Columns> =
        sqlx::query_as(sqlx::AssertSqlSafe(statement)).bind(instant).fetch_all(store.pool()).await?;
    let listed = |(team, name, made_at, closed_at, members, managers): (_, _, _, _, i64, i64)| {
        let team = read((team, name, made_at, closed_at))?;
        Ok(Listed { team, members: members.unsigned_abs(), managers: managers.unsigned_abs() })
    };
    rows.into_iter().map(listed).collect()
}
