//! Wellbeing over time: of people for themselves, of teams for who answers for them.
//!
//! Subjects that see something of people ([`attune_ground::measures::Source`]) say which hours of a person they touched ([`touch`]), in
//! the transaction in which they did. A job claims those hours, asks every subject what it saw of them and writes the person's roll-ups,
//! sealed; of the days that changed it writes the figures of the teams, in clear, only where the group is large enough. Nothing that
//! HR or a manager asks for reads anything else.
//!
//! | table | holds |
//! |---|---|
//! | `touched_hours` | hours of people that are to be rolled up, and how often they were touched |
//! | `rollups` | sums of each measure by hour, day, week and month of a person, sealed under their key |
//! | `rollup_people` | in which zone a person's roll-ups are made, sealed, and from when on they are made anew at all |
//! | `rollup_zone` | the organisation's zone in which they are made, and how far it was looked whose follow another one |
//! | `changed_days` | days of people that have changed, and how often, for figures of their teams and for alerts |
//! | `saved_views` | what a login keeps of the pages of teams: a name, and what the page is asked for |
//! | `team_weeks`, `team_figures` | weeks whose figures were made, and what was given of a team in them, in clear |
//! | `team_cohorts`, `team_epsilon` | of whom the figures of a week are, and what each has paid for noise, by keyed tags |
//! | `person_alerts`, `person_alert_events`, `alert_people` | alerts about a person and what became of them, sealed under their key; who was looked at last |
//! | `alert_supporters`, `alert_choices` | whom a person chose to support them; how somebody is told |
//! | `supporter_calls` | that somebody who was chosen for that is to get in touch, by a tag of a sign of danger that tells nothing of it |
//! | `team_alerts`, `team_alert_events`, `alert_deliveries` | alerts about teams, made of figures that were given; what became of them, and of messages to other programs |
//!
//! | who meets it | what holds |
//! |---|---|
//! | a manager, or hr, who adds and subtracts answers | no combination of cohorts within four weeks of each other is of 1 to k - 1 people ([`team`]); `attune-collector attack` tries it |
//! | consent that is withdrawn, a person who is erased | their hours are touched or their key is gone: the roll-up is made anew from what is left; team figures of weeks that were given stay, as nobody can be told from them |
//! | what a person deletes of a time that was settled | sums that could not be made anew go as a whole ([`forget`]): none outlives what its person took away |
//! | late, doubled, corrected and deleted data | an hour is made anew as a whole from the rows that are there, so its bytes are those of a fresh rebuild |
//! | a full disk, a killed collector | hours stay touched until they are rolled up, in one transaction |

mod alerts;
mod attack;
pub mod bucket;
mod error;
pub mod figures;
mod holdings;
mod me;
mod mindpulse;
mod org;
mod places;
pub mod rollup;
mod state;
pub mod team;
mod touch;
mod written;

pub use alerts::{agreed_anew, called_since, check_hook, forget_calls, look_again, sign_of_danger};
pub use error::WellbeingError;
pub use rollup::{forget, settle, settle_said};
pub use state::{Hooks, Settings, Webhook, Wellbeing};
pub use touch::touch;

use attune_ground::retention::{Age, Aging, Counting};
use attune_ground::store::{Migrations, Store, Write};
use attune_ground::{Deleted, History, Job, Prepared, Subject};
use attune_protocol::ids::PersonId;
use axum::extract::FromRef;
use tokio::sync::watch;

/// The tables of roll-ups, of figures of teams and of what is kept of their pages.
pub static MIGRATIONS: Migrations = Migrations {
    sqlite: &[
        (4001, "rollups", include_str!("../migrations/sqlite/4001_rollups.sql")),
        (4002, "teams", include_str!("../migrations/sqlite/4002_teams.sql")),
        (4003, "views", include_str!("../migrations/sqlite/4003_views.sql")),
        (4004, "alerts", include_str!("../migrations/sqlite/4004_alerts.sql")),
        (4006, "said", include_str!("../migrations/sqlite/4006_said.sql")),
        (4007, "resting", include_str!("../migrations/sqlite/4007_resting.sql")),
        (4009, "zone", include_str!("../migrations/sqlite/4009_zone.sql")),
        (4012, "calls", include_str!("../migrations/sqlite/4012_calls.sql")),
    ],
    postgres: &[
        (4001, "rollups", include_str!("../migrations/postgres/4001_rollups.sql")),
        (4002, "teams", include_str!("../migrations/postgres/4002_teams.sql")),
        (4003, "views", include_str!("../migrations/postgres/4003_views.sql")),
        (4004, "alerts", include_str!("../migrations/postgres/4004_alerts.sql")),
        (4006, "said", include_str!("../migrations/postgres/4006_said.sql")),
        (4007, "resting", include_str!("../migrations/postgres/4007_resting.sql")),
        (4009, "zone", include_str!("../migrations/postgres/4009_zone.sql")),
        (4012, "calls", include_str!("../migrations/postgres/4012_calls.sql")),
    ],
    inherited: &[],
};

/// What this subject brings to the program.
#[must_use]
pub fn subject<S: Clone + Send + Sync + 'static>() -> Subject<S>
where
    Wellbeing: FromRef<S>,
{
    Subject {
        migrations: Some(&MIGRATIONS),
        history: Some(History { delete_before, ..rollup::HISTORY }),
        aging: AGING,
        holdings: Some(holdings::HOLDINGS),
        moved: Some(moved),
        bell: Some(alerts::BELL),
        carried: Some(holdings::CARRIED),
        routes: || me::router().merge(org::routes()).merge(alerts::routes()),
        unversioned: || me::unversioned().merge(org::unversioned()).merge(alerts::unversioned()),
        pages: || me::pages().merge(org::pages()).merge(alerts::pages()),
        describe: |document| {
            me::describe(document);
            org::describe(document);
            alerts::describe(document);
        },
        assets: alerts::ASSETS,
        jobs,
        commands: || vec![rollup::command(), attack::command()],
        ..Subject::default()
    }
}

/// How all of it goes by its class: alerts with the roll-ups of which they were made.
const AGING: &[Aging] = &[Aging { due, delete, ..rollup::AGING[0] }];

fn due(store: &Store, person: Option<PersonId>, age: Age) -> Counting<'_> {
    Box::pin(async move {
        let rolled_up = (rollup::AGING[0].due)(store, person, age).await?;
        Ok(rolled_up.and(alerts::due(store, person, age).await?))
    })
}

fn delete(store: &Store, age: Age) -> Deleted<'_> {
    Box::pin(async move {
        let alerts = alerts::delete(store, age).await?;
        Ok(alerts + (rollup::AGING[0].delete)(store, age).await?)
    })
}

/// Deletes what is kept of a person from before an instant: roll-ups, and alerts that were made of them.
fn delete_before(store: &Store, person: PersonId, before: i64) -> Deleted<'_> {
    Box::pin(async move {
        let alerts = alerts::delete_before(store, person, before).await?;
        Ok(alerts + (rollup::HISTORY.delete_before)(store, person, before).await?)
    })
}

/// Their days are other ones now.
fn moved(transaction: &mut Write, person: PersonId) -> Prepared<'_> {
    Box::pin(touch::touch_all(transaction, person))
}

fn jobs<S>(state: &S, stop: &watch::Receiver<bool>) -> Vec<Job>
where
    Wellbeing: FromRef<S>,
{
    let wellbeing = Wellbeing::from_ref(state);
    let teams = team::job(&wellbeing, stop);
    let alerts = alerts::jobs(&wellbeing, stop);
    [vec![Job::new("roll-ups", rollup::keep_rolled_up(wellbeing, stop.clone())), teams], alerts]
        .into_iter()
        .flatten()
        .collect()
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn the_migrations_that_are_listed_are_those_that_the_folder_holds() {
        attune_ground::testing::listed_as_in(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations"), &super::MIGRATIONS)
            .await;
    }
}
