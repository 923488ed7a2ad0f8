//! Ending in good order.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::AgentError;

/// The longest sleep that cannot be ended.
const SLICE: Duration = Duration::from_millis(50);

/// A wish to end, seen by every thread.
#[derive(Clone, Default, Debug)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks everything to end.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether everything should end.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Sleeps until an instant, or until asked to end.
    pub fn sleep_until(&self, instant: Instant) {
        while !self.is_asked() {
            let left = instant.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(left.min(SLICE));
        }
    }

    /// Asks to end when the process is interrupted (Ctrl-C) or terminated.
    ///
    /// # Errors
    /// When the system gives no thread or no signals.
    pub fn on_signals(&self) -> Result<(), AgentError> {
        let failed = |e| AgentError::file("wait for", "signals".as_ref(), e);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        // Handlers stand before this returns: a signal right after the start is not lost.
        let mut signals = {
            let _within = runtime.enter();
            Signals::new().map_err(failed)?
        };
        let stop = self.clone();
        let thread = std::thread::Builder::new().name("signals".into());
        thread.spawn(move || runtime.block_on(signals.wait_and(|| stop.ask()))).map_err(failed)?;
        Ok(())
    }
}

#[cfg(unix)]
struct Signals(tokio::signal::unix::Signal, tokio::signal::unix::Signal);

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self(signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?))
    }

    async fn wait_and(&mut self, done: impl Fn()) {
        loop {
            tokio::select! { _ = self.0.recv() => {}, _ = self.1.recv() => {} }
            done();
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn wait_and(&mut self, done: impl Fn()) {
        while tokio::signal::ctrl_c().await.is_ok() {
            done();
        }
    }
}
