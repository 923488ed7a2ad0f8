use std::time::Duration;

use tokio::sync::watch;

use super::store::enforce;
use crate::People;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// Deletes what people no longer want to be kept, at the start and every hour, until `stop` says so.
pub async fn keep_history_short(people: People, mut stop: watch::Receiver<bool>) {
    loop {
        match enforce(&people).await {
            Ok(0) => {}
            Ok(sessions) => tracing::info!(sessions, "Sessions deleted as their people prefer."),
            Err(error) => tracing::error!(%error, "Old sessions could not be deleted; tried again in an hour."),
        }
        tokio::select! {
            () = tokio::time::sleep(HOUR) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}
