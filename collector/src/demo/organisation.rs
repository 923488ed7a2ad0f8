//! An organisation of made-up people: two teams, and an account for each role, to sign in as whom one likes.

use attune_ground::http::Problem;
use attune_people::access::By;
use attune_people::accounts;
use attune_people::rights::Role;
use attune_people::sign_in::{Ready, create_ready};
use attune_people::teams::{self, Period, TeamId, Whom};

use super::screen::Screen;
use super::{DemoError, USER, days};
use crate::Running;

/// Who signs in, and as what.
const ACCOUNTS: [(&str, &[Role]); 5] = [
    (USER, &[Role::Employee]),
    ("mira", &[Role::Employee, Role::Manager]),
    ("hanna", &[Role::Hr]),
    ("pavel", &[Role::PrivacyOfficer]),
    ("ada", &[Role::Admin]),
];

/// Teams, and who is in them beside those with an account.
const TEAMS: [(&str, &[&str]); 2] = [
    ("Harbour", &["bela", "chiara", "doga", "emil", "farida"]),
    ("Workshop", &["goran", "hedda", "ines", "jonas", "kofi", "lena"]),
];

/// Codes of the second factor that are shown: more than one try for who reads them from the screen.
const SHOWN: usize = 2;

/// Makes it, and shows where to sign in as whom.
pub(super) async fn found(screen: &Screen, running: &Running, seed: u64) -> Result<(), DemoError> {
    let mut made = Vec::with_capacity(ACCOUNTS.len());
    for (name, roles) in ACCOUNTS {
        let (store, keys, own) = running.ground();
        made.push((name, roles, create_ready(store, keys, own, name, roles).await.map_err(refused)?));
    }
    for (place, (name, members)) in TEAMS.into_iter().enumerate() {
        let team = teams::make(running.ground().0, name, &By::COMMAND).await??;
        for member in members {
            join(running, team, member).await?;
        }
        if place == 0 {
            join(running, team, USER).await?;
            for (_, _, ready) in made.iter().filter(|(_, roles, _)| roles.contains(&Role::Manager)) {
                teams::add(running.ground().0, team, Whom::Manager(ready.login), from_now_on(), &By::COMMAND).await??;
            }
        }
    }
    let begun = std::time::Instant::now();
    let mut records = 0;
    for (name, _, _) in made.iter().filter(|(_, roles, _)| roles.contains(&Role::Employee)) {
        records += days::make(running, name, days::OWN_DAYS, seed).await?;
    }
    for name in TEAMS.iter().flat_map(|(_, members)| *members) {
        records += days::make(running, name, days::OTHERS_DAYS, seed).await?;
    }
    let took = begun.elapsed().as_secs_f64();
    show(screen, running, &made);
    screen.line(&format!(
        "  days:  {} of {USER} and mira, {} of the others, up to yesterday:",
        days::OWN_DAYS,
        days::OTHERS_DAYS
    ));
    screen.line(&format!("         {records} records, made up from seed {seed} and taken in within {took:.1} s"));
    screen.line("");
    Ok(())
}

fn refused(problem: Problem) -> DemoError {
    DemoError::Organisation(problem.detail)
}

fn from_now_on() -> Period {
    Period { since: jiff::Timestamp::now().as_millisecond(), until: None }
}

async fn join(running: &Running, team: TeamId, name: &str) -> Result<(), DemoError> {
    let (store, keys, _) = running.ground();
    let mut transaction = store.begin().await?;
    let person = accounts::person_of(&mut transaction, keys, name).await?;
    teams::add_in(&mut transaction, team, Whom::Member(person), from_now_on(), &By::COMMAND).await??;
    transaction.commit().await?;
    Ok(())
}

fn show(screen: &Screen, running: &Running, made: &[(&str, &[Role], Ready)]) {
    screen.line(&format!("An organisation of made-up people: sign in at http://{}/sign-in", running.api));
    screen.line(&format!("  {:16} {:6} {:20} {}", "as", "name", "password", "code, if asked; each works once"));
    for (name, roles, Ready { password, recovery_codes, .. }) in made {
        let role = roles.last().map_or("", |role| role.words());
        let codes = recovery_codes[..recovery_codes.len().min(SHOWN)].join("  ");
        screen.line(format!("  {role:16} {name:6} {password:20} {codes}").trim_end());
    }
    let [(first, others), (second, members)] = TEAMS;
    let (user, others, members) = (USER, others.len(), members.len());
    screen.line(&format!(
        "  teams: {first}, which mira leads, with {user} and {others} others; {second}, with {members}"
    ));
}
