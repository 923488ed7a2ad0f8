use std::time::Instant;

use attune_ground::Foundation;
use attune_ground::progress::Progress;
use attune_people::access::By;
use attune_people::rights::Role;
use attune_people::teams::{self, Period, Whom};
use attune_people::{accounts, sign_in};
use attune_wellbeing::Wellbeing;
use jiff::civil::Date;

use super::args::SimulateArgs;
use super::calendar::later;
use super::error::SimulateError;
use super::fill::{Filled, Filler, context};
use super::plan::Plan;
use super::report::{Account, Last, Made, People, Report, Weeks};
use super::settle::{make_weeks, roll_up};
use super::world::World;
use crate::config::Config;
use crate::run::{Still, still};

/// Who may sign in besides the first of the people.
const ACCOUNTS: [(&str, Role); 3] = [("manager", Role::Manager), ("hr", Role::Hr), ("admin", Role::Admin)];
/// Teams that the manager leads.
const LED: usize = 3;

/// Makes an organisation up, and says what it is.
///
/// # Errors
/// When a collector runs on the state folder or the database, somebody is in the database already, or it refuses.
pub async fn run(config: &Config, args: &SimulateArgs) -> Result<String, SimulateError> {
    let plan = args.plan()?;
    let Still { state, alone, ground, wellbeing } = still(config).await?;
    let store = ground.store.clone();
    let made = make(config, plan, (ground, &wellbeing)).await;
    store.close().await;
    alone.end().await;
    state.give_back().map_err(SimulateError::Ground)?;
    let report = made?;
    Ok(match args.json {
        true => serde_json::to_string_pretty(&report).unwrap_or_default() + "\n",
        false => report.words(config.profile),
    })
}

async fn make(
    config: &Config,
    plan: Plan,
    (ground, wellbeing): (Foundation, &Wellbeing),
) -> Result<Report, SimulateError> {
    let store = ground.store.clone();
    if accounts::is_anybody(&store).await? || sign_in::is_required(&store).await? {
        return Err(SimulateError::Refused(
            "somebody is in this database already, and nobody could tell made-up people from them: name an empty state folder \
             (--state) or another database (--database)"
                .into(),
        ));
    }
    let world = World::of(plan);
    let mut progress = Progress::shown();
    let context = context((ground.store.clone(), ground.people.clone(), ground.own.clone()), config.profile);
    let mut filler = Filler::found(&context, &world, config.zone(), &mut progress).await?;
    let (first, last_part) = (plan.first(), plan.last_part());
    let whole = world.people.len() as u64;
    let before = part(&mut filler, (first, later(last_part, -1)), (wellbeing, whole), &mut progress).await?;
    // By itself, so that it is seen what a day costs that is new where all the others are there.
    let last = part(&mut filler, (last_part, plan.until), (wellbeing, whole), &mut progress).await?;
    progress.begin("figures of teams");
    let weeks = Weeks::of(make_weeks(wellbeing).await?);
    progress.begin("accounts");
    let accounts = accounts_of(config, &ground, &world, &filler).await?;
    Ok(Report {
        seed: plan.seed,
        profile: config.profile.name(),
        days: (first.to_string(), plan.until.to_string()),
        people: People::of(&world),
        before,
        last: Last { since: last_part.to_string(), made: last },
        weeks,
        tables: store.sizes().await?,
        accounts,
    })
}

/// Has some days taken in and rolled up, of so many people at most.
async fn part(
    filler: &mut Filler<'_>,
    days: (Date, Date),
    (wellbeing, whole): (&Wellbeing, u64),
    progress: &mut Progress,
) -> Result<Made, SimulateError> {
    let begun = Instant::now();
    let filled = if days.0 <= days.1 { filler.fill(days, progress).await? } else { Filled::default() };
    let taking_in = begun.elapsed();
    progress.begin("roll-ups");
    let rolled_up = roll_up(wellbeing, |people| progress.done(people as u64, whole)).await?;
    Ok(Made::of(filled, taking_in, rolled_up))
}

/// Makes accounts for the first of the people, and for a manager of the first teams, HR and an administrator.
async fn accounts_of(
    config: &Config,
    Foundation { store, people, own }: &Foundation,
    world: &World,
    filler: &Filler<'_>,
) -> Result<Vec<Account>, SimulateError> {
    let first = world.people.first().map_or("p1", |somebody| somebody.name.as_str());
    let mut accounts = Vec::new();
    let ready = sign_in::create_ready(store, people, own, first, &[Role::Employee]).await?;
    accounts.push(Account::of(first.to_owned(), Role::Employee, ready));
    for (name, role) in ACCOUNTS {
        let ready = sign_in::create_ready(store, people, own, name, &[role]).await?;
        if role == Role::Manager {
            let period = Period { since: world.begins(&config.zone()), until: None };
            for team in filler.teams.iter().take(LED) {
                teams::add(store, *team, Whom::Manager(ready.login), period, &By::COMMAND).await??;
            }
        }
        accounts.push(Account::of(name.to_owned(), role, ready));
    }
    Ok(accounts)
}
