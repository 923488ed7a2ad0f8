//! An organisation of made-up people: two teams with two months behind them, and an account for each role, to sign in as whom one likes.

use attune_ground::http::Problem;
use attune_ground::progress::Progress;
use attune_people::access::By;
use attune_people::rights::Role;
use attune_people::sign_in::{self, Ready, create_ready};
use attune_people::teams::{self, Period, Whom};
use attune_protocol::policy::Profile;
use jiff::tz::TimeZone;

use super::screen::Screen;
use super::{DemoError, USER, days};
use crate::Running;
use crate::simulate::{Filler, Plan, World, context, settle, yesterday};

/// Who signs in, and as what.
const ACCOUNTS: [(&str, &[Role]); 5] = [
    (USER, &[Role::Employee]),
    ("mira", &[Role::Employee, Role::Manager]),
    ("hanna", &[Role::Hr]),
    ("pavel", &[Role::PrivacyOfficer]),
    ("ada", &[Role::Admin]),
];

/// Teams, and who is in them, those with an account first: as many as figures of a team are made of, and some more, as people are away
/// now and then.
const TEAMS: [(&str, &[&str]); 2] = [
    (
        "Harbour",
        &[
            USER, "mira", "bela", "chiara", "doga", "emil", "farida", "hugo", "ivana", "jules", "kemal", "lotte",
            "milo", "nadia",
        ],
    ),
    (
        "Workshop",
        &[
            "goran", "hedda", "ines", "jonas", "kofi", "lena", "oskar", "petra", "quirin", "rosa", "samir", "tilda",
            "ugo", "vera",
        ],
    ),
];
/// Days of everybody, a few windows each.
const DAYS: u32 = 60;
/// How often on a day something of somebody is seen, and how many windows each time: few, as everybody waits for them.
const SPELLS: u32 = 2;
const WINDOWS: u32 = 2;
/// Of whom more is seen: those with an account, who come first.
const CLOSELY: u32 = 2;

/// Codes of the second factor that are shown: more than one try for who reads them from the screen.
const SHOWN: usize = 2;

/// Makes it, and shows where to sign in as whom.
pub(super) async fn found(screen: &Screen, running: &Running, seed: u64) -> Result<(), DemoError> {
    if sign_in::is_required(running.ground().0).await? {
        screen.line("There are accounts on this state folder already: no organisation is made up beside them.");
        screen.line("");
        return Ok(());
    }
    let begun = std::time::Instant::now();
    let (people, teams) = (TEAMS.iter().map(|(_, members)| members.len() as u32).sum(), TEAMS.len() as u32);
    let until = yesterday();
    let (spells, windows, closely) = (SPELLS, WINDOWS, CLOSELY);
    let plan = Plan { people, teams, days: DAYS, seed, until, spells, windows, closely, mixed: false };
    let mut world = World::named(plan, &TEAMS);
    let own: Vec<&str> =
        ACCOUNTS.iter().filter(|(_, roles)| roles.contains(&Role::Employee)).map(|(name, _)| *name).collect();
    own.iter().for_each(|name| world.leave_out(name, days::OWN_DAYS));
    let context = context(running.ground_kept(), Profile::Research);
    let mut progress = Progress::silent();
    screen.now("making up an organisation".into());
    let mut filler = Filler::found(&context, &world, TimeZone::UTC, &mut progress).await?;
    let mut made = Vec::with_capacity(ACCOUNTS.len());
    for (name, roles) in ACCOUNTS {
        let (store, keys, own) = running.ground();
        made.push((name, roles, create_ready(store, keys, own, name, roles).await.map_err(refused)?));
    }
    let led = Period { since: world.begins(&TimeZone::UTC), until: None };
    for (_, _, ready) in made.iter().filter(|(_, roles, _)| roles.contains(&Role::Manager)) {
        for team in filler.teams.iter().take(1) {
            teams::add(running.ground().0, *team, Whom::Manager(ready.login), led, &By::COMMAND).await??;
        }
    }
    screen.now("making up their days".into());
    let mut records = filler.fill((plan.first(), until), &mut progress).await?.records as usize;
    for name in &own {
        let Some(outbox) = filler.outbox(name) else { continue };
        records += days::make(&context, (*name, outbox), seed).await?;
    }
    let took = begun.elapsed().as_secs_f64();
    // Who signs in finds every page with its figures.
    screen.now("rolling up their days".into());
    filler.fuse().await?;
    settle(running.wellbeing()).await?;
    show(screen, running, &made);
    screen.line(&format!("  days:  {DAYS} of everybody, the last {} of {USER} and mira closer:", days::OWN_DAYS));
    screen.line(&format!("         {records} records, made up from seed {seed} and taken in within {took:.1} s"));
    screen.line("");
    Ok(())
}

fn refused(problem: Problem) -> DemoError {
    DemoError::Organisation(problem.detail)
}

fn show(screen: &Screen, running: &Running, made: &[(&str, &[Role], Ready)]) {
    screen.line(&format!("An organisation of made-up people: sign in at http://{}/sign-in", running.api));
    screen.line(&format!("  {:16} {:6} {:20} {}", "as", "name", "password", "code, if asked; each works once"));
    for (name, roles, Ready { password, recovery_codes, .. }) in made {
        let role = roles.last().map_or("", |role| role.words());
        let codes = recovery_codes[..recovery_codes.len().min(SHOWN)].join("  ");
        screen.line(format!("  {role:16} {name:6} {password:20} {codes}").trim_end());
    }
    let [(first, others), (second, members)] = TEAMS; // of the first, two have an account
    let (user, others, members) = (USER, others.len() - 2, members.len());
    screen.line(&format!(
        "  teams: {first}, which mira leads, with {user} and {others} others; {second}, with {members}"
    ));
}
