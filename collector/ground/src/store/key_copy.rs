use super::Store;
use crate::GroundError;

/// How long it may take from when an erasure is begun until its keys are destroyed, milliseconds.
const LONGEST_ERASURE: i64 = 60_000;

/// The copy of the keys of people that was written last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyCopy {
    /// When the keys were read for it, Unix milliseconds.
    pub made_at: i64,
    /// Since when it could not be renewed though the keys changed, Unix milliseconds.
    pub failing_since: Option<i64>,
}

impl KeyCopy {
    /// Whether it has nothing of a key that was destroyed at an instant.
    #[must_use]
    pub fn is_after(&self, destroyed_at: i64) -> bool {
        // An erasure says when it was begun, and destroys the key a moment later: what was read between has it, and is renewed at once
        // unless that fails.
        let begun_before = if self.failing_since.is_some() { LONGEST_ERASURE } else { 0 };
        self.made_at > destroyed_at.saturating_add(begun_before)
    }
}

impl Store {
    /// The copy of the keys that was written last, where one ever was.
    ///
    /// # Errors
    /// When the database does not tell.
    pub async fn key_copy(&self) -> Result<Option<KeyCopy>, GroundError> {
        let row: Option<(i64, Option<i64>)> =
            sqlx::query_as("SELECT made_at, failing_since FROM key_copy").fetch_optional(&self.readers).await?;
        Ok(row.map(|(made_at, failing_since)| KeyCopy { made_at, failing_since }))
    }

    /// The public half of the recovery key for which copies are sealed, where it is known.
    ///
    /// # Errors
    /// When the database does not tell.
    pub(crate) async fn noted_recovery(&self) -> Result<Option<Vec<u8>>, GroundError> {
        let row: Option<(Option<Vec<u8>>,)> =
            sqlx::query_as("SELECT recovery FROM key_copy").fetch_optional(&self.readers).await?;
        Ok(row.and_then(|(recovery,)| recovery))
    }

    /// Notes that copies are sealed for another recovery key from now on. Before the first copy there is nothing to be noted.
    ///
    /// # Errors
    /// When the database refuses.
    pub(crate) async fn note_recovery(&self, public: &[u8; 32]) -> Result<(), GroundError> {
        let mut transaction = self.begin().await?;
        sqlx::query("UPDATE key_copy SET recovery = $1").bind(public.to_vec()).execute(&mut **transaction).await?;
        transaction.commit().await
    }

    /// Notes that the copy is kept in a folder from now on: one that could not be renewed elsewhere is no longer the one that counts.
    ///
    /// # Errors
    /// When the database refuses.
    pub(crate) async fn keep_key_copy_in(&self, folder: &str) -> Result<(), GroundError> {
        let noted: Option<(String,)> =
            sqlx::query_as("SELECT folder FROM key_copy").fetch_optional(&self.readers).await?;
        if noted.is_none_or(|(noted,)| noted == folder) {
            return Ok(());
        }
        let mut transaction = self.begin().await?;
        sqlx::query("UPDATE key_copy SET folder = $1").bind(folder.to_owned()).execute(&mut **transaction).await?;
        transaction.commit().await
    }

    /// Notes that a copy was written, sealed for the recovery key with this public half. One beside the copy that is kept, which
    /// could not be renewed, changes nothing of what is known of that.
    ///
    /// # Errors
    /// When the database refuses.
    pub(crate) async fn note_key_copy(
        &self,
        made_at: i64,
        folder: &str,
        recovery: &[u8; 32],
    ) -> Result<(), GroundError> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO key_copy (place, made_at, folder, recovery) VALUES (0, $1, $2, $3) ON CONFLICT (place) DO UPDATE SET \
             made_at = excluded.made_at, folder = excluded.folder, failing_since = NULL, \
             recovery = COALESCE(key_copy.recovery, excluded.recovery) \
             WHERE key_copy.failing_since IS NULL OR key_copy.folder = excluded.folder",
        )
        .bind(made_at)
        .bind(folder.to_owned())
        .bind(recovery.to_vec())
        .execute(&mut **transaction)
        .await?;
        transaction.commit().await
    }

    /// Notes that it could not be renewed.
    ///
    /// # Errors
    /// When the database refuses.
    pub(crate) async fn note_stale_key_copy(&self, since: i64) -> Result<(), GroundError> {
        let mut transaction = self.begin().await?;
        sqlx::query("UPDATE key_copy SET failing_since = $1 WHERE failing_since IS NULL")
            .bind(since)
            .execute(&mut **transaction)
            .await?;
        transaction.commit().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_that_may_hold_a_destroyed_key_is_never_said_to_be_after_it() {
        let copy = |made_at, failing_since| KeyCopy { made_at, failing_since };
        assert!(copy(1_001, None).is_after(1_000));
        assert!(!copy(1_000, None).is_after(1_000));
        assert!(!copy(1_001, Some(1_002)).is_after(1_000), "it may have been read while the erasure was begun");
        assert!(copy(100_000, Some(200_000)).is_after(1_000));
        assert!(!copy(100_000, Some(200_000)).is_after(150_000));
    }
}
