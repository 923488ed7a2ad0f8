//! In how many talks something waits that their person has not seen: counted without opening any.

use attune_ground::store::Store;
use attune_ground::{Bell, Listener, Ringing};
use attune_people::accounts::same_as;

/// Leads to one's talks.
pub(crate) const BELL: Bell = Bell { place: "/me/talk", count };

/// Counts what waits for who has signed in.
pub(crate) fn count<'a>(store: &'a Store, listener: &'a Listener) -> Ringing<'a> {
    Box::pin(async move {
        let Some(person) = listener.person else { return Ok(0) };
        let mut all = 0;
        // Accounts of earlier versions that are theirs have talks, too, as the page shows them.
        for of in [person].into_iter().chain(same_as(store.pool(), person).await?) {
            let (unseen,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM talks WHERE person = $1 AND turns > seen")
                .bind(of.0.to_vec())
                .fetch_one(store.pool())
                .await?;
            all += unseen.unsigned_abs();
        }
        Ok(all)
    })
}
