use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::{AnyConnection, Connection, Executor};
use tokio::sync::Notify;

use super::clock::Witnesses;
use super::location::Location;
use super::vitals::{Lost, Vitals};
use super::witness::Witness;
use super::{Backend, Keyring, Migrations, READERS, Store, Urls, migrations};
use crate::GroundError;
use crate::time::now_millis;

/// Connections that write to Postgres at a time.
const POSTGRES_WRITERS: u32 = 4;

/// Connections that write keys to Postgres at a time, and look through them.
const POSTGRES_KEY_WRITERS: u32 = 2;

/// How long somebody waits for a connection, and within SQLite for the lock of another program.
const PATIENCE: Duration = Duration::from_secs(10);

/// The same for the probe, which must tell that others write and not wait for them.
const PROBE_PATIENCE: Duration = Duration::from_millis(500);

/// Beyond this size a write-ahead log is cut whenever it begins anew, bytes.
const LARGEST_LOG: &str = "PRAGMA journal_size_limit = 16777216";

/// The number under which collectors on one Postgres wait for each other when they open it: "attune".
const OPENING: i64 = 0x6174_7475_6e65;

/// What a database's `user_version` says once all in it that was deleted is overwritten.
const OVERWRITTEN: i64 = 1;

/// Says so.
pub(super) const OVERWRITTEN_NOW: &str = "PRAGMA user_version = 1";

impl Store {
    /// Opens a database and the keys, made where they are not there, and brings it to the tables of these subjects. One that was made before each subject had migrations of its own is taken over. Of several programs
    /// that do so at once, one is first and the others wait.
    ///
    /// # Errors
    /// When the URL is of another kind, the database cannot be reached, or its tables are of a later version or of an
    /// early one that is not known.
    pub async fn open(urls: &Urls, migrations: &[&Migrations]) -> Result<Self, GroundError> {
        install_default_drivers();
        let (location, keys) = (Location::of(&urls.database)?, Location::of_keys(&urls.keys)?);
        location.make_private()?;
        let place = location.clone();
        let unopened = |error| place.unopened(error);
        let turn = Turn::wait(&location).await.map_err(unopened)?;
        let store = Self::connect(location, keys).await.map_err(unopened)?;
        let opened = store.bring_up(migrations).await.map_err(unopened);
        let opened = match opened {
            Ok(()) => store.keyring.bring_up().await,
            refused => refused,
        };
        turn.end().await?;
        opened.map(|()| store)
    }

    async fn connect(location: Location, keys: Location) -> Result<Self, GroundError> {
        let keyring = connect_keys(keys)?;
        let writers = match location.backend {
            Backend::Sqlite => 1,
            Backend::Postgres => POSTGRES_WRITERS,
        };
        let witness = match &location.file {
            Some(file) => Some(Arc::new(Witness::beside(file).map_err(GroundError::file(file))?)),
            None => None,
        };
        Ok(Self {
            writers: pool(location.backend, writers, PATIENCE).connect(&location.url).await?,
            readers: pool(location.backend, READERS, PATIENCE).connect_lazy(&location.url)?,
            prober: pool(location.backend, 1, PROBE_PATIENCE).connect_lazy(&location.url)?,
            keyring,
            witness,
            location: Arc::new(location),
            vitals: Arc::new(Vitals::new()),
            purge: Arc::new(Notify::new()),
            clocks: Arc::new(Witnesses::new()),
            damages: Arc::default(),
            chores: Arc::default(),
        })
    }

    async fn bring_up(&self, migrations: &[&Migrations]) -> Result<(), GroundError> {
        self.adopt(migrations).await?;
        migrations::together(migrations, self.location.backend).run(&self.writers).await?;
        if self.location.backend == Backend::Sqlite {
            self.overwrite_what_was_left().await?;
            self.find_lost_commits().await?;
        }
        Ok(())
    }

    /// Earlier versions left what they deleted in free pages: the file is written anew, once.
    async fn overwrite_what_was_left(&self) -> Result<(), GroundError> {
        let (version,): (i64,) = sqlx::query_as("PRAGMA user_version").fetch_one(&self.writers).await?;
        if version < OVERWRITTEN {
            self.writers.execute("VACUUM").await?;
            self.writers.execute(OVERWRITTEN_NOW).await?;
        }
        Ok(())
    }

    /// Compares what the database holds with what the file beside it knows.
    async fn find_lost_commits(&self) -> Result<(), GroundError> {
        let Some((witness, file)) = self.witness.as_ref().zip(self.location.file.as_ref()) else { return Ok(()) };
        // First, and then the database: another program may commit between.
        let known = i64::try_from(witness.number().map_err(GroundError::file(file))?).unwrap_or(i64::MAX);
        let (held,): (i64,) = sqlx::query_as("SELECT number FROM commits").fetch_one(&self.writers).await?;
        if held < known {
            let missing = known - held;
            tracing::error!(
                missing,
                "Commits are missing: the write-ahead log was damaged, or the database is a copy."
            );
            let mut transaction = self.begin().await?;
            sqlx::query("UPDATE commits SET number = $1").bind(known).execute(&mut **transaction).await?;
            sqlx::query("INSERT INTO lost_commits (found_at, missing) VALUES ($1, $2)")
                .bind(now_millis())
                .bind(missing)
                .execute(&mut **transaction)
                .await?;
            transaction.commit().await?;
        }
        let lost: Option<(i64, i64)> =
            sqlx::query_as("SELECT missing, found_at FROM lost_commits ORDER BY found_at DESC LIMIT 1")
                .fetch_optional(&self.writers)
                .await?;
        self.vitals.has_lost(lost.map(|(missing, found_at)| Lost { missing, found_at }));
        Ok(())
    }
}

fn connect_keys(location: Location) -> Result<Keyring, GroundError> {
    location.make_private()?;
    let writers = match location.backend {
        Backend::Sqlite => 1,
        Backend::Postgres => POSTGRES_KEY_WRITERS,
    };
    let writers = pool(location.backend, writers, PATIENCE).connect_lazy(&location.url)?;
    // A key is looked up with every batch: a connection that is broken is noticed by what it is asked, and not asked twice.
    let readers = pool(location.backend, READERS, PATIENCE).test_before_acquire(false).connect_lazy(&location.url)?;
    Ok(Keyring::on(writers, readers, location))
}

fn pool(backend: Backend, connections: u32, patience: Duration) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(connections)
        // No server ends a connection to a file.
        .test_before_acquire(backend == Backend::Postgres)
        .acquire_timeout(patience)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                match backend {
                    Backend::Sqlite if patience == PROBE_PATIENCE => {
                        connection.execute("PRAGMA busy_timeout = 500").await?
                    }
                    Backend::Sqlite => connection.execute("PRAGMA busy_timeout = 10000").await?,
                    Backend::Postgres if patience == PROBE_PATIENCE => {
                        connection.execute("SET lock_timeout = 500").await?
                    }
                    Backend::Postgres => return Ok(()),
                };
                if backend == Backend::Sqlite {
                    // FULL: a commit is on the disk before it is acknowledged, also when the power fails.
                    for setting in [
                        "PRAGMA journal_mode = WAL",
                        "PRAGMA synchronous = FULL",
                        "PRAGMA secure_delete = ON",
                        LARGEST_LOG,
                    ] {
                        connection.execute(setting).await?;
                    }
                }
                Ok(())
            })
        })
        // One whose BEGIN, COMMIT or ROLLBACK failed is in a state that nobody knows.
        .after_release(|connection, _| {
            Box::pin(async move {
                connection.ping().await?; // a rollback that waits is run before
                Ok(!connection.is_in_transaction())
            })
        })
}

/// The right to be the only one who opens a database.
enum Turn {
    Sqlite(File),
    Postgres(Box<AnyConnection>),
}

impl Turn {
    async fn wait(location: &Location) -> Result<Self, GroundError> {
        if let Some(file) = location.file.clone() {
            let turn = file.clone();
            let locked = tokio::task::spawn_blocking(move || Witness::wait_for_turn(&turn)).await;
            let locked = locked.unwrap_or_else(|error| Err(std::io::Error::other(error)));
            return Ok(Self::Sqlite(locked.map_err(GroundError::file(file))?));
        }
        let mut connection = AnyConnection::connect(&location.url).await?;
        sqlx::query("SELECT pg_advisory_lock($1)").bind(OPENING).execute(&mut connection).await?;
        Ok(Self::Postgres(Box::new(connection)))
    }

    async fn end(self) -> Result<(), GroundError> {
        match self {
            Self::Sqlite(file) => drop(file),
            Self::Postgres(connection) => connection.close().await?,
        }
        Ok(())
    }
}
