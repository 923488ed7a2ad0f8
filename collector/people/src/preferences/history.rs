use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::store::enforce;
use crate::{People, PeopleError, retention};

/// How often it is looked at the clock, and at deletions that were cut short.
const MINUTE: Duration = Duration::from_secs(60);

/// How often what is too old is deleted.
const HOUR: Duration = Duration::from_secs(60 * 60);

/// Deletes what people no longer want to be kept, at the start and every hour, until `stop` says so. By age nothing is
/// deleted while the clock is in doubt, and what waits for it as soon as it is not.
pub async fn keep_history_short(people: People, mut stop: watch::Receiver<bool>) {
    let mut enforced: Option<Instant> = None;
    loop {
        match round(&people, &mut enforced).await {
            Ok(0) => {}
            Ok(rows) => {
                tracing::info!(rows, "Deleted as people prefer.");
                if let Err(error) = retention::note(&people.store, "as people prefer, and what is nobody's", rows).await
                {
                    tracing::warn!(%error, "What was deleted could not be noted.");
                }
            }
            Err(error) => tracing::error!(%error, "What is old could not be deleted; tried again in a minute."),
        }
        tokio::select! {
            () = tokio::time::sleep(MINUTE) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

async fn round(people: &People, enforced: &mut Option<Instant>) -> Result<u64, PeopleError> {
    people.store.look_at_clock().await?;
    let now = people.store.time_to_delete_by();
    let mut deleted = 0;
    for history in &*people.history {
        deleted += (history.finish)(&people.store, now).await?;
    }
    if let Some(now) = now
        && enforced.is_none_or(|last| last.elapsed() >= HOUR)
    {
        deleted += enforce(people, now).await?;
        *enforced = Some(Instant::now());
    }
    Ok(deleted)
}
