//! Whose keys these are, and of whom the database knows.

use std::collections::{HashMap, HashSet};

use attune_protocol::ids::PersonId;
use sqlx::{Any, Transaction};

use super::{Keyring, insert_keys};
use crate::GroundError;
use crate::store::{bytes16, readable};
use crate::time::now_millis;

/// How long a key without an account is kept, milliseconds: a database that was put back from an older copy may be exchanged for
/// a newer one.
const UNCLAIMED_MILLIS: i64 = 7 * 24 * 3_600_000;

/// How many keys are of nobody whom the database knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unclaimed {
    /// Those that are kept still.
    pub kept: usize,
    /// Those that were destroyed now.
    pub destroyed: usize,
}

impl Keyring {
    /// Whose keys these are, where that was said.
    pub(crate) async fn whose(&self) -> Result<Option<Vec<u8>>, GroundError> {
        let row: Option<(Vec<u8>,)> =
            sqlx::query_as("SELECT collector FROM keyring").fetch_optional(&self.writers).await?;
        Ok(row.map(|(collector,)| collector))
    }

    /// Says whose keys these are, once and for all, and gives whose they are now.
    pub(crate) async fn claim(&self, collector: &[u8]) -> Result<Vec<u8>, GroundError> {
        let mut transaction = self.begin().await?;
        sqlx::query("INSERT INTO keyring (place, collector) VALUES (0, $1) ON CONFLICT (place) DO NOTHING")
            .bind(collector.to_vec())
            .execute(&mut *transaction)
            .await?;
        let (whose,): (Vec<u8>,) = sqlx::query_as("SELECT collector FROM keyring").fetch_one(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(whose)
    }

    /// Takes in keys that lay elsewhere, but for those that are here or were destroyed. They are durable when this returns.
    pub(crate) async fn take_in(&self, keys: &[(PersonId, Vec<u8>)]) -> Result<(), GroundError> {
        let (held, destroyed) = (self.holders().await?, self.destroyed(0).await?);
        let new: Vec<_> =
            keys.iter().filter(|(person, _)| !held.contains(person) && !destroyed.contains_key(person)).collect();
        let now = now_millis();
        let mut transaction = self.begin().await?;
        insert_keys()
            .rows(&mut transaction, &new, |query, (person, wrapped)| {
                query.bind(person.0.to_vec()).bind(wrapped.clone()).bind(now)
            })
            .await?;
        Ok(transaction.commit().await?)
    }

    /// All who have a key.
    ///
    /// # Errors
    /// When the keys cannot be read.
    pub async fn holders(&self) -> Result<HashSet<PersonId>, GroundError> {
        let rows = sqlx::query("SELECT person FROM person_keys").fetch_all(&self.writers).await?;
        let rows: Vec<(Vec<u8>,)> = readable(&rows, |_| {});
        Ok(rows.iter().filter_map(|(person,)| bytes16(person).ok().map(PersonId)).collect())
    }

    /// All whose key was destroyed at an instant or after it, and when that was, Unix milliseconds.
    ///
    /// # Errors
    /// When the keys cannot be read.
    pub async fn destroyed(&self, since: i64) -> Result<HashMap<PersonId, i64>, GroundError> {
        let rows = sqlx::query("SELECT person, destroyed_at FROM destroyed_keys WHERE destroyed_at >= $1")
            .bind(since)
            .fetch_all(&self.writers)
            .await?;
        let rows: Vec<(Vec<u8>, i64)> = readable(&rows, |_| {});
        Ok(rows.iter().filter_map(|(person, at)| Some((PersonId(bytes16(person).ok()?), *at))).collect())
    }

    /// Notes which keys are of nobody whom the database knows, and destroys those of whom it has known nothing for seven days, by
    /// a clock that may delete. An account that is just being made has its key already, and its claim within these days.
    ///
    /// # Errors
    /// When the keys refuse.
    pub async fn look_for_unclaimed(
        &self,
        holders: &HashSet<PersonId>,
        known: &HashSet<PersonId>,
        now: i64,
    ) -> Result<Unclaimed, GroundError> {
        let mut destroyed = 0;
        let rows = sqlx::query("SELECT person FROM person_keys WHERE unclaimed_since IS NOT NULL")
            .fetch_all(&self.writers)
            .await?;
        let rows: Vec<(Vec<u8>,)> = readable(&rows, |_| {});
        let noted: HashSet<PersonId> = rows.iter().filter_map(|(person,)| bytes16(person).ok().map(PersonId)).collect();
        let unclaimed: HashSet<PersonId> = holders.difference(known).copied().collect();
        let claimed_again: Vec<&PersonId> = noted.intersection(known).collect();
        if unclaimed.is_empty() && claimed_again.is_empty() {
            return Ok(Unclaimed { kept: 0, destroyed });
        }
        let mut transaction = self.begin().await?;
        for person in claimed_again {
            sqlx::query("UPDATE person_keys SET unclaimed_since = NULL WHERE person = $1")
                .bind(person.0.to_vec())
                .execute(&mut *transaction)
                .await?;
        }
        for person in &unclaimed {
            sqlx::query("UPDATE person_keys SET unclaimed_since = $2 WHERE person = $1 AND unclaimed_since IS NULL")
                .bind(person.0.to_vec())
                .bind(now)
                .execute(&mut *transaction)
                .await?;
            let gone = sqlx::query("DELETE FROM person_keys WHERE person = $1 AND unclaimed_since < $2")
                .bind(person.0.to_vec())
                .bind(now - UNCLAIMED_MILLIS)
                .execute(&mut *transaction)
                .await?;
            destroyed += usize::try_from(gone.rows_affected()).unwrap_or_default();
        }
        transaction.commit().await?;
        if destroyed > 0 {
            self.is_purge_due.store(true, std::sync::atomic::Ordering::Relaxed);
        }
        Ok(Unclaimed { kept: unclaimed.len() - destroyed, destroyed })
    }

    /// Remembers of people without a key that it is gone for good.
    ///
    /// # Errors
    /// When the keys refuse.
    pub async fn count_as_destroyed(&self, people: &[PersonId]) -> Result<(), GroundError> {
        if people.is_empty() {
            return Ok(());
        }
        let now = now_millis();
        let mut transaction = self.begin().await?;
        for person in people {
            remember(&mut transaction, *person, now).await?;
        }
        Ok(transaction.commit().await?)
    }
}

/// Remembers that the key of a person was destroyed.
pub(super) async fn remember(
    transaction: &mut Transaction<'static, Any>,
    person: PersonId,
    now: i64,
) -> Result<(), GroundError> {
    sqlx::query("INSERT INTO destroyed_keys (person, destroyed_at) VALUES ($1, $2) ON CONFLICT (person) DO NOTHING")
        .bind(person.0.to_vec())
        .bind(now)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}
