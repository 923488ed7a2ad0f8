//! Does what a table says, row by row, in one transaction.

use attune_ground::http::Problem;
use attune_ground::store::{Write, bytes16};
use attune_protocol::ids::PersonId;
use data_encoding::HEXLOWER;
use serde::Serialize;
use utoipa::ToSchema;

use super::rows::{self, Row, Wrong};
use crate::access::{self, Act, By, Of};
use crate::accounts::{person_of, user_id, user_over, whose};
use crate::admin::accounts::taken;
use crate::admin::day;
use crate::rights::Role;
use crate::sign_in::{self, LoginId, NewLogin, Taken, name_tag};
use crate::teams::{self, Period, Refused, Whom};
use crate::{People, PeopleError};

/// Errors that are told of one table.
const MOST_ERRORS: usize = 100;

/// What a table makes, or has made.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[schema(as = ImportView)]
pub(in crate::admin) struct Outcome {
    /// By what this very file is confirmed.
    pub(in crate::admin) hash: String,
    /// Whether it was done, and not only tried.
    pub(in crate::admin) done: bool,
    /// Rows of the file.
    pub(in crate::admin) rows: u64,
    /// Accounts that are new. Each needs a one-time link, which is made when it is handed over.
    pub(in crate::admin) accounts: u64,
    /// People that are new.
    pub(in crate::admin) people: u64,
    /// Teams that are new.
    pub(in crate::admin) teams: u64,
    /// Places in teams that are new.
    pub(in crate::admin) memberships: u64,
    /// Rows of which all was there already.
    pub(in crate::admin) unchanged: u64,
    /// What is wrong; then nothing is done. The first hundred.
    pub(in crate::admin) errors: Vec<Wrong>,
    /// Errors besides those.
    pub(in crate::admin) more_errors: u64,
}

/// Why a row is not taken in: its column, and what is wrong.
struct Bad(&'static str, String);

/// Does what a table says, or tries it: then all of it is taken back. Also where one row is wrong nothing is done.
///
/// # Errors
/// 400 and 413 for what is no table, 409 where `confirmed` is not the hash of this very file.
pub(in crate::admin) async fn run(
    people: &People,
    bytes: &[u8],
    confirmed: Option<&str>,
    by: &By,
) -> Result<Outcome, Problem> {
    let hash = HEXLOWER.encode(&people.own.tag("import of people", bytes));
    if confirmed.is_some_and(|confirmed| confirmed != hash) {
        return Err(Problem::conflict("confirm", "this is another file than the one that was tried: try it first"));
    }
    let (rows, errors) = rows::read(bytes)?;
    let outcome = Outcome { hash, rows: (rows.len() + errors.len()) as u64, errors, ..Outcome::default() };
    // Another table may name the same people in another order.
    people.store.again(|| all((people, by), &rows, outcome.clone(), confirmed.is_some())).await
}

/// Takes all rows in, in one transaction.
async fn all(
    (people, by): (&People, &By),
    rows: &[Row],
    mut outcome: Outcome,
    is_confirmed: bool,
) -> Result<Outcome, Problem> {
    let mut transaction = people.store.begin().await?;
    for row in rows {
        let before = (outcome.accounts, outcome.people, outcome.teams, outcome.memberships);
        match take((people, by), &mut transaction, row, &mut outcome).await? {
            Ok(()) if before == (outcome.accounts, outcome.people, outcome.teams, outcome.memberships) => {
                outcome.unchanged += 1;
            }
            Ok(()) => {}
            Err(Bad(column, problem)) => outcome.errors.push(Wrong { row: row.line, column: column.into(), problem }),
        }
    }
    if is_confirmed && outcome.errors.is_empty() {
        access::note(&mut transaction, by, Act::Import.name(), Of::Nobody, outcome.hash.as_bytes()).await?;
        transaction.commit().await?;
        outcome.done = true;
    }
    outcome.errors.sort_by_key(|error| error.row);
    outcome.more_errors = outcome.errors.len().saturating_sub(MOST_ERRORS) as u64;
    outcome.errors.truncate(MOST_ERRORS);
    Ok(outcome)
}

async fn take(
    (people, by): (&People, &By),
    transaction: &mut Write,
    row: &Row,
    outcome: &mut Outcome,
) -> Result<Result<(), Bad>, Problem> {
    let person = match who((people, by), transaction, row, outcome).await? {
        Ok(person) => person,
        Err(bad) => return Ok(Err(bad)),
    };
    if row.get("team").is_empty() {
        let dated = ["since", "until"].into_iter().find(|column| !row.get(column).is_empty());
        return Ok(dated.map_or(Ok(()), |column| Err(Bad(column, "this is of a team, and none is named".into()))));
    }
    let Some(person) = person else {
        return Ok(Err(Bad(
            "team",
            "this account is of nobody who is sensed: who leads a team is named on its page".into(),
        )));
    };
    let period = match day::period(row.get("since"), Some(row.get("until")).filter(|until| !until.trim().is_empty())) {
        Ok(period) => period,
        Err(problem) => return Ok(Err(bad(&problem))),
    };
    Ok(place((transaction, by), row.get("team"), (person, period), outcome).await?)
}

/// The column that a problem is about.
fn bad(problem: &Problem) -> Bad {
    let column = match problem.field.as_deref() {
        Some("username") => "account",
        Some("email") => "email",
        Some("user_id") => "user_id",
        Some("since") => "since",
        Some("until") => "until",
        _ => "",
    };
    Bad(column, problem.detail.clone())
}

/// The person of a row, made with its account where there is none yet.
async fn who(
    (people, by): (&People, &By),
    transaction: &mut Write,
    row: &Row,
    outcome: &mut Outcome,
) -> Result<Result<Option<PersonId>, Bad>, Problem> {
    let user = match row.get("user_id") {
        "" => None,
        user => match user_id(user) {
            Ok(user) => Some(user),
            Err(problem) => return Ok(Err(bad(&problem))),
        },
    };
    if !row.get("account").is_empty() {
        return account((people, by), transaction, row, user, outcome).await;
    }
    if let Some(column) = ["email", "roles"].into_iter().find(|column| !row.get(column).is_empty()) {
        return Ok(Err(Bad(column, "this is of an account, and none is named".into())));
    }
    let Some(user) = user else {
        return Ok(Err(Bad("user_id", "nobody is named, neither here nor as account".into())));
    };
    match person(people, transaction, &user).await? {
        Ok(None) => {}
        known => return Ok(known),
    }
    outcome.people += 1;
    let made = person_of(transaction, &people.keys, &user).await?;
    access::note(transaction, by, Act::Import.name(), Of::Person(made), &[]).await?;
    Ok(Ok(Some(made)))
}

async fn account(
    (people, by): (&People, &By),
    transaction: &mut Write,
    row: &Row,
    user: Option<String>,
    outcome: &mut Outcome,
) -> Result<Result<Option<PersonId>, Bad>, Problem> {
    let roles = match roles(row.get("roles")) {
        Ok(roles) => roles,
        Err(bad) => return Ok(Err(bad)),
    };
    let name = row.get("account");
    if let Some((id, of)) = login(people, transaction, name).await? {
        if !roles.is_empty() && roles_of(transaction, id).await? != roles {
            return Ok(Err(Bad("roles", "this account is there with other roles: change them on its page".into())));
        }
        let mail = row.get("email");
        if !mail.is_empty() && !sign_in::has_mail(transaction, &people.own, id, mail).await? {
            let why = "this account is there with another address of mail: change it on its page";
            return Ok(Err(Bad("email", why.into())));
        }
        let own = match &user {
            Some(user) => match person(people, transaction, user).await? {
                Ok(own) => own,
                Err(bad) => return Ok(Err(bad)),
            },
            None => of,
        };
        return Ok(match own == of && (of.is_some() || user.is_none()) {
            true => Ok(of),
            false => Err(Bad("user_id", "this account is there, and of another person or of none".into())),
        });
    }
    if roles.is_empty() {
        return Ok(Err(Bad("roles", "there is no account of this name, and a new one needs a role".into())));
    }
    let is_employee = roles.contains(&Role::Employee);
    if user.is_some() && !is_employee {
        return Ok(Err(Bad("roles", "an account with a user_id has the role employee, too".into())));
    }
    let sensed = user.clone().unwrap_or_else(|| name.to_owned());
    let known = match person(people, transaction, &sensed).await? {
        Ok(known) => known.filter(|_| is_employee),
        Err(bad) => return Ok(Err(bad)),
    };
    // Whoever is there is that person, however the table writes them.
    let user = match known {
        Some(known) => user_over(transaction, &people.keys, known, people.store.damages()).await?,
        None => user,
    };
    let is_new = is_employee && known.is_none();
    let mail = Some(row.get("email")).filter(|mail| !mail.is_empty());
    let new = NewLogin { name, user_id: user.as_deref(), mail, roles: &roles, password: None, may_exist: true };
    let id = match sign_in::create(transaction, &people.keys, &people.own, new).await {
        Ok(Ok(id)) => id,
        Ok(Err(Taken)) => return Ok(Err(bad(&taken()))),
        Err(problem) if problem.status == 400 => return Ok(Err(bad(&problem))),
        Err(problem) => return Err(problem),
    };
    sign_in::note_login(transaction, by, Act::MakeAccount, id).await?;
    outcome.accounts += 1;
    outcome.people += u64::from(is_new);
    let row: (Option<Vec<u8>>,) = sqlx::query_as("SELECT person FROM logins WHERE login = $1")
        .bind(id.0.to_vec())
        .fetch_one(&mut ***transaction)
        .await
        .map_err(PeopleError::from)?;
    Ok(Ok(row.0.map(|person| bytes16(&person).map(PersonId)).transpose()?))
}

/// Roles as a table has them: their names, one behind the other.
fn roles(text: &str) -> Result<Vec<Role>, Bad> {
    let names = text.split(|sign: char| sign.is_whitespace() || ",;+|/".contains(sign)).filter(|name| !name.is_empty());
    let read = names.map(|name| name.to_lowercase().parse::<Role>().map_err(|error| Bad("roles", error.to_string())));
    let mut roles: Vec<Role> = read.collect::<Result<_, _>>()?;
    roles.sort_unstable();
    roles.dedup();
    Ok(roles)
}

/// Whose a user id is, in letters of any case where nobody has it as it is written: two rows, or a row and somebody who is there, that
/// differ in capital letters only are one person's.
async fn person(
    people: &People,
    transaction: &mut Write,
    user: &str,
) -> Result<Result<Option<PersonId>, Bad>, PeopleError> {
    match whose(transaction, &people.keys, user).await {
        Ok(person) => Ok(Ok(person)),
        Err(PeopleError::Alike) => Ok(Err(Bad(
            "user_id",
            "there are several whose user ids differ from this one in capital letters only: write it as one of them is written".into(),
        ))),
        Err(error) => Err(error),
    }
}

/// The login of a name, and its person.
async fn login(
    people: &People,
    transaction: &mut Write,
    name: &str,
) -> Result<Option<(LoginId, Option<PersonId>)>, PeopleError> {
    // A name that is none is refused where the account is made.
    let name = user_id(name).unwrap_or_default();
    let row: Option<(Vec<u8>, Option<Vec<u8>>)> =
        sqlx::query_as("SELECT login, person FROM logins WHERE name_tag = $1")
            .bind(name_tag(&people.own, &name))
            .fetch_optional(&mut ***transaction)
            .await?;
    let Some((login, person)) = row else { return Ok(None) };
    Ok(Some((LoginId(bytes16(&login)?), person.map(|person| bytes16(&person).map(PersonId)).transpose()?)))
}

async fn roles_of(transaction: &mut Write, login: LoginId) -> Result<Vec<Role>, PeopleError> {
    let rows: Vec<(String,)> = sqlx::query_as("SELECT role FROM login_roles WHERE login = $1")
        .bind(login.0.to_vec())
        .fetch_all(&mut ***transaction)
        .await?;
    let mut roles: Vec<Role> = rows.into_iter().filter_map(|(role,)| role.parse().ok()).collect();
    roles.sort_unstable();
    Ok(roles)
}

/// Puts somebody into the team of a name, which is made where there is none.
async fn place(
    (transaction, by): (&mut Write, &By),
    team: &str,
    (person, period): (PersonId, Period),
    outcome: &mut Outcome,
) -> Result<Result<(), Bad>, PeopleError> {
    let id = match teams::find_open(transaction, team).await? {
        Some(id) => id,
        None => match teams::make_in(transaction, team, by).await? {
            Ok(id) => {
                outcome.teams += 1;
                id
            }
            Err(refused) => return Ok(Err(Bad("team", Problem::from(refused).detail))),
        },
    };
    Ok(match teams::add_in(transaction, id, Whom::Member(person), period, by).await? {
        Ok(_) => {
            outcome.memberships += 1;
            Ok(())
        }
        Err(Refused::Overlaps(there)) if there == period => Ok(()),
        Err(refused) => Err(Bad("since", Problem::from(refused).detail)),
    })
}
