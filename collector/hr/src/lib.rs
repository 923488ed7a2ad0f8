//! HR data: six tables in, one row an employee out of them, and unusual ones found and explained.
//!
//! The personnel department gives its tables as files. Each is read and told of first: nothing of it is taken in before a person has seen
//! what was found. Then its rows lie sealed under the keys of whom they are about, and stand as a whole, in versions that one can go back
//! from. The master table is made of what stands when it is asked for. It lies nowhere, and is in memory for a few minutes: who walks through
//! its pages has everybody opened once.
//!
//! | module | |
//! |---|---|
//! | `rows` | the rows of the six tables, typed |
//! | `reading` | bytes to rows, with a report of what is wrong and what has to be answered; knows no database |
//! | `master` | rows to the 39 features of an employee, and their files |
//! | `attune_forest` | what is unusual, and why: numbers in, numbers out |
//! | `unusual` | who is flagged by that, why, and what people decide on it |
//! | `reported` | what reports are made of |
//! | `figures` | rows to figures of groups over time, none of which is of few people; knows no database |
//! | all others | what is kept, and who is answered what |
//!
//! | table | holds |
//! |---|---|
//! | `hr_uploads` | uploads: who gave which table when, how each stands, and, sealed under the collectors' own key, its name, its hash and what was found in it |
//! | `hr_tables` | which upload of each table stands, and how many versions it has had |
//! | `hr_pieces` | the bytes of what waits for a decision, and before them the names of who was not known when it was read, sealed under the collectors' own key: gone once that is made, after an hour, and ten minutes after the last part of what broke off |
//! | `hr_rows` | rows about a person of the last three versions of each table, and for a week of up to nine before them, some at a time, sealed under their key, without the name of the employee |
//! | `hr_detections` | searches for who is unusual: their settings, how many people each flagged, and how many of each team where there are enough; nothing of anybody |
//! | `hr_flags` | what the search that stands found about whom it flags, sealed under their key; what an earlier one found stays where somebody has decided on it |
//! | `hr_handled` | what people did with the flag of a person, sealed under their key: how it stands, decisions with their reasons, objections with their answers |
//!
//! | asked for | by whom |
//! |---|---|
//! | `/hr`, `/hr/datasets/{id}`, `/api/v1/hr/datasets` and below | HR: gives tables, sees what was found, takes in and takes back |
//! | `/hr/master`, `/api/v1/hr/master`, `.csv`, `.parquet` | HR: the master table; everybody in it sees that it was looked at |
//! | `/hr/figures/{of}`, `/api/v1/hr/figures/mood` and its neighbours, `.csv` | HR: mood, working hours, performance against rewards, leave and onboarding of teams over time |
//! | `/hr/focus`, `/hr/focus/{id}`, `/api/v1/hr/flags` and below | HR: has it looked for who is unusual, sees who is and why, and decides with a reason |
//! | `/me/hr`, `/api/v1/me/hr`, `/api/v1/me/hr/objection` | whoever the rows are about: each of them, the row of the master table with what its features are, and a flag with its reasons and decisions, to which they can object |
//! | `/me/hr/calendar`, `/api/v1/me/hr/calendar`, `/api/v1/me/hr/history` | whoever the rows are about: their own month day by day, and their weeks |
//! | `hr import` | whoever has the machine: how many rows, and what is wrong |
//! | `/api/process-hr-metrics/`, `/api/merge-hr-files/`, `/run-merge/` | HR, with clients of Elara and OpenSoft: all six tables at once, or none |
//! | `/api/detect-anomalies/` | HR, with the same clients: a search, and whom it flags |
//!
//! | who meets it | what holds |
//! |---|---|
//! | who has the database, its log or a copy | no row without the keys of people: which upload holds how many rows of a person (a random id), and how many bytes; of a file that waits its size |
//! | who gives a file that is none, or a bomb | it is bounded before it is unpacked, read apart from who waits, and answered with what is wrong; nothing of it is kept |
//! | who gives 200 MB | it is put down in pieces as it comes; memory holds the rows of two tables at a time at most, read by the collectors' jobs |
//! | HR, about what is sensed, said or written here | nothing: these tables are made of what HR gave, and no figure of anything else is in them |
//! | a manager, an administrator, another program | nothing of them |
//! | a person who is erased | their rows lie under a key that is gone, and go, of every version, so that no step back brings them; a version that is taken in later holds nothing of them unless HR says, of them as of others who are not known, that they are to be: then they are somebody new, of whom nothing of before is here. What was decided before they were erased does not make them known |
//! | who writes ids now in capital letters, now not | one person each, whoever made them known: HR's tables, an account, a code. Two whom an earlier version made are left out where an id fits both, and the report says so |
//! | who mistypes a year | the report names the row; the age of the others is not counted from that day |
//! | many who look at once | one has the master table or all flags opened at a time; who would wait for long is told to ask again |
//! | consent | none is asked for: HR has these tables without us. Who they are about sees all of it, and each look at it |
//! | a killed collector, a full disk, two collectors at once | rows of an upload count only once all are there and its table says so, in one transaction; what was cut short is gone on with by whoever has the lease; who decides twice has decided once |
//! | a version that was taken in by mistake | the one before it stands again with one step; the rows of this one go |
//! | who has the database, about flags | that something was found about a person once, by a row of theirs; neither what nor what became of it |
//! | who is handed a figure of a group | nothing of one person: `figures` has the rules, which hold for the page, the API and the file alike |
//! | a flag | does nothing by itself: nobody else is told, and no figure is made of it. A person of HR decides, says why, and both are on record; who objects is answered before anything else is decided |
//! | the profiles `eu` and `uk` without papers on record | nobody is looked for and nobody is shown to HR, by the rule that the answer names; a search that was asked for before is not made |
//! | formulas in files | nothing in a file that is given out is one |
//! | a copy that is put back | what waited for a decision waits no more |

mod aging;
mod api;
mod check;
mod command;
mod days;
mod elara;
mod error;
mod far;
mod figures;
mod form;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod give;
mod gone;
mod grouped;
mod holdings;
mod kept;
mod last;
pub mod master;
mod merged;
mod own;
mod packed;
mod pages;
mod queue;
mod read;
pub mod reading;
mod report;
pub mod reported;
pub mod rows;
mod sealed;
mod shown;
mod state;
mod tables;
mod take;
#[doc(hidden)]
pub mod testing;
#[cfg(test)]
mod tests;
mod turn;
mod unusual;
mod uploads;
mod who;
mod work;

pub use error::HrError;
pub use state::{Hr, Settings};

use attune_ground::store::Migrations;
use attune_ground::{Job, Subject};
use axum::extract::FromRef;
use tokio::sync::watch;

/// The tables of uploads and rows.
pub static MIGRATIONS: Migrations = Migrations {
    sqlite: &[
        (6001, "hr", include_str!("../migrations/sqlite/6001_hr.sql")),
        (6002, "unusual", include_str!("../migrations/sqlite/6002_unusual.sql")),
    ],
    postgres: &[
        (6001, "hr", include_str!("../migrations/postgres/6001_hr.sql")),
        (6002, "unusual", include_str!("../migrations/postgres/6002_unusual.sql")),
    ],
    inherited: &[],
};

/// What this subject brings to the program.
#[must_use]
pub fn subject<S: Clone + Send + Sync + 'static>() -> Subject<S>
where
    Hr: FromRef<S>,
{
    Subject {
        migrations: Some(&MIGRATIONS),
        aging: aging::AGING,
        holdings: Some(holdings::HOLDINGS),
        carried: Some(holdings::CARRIED),
        routes: api::router,
        unversioned: elara::router,
        pages: pages::router,
        describe: api::describe,
        jobs,
        commands: || vec![command::command()],
        ..Subject::default()
    }
}

fn jobs<S>(state: &S, stop: &watch::Receiver<bool>) -> Vec<Job>
where
    Hr: FromRef<S>,
{
    let state = Hr::from_ref(state);
    vec![
        Job::new("tables of HR", work::keep_taking(state.clone(), stop.clone())),
        Job::new("who is unusual in tables of HR", work::keep_finding(state.clone(), stop.clone())),
        Job::new("what has ended of tables of HR", work::keep_tidy(state, stop.clone())),
    ]
}
