use std::time::Duration;

use attune_ground::chores::Chore;
use attune_ground::jobs::{Kind, LOOK, Worker};
use tokio::sync::watch;
use tokio::time::Instant;

use super::{enforce, log, settle_beginning};
use crate::me::keyless::let_go_of_unclaimed;
use crate::{People, PeopleError, heartbeats};

/// How often it is looked at the clock.
const MINUTE: Duration = Duration::from_secs(60);

/// Deletions that were cut short are gone on with.
const DELETIONS: Kind = Kind { name: "deletions", every: Some(MINUTE), chore: Chore::GoingOnDeleting };

/// What is too old is deleted.
const RETENTION: Kind = Kind { name: "retention", every: Some(Duration::from_secs(60 * 60)), chore: Chore::Deleting };

/// Goes on with deletions and deletes what is too old, each at the start and when it is due, until `stop` says so; of several collectors
/// one does it. By age nothing is deleted while the clock of this one is in doubt: it leaves that to others, or does it as soon as
/// it is not.
pub(crate) async fn let_go(people: People, mut stop: watch::Receiver<bool>) {
    let (mut deletions, mut retention) = (Worker::new(&people.store, DELETIONS), Worker::new(&people.store, RETENTION));
    let mut looked: Option<Instant> = None;
    loop {
        if looked.is_none_or(|last| last.elapsed() >= MINUTE) {
            match people.store.look_at_clock().await {
                Ok(_) => looked = Some(Instant::now()),
                Err(error) => tracing::error!(%error, "It could not be looked at the clock; tried again in a moment."),
            }
        }
        deletions.turn(|_| go_on(&people)).await;
        if let Some(now) = people.store.time_to_delete_by() {
            retention.turn(|_| delete(&people, now)).await;
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

async fn go_on(people: &People) -> Result<(), PeopleError> {
    let now = people.store.time_to_delete_by();
    let mut finished = 0;
    for history in &*people.history {
        finished += (history.finish)(&people.store, now).await?;
    }
    if let Some(now) = now.filter(|_| finished > 0) {
        log::note(&people.store, ("", "begun before, or nobody's"), finished, now).await?;
    }
    say(finished);
    Ok(())
}

async fn delete(people: &People, now: i64) -> Result<(), PeopleError> {
    let usual = settle_beginning(&people.store, now).await? <= now;
    let deleted = enforce(people.keeping(), now, usual).await?;
    let silent = heartbeats::let_go(&people.store, now).await?;
    log::note(&people.store, ("", "the last word of devices that were not heard since"), silent, now).await?;
    let_go_of_unclaimed(&people.store, now).await?;
    say(deleted.iter().map(|(_, rows)| rows).sum::<u64>() + silent);
    Ok(())
}

fn say(rows: u64) {
    if rows > 0 {
        tracing::info!(rows, "Deleted for its age.");
    }
}
