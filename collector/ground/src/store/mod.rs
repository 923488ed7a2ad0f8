//! The database: SQLite by default, Postgres when it grows. The same statements run on both.

mod adopt;
mod again;
mod clock;
mod columns;
mod copying;
mod database_time;
mod insert;
mod keeper;
mod key_copy;
mod keyring;
mod location;
mod look;
mod migrations;
mod months;
mod open;
mod presence;
mod rows;
mod sizes;
#[cfg(test)]
mod tests;
mod urls;
mod vitals;
mod witness;
mod write;

use std::path::Path;
use std::sync::Arc;

use sqlx::{Any, AnyPool, Transaction};
use tokio::sync::Notify;

use crate::GroundError;
use crate::chores::Chores;
use crate::damage::Damages;
use clock::Witnesses;
use location::Location;
use open::OVERWRITTEN_NOW;
use vitals::Vitals;
use witness::Witness;

pub use again::Outdone;
pub use clock::Clock;
pub use columns::{bytes16, to_i64, to_u64};
pub(crate) use copying::{Column, ColumnKind, Loading, Snapshot, Table, Value, clear, is_empty, is_of_restore, value};
pub use insert::{Bound, Insert, Lookup};
pub use key_copy::KeyCopy;
pub(crate) use keyring::KEYS;
pub(crate) use keyring::Rewrapped;
pub(crate) use keyring::look as look_at_keys;
pub use keyring::{Keyring, Unclaimed};
pub use look::reader;
pub(crate) use look::{FORMER, Found, IDENTITY, SIGNING, look, place};
pub use migrations::{Migrations, Step};
pub use months::Monthly;
pub use presence::Alone;
pub use rows::readable;
pub use urls::Urls;
pub use vitals::{Condition, Lost};
pub use write::Write;

/// Connections that read, beside those that write; of the keys as many again.
const READERS: u32 = 8;

/// Connections to a migrated database: those that write, those that read, and one that asks how it is.
#[derive(Clone, Debug)]
pub struct Store {
    writers: AnyPool,
    readers: AnyPool,
    prober: AnyPool,
    keyring: Keyring,
    location: Arc<Location>,
    witness: Option<Arc<Witness>>,
    vitals: Arc<Vitals>,
    purge: Arc<Notify>,
    clocks: Arc<Witnesses>,
    damages: Arc<Damages>,
    chores: Arc<Chores>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Backend {
    Sqlite,
    Postgres,
}

impl Store {
    /// The URL of an SQLite file, which is made when it is not there.
    #[must_use]
    pub fn sqlite_url(path: &Path) -> String {
        location::sqlite_url(path, "rwc")
    }

    /// Whether a URL names a database that could be used; what is wrong reads "expected ..." and repeats nothing of it.
    ///
    /// # Errors
    /// When it does not.
    pub fn check_url(url: &str) -> Result<(), String> {
        location::Location::read(url).map(drop)
    }

    /// For statements that read. Never while a [`Write`] is open: the two could wait for each other.
    #[must_use]
    pub const fn pool(&self) -> &AnyPool {
        &self.readers
    }

    /// Begins a transaction that will write. SQLite takes its write lock at once, so that a transaction never fails
    /// half-way because another one wrote; within this program writers come in the order in which they asked.
    ///
    /// # Errors
    /// When the database cannot be reached, or others write for ten seconds.
    pub async fn begin(&self) -> Result<Write, GroundError> {
        Ok(Write::new(self.begin_uncounted().await?, self.clone()))
    }

    /// As [`Store::begin`], before there is a table of commits.
    async fn begin_uncounted(&self) -> Result<Transaction<'static, Any>, GroundError> {
        Ok(match self.location.backend {
            Backend::Sqlite => self.writers.begin_with("BEGIN IMMEDIATE").await?,
            Backend::Postgres => self.writers.begin().await?,
        })
    }

    /// Notes a commit in the file beside the database. The commit is durable already: where this fails, only a later loss
    /// could go unnoticed.
    async fn witness(&self, number: i64) {
        let Some((witness, number)) = self.witness.clone().zip(u64::try_from(number).ok()) else { return };
        let noted = tokio::task::spawn_blocking(move || witness.note(number)).await;
        if let Err(error) = noted.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
            tracing::warn!(%error, "A commit could not be noted beside the database.");
        }
    }

    /// The keys of people, which lie apart.
    #[must_use]
    pub const fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// Since when the keys of people lie apart from the database, Unix milliseconds. Copies of before hold the keys of then.
    ///
    /// # Errors
    /// When the database does not tell.
    pub async fn keys_apart_since(&self) -> Result<i64, GroundError> {
        let (since,): (i64,) = sqlx::query_as("SELECT since FROM keys_apart").fetch_one(&self.readers).await?;
        Ok(since)
    }

    /// Where it is, in words and without a password.
    pub(crate) fn place(&self) -> String {
        self.location.place()
    }

    /// The rows that did not open.
    #[must_use]
    pub const fn damages(&self) -> &Arc<Damages> {
        &self.damages
    }

    /// How the work goes that goes on by itself.
    #[must_use]
    pub fn chores(&self) -> &Chores {
        &self.chores
    }

    /// Whether a transaction that writes keeps all others from writing, also those of other programs.
    #[must_use]
    pub fn lets_one_write(&self) -> bool {
        self.location.backend == Backend::Sqlite
    }

    /// Name of the database in use.
    #[must_use]
    pub fn backend_name(&self) -> &'static str {
        match self.location.backend {
            Backend::Sqlite => "sqlite",
            Backend::Postgres => "postgres",
        }
    }

    /// The file of an SQLite database; of Postgres only its server knows the disk.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.location.file.as_deref()
    }

    /// Size of the database on its disk with its write-ahead log, bytes.
    ///
    /// # Errors
    /// When the database does not tell.
    pub async fn size(&self) -> Result<i64, GroundError> {
        if let Some(file) = &self.location.file {
            let bytes = std::fs::metadata(file).map_err(GroundError::file(file))?.len();
            // What is committed and not yet folded into the database lies beside it.
            let log = std::fs::metadata(crate::files::beside(file, "-wal")).map_or(0, |log| log.len());
            return Ok(i64::try_from(bytes.saturating_add(log)).unwrap_or(i64::MAX));
        }
        let statement = "SELECT pg_database_size(current_database())";
        let (bytes,): (i64,) = sqlx::query_as(statement).fetch_one(&self.readers).await?;
        Ok(bytes)
    }

    /// Waits for running statements, removes what was deleted from the files and closes all connections.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writers.close().await;
        // Postgres purges while it runs; SQLite can do it best now that nobody reads.
        if self.location.backend == Backend::Sqlite
            && let Err(error) = self.purge().await
        {
            tracing::warn!(%error, "What was deleted could not be removed from the files.");
        }
        self.prober.close().await;
        self.keyring.close().await;
    }
}
