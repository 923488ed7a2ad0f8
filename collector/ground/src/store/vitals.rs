use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Backend, Store};
use crate::GroundError;
use crate::time::now_millis;

/// How long a lock may be held by others before the database counts as one that takes no commits.
const LONGEST_BUSY: Duration = Duration::from_secs(10);

/// How long an answer of the probe holds: any number of questions cost one write in this time.
const PROBE_HOLDS: Duration = Duration::from_secs(1);

/// How long a probe may take.
const PROBE_TAKES: Duration = Duration::from_secs(1);

/// How long health speaks of commits that were found missing.
const LOSS_IS_NEWS_MILLIS: i64 = 24 * 3_600_000;

/// What was last seen of the database.
#[derive(Debug)]
pub(super) struct Vitals {
    state: Mutex<State>,
    /// Held by whoever asks the database.
    asking: tokio::sync::Mutex<Option<(Instant, Condition)>>,
}

#[derive(Debug)]
struct State {
    committed_at: Instant,
    commits: u64,
    damage: Option<String>,
    lost: Option<Lost>,
}

/// Commits that were durable once and were found missing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lost {
    /// How many.
    pub missing: i64,
    /// When this was found last, Unix milliseconds.
    pub found_at: i64,
}

/// How a database is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Condition {
    /// It takes commits.
    Works,
    /// Others write; for how long nothing was committed.
    Busy(Duration),
    /// It has no room.
    Full,
    /// It takes no commits, or is damaged. In words for an operator, without a person's data.
    Broken(String),
}

impl Condition {
    /// Whether nothing has to be done about it.
    #[must_use]
    pub fn is_well(&self) -> bool {
        match self {
            Self::Works => true,
            Self::Busy(since) => *since < LONGEST_BUSY,
            Self::Full | Self::Broken(_) => false,
        }
    }
}

impl Vitals {
    pub(super) fn new() -> Self {
        let state = State { committed_at: Instant::now(), commits: 0, damage: None, lost: None };
        Self { state: Mutex::new(state), asking: tokio::sync::Mutex::new(None) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn has_committed(&self) {
        let mut state = self.state();
        state.committed_at = Instant::now();
        state.commits += 1;
    }

    /// Commits of this program since it started.
    pub(super) fn commits(&self) -> u64 {
        self.state().commits
    }

    pub(super) fn is_damaged(&self, damage: Option<String>) {
        self.state().damage = damage;
    }

    pub(super) fn has_lost(&self, lost: Option<Lost>) {
        self.state().lost = lost;
    }
}

impl Store {
    /// How the database is: writes a row of its own, and never waits behind those who write.
    pub async fn condition(&self) -> Condition {
        let mut answer = self.vitals.asking.lock().await;
        if let Some((at, condition)) = &*answer
            && at.elapsed() < PROBE_HOLDS
        {
            return condition.clone();
        }
        let condition = self.ask().await;
        *answer = Some((Instant::now(), condition.clone()));
        condition
    }

    /// Commits that were found missing within a day.
    #[must_use]
    pub fn lost_commits(&self) -> Option<Lost> {
        self.vitals.state().lost.filter(|lost| now_millis() - lost.found_at < LOSS_IS_NEWS_MILLIS)
    }

    async fn ask(&self) -> Condition {
        let written = tokio::time::timeout(PROBE_TAKES, self.write_probe()).await;
        match written.unwrap_or(Err(sqlx::Error::PoolTimedOut)) {
            Ok(()) => {
                self.vitals.state().committed_at = Instant::now();
                if !self.keyring.answers().await {
                    return Condition::Broken("has keys of people that cannot be read; the log says why".into());
                }
                let damage = self.vitals.state().damage.clone();
                damage.map_or(Condition::Works, |damage| Condition::Broken(format!("is damaged: {damage}")))
            }
            Err(error) => self.reason(&error),
        }
    }

    async fn write_probe(&self) -> Result<(), sqlx::Error> {
        let mut transaction = match self.location.backend {
            Backend::Sqlite => self.prober.begin_with("BEGIN IMMEDIATE").await?,
            Backend::Postgres => self.prober.begin().await?,
        };
        sqlx::query("INSERT INTO probes (place, at) VALUES (0, $1) ON CONFLICT (place) DO UPDATE SET at = excluded.at")
            .bind(now_millis())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await
    }

    fn reason(&self, error: &sqlx::Error) -> Condition {
        let code = error.as_database_error().and_then(|error| error.code()).unwrap_or_default();
        // SQLite's numbers carry more in their higher bits; Postgres has names of five characters.
        let primary = code.parse::<u32>().map_or(0, |code| code & 0xff);
        let timed_out = matches!(error, sqlx::Error::PoolTimedOut);
        match self.location.backend {
            Backend::Sqlite if primary == SQLITE_FULL => Condition::Full,
            Backend::Postgres if code == POSTGRES_FULL => Condition::Full,
            Backend::Sqlite if primary == SQLITE_BUSY || timed_out => self.busy(),
            Backend::Postgres if code == POSTGRES_LOCKED => self.busy(),
            _ => {
                tracing::error!(%error, "Database probe failed.");
                Condition::Broken("takes no commits; the log says why".into())
            }
        }
    }

    fn busy(&self) -> Condition {
        Condition::Busy(self.vitals.state().committed_at.elapsed())
    }

    /// Looks through the database for damage of its structure. What is sealed shows its damage when it is opened.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn check_integrity(&self) -> Result<(), GroundError> {
        if self.location.backend == Backend::Postgres {
            return Ok(()); // it checks its own pages, where it was made with checksums
        }
        let found: Result<Vec<(String,)>, sqlx::Error> =
            sqlx::query_as("PRAGMA quick_check(1)").fetch_all(&self.readers).await;
        let damage = match found {
            Ok(rows) => rows.into_iter().map(|(row,)| row).find(|row| row != "ok"),
            Err(error) if error.as_database_error().is_some() => Some(error.to_string()),
            Err(error) => return Err(error.into()),
        };
        if let Some(damage) = &damage {
            tracing::error!(damage, "The database is damaged; put it back from a copy.");
        }
        self.vitals.is_damaged(damage);
        Ok(())
    }
}

const SQLITE_BUSY: u32 = 5;
const SQLITE_FULL: u32 = 13;
const POSTGRES_FULL: &str = "53100";
const POSTGRES_LOCKED: &str = "55P03";
