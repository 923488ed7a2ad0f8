//! Whether people sign in here at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use attune_ground::store::Store;
use sqlx::AnyConnection;

use crate::PeopleError;

/// Logins that there are, and that there were: who had one and was erased has left a receipt.
const THERE_WAS_ONE: &str =
    "SELECT CAST(1 AS BIGINT) FROM logins UNION ALL SELECT CAST(1 AS BIGINT) FROM erasures LIMIT 1";

/// Whether people sign in. As long as there was no login the collector listens on loopback only and asks nobody who they are;
/// from the first one on everybody signs in, whatever becomes of it.
///
/// # Errors
/// When the database refuses.
pub async fn is_required(store: &Store) -> Result<bool, PeopleError> {
    let row: Option<(i64,)> = sqlx::query_as(THERE_WAS_ONE).fetch_optional(store.pool()).await?;
    Ok(row.is_some())
}

/// The same of a database that is read as it lies there.
///
/// # Errors
/// When the database refuses.
pub async fn is_required_over(reading: &mut AnyConnection) -> Result<bool, PeopleError> {
    let row: Option<(i64,)> = sqlx::query_as(THERE_WAS_ONE).fetch_optional(reading).await?;
    Ok(row.is_some())
}

/// Remembers that people sign in, so that it is not asked with each request.
#[derive(Clone, Default, Debug)]
pub(crate) struct Required(Arc<AtomicBool>);

impl Required {
    /// As [`is_required`].
    ///
    /// # Errors
    /// When the database refuses.
    pub(crate) async fn ask(&self, store: &Store) -> Result<bool, PeopleError> {
        if !self.0.load(Ordering::Relaxed) && is_required(store).await? {
            self.0.store(true, Ordering::Relaxed);
        }
        Ok(self.0.load(Ordering::Relaxed))
    }
}
