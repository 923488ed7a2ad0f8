//! Nothing of what was deleted stays in memory.

use std::time::Duration;

use attune_ground::store::{Store, bytes16};
use attune_people::accounts;
use attune_protocol::ids::{PersonId, SessionId};
use tokio::sync::watch;

use super::routes::Shelf;
use super::summaries::Version;
use crate::SensingError;

/// How long a summary may outlive what it was made of.
const LOOK: Duration = Duration::from_secs(60);

impl Shelf {
    /// Forgets, now and then, summaries of what was deleted or changed, by whomever: a person, age, or another collector.
    /// Until `stop` says so.
    pub(crate) async fn forget_what_is_gone(self, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            if let Err(error) = self.forget_gone().await {
                tracing::warn!(%error, "What is remembered of sessions could not be compared with the database.");
            }
        }
    }

    pub(super) async fn forget_gone(&self) -> Result<(), SensingError> {
        for (session, version) in self.summaries.known() {
            if !is_as_it_was(&self.store, session, version).await? {
                self.summaries.forget(session);
            }
        }
        Ok(())
    }
}

async fn is_as_it_was(store: &Store, session: SessionId, version: Version) -> Result<bool, SensingError> {
    let row: Option<(Vec<u8>,)> =
        sqlx::query_as("SELECT person FROM sessions WHERE session = $1 AND deleted_at IS NULL AND merged_into IS NULL")
            .bind(session.0.to_vec())
            .fetch_optional(store.pool())
            .await?;
    let Some((person,)) = row else { return Ok(false) };
    Ok(accounts::changes(store.pool(), PersonId(bytes16(&person)?)).await? == version.changes)
}

#[cfg(test)]
mod tests {
    use attune_ground::time::now_millis;

    use super::super::delete::{Deletion, delete, delete_before};
    use super::super::tests::{fuse, sessions};
    use super::*;
    use crate::testing::{Device, Fixture, heart_record};

    const WINDOW: u32 = 177_000_000;

    /// A session of a user, summed up.
    async fn summed_up(fixture: &Fixture, user: &str) -> (Shelf, SessionId) {
        let device = fixture.device(user).await;
        fixture.take_in(vec![device.batch(vec![(Device::FIRST_SEQ, heart_record(WINDOW, 60.0))])]).await;
        fuse(fixture).await;
        let person = fixture.person(user).await;
        let row = sessions(fixture).await.into_iter().find(|row| row.person == person).expect("a session");
        let (store, people) = (fixture.context.store.clone(), fixture.context.people.clone());
        let shelf = Shelf::new(store, people);
        shelf.summary(&row).await.expect("summed up");
        shelf.forget_gone().await.expect("looks");
        assert_eq!(shelf.summaries.known().len(), 1, "it is as it was");
        (shelf, row.session)
    }

    #[tokio::test]
    async fn what_was_deleted_by_age_or_elsewhere_is_not_remembered_on_each_database() {
        for fixture in Fixture::each().await {
            let (shelf, _) = summed_up(&fixture, "alice").await;
            let person = fixture.person("alice").await;
            delete_before(&shelf.store, person, now_millis()).await.expect("deletes");
            shelf.forget_gone().await.expect("looks");
            assert!(shelf.summaries.known().is_empty(), "by age");
            let (shelf, session) = summed_up(&fixture, "bob").await;
            let elsewhere = Store::open(&fixture.database.urls, &crate::testing::MIGRATIONS).await.expect("opens");
            assert_eq!(delete(&elsewhere, session).await.expect("deletes"), Deletion::Done);
            shelf.forget_gone().await.expect("looks");
            assert!(shelf.summaries.known().is_empty(), "by another collector");
        }
    }
}
