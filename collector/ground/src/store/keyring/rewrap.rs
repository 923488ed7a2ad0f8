//! Another master key. Which one wraps the keys stands among them, so that a collector that has the one of before makes no key that
//! nobody could open later.

use attune_protocol::ids::PersonId;
use sqlx::{Any, Transaction};

use super::Keyring;
use crate::GroundError;
use crate::store::{Backend, bytes16, readable};

/// What became of the keys under another master key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Rewrapped {
    /// Keys that lie under it now.
    pub(crate) keys: usize,
    /// Keys that did not open before, either, and are as they were.
    pub(crate) damaged: usize,
}

impl Keyring {
    /// Says which master key wraps what is made here from now on.
    pub(crate) fn wrapped_by(&self, master: [u8; 16]) {
        let _ = self.master.set(master.to_vec());
    }

    /// Holds that the keys lie under the master key of this program until the transaction ends.
    pub(super) async fn hold_master(&self, transaction: &mut Transaction<'static, Any>) -> Result<(), GroundError> {
        let statement = match self.location.backend {
            Backend::Sqlite => "SELECT master FROM keyring",
            Backend::Postgres => "SELECT master FROM keyring FOR SHARE",
        };
        let row: Option<(Option<Vec<u8>>,)> = sqlx::query_as(statement).fetch_optional(&mut **transaction).await?;
        match row.and_then(|(master,)| master).zip(self.master.get()) {
            Some((theirs, ours)) if theirs != *ours => Err(GroundError::Rotated),
            _ => Ok(()),
        }
    }

    /// Wraps all keys anew, in one transaction that holds off who makes one. `again` gives a key as it is to lie from now on, or none
    /// where it does not open.
    ///
    /// # Errors
    /// When the keys refuse; then all are as they were.
    pub(crate) async fn rewrap(
        &self,
        master: [u8; 16],
        again: impl Fn(PersonId, &[u8]) -> Option<Vec<u8>>,
    ) -> Result<Rewrapped, GroundError> {
        let mut transaction = self.begin().await?;
        // First: whoever makes a key waits here, and finds another master key then.
        sqlx::query("UPDATE keyring SET master = $1").bind(master.to_vec()).execute(&mut *transaction).await?;
        let rows = sqlx::query("SELECT person, wrapped FROM person_keys").fetch_all(&mut *transaction).await?;
        let mut done = Rewrapped::default();
        let rows: Vec<(Vec<u8>, Vec<u8>)> = readable(&rows, |_| done.damaged += 1);
        for (column, wrapped) in rows {
            let Some(anew) = bytes16(&column).ok().and_then(|person| again(PersonId(person), &wrapped)) else {
                done.damaged += 1;
                continue;
            };
            if anew != wrapped {
                sqlx::query("UPDATE person_keys SET wrapped = $2 WHERE person = $1")
                    .bind(column)
                    .bind(anew)
                    .execute(&mut *transaction)
                    .await?;
            }
            done.keys += 1;
        }
        transaction.commit().await?;
        // What they lay under before is to be in no file.
        self.is_purge_due.store(true, std::sync::atomic::Ordering::Relaxed);
        Ok(done)
    }

    /// Which master key wraps the keys, where that was noted.
    pub(crate) async fn master(&self) -> Result<Option<Vec<u8>>, GroundError> {
        let row: Option<(Option<Vec<u8>>,)> =
            sqlx::query_as("SELECT master FROM keyring").fetch_optional(&self.writers).await?;
        Ok(row.and_then(|(master,)| master))
    }
}
