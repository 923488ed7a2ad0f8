use std::time::Duration;

use sqlx::Executor;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::presence::Presence;
use super::{Backend, Store};
use crate::GroundError;

/// How long what was deleted may stand in the database's files while the collector runs.
const PURGED_WITHIN: Duration = Duration::from_secs(30);

/// How often a purge is tried again while somebody reads what it would remove.
const AGAIN: Duration = Duration::from_secs(1);

/// How often the database is looked through for damage.
const CHECKED_EVERY: Duration = Duration::from_secs(24 * 3600);

/// What the keeper does next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Task {
    Purge,
    PurgeAsAsked,
    Check,
}

impl Store {
    /// Asks the keeper to remove at once what was deleted. To be called after deletions are committed.
    pub fn purge_soon(&self) {
        self.purge.notify_one();
    }

    /// Removes the bytes of what was deleted. SQLite has overwritten them in its pages; here the write-ahead log, which
    /// holds older pages, is cut to nothing. Postgres frees their place, and overwrites it when it needs it.
    /// Gives whether all of it is done: not while somebody reads what stood there.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn purge(&self) -> Result<bool, GroundError> {
        let keys = self.keyring.purge().await?;
        let done = match self.location.backend {
            Backend::Sqlite => {
                let (busy, ..): (i64, i64, i64) =
                    sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&self.prober).await?;
                busy == 0
            }
            Backend::Postgres => {
                self.readers.execute("VACUUM").await?;
                true
            }
        };
        Ok(done && keys)
    }

    /// Keeps the database in order until told to stop: purges what was deleted, and looks for damage at once and every day.
    pub async fn keep(self, mut stop: watch::Receiver<bool>) {
        let mut purges = interval(PURGED_WITHIN);
        purges.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut checks = interval(CHECKED_EVERY);
        let mut purged = self.vitals.commits();
        let mut presence = Presence::default();
        loop {
            presence.be_there(&self).await;
            let task = tokio::select! {
                () = stopped(&mut stop) => return,
                () = self.purge.notified() => Task::PurgeAsAsked,
                _ = purges.tick() => Task::Purge,
                _ = checks.tick() => Task::Check,
                () = tokio::time::sleep(AGAIN), if presence.is_missing(&self) => continue,
            };
            if task == Task::Check {
                if let Err(error) = self.check_integrity().await {
                    tracing::warn!(%error, "The database could not be looked through.");
                }
                continue;
            }
            let commits = self.vitals.commits();
            // Postgres counts what is dead by itself; without being asked its own autovacuum is enough.
            let is_due = self.keyring.is_purge_due() || (commits != purged && self.location.backend == Backend::Sqlite);
            if task == Task::PurgeAsAsked || is_due {
                match self.purge().await {
                    Ok(true) => purged = commits,
                    Ok(false) => purges.reset_at(Instant::now() + AGAIN),
                    Err(error) => tracing::warn!(%error, "What was deleted could not be removed from the files yet."),
                }
            }
        }
    }
}

/// Waits until told to stop; what was looked at is let go before anything else is waited for.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}
