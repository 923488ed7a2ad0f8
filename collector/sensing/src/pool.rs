use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use attune_ground::http::Panicked;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Threads for heavy work, and places in which requests wait for one. Full is full: nobody waits outside.
#[derive(Clone, Debug)]
pub(crate) struct Pool {
    threads: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

/// A place in the pool, from acceptance to answer.
#[derive(Debug)]
pub(crate) struct Place {
    threads: Arc<Semaphore>,
    place: Arc<OwnedSemaphorePermit>,
}

/// Says whether anybody still waits for the answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Abandoned(Arc<AtomicBool>);

impl Abandoned {
    /// Whether the client has gone.
    pub(crate) fn is_so(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Sets [`Abandoned`] when the future that waits is dropped.
struct Waits(Abandoned);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

impl Pool {
    /// A pool of so many threads, for which so many more requests may wait.
    pub(crate) fn new(threads: usize, queue: usize) -> Self {
        Self { threads: Arc::new(Semaphore::new(threads)), places: Arc::new(Semaphore::new(threads + queue)) }
    }

    /// Takes a place, if one is free.
    pub(crate) fn place(&self) -> Option<Place> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some(Place { threads: Arc::clone(&self.threads), place: Arc::new(place) })
    }
}

impl Place {
    /// Does work on a thread of the pool. When the caller stops waiting, work that has not begun never does, and work
    /// that has is told; it keeps its thread and place until it ends.
    ///
    /// # Errors
    /// When the work panics.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Abandoned) -> T + Send + 'static,
    ) -> Result<T, Panicked> {
        let abandoned = Abandoned::default();
        let waits = Waits(abandoned.clone());
        let thread = Arc::clone(&self.threads).acquire_owned().await.expect("the pool is never closed");
        let place = Arc::clone(&self.place);
        let done = tokio::task::spawn_blocking(move || {
            let _held = (thread, place);
            work(&abandoned)
        });
        let outcome = done.await.map_err(|_| Panicked);
        drop(waits);
        outcome
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn a_full_pool_takes_nobody_and_a_finished_work_frees_its_place() {
        let pool = Pool::new(1, 1);
        let (first, second) = (pool.place().expect("free"), pool.place().expect("free"));
        assert!(pool.place().is_none());
        assert_eq!(first.work(|_| 1).await.expect("done"), 1);
        assert!(pool.place().is_none(), "its work may have another part");
        drop(first);
        let third = pool.place().expect("freed");
        assert!(pool.place().is_none());
        assert_eq!(second.work(|_| 2).await.expect("done") + third.work(|_| 3).await.expect("done"), 5);
    }

    #[tokio::test]
    async fn work_that_panics_is_an_error_and_gives_its_place_back() {
        let pool = Pool::new(1, 0);
        let place = pool.place().expect("free");
        assert!(place.work(|_| panic!("as a fault of ours would")).await.map(|()| 0).is_err());
        drop(place);
        assert_eq!(pool.place().expect("given back").work(|_| 1).await.expect("done"), 1);
    }

    #[tokio::test]
    async fn work_is_told_when_nobody_waits_and_keeps_its_place_until_it_ends() {
        let pool = Pool::new(1, 0);
        let (begun, has_begun) = oneshot::channel();
        let (ended, has_ended) = oneshot::channel();
        let place = pool.place().expect("free");
        let waiting = tokio::spawn(async move {
            let work = place.work(move |abandoned| {
                begun.send(()).expect("awaited");
                while !abandoned.is_so() {
                    std::thread::sleep(Duration::from_millis(1));
                }
                ended.send(()).expect("awaited");
            });
            work.await
        });
        has_begun.await.expect("begun");
        assert!(pool.place().is_none());
        waiting.abort();
        has_ended.await.expect("the work saw that nobody waits");
        while pool.place().is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}
