use std::time::Duration;

use attune_ground::chores::Chore;
use tokio::sync::watch;
use tokio::time::Instant;

use super::{enforce, log, settle_beginning};
use crate::me::keyless::let_go_of_unclaimed;
use crate::{People, PeopleError, heartbeats};

/// How often it is looked at the clock, and at deletions that were cut short.
const MINUTE: Duration = Duration::from_secs(60);

/// How often what is too old is deleted.
const HOUR: Duration = Duration::from_secs(60 * 60);

/// Deletes what is too old, at the start and every hour, until `stop` says so. By age nothing is deleted while the clock is in
/// doubt, and what waits for it as soon as it is not.
pub(crate) async fn let_go(people: People, mut stop: watch::Receiver<bool>) {
    let mut enforced: Option<Instant> = None;
    loop {
        let done = round(&people, &mut enforced).await;
        people.store.chores().note(Chore::Deleting, &done);
        match done {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "Deleted for its age."),
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
    let mut finished = 0;
    for history in &*people.history {
        finished += (history.finish)(&people.store, now).await?;
    }
    let Some(now) = now else { return Ok(finished) };
    if finished > 0 {
        log::note(&people.store, ("", "begun before, or nobody's"), finished, now).await?;
    }
    let mut deleted = 0;
    if enforced.is_none_or(|last| last.elapsed() >= HOUR) {
        let usual = settle_beginning(&people.store, now).await? <= now;
        deleted = enforce(people.keeping(), now, usual).await?.iter().map(|(_, rows)| rows).sum();
        let silent = heartbeats::let_go(&people.store, now).await?;
        log::note(&people.store, ("", "the last word of devices that were not heard since"), silent, now).await?;
        deleted += silent;
        let_go_of_unclaimed(&people.store, now).await?;
        *enforced = Some(Instant::now());
    }
    Ok(finished + deleted)
}
