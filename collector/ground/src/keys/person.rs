use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;
use sqlx::any::AnyExecutor;
use sqlx::{Any, Transaction};

use super::MasterKey;
use crate::GroundError;

/// Opened keys kept in memory: enough for the people of one organisation who are active at a time.
const CACHED: usize = 10_000;

/// The data keys of people. Destroying a person's row makes what is sealed under it unreadable, backups too.
#[derive(Clone, Debug)]
pub struct PersonKeys {
    master: MasterKey,
    cache: Arc<Mutex<HashMap<PersonId, Arc<SealKey>>>>,
}

impl PersonKeys {
    /// Keys wrapped by this master key.
    #[must_use]
    pub fn new(master: MasterKey) -> Self {
        Self { master, cache: Arc::default() }
    }

    /// Makes a key for a new person.
    ///
    /// # Errors
    /// When the database refuses it.
    pub async fn create(
        &self,
        transaction: &mut Transaction<'static, Any>,
        person: PersonId,
    ) -> Result<(), GroundError> {
        let key = SealKey::generate();
        sqlx::query("INSERT INTO person_keys (person, wrapped) VALUES ($1, $2)")
            .bind(person.0.to_vec())
            .bind(self.master.wrap(&person.0, key.secret()))
            .execute(&mut **transaction)
            .await?;
        Ok(())
    }

    /// Destroys the key of a person, for good once the transaction is committed.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn destroy(transaction: &mut Transaction<'static, Any>, person: PersonId) -> Result<(), GroundError> {
        sqlx::query("DELETE FROM person_keys WHERE person = $1")
            .bind(person.0.to_vec())
            .execute(&mut **transaction)
            .await?;
        Ok(())
    }

    /// The key of a person.
    ///
    /// # Errors
    /// [`GroundError::Erased`] when there is none any more.
    pub async fn of<'e>(&self, executor: impl AnyExecutor<'e>, person: PersonId) -> Result<Arc<SealKey>, GroundError> {
        if let Some(key) = self.cached(person) {
            return Ok(key);
        }
        let wrapped: Option<(Vec<u8>,)> = sqlx::query_as("SELECT wrapped FROM person_keys WHERE person = $1")
            .bind(person.0.to_vec())
            .fetch_optional(executor)
            .await?;
        let (wrapped,) = wrapped.ok_or(GroundError::Erased)?;
        let key = Arc::new(SealKey::from_secret(self.master.unwrap(&person.0, &wrapped)?));
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.len() >= CACHED {
            cache.clear();
        }
        cache.insert(person, Arc::clone(&key));
        Ok(key)
    }

    fn cached(&self, person: PersonId) -> Option<Arc<SealKey>> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner).get(&person).cloned()
    }
}
