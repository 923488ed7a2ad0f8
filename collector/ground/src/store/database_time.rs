//! What time the database says it is: the one clock that all collectors on it share.

use super::{Backend, Store};
use crate::GroundError;

impl Backend {
    /// Asks for its clock, Unix milliseconds; within a transaction it goes on.
    pub(super) const fn asks_time(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER)",
            Self::Postgres => "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
        }
    }
}

impl Store {
    /// What time the database says it is, Unix milliseconds.
    ///
    /// # Errors
    /// When it does not tell.
    pub async fn database_time(&self) -> Result<i64, GroundError> {
        let (now,): (i64,) = sqlx::query_as(self.location.backend.asks_time()).fetch_one(&self.readers).await?;
        Ok(now)
    }
}
