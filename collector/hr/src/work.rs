//! What goes on by itself: tables are read and taken in also where whoever began that was cut off, and what nobody decides on goes.

use std::time::Duration;

use attune_ground::chores::Chore;
use attune_ground::jobs::{Kind, Worker};
use tokio::sync::watch;

use crate::error::HrError;
use crate::queue::TABLES;
use crate::sealed::UploadId;
use crate::state::Hr;
use crate::{check, gone, take, unusual, uploads};

/// What has ended of uploads goes.
const ENDED: Kind = Kind { name: "hr tables ended", every: Some(Duration::from_secs(60)), chore: Chore::TakingTables };

/// Does what comes next with an upload, whatever that is. Where somebody waits for it, it waits for each turn so long at most.
///
/// # Errors
/// When the database refuses, or the reader ends on it; [`HrError::Crowded`] where its turn does not come in time: a job goes on with it.
pub(crate) async fn go_on(state: &Hr, id: UploadId, within: Option<Duration>) -> Result<(), HrError> {
    check::check(state, id, within).await?;
    take::take(state, id, within).await
}

/// Goes on with uploads until it is told to stop.
pub(crate) async fn keep_taking(state: Hr, stop: watch::Receiver<bool>) {
    let work = |key: String| {
        let state = state.clone();
        async move {
            match uploads::read(&key) {
                Some(id) => go_on(&state, id, None).await,
                None => Ok(()), // no version of this program writes another key
            }
        }
    };
    Worker::new(state.store(), TABLES).run(stop, work).await;
}

/// Makes searches for who is unusual until it is told to stop.
pub(crate) async fn keep_finding(state: Hr, stop: watch::Receiver<bool>) {
    let work = |key: String| {
        let state = state.clone();
        async move {
            match uploads::read(&key) {
                Some(id) => unusual::go_on(&state, id, None).await,
                None => Ok(()), // no version of this program writes another key
            }
        }
    };
    Worker::new(state.store(), unusual::KIND).run(stop, work).await;
}

/// Lets go of what has ended, at the start and every minute, until it is told to stop.
pub(crate) async fn keep_tidy(state: Hr, stop: watch::Receiver<bool>) {
    let round = |_: String| gone::tidy(&state);
    Worker::new(state.store(), ENDED).run(stop, round).await;
}
