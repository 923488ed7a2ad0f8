//! Reports that people can hold: gathered of what the subjects below may tell, made as PDF, kept sealed for a while.
//!
//! | module | |
//! |---|---|
//! | `gather` | what a report says: of one person, of a day, of a team |
//! | `make` | has it set, keeps it, and notes it with its hash |
//! | `kept` | reports as they lie |
//! | `work` | what goes on by itself |
//! | `holdings` | taken out, erased, counted, let go of |
//! | `attune_reports` | sets it: types in, a file out |
//!
//! | table | holds |
//! |---|---|
//! | `person_reports` | of a person the last report of each day: its file and its hash, sealed under their key |
//! | `group_reports` | of all, and of a team, the last report of each day, sealed under the collectors' own key |
//!
//! | asked for | by whom |
//! |---|---|
//! | `/hr/reports`, `/api/v1/reports` and below | HR: has reports made, and takes those that are kept |
//! | `/api/v1/teams/{id}/report` | HR, and who leads the team |
//! | `report` | whoever has the machine |
//!
//! | who meets it | what holds |
//! |---|---|
//! | HR, about a person | what HR's tables say, and what was found unusual in them where the profile lets HR see that: nothing that is sensed, said or written here |
//! | HR, about departments | means of as many people at least as a figure of a group is of, and no number of fewer; of teams the figures that were given, under their rules |
//! | HR, under stricter rules than before | no report that was made under others |
//! | many who have reports made | what one says is gathered and set at a time; who would wait for long is told to ask again |
//! | whoever a report is about | each that was made or taken is in the log of access with its hash, and they find it among their own data |
//! | who has the database | that there is a report about a person, of which day, and how large it is |
//! | a person who is erased | their reports lie under a key that is gone, and go |
//! | the same data on the same day | the same bytes, whoever makes it and when |
//! | two collectors, or one that is killed | of a day the last report stands; a lease spares the work |

mod api;
mod command;
mod error;
mod gather;
mod holdings;
mod kept;
mod make;
mod pages;
mod state;
#[cfg(test)]
mod tests;
mod work;

pub use error::ReportingError;
pub use state::{Reporting, Settings};

use attune_ground::store::Migrations;
use attune_ground::{Job, Subject};
use axum::extract::FromRef;
use tokio::sync::watch;

/// The tables of reports.
pub static MIGRATIONS: Migrations = Migrations {
    sqlite: &[(8001, "reports", include_str!("../migrations/sqlite/8001_reports.sql"))],
    postgres: &[(8001, "reports", include_str!("../migrations/postgres/8001_reports.sql"))],
    inherited: &[],
};

/// What this subject brings to the program.
#[must_use]
pub fn subject<S: Clone + Send + Sync + 'static>() -> Subject<S>
where
    Reporting: FromRef<S>,
{
    Subject {
        migrations: Some(&MIGRATIONS),
        aging: holdings::AGING,
        holdings: Some(holdings::HOLDINGS),
        carried: Some(holdings::CARRIED),
        routes: api::router,
        pages: pages::router,
        describe: api::describe,
        jobs,
        commands: || vec![command::command()],
        ..Subject::default()
    }
}

fn jobs<S>(state: &S, stop: &watch::Receiver<bool>) -> Vec<Job>
where
    Reporting: FromRef<S>,
{
    vec![Job::new("reports", work::keep_making(Reporting::from_ref(state), stop.clone()))]
}
