use std::fmt::Display;
use std::time::Duration;

use attune_protocol::ids::DeviceId;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};

use super::Kind;
use super::rows::{self, Lease};
use crate::GroundError;
use crate::store::Store;

/// How often it is looked whether something is due.
pub const LOOK: Duration = Duration::from_secs(5);

/// For how long a job is somebody's who does not renew that.
const LEASE: Duration = Duration::from_secs(30);

/// Does the jobs of one kind in this collector, one after the other.
#[derive(Debug)]
pub struct Worker {
    store: Store,
    kind: Kind,
    /// Its name in the database: the number of the process, and one that nobody else has.
    holder: String,
    lease: Duration,
    /// Whether what goes on by itself was made due at this start.
    is_begun: bool,
    held: Option<Lease>,
}

impl Worker {
    /// One that has done nothing yet.
    #[must_use]
    pub fn new(store: &Store, kind: Kind) -> Self {
        let holder = format!("{}-{}", std::process::id(), DeviceId::random());
        Self { store: store.clone(), kind, holder, lease: LEASE, is_begun: false, held: None }
    }

    /// The same with another lease.
    #[cfg(test)]
    pub(super) fn holding_for(self, lease: Duration) -> Self {
        Self { lease, ..self }
    }

    /// Does jobs as they become due, until it is told to stop: what is under way then is cut off, and given back.
    pub async fn run<F, W, E>(mut self, mut stop: watch::Receiver<bool>, mut work: F)
    where
        F: FnMut(String) -> W,
        W: Future<Output = Result<(), E>>,
        E: Display,
    {
        loop {
            let did = tokio::select! {
                did = self.turn(&mut work) => did,
                _ = stop.wait_for(|stop| *stop) => break,
            };
            let rest = if did { Duration::ZERO } else { LOOK };
            tokio::select! {
                () = sleep(rest) => {}
                _ = stop.wait_for(|stop| *stop) => break,
            }
        }
        if let Some(lease) = self.held.take()
            && let Err(error) = rows::give_back(&self.store, &lease).await
        {
            tracing::warn!(job = self.kind.name, %error, "A job could not be given back; its lease runs out.");
        }
    }

    /// Does one job, told by its key, if one is due and nobody has it; gives whether there was one. How it goes is told by health. What
    /// is cut off by dropping this is taken over once its lease has run out.
    pub async fn turn<F, W, E>(&mut self, work: F) -> bool
    where
        F: FnOnce(String) -> W,
        W: Future<Output = Result<(), E>>,
        E: Display,
    {
        // By the time that passes here; the database counts from a moment later on.
        let until = Instant::now() + self.lease;
        let lease = match self.claim().await {
            Ok(Some(lease)) => lease,
            Ok(None) => return false,
            Err(error) => {
                self.could_not(&error, "It could not be looked whether a job is due; tried again in a moment.");
                return false;
            }
        };
        self.held = Some(lease.clone());
        let done = tokio::select! {
            done = work(lease.key.clone()) => done.map_err(|error| error.to_string()),
            () = self.renew(&lease, until) => {
                self.held = None;
                tracing::warn!(job = self.kind.name, "A job was dropped: its lease was not renewed in time, or another collector has it.");
                return true;
            }
        };
        self.settle(&lease, done).await;
        self.held = None;
        true
    }

    async fn claim(&mut self) -> Result<Option<Lease>, GroundError> {
        if !self.is_begun && self.kind.every.is_some() {
            rows::begin(&self.store, &self.kind).await?;
        }
        self.is_begun = true;
        let look = rows::look(&self.store, &self.kind).await?;
        self.store.chores().told(self.kind.chore, look.failing_since);
        if !look.is_ready {
            return Ok(None);
        }
        rows::claim(&self.store, self.kind, &self.holder, self.lease).await
    }

    /// Renews a lease as long as it is ours, and comes back once it may be somebody else's.
    async fn renew(&self, lease: &Lease, mut until: Instant) {
        let mut rest = self.lease / 3;
        loop {
            sleep(rest).await;
            let asked = Instant::now();
            match timeout_at(until, rows::renew(&self.store, lease, self.lease)).await {
                Ok(Ok(true)) => (until, rest) = (asked + self.lease, self.lease / 3),
                Ok(Ok(false)) | Err(_) => return,
                Ok(Err(error)) => {
                    tracing::warn!(job = self.kind.name, %error, "A lease could not be renewed; tried again in a moment.");
                    rest = self.lease / 10;
                }
            }
        }
    }

    async fn settle(&self, lease: &Lease, done: Result<(), String>) {
        let chore = self.kind.chore;
        self.store.chores().note(chore, &done);
        let settled = match &done {
            Ok(()) => rows::done(&self.store, lease).await,
            Err(problem) => {
                tracing::error!(job = self.kind.name, %problem, "A job failed; it is tried again.");
                rows::failed(&self.store, lease, problem).await
            }
        };
        match settled {
            Ok(true) => {}
            Ok(false) => tracing::warn!(job = self.kind.name, "A job that was done was another collector's by then."),
            Err(error) => self.could_not(&error, "How a job went could not be noted; it is done anew."),
        }
    }

    fn could_not(&self, error: &GroundError, what: &'static str) {
        self.store.chores().note(self.kind.chore, &Err::<(), _>(()));
        tracing::error!(job = self.kind.name, %error, "{what}");
    }
}
