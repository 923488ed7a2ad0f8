//! Looks whether the log of consents is what it was when it was written.

use std::time::Duration;

use attune_ground::damage::Damaged;
use attune_ground::store::Store;
use tokio::sync::watch;

use crate::consent;

const DAY: Duration = Duration::from_secs(86_400);

/// Checks every link of the log, at once and daily, until it is told to stop. What does not follow from the entries before
/// is logged, and makes what is stored unwell in health.
pub(crate) async fn watch_over_consents(store: Store, mut stop: watch::Receiver<bool>) {
    loop {
        let checked = tokio::select! {
            checked = consent::first_broken_link(&store) => checked,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        match checked {
            Ok(None) => {}
            Ok(Some(place)) => {
                tracing::error!(place, "From this place on the log of consents is not what was written.");
                store.damages().note(Damaged::ConsentLink, &[&place.to_be_bytes()]);
            }
            Err(error) => tracing::error!(%error, "The log of consents could not be checked; tried again in a day."),
        }
        tokio::select! {
            () = tokio::time::sleep(DAY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}
