//! Whether collectors run on a database: of SQLite the state folder tells, of Postgres a lock that each of them shares.

use std::time::Duration;

use sqlx::{AnyConnection, Connection};

use super::location::Location;
use super::look::place;
use super::{Backend, Store, Urls};
use crate::GroundError;

/// The number of that lock: "attuner".
const RUNNING: i64 = 0x61_7474_756e_6572;

/// The number of the one that a restore has of the keys, which may be those of no other: "attunek".
const KEYS_RESTORED: i64 = 0x61_7474_756e_656b;

/// How long a server may take to hear it: nobody is kept from ending by one that is away.
const PATIENCE: Duration = Duration::from_secs(1);

/// Says that a collector runs, as long as its connection lives.
#[derive(Default)]
pub(super) struct Presence(Option<AnyConnection>);

impl Presence {
    /// Says so, also where the server has ended the connection since.
    pub(super) async fn be_there(&mut self, store: &Store) {
        if store.location.backend == Backend::Sqlite {
            return;
        }
        let is_there = match &mut self.0 {
            Some(connection) => connection.ping().await.is_ok(),
            None => false,
        };
        if !is_there {
            self.0 = tokio::time::timeout(PATIENCE, take(store)).await.ok().and_then(Result::ok).flatten();
        }
    }

    /// Whether it is to be tried again soon.
    pub(super) fn is_missing(&self, store: &Store) -> bool {
        store.location.backend != Backend::Sqlite && self.0.is_none()
    }
}

/// None where somebody has it alone, who works with the keys: nobody waits for it here.
async fn take(store: &Store) -> Result<Option<AnyConnection>, GroundError> {
    let mut connection = AnyConnection::connect(&store.location.url).await?;
    let (is_there,): (bool,) =
        sqlx::query_as("SELECT pg_try_advisory_lock_shared($1)").bind(RUNNING).fetch_one(&mut connection).await?;
    if !is_there {
        connection.close().await?;
        return Ok(None);
    }
    Ok(Some(connection))
}

/// Nobody else runs on databases, nor restores into them, as long as this is held. Of SQLite the state folder tells.
#[derive(Debug)]
pub struct Alone(Vec<AnyConnection>);

impl Alone {
    /// Has databases alone.
    ///
    /// # Errors
    /// [`GroundError::AtWork`] where somebody else is at work; when a database cannot be asked.
    pub async fn take(urls: &Urls) -> Result<Self, GroundError> {
        match Self::on(urls).await? {
            Some(alone) => Ok(alone),
            None => Err(GroundError::AtWork { place: place(&urls.database)? }),
        }
    }

    /// None where somebody else is at work.
    ///
    /// # Errors
    /// When a database cannot be asked.
    pub(crate) async fn on(urls: &Urls) -> Result<Option<Self>, GroundError> {
        sqlx::any::install_default_drivers();
        let mut held = Self(Vec::new());
        for (location, number) in
            [(Location::of(&urls.database)?, RUNNING), (Location::of_keys(&urls.keys)?, KEYS_RESTORED)]
        {
            if location.backend == Backend::Sqlite {
                continue;
            }
            let (connection, is_alone) =
                try_alone(&location.url, number).await.map_err(|error| location.unopened(error))?;
            held.0.push(connection);
            if !is_alone {
                held.end().await;
                return Ok(None);
            }
        }
        Ok(Some(held))
    }

    /// Lets others at them.
    pub async fn end(self) {
        for mut connection in self.0 {
            // Where the connection is gone, so is what it held.
            let _ = sqlx::query("SELECT pg_advisory_unlock_all()").execute(&mut connection).await;
            let _ = connection.close().await;
        }
    }
}

async fn try_alone(url: &str, number: i64) -> Result<(AnyConnection, bool), GroundError> {
    let mut connection = AnyConnection::connect(url).await?;
    let (is_alone,): (bool,) =
        sqlx::query_as("SELECT pg_try_advisory_lock($1)").bind(number).fetch_one(&mut connection).await?;
    Ok((connection, is_alone))
}

impl Store {
    /// Whether another collector runs on this database.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub(crate) async fn others_run(&self) -> Result<bool, GroundError> {
        if self.location.backend == Backend::Sqlite {
            return Ok(false);
        }
        // Looked at and not tried: whoever tries has it alone for a moment, in which no collector could say that it runs.
        let (is_held,): (bool,) = sqlx::query_as(
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 \
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
             AND (classid::bigint << 32) + objid::bigint = $1)",
        )
        .bind(RUNNING)
        .fetch_one(&self.readers)
        .await?;
        Ok(is_held)
    }
}
