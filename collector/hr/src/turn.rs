//! Whose turn it is with what takes much memory. All rows of the master table, or all flags, are opened for one who looks at a time, however
//! many ask; whoever would wait for long is told to ask again.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::error::HrError;

/// How long somebody who asks waits for their turn.
pub(crate) const WAITS: Duration = Duration::from_secs(10);

/// It ends where this is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _permit: OwnedSemaphorePermit,
}

impl Turn {
    /// It ends where what is given is dropped, and behind this time at the latest.
    pub(crate) fn until(self, time: Duration) -> oneshot::Sender<()> {
        let (held, dropped) = oneshot::channel();
        tokio::spawn(async move {
            let _turn = self;
            let _ = tokio::time::timeout(time, dropped).await;
        });
        held
    }
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
    /// [`HrError::Crowded`] where it does not.
    pub(crate) async fn within(&self, time: Duration) -> Result<Turn, HrError> {
        let turn = tokio::time::timeout(time, self.at_last()).await.ok().flatten();
        turn.ok_or(HrError::Crowded)
    }

    /// How many could have one now.
    #[cfg(test)]
    pub(crate) fn left(&self) -> usize {
        self.0.available_permits()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_turn_that_is_held_with_something_ends_with_it_and_at_the_latest_behind_its_time() {
        let turns = Turns::new(1);
        let hour = Duration::from_secs(3600);
        let held = turns.within(Duration::ZERO).await.expect("free").until(hour);
        assert!(matches!(turns.within(Duration::ZERO).await, Err(HrError::Crowded)));
        drop(held);
        let _stalled = turns.within(hour).await.expect("it ended with what was held").until(Duration::from_millis(1));
        turns.within(hour).await.expect("nobody holds it for ever");
    }
}
