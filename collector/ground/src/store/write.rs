use std::ops::{Deref, DerefMut};

use sqlx::{Any, Transaction};

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
}

impl Write {
    pub(super) const fn new(transaction: Transaction<'static, Any>, store: Store) -> Self {
        Self { transaction, store }
    }

    /// Makes it durable. With SQLite the file beside the database then knows of it, too.
    ///
    /// # Errors
    /// When the database refuses; then it is not known whether it is durable, and the connection is not used again.
    pub async fn commit(mut self) -> Result<(), GroundError> {
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
