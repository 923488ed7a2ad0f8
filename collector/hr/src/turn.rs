//! Whose turn it is with what takes much memory. All rows of the master table, or all flags, are opened for one who looks at a time, however
//! many ask; whoever would wait for long is told to ask again.

use std::sync::Arc;
use std::time::Duration;

use attune_ground::http::Problem;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long somebody who asks waits for their turn.
pub(crate) const WAITS: Duration = Duration::from_secs(10);
/// Seconds after which whoever waited in vain asks again.
const AGAIN: u32 = 5;

/// It ends where this is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _permit: OwnedSemaphorePermit,
}

/// What waits for turns, of which there are so many at a time.
#[derive(Clone, Debug)]
pub(crate) struct Turns(Arc<Semaphore>);

impl Turns {
    pub(crate) fn new(at_a_time: usize) -> Self {
        Self(Arc::new(Semaphore::new(at_a_time)))
    }

    /// The next turn, whenever that is: for work that nobody waits for. None where the collector ends.
    pub(crate) async fn at_last(&self) -> Option<Turn> {
        Arc::clone(&self.0).acquire_owned().await.ok().map(|permit| Turn { _permit: permit })
    }

    /// The next turn, where it comes within this time.
    ///
    /// # Errors
    /// 503, with the wish to try again.
    pub(crate) async fn within(&self, time: Duration) -> Result<Turn, Problem> {
        let turn = tokio::time::timeout(time, self.at_last()).await.ok().flatten();
        turn.ok_or_else(busy)
    }

    /// How many could have one now.
    #[cfg(test)]
    pub(crate) fn left(&self) -> usize {
        self.0.available_permits()
    }
}

/// 503, with the wish to try again.
pub(crate) fn busy() -> Problem {
    let detail = "as many look at the tables as may at a time; try again in a moment";
    Problem { retry_after: Some(AGAIN), ..Problem::busy(detail) }
}
