//! Looks whether the logs are what they were when they were written.

use std::time::Duration;

use attune_ground::GroundError;
use attune_ground::damage::Damaged;
use attune_ground::ledger::Ledger;
use attune_ground::store::Store;
use tokio::sync::watch;

use super::LEDGER;
use crate::consent;

const DAY: Duration = Duration::from_secs(86_400);

/// Checks every link of each log, at once and daily, until it is told to stop. What does not follow from the entries before
/// is logged, and makes what is stored unwell in health.
pub(crate) async fn watch(store: Store, mut stop: watch::Receiver<bool>) {
    loop {
        for (ledger, damaged) in [(&consent::LEDGER, Damaged::ConsentLink), (&LEDGER, Damaged::AccessLink)] {
            tokio::select! {
                () = look(&store, ledger, damaged) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
        tokio::select! {
            () = tokio::time::sleep(DAY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

async fn look(store: &Store, ledger: &Ledger, damaged: Damaged) {
    match first_broken(store, ledger).await {
        Ok(None) => {}
        Ok(Some(place)) => {
            tracing::error!(log = ledger.name, place, "From this place on a log is not what was written.");
            store.damages().note(damaged, &[&place.to_be_bytes()]);
        }
        Err(error) => {
            tracing::error!(log = ledger.name, %error, "A log could not be checked; tried again in a day.");
        }
    }
}

async fn first_broken(store: &Store, ledger: &Ledger) -> Result<Option<i64>, GroundError> {
    let mut connection = store.pool().acquire().await?;
    ledger.first_broken(&mut connection).await
}
