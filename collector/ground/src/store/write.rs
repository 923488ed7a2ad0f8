use std::ops::{Deref, DerefMut};

use attune_protocol::ids::PersonId;
use sqlx::{Any, Transaction};

use super::keyring::Changes;
use super::{Backend, Store};
use crate::GroundError;

/// A transaction that writes: the one way to write. What is not committed when it is dropped is taken back.
///
/// On SQLite it has the one connection that writes, so that writers wait for each other here and not within the database.
/// Nothing may ask the store for another connection while one of these is open.
#[derive(Debug)]
pub struct Write {
    transaction: Transaction<'static, Any>,
    store: Store,
    /// What it changes of the keys of people.
    keys: Changes,
}

impl Write {
    pub(super) fn new(transaction: Transaction<'static, Any>, store: Store) -> Self {
        Self { transaction, store, keys: Changes::default() }
    }

    /// Makes a key for a person, wrapped: durable before this commits, and never there where it does not.
    pub(crate) fn make_key(&mut self, person: PersonId, wrapped: Vec<u8>) {
        self.keys.make(&self.store.keyring, person, wrapped);
    }

    /// Destroys the key of a person: it is gone for good once this is to commit.
    pub(crate) fn destroy_key(&mut self, person: PersonId) {
        self.keys.destroy(person);
    }

    /// Forgets that the key of a person was destroyed, of whom nothing is left to be erased.
    pub(crate) fn forget_key(&mut self, person: PersonId) {
        self.keys.forget(person);
    }

    /// What time the database says it is, Unix milliseconds.
    ///
    /// # Errors
    /// When it does not tell.
    pub async fn database_time(&mut self) -> Result<i64, GroundError> {
        let asks = self.store.location.backend.asks_time();
        let (now,): (i64,) = sqlx::query_as(asks).fetch_one(&mut *self.transaction).await?;
        Ok(now)
    }

    /// Makes it durable, what it changes of the keys first: what is sealed is never without a key that is on the disk, and who is
    /// erased has none any more whatever becomes of the rest. With SQLite the file beside the database then knows of it, too.
    ///
    /// # Errors
    /// When the database refuses; then it is not known whether it is durable, and the connection is not used again.
    pub async fn commit(mut self) -> Result<(), GroundError> {
        self.store.keyring.settle(&self.keys).await?;
        if self.store.location.backend == Backend::Postgres {
            self.transaction.commit().await?;
        } else {
            let (number,): (i64,) = sqlx::query_as("UPDATE commits SET number = number + 1 RETURNING number")
                .fetch_one(&mut *self.transaction)
                .await?;
            self.transaction.commit().await?;
            self.store.witness(number).await;
        }
        self.store.vitals.has_committed();
        if self.keys.destroys() {
            self.store.purge_soon();
        }
        Ok(())
    }

    /// Takes it back.
    ///
    /// # Errors
    /// When the database refuses; the connection is not used again.
    pub async fn rollback(self) -> Result<(), GroundError> {
        Ok(self.transaction.rollback().await?)
    }
}

impl Deref for Write {
    type Target = Transaction<'static, Any>;

    fn deref(&self) -> &Self::Target {
        &self.transaction
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.transaction
    }
}
