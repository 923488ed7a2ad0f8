//! What every room of the collector stands on: the database, the keys at rest, the ways of HTTP and the clock.
//!
//! It knows no person's name, no session and no route. A subject above it brings its own tables, queries, routes and
//! errors, and hands them to the program as a [`Subject`].

mod backup;
mod carried;
pub mod chores;
pub mod columns;
mod command;
pub mod damage;
pub mod descriptors;
pub mod erasing;
mod error;
pub mod files;
mod foundation;
pub mod holdings;
pub mod http;
pub mod jobs;
pub mod keys;
pub mod ledger;
pub mod measures;
pub mod memory;
pub mod progress;
pub mod retention;
mod source;
mod state;
pub mod store;
mod subject;
pub mod tasks;
#[doc(hidden)]
pub mod testing;
pub mod time;
mod trust_clock;

pub use backup::{go_on_rotating, keep_key_copy, renew_key_copy};
pub use carried::{Carried, Sample, SealedAt};
pub use command::{Brand, Failed, Given, House, Later, Said, Setup, SubjectCommand, Work};
pub use error::GroundError;
pub use foundation::{Foundation, Seen};
pub use holdings::{Holdings, Released, Releases};
pub use retention::{Deleted, History};
pub use source::Source;
pub use state::StateFolder;
pub use subject::{Answering, Asset, Bell, Job, Listener, Moved, Prepare, Prepared, Ringing, Subject};

use store::Migrations;

/// The tables of the keys and of how the database is.
pub static MIGRATIONS: Migrations = Migrations {
    sqlite: &[
        (1001, "initial", include_str!("../migrations/sqlite/1001_initial.sql")),
        (1002, "vitals", include_str!("../migrations/sqlite/1002_vitals.sql")),
        (1003, "clock", include_str!("../migrations/sqlite/1003_clock.sql")),
        (1004, "keys apart", include_str!("../migrations/sqlite/1004_keys_apart.sql")),
        (1005, "key copy", include_str!("../migrations/sqlite/1005_key_copy.sql")),
        (1006, "jobs", include_str!("../migrations/sqlite/1006_jobs.sql")),
        (1008, "former signing keys", include_str!("../migrations/sqlite/1008_former_signing_keys.sql")),
        (1009, "key copy recovery", include_str!("../migrations/sqlite/1009_key_copy_recovery.sql")),
    ],
    postgres: &[
        (1001, "initial", include_str!("../migrations/postgres/1001_initial.sql")),
        (1002, "vitals", include_str!("../migrations/postgres/1002_vitals.sql")),
        (1003, "clock", include_str!("../migrations/postgres/1003_clock.sql")),
        (1004, "keys apart", include_str!("../migrations/postgres/1004_keys_apart.sql")),
        (1005, "key copy", include_str!("../migrations/postgres/1005_key_copy.sql")),
        (1006, "jobs", include_str!("../migrations/postgres/1006_jobs.sql")),
        (1008, "former signing keys", include_str!("../migrations/postgres/1008_former_signing_keys.sql")),
        (1009, "key copy recovery", include_str!("../migrations/postgres/1009_key_copy_recovery.sql")),
    ],
    inherited: &[1001],
};

/// What the ground itself brings: tables and commands, and nothing that is asked for over HTTP.
#[must_use]
pub fn subject<S: Clone + Send + Sync + 'static>() -> Subject<S> {
    Subject {
        migrations: Some(&MIGRATIONS),
        commands: || [vec![trust_clock::command()], backup::commands()].concat(),
        ..Subject::default()
    }
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn the_migrations_that_are_listed_are_those_that_the_folder_holds() {
        crate::testing::listed_as_in(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations"), &super::MIGRATIONS).await;
    }
}
