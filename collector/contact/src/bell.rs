//! How many reminders and letters wait for somebody, as every page says: counted without opening any.

use attune_ground::store::Store;
use attune_ground::{Answering, Bell, GroundError, Listener, Ringing};
use attune_people::accounts::same_as;
use attune_protocol::ids::PersonId;

use crate::letters;
use crate::reminders::{self, NOTICED};

/// Leads to the page where all that waits is told.
pub(crate) const BELL: Bell = Bell { place: "/notifications", count };

/// Counts what waits for who has signed in, in the role that is on.
pub(crate) fn count<'a>(store: &'a Store, listener: &'a Listener) -> Ringing<'a> {
    Box::pin(async move {
        let mut all = 0;
        if let Some(person) = listener.person {
            all += own(store, person).await?;
        }
        // Whoever answers for all teams is HR.
        if listener.teams == Answering::ForAll {
            all += of_hr(store).await?;
        }
        Ok(all)
    })
}

async fn own(store: &Store, person: PersonId) -> Result<u64, GroundError> {
    let now = store.database_time().await?;
    let reminders = reminders::waiting(store, person, now).await?.len() as u64;
    // Accounts of earlier versions that are theirs have letters, too, as the page shows them.
    let people = [vec![person], same_as(store.pool(), person).await?].concat();
    Ok(reminders + letters::unread(store, &people).await?)
}

async fn of_hr(store: &Store) -> Result<u64, GroundError> {
    let now = store.database_time().await?;
    let (notices,): (i64,) = sqlx::query_as(
        "SELECT COUNT(DISTINCT person) FROM reminder_notices WHERE ended_at IS NULL AND seen_at IS NULL AND told_at > $1",
    )
    .bind(now - NOTICED)
    .fetch_one(store.pool())
    .await?;
    Ok(letters::unread_by_hr(store).await? + notices.unsigned_abs())
}
