//! The tasks that a program stands on. One that ends before it is asked to takes the program with it: half a collector
//! looks well and stores nothing.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Starts tasks and watches them.
#[derive(Clone, Debug)]
pub struct Tasks(Arc<Watched>);

#[derive(Debug)]
struct Watched {
    /// From now on tasks may end.
    ending: AtomicBool,
    lost: watch::Sender<Option<&'static str>>,
}

impl Default for Tasks {
    fn default() -> Self {
        Self(Arc::new(Watched { ending: AtomicBool::new(false), lost: watch::channel(None).0 }))
    }
}

impl Tasks {
    /// Starts a task under a name for messages.
    pub fn spawn<F>(&self, name: &'static str, task: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let end = End { name, watched: Arc::clone(&self.0) };
        tokio::spawn(async move {
            let _end = end; // dropped also when the task panics or is aborted
            task.await
        })
    }

    /// From now on tasks may end.
    pub fn may_end(&self) {
        self.0.ending.store(true, Ordering::Relaxed);
    }

    /// Waits for a task that ends though nobody asked it to, and gives its name.
    pub async fn lost(&self) -> &'static str {
        let mut lost = self.0.lost.subscribe();
        loop {
            if let Some(name) = *lost.borrow_and_update() {
                return name;
            }
            if lost.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

/// Tells that a task ended.
struct End {
    name: &'static str,
    watched: Arc<Watched>,
}

impl Drop for End {
    fn drop(&mut self) {
        if !self.watched.ending.load(Ordering::Relaxed) {
            tracing::error!(task = self.name, "A task ended though nobody asked it to.");
            self.watched.lost.send_if_modified(|lost| lost.is_none().then(|| *lost = Some(self.name)).is_some());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    const SOON: Duration = Duration::from_millis(200);

    #[tokio::test]
    async fn a_task_that_panics_returns_or_is_aborted_is_noticed_by_its_name() {
        for way in 0..3 {
            let tasks = Tasks::default();
            let _well = tasks.spawn("well", std::future::pending::<()>());
            assert!(timeout(SOON, tasks.lost()).await.is_err(), "all run");
            let task = tasks.spawn("ingest", async move {
                match way {
                    0 => panic!("a fault"),
                    1 => {}
                    _ => std::future::pending().await,
                }
            });
            if way == 2 {
                tokio::task::yield_now().await;
                task.abort();
            }
            assert_eq!(tasks.lost().await, "ingest");
        }
    }

    #[tokio::test]
    async fn a_task_that_is_asked_to_end_is_not_lost() {
        let tasks = Tasks::default();
        tasks.may_end();
        tasks.spawn("ingest", async {}).await.expect("ends");
        assert!(timeout(SOON, tasks.lost()).await.is_err());
    }
}
