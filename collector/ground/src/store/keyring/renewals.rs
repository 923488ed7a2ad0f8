use std::time::Duration;

use tokio::sync::watch;

use super::Keyring;
use crate::GroundError;

/// How often the copy of the keys was to be renewed because one was destroyed, and up to which of these it was.
#[derive(Debug)]
pub(super) struct Renewals {
    wanted: watch::Sender<u64>,
    /// None where nobody renews it.
    done: watch::Sender<Option<u64>>,
}

impl Default for Renewals {
    fn default() -> Self {
        Self { wanted: watch::Sender::new(0), done: watch::Sender::new(None) }
    }
}

impl Renewals {
    pub(super) fn are_wanted(&self) {
        self.wanted.send_modify(|wanted| *wanted += 1);
    }
}

impl Keyring {
    /// Up to which destruction a copy is wanted now. From now on somebody renews it.
    pub(crate) fn renewal_wanted(&self) -> u64 {
        self.renewals.done.send_if_modified(|done| done.is_none().then(|| *done = Some(0)).is_some());
        *self.renewals.wanted.borrow()
    }

    /// Waits until a key is destroyed after those that a renewal has seen.
    pub(crate) async fn renewal_due(&self, seen: u64) {
        let mut wanted = self.renewals.wanted.subscribe();
        let _ = wanted.wait_for(|wanted| *wanted > seen).await;
    }

    /// Says that the copy was renewed, or that it was tried in vain, for what a renewal has seen.
    pub(crate) fn renewal_tried(&self, seen: u64) {
        self.renewals.done.send_replace(Some(seen));
    }

    /// What tells whether the keys are others than they were.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(crate) async fn state(&self) -> Result<String, GroundError> {
        let row: (i64, i64, i64, i64) = sqlx::query_as(
            "SELECT COUNT(*), COALESCE(MAX(made_at), 0), (SELECT COUNT(*) FROM destroyed_keys), \
             (SELECT COALESCE(MAX(destroyed_at), 0) FROM destroyed_keys) FROM person_keys",
        )
        .fetch_one(&self.readers)
        .await?;
        Ok(format!("{row:?} {:?}", self.master().await?))
    }

    /// Waits until the copy of the keys was renewed, or that was tried, for all keys that are destroyed by now; not longer than so long,
    /// and not at all where nobody renews it.
    pub async fn copy_tried(&self, patience: Duration) {
        let wanted = *self.renewals.wanted.borrow();
        let mut done = self.renewals.done.subscribe();
        let _ = tokio::time::timeout(patience, done.wait_for(|done| done.is_none_or(|done| done >= wanted))).await;
    }
}
