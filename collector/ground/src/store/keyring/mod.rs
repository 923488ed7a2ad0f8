//! The wrapped keys of people, in a database of their own: whoever has a copy of the database has none of the keys, so that a
//! key that is destroyed closes the copies of before, too.
//!
//! A key is durable here before the transaction that first seals under it commits, and destroyed before the one that erases its
//! person does. A crash between the two leaves a key that nobody claims, which goes after seven days, or an account whose key is
//! destroyed, which is erased to its end. That a key was destroyed is remembered, so that an account without a key is told from
//! one whose keys were lost.

mod changes;
mod claims;
mod look;
mod renewals;
mod rewrap;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};

use attune_protocol::ids::PersonId;
use sqlx::{AnyPool, Executor};

use super::location::Location;
use super::{Backend, Insert, Lookup, Migrations, READERS, bytes16, migrations, readable};
use crate::GroundError;
use crate::time::now_millis;

pub(super) use changes::Changes;
pub use claims::Unclaimed;
pub(crate) use look::look;
use renewals::Renewals;
pub(crate) use rewrap::Rewrapped;

/// The tables of the keys. They are in a database of their own, with a list of their own of what was applied.
pub(crate) static KEYS: Migrations = Migrations {
    sqlite: &[
        (1501, "initial", include_str!("../../../migrations/keys/sqlite/1501_initial.sql")),
        (1502, "master", include_str!("../../../migrations/keys/sqlite/1502_master.sql")),
    ],
    postgres: &[
        (1501, "initial", include_str!("../../../migrations/keys/postgres/1501_initial.sql")),
        (1502, "master", include_str!("../../../migrations/keys/postgres/1502_master.sql")),
    ],
    inherited: &[],
};

/// Connections to the keys.
#[derive(Clone, Debug)]
pub struct Keyring {
    writers: AnyPool,
    readers: AnyPool,
    pub(super) location: Arc<Location>,
    changes: Arc<changes::Uncommitted>,
    /// Whether bytes of a destroyed key may still stand in the files.
    is_purge_due: Arc<AtomicBool>,
    /// Which master key wraps what is made here, once that is known.
    master: Arc<OnceLock<Vec<u8>>>,
    /// The copy of the keys, which is to be renewed when one is destroyed.
    renewals: Arc<Renewals>,
}

impl Keyring {
    /// On connections to the place of the keys.
    pub(super) fn on(writers: AnyPool, readers: AnyPool, location: Location) -> Self {
        let location = Arc::new(location);
        Self {
            writers,
            readers,
            location,
            changes: Arc::default(),
            is_purge_due: Arc::default(),
            master: Arc::default(),
            renewals: Arc::default(),
        }
    }

    /// Makes its tables.
    pub(super) async fn bring_up(&self) -> Result<(), GroundError> {
        let steps = migrations::together(&[&KEYS], self.location.backend);
        let applied = steps.run(&self.writers).await;
        applied.map_err(|error| GroundError::MigrateKeys { place: self.location.place(), source: error })
    }

    /// The key of a person as it lies here, or as it will when the transaction that has made it commits; `None` when there is
    /// none.
    ///
    /// # Errors
    /// When the keys cannot be read.
    pub(crate) async fn wrapped(&self, person: PersonId) -> Result<Option<Vec<u8>>, sqlx::Error> {
        if let Some(wrapped) = self.changes.made(person) {
            return Ok(Some(wrapped));
        }
        let mut left = READERS;
        loop {
            let row = sqlx::query_as("SELECT wrapped FROM person_keys WHERE person = $1").bind(person.0.to_vec());
            let row: Result<Option<(Vec<u8>,)>, _> = row.fetch_optional(&self.readers).await;
            match row {
                // It was not asked before whether the connection is whole; one that is not goes, and the next is taken.
                Err(error) if left > 0 && is_broken(&error) => left -= 1,
                row => return Ok(row?.map(|(wrapped,)| wrapped)),
            }
        }
    }

    /// As [`Self::wrapped`], of several people at once. One whose key does not read is left out.
    ///
    /// # Errors
    /// When the keys cannot be read.
    pub(crate) async fn all_wrapped(
        &self,
        people: &BTreeSet<PersonId>,
    ) -> Result<HashMap<PersonId, Vec<u8>>, GroundError> {
        let made = people.iter().filter_map(|person| Some((*person, self.changes.made(*person)?)));
        let mut wrapped: HashMap<PersonId, Vec<u8>> = made.collect();
        let asked: Vec<PersonId> = people.iter().copied().filter(|person| !wrapped.contains_key(person)).collect();
        let mut left = READERS;
        while !asked.is_empty() {
            let mut connection = self.readers.acquire().await?;
            let found = held_keys()
                .rows(&mut connection, &asked, |query, person| query.bind(person.map(|person| person.0.to_vec())));
            match found.await {
                Err(GroundError::Database(error)) if left > 0 && is_broken(&error) => left -= 1,
                Err(error) => return Err(error),
                Ok(rows) => {
                    let rows: Vec<(Vec<u8>, Vec<u8>)> = readable(&rows, |_| {});
                    let held =
                        rows.into_iter().filter_map(|(person, key)| Some((PersonId(bytes16(&person).ok()?), key)));
                    wrapped.extend(held);
                    break;
                }
            }
        }
        Ok(wrapped)
    }

    /// Whether the key of a person was here and was destroyed.
    ///
    /// # Errors
    /// When the keys cannot be read.
    pub(crate) async fn is_destroyed(&self, person: PersonId) -> Result<bool, GroundError> {
        let row: Option<(i64,)> = sqlx::query_as("SELECT destroyed_at FROM destroyed_keys WHERE person = $1")
            .bind(person.0.to_vec())
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.is_some())
    }

    /// Makes what a transaction changes of the keys durable, destroyed ones gone for good. To be done before it commits.
    pub(super) async fn settle(&self, changes: &Changes) -> Result<(), GroundError> {
        if changes.is_empty() {
            return Ok(());
        }
        let made: Vec<(PersonId, Vec<u8>)> =
            changes.made().filter_map(|person| Some((person, self.changes.made(person)?))).collect();
        let now = now_millis();
        let mut transaction = self.begin().await?;
        if !made.is_empty() {
            self.hold_master(&mut transaction).await?;
        }
        insert_keys()
            .rows(&mut transaction, &made, |query, (person, wrapped)| {
                query.bind(person.0.to_vec()).bind(wrapped.clone()).bind(now)
            })
            .await?;
        for person in &changes.destroyed {
            claims::remember(&mut transaction, *person, now).await?;
            sqlx::query("DELETE FROM person_keys WHERE person = $1")
                .bind(person.0.to_vec())
                .execute(&mut *transaction)
                .await?;
        }
        for person in &changes.forgotten {
            sqlx::query("DELETE FROM destroyed_keys WHERE person = $1")
                .bind(person.0.to_vec())
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        if changes.destroys() {
            self.is_purge_due.store(true, Ordering::Relaxed);
            self.renewals.are_wanted();
            // Postgres is purged by the keeper: nobody waits for it here.
            if self.location.backend == Backend::Sqlite {
                self.purge().await?;
            }
        }
        Ok(())
    }

    /// Removes the bytes of destroyed keys, as [`super::Store::purge`] does those of what was deleted. Gives whether all is done.
    pub(super) async fn purge(&self) -> Result<bool, GroundError> {
        if !self.is_purge_due.swap(false, Ordering::Relaxed) {
            return Ok(true);
        }
        let done = match self.location.backend {
            Backend::Sqlite => {
                let cut = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&self.writers).await;
                cut.map(|(busy, ..): (i64, i64, i64)| busy == 0)
            }
            Backend::Postgres => self.writers.execute("VACUUM person_keys").await.map(|_| true),
        };
        if !matches!(done, Ok(true)) {
            self.is_purge_due.store(true, Ordering::Relaxed);
        }
        Ok(done?)
    }

    /// Whether [`Self::purge`] has something to do.
    pub(super) fn is_purge_due(&self) -> bool {
        self.is_purge_due.load(Ordering::Relaxed)
    }

    /// Whether the keys can be read.
    pub(super) async fn answers(&self) -> bool {
        let read = sqlx::query("SELECT keyring.place FROM keyring LEFT JOIN person_keys ON 1 = 1 LIMIT 1");
        let read = read.fetch_optional(&self.readers).await;
        read.inspect_err(|error| tracing::error!(%error, "The keys of people cannot be read.")).is_ok()
    }

    /// Where they lie, in words and without a password.
    pub(crate) fn place(&self) -> String {
        self.location.place()
    }

    pub(super) async fn close(&self) {
        self.readers.close().await;
        if self.location.backend == Backend::Sqlite {
            self.is_purge_due.store(true, Ordering::Relaxed);
            if let Err(error) = self.purge().await {
                tracing::warn!(%error, "Keys that were destroyed could not be removed from the files.");
            }
        }
        self.writers.close().await;
    }

    async fn begin(&self) -> Result<sqlx::Transaction<'static, sqlx::Any>, GroundError> {
        Ok(match self.location.backend {
            Backend::Sqlite => self.writers.begin_with("BEGIN IMMEDIATE").await?,
            Backend::Postgres => self.writers.begin().await?,
        })
    }

    /// Past everything that this program promises, for tests.
    #[doc(hidden)]
    #[must_use]
    pub const fn pool(&self) -> &AnyPool {
        &self.writers
    }
}

/// Whether the server has ended the connection.
fn is_broken(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(told) => told.code().is_some_and(|code| code.starts_with("57P")),
        _ => false,
    }
}

/// One for the life of the program.
fn held_keys() -> &'static Lookup {
    static HELD: LazyLock<Lookup> = LazyLock::new(|| {
        Lookup::new(
            "(place, person)",
            "SELECT held.person, held.wrapped FROM asked CROSS JOIN person_keys held WHERE held.person = asked.person",
        )
    });
    &HELD
}

/// One for the life of the program.
fn insert_keys() -> &'static Insert {
    static INSERT: LazyLock<Insert> =
        LazyLock::new(|| Insert::new("INSERT INTO person_keys (person, wrapped, made_at)", 3, ""));
    &INSERT
}
