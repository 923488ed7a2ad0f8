//! Makes a report: gathered, set on a thread of its own, kept sealed, and noted in the log of access with its hash.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use attune_ground::http::Problem;
use attune_people::access::{self, Act, By, Of};
use attune_people::teams::{self, Team, TeamId};
use attune_people::{PeopleError, accounts};
use attune_protocol::ids::PersonId;
use attune_reports::{Body, Report, pdf};
use jiff::civil::Date;
use sha2::{Digest as _, Sha256};
use tokio::sync::OwnedSemaphorePermit;

use crate::error::ReportingError;
use crate::gather::{self, Dated};
use crate::kept::{self, About, File, Listed, ReportId, Rules};
use crate::state::Reporting;

/// How long whoever has one made waits for those that are made before.
const WAITS: Duration = Duration::from_secs(10);

/// Makes the report of whoever has a user id.
///
/// # Errors
/// 403 where a rule forbids it, which is named; 404 where there is nobody of that name.
pub(crate) async fn of_person(
    state: &Reporting,
    user: &str,
    day: Option<Date>,
    by: Option<&By>,
) -> Result<File, Problem> {
    check(state)?;
    let unknown = || Problem::not_found("there is nobody of that name in the tables");
    let accounts = accounts::people_of(state.store(), state.people().keys(), user).await?;
    let person = *accounts.first().ok_or_else(unknown)?;
    let dated = dated(state, day).await?;
    let name = accounts::user_of(state.store(), state.people().keys(), person).await?;
    let name = name.unwrap_or_else(|| user.to_owned());
    let turn = turn(state).await?;
    let report = gather::individual(state, (&name, &accounts), &dated).await?;
    let released = match &report.body {
        Body::Individual(body) => body.talked.clone(),
        Body::Daily(_) | Body::Team(_) => Vec::new(),
    };
    let rules = Rules::in_force(state, &released);
    let file = set(state, turn, (About::Person(person), dated.number(), rules), report).await?;
    keep(state, &file, by).await?.then_some(file).ok_or_else(Problem::erased)
}

/// Makes the report of a day: of yesterday, where none is said.
///
/// # Errors
/// 403 where a rule forbids it, which is named.
pub(crate) async fn of_day(state: &Reporting, day: Option<Date>, by: Option<&By>) -> Result<File, Problem> {
    check(state)?;
    let dated = dated(state, day).await?;
    Ok(daily(state, &dated, by).await?)
}

/// The same, of whoever has looked at the rules.
///
/// # Errors
/// When the database refuses, or it can't be made.
pub(crate) async fn daily(state: &Reporting, dated: &Dated, by: Option<&By>) -> Result<File, ReportingError> {
    let turn = turn(state).await?;
    let report = gather::daily(state, dated).await?;
    let rules = Rules::in_force(state, &[]);
    let file = set(state, turn, (About::Day, dated.number(), rules), report).await?;
    keep(state, &file, by).await?;
    Ok(file)
}

/// Makes the report of a team.
///
/// # Errors
/// When the database refuses, or it can't be made.
pub(crate) async fn of_team(
    state: &Reporting,
    team: &Team,
    day: Option<Date>,
    by: Option<&By>,
) -> Result<File, Problem> {
    let dated = dated(state, day).await?;
    let turn = turn(state).await?;
    let report = gather::team(state, team, &dated).await?;
    let rules = Rules::in_force(state, &[]);
    let file = set(state, turn, (About::Team(team.id.0), dated.number(), rules), report).await?;
    keep(state, &file, by).await?;
    Ok(file)
}

/// Takes one that was made before, for who may have it; noted with its hash. What it tells was decided by the rules under which it was made:
/// under others it is made anew.
///
/// # Errors
/// 404 where there is none, 403 where other rules are in force by now.
pub(crate) async fn take(state: &Reporting, id: &ReportId, by: Option<&By>) -> Result<File, Problem> {
    let none = || Problem::not_found("there is no such report; GET /api/v1/reports lists them");
    let file = kept::find(state, id).await?.ok_or_else(none)?;
    if file.rules != Rules::in_force(state, &released(state, file.about).await?) {
        let why = "it was made under other rules than those in force, or of other releases; have it made anew";
        return Err(Problem::forbidden(why));
    }
    if let Some(by) = by {
        let mut transaction = state.store().begin().await?;
        access::note(&mut transaction, by, Act::TakeReport.name(), of(file.about), &file.sha256).await?;
        transaction.commit().await?;
    }
    Ok(file)
}

/// What whoever a report is about has released by now.
async fn released(state: &Reporting, about: About) -> Result<Vec<String>, ReportingError> {
    let About::Person(person) = about else { return Ok(Vec::new()) };
    let (store, keys) = (state.store(), state.people().keys());
    let accounts = match accounts::user_of(store, keys, person).await? {
        Some(user) => accounts::people_of(store, keys, &user).await?,
        None => vec![person],
    };
    gather::released(state, &accounts).await
}

/// A team by its id, or by its name.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn team_called(state: &Reporting, called: &str) -> Result<Option<Team>, PeopleError> {
    if let Ok(id) = called.parse::<TeamId>()
        && let Some(team) = teams::find(state.store(), id).await?
    {
        return Ok(Some(team));
    }
    let all = teams::list(state.store(), attune_ground::time::now_millis()).await?;
    Ok(all.into_iter().map(|listed| listed.team).find(|team| team.name == called))
}

fn check(state: &Reporting) -> Result<(), Problem> {
    state.hr().tables_barred().map_or(Ok(()), |why| Err(Problem::forbidden(why)))
}

async fn dated(state: &Reporting, day: Option<Date>) -> Result<Dated, ReportingError> {
    let today = gather::today(state).await?;
    match day {
        Some(day) if day > today => Err(ReportingError::Day),
        Some(day) => Dated::of(state, day).await,
        None => Dated::of(state, today.yesterday().map_err(|_| ReportingError::Day)?).await,
    }
}

/// The turn of who has one made: what several say is never gathered at a time.
async fn turn(state: &Reporting) -> Result<OwnedSemaphorePermit, ReportingError> {
    let turn = tokio::time::timeout(WAITS, Arc::clone(state.making()).acquire_owned()).await;
    turn.ok().and_then(Result::ok).ok_or(ReportingError::Crowded)
}

/// On a thread that may be blocked, which keeps the turn also where nobody waits for it any more.
async fn set(
    state: &Reporting,
    turn: OwnedSemaphorePermit,
    (about, day, rules): (About, i64, Rules),
    report: Report,
) -> Result<File, ReportingError> {
    let logo = state.settings().logo.clone();
    let work = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        pdf(&report, logo.as_ref())
    });
    let bytes = work.await.map_err(|_| ReportingError::Panicked)??;
    Ok(File { id: PersonId::random().0, about, day, sha256: Sha256::digest(&bytes).into(), rules, bytes })
}

/// Keeps it, and notes that it was made, in one transaction; gives whether there still is whom it is about.
async fn keep(state: &Reporting, file: &File, by: Option<&By>) -> Result<bool, ReportingError> {
    state.store().again(|| keep_once(state, file, by)).await
}

async fn keep_once(state: &Reporting, file: &File, by: Option<&By>) -> Result<bool, ReportingError> {
    let of_person = match file.about {
        About::Person(person) => Some(state.people().keys().of(person).await?),
        About::Day | About::Team(_) => None,
    };
    // By the database's clock: those of collectors may be wrong, and reports would stay for longer than they may.
    let now = state.store().database_time().await?;
    let mut transaction = state.store().begin().await?;
    if !kept::put(&mut transaction, of_person.as_deref().unwrap_or(state.own()), file, now).await? {
        return Ok(false);
    }
    if let Some(by) = by {
        access::note(&mut transaction, by, Act::MakeReport.name(), of(file.about), &file.sha256).await?;
    }
    transaction.commit().await?;
    Ok(true)
}

/// Of whom one is, in the log of access.
const fn of(about: About) -> Of {
    match about {
        About::Person(person) => Of::Person(person),
        About::Day => Of::Everybody,
        About::Team(_) => Of::Nobody,
    }
}

/// Reports with what each is about is called; none where it is of nobody, or not known any more.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn named(
    state: &Reporting,
    all: Vec<Listed>,
) -> Result<Vec<(Listed, Option<String>)>, ReportingError> {
    let person = |listed: &Listed| match listed.about {
        About::Person(person) => Some(person),
        About::Day | About::Team(_) => None,
    };
    let people: BTreeSet<PersonId> = all.iter().filter_map(person).collect();
    let mut names = accounts::users_of(state.store(), state.people().keys(), &people).await?;
    for person in people {
        // Of who has become one with somebody else since, that one's name.
        if !names.contains_key(&person)
            && let Some(name) = accounts::user_of(state.store(), state.people().keys(), person).await?
        {
            names.insert(person, name);
        }
    }
    let mut named = Vec::with_capacity(all.len());
    for listed in all {
        let about = match listed.about {
            About::Person(person) => names.get(&person).cloned(),
            About::Team(team) => teams::find(state.store(), TeamId(team)).await?.map(|team| team.name),
            About::Day => None,
        };
        named.push((listed, about));
    }
    Ok(named)
}
