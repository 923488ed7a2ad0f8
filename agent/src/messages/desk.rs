//! Where messages wait, and the thread that reads them.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use attune_analysis::networks::Networks;
use attune_analysis::text::crisis::Level;
use attune_analysis::text::{Reading, TextReader};
use attune_protocol::window::Window;
use crossbeam_channel::{Receiver, Sender, bounded};
use tracing::error;

use super::agreed::{Agreed, Refused};
use super::incoming::Message;
use super::pending::{Pending, Written};
use crate::AgentError;
use crate::clock::Clock;
use crate::config::Config;
use crate::control::Control;

/// Requests that wait to be read: with their bound, all that is ever held of messages.
const QUEUE: usize = 8;
/// How long before it came a message may have been written, milliseconds: a day.
const EARLIEST: i64 = 86_400_000;
/// How long is read on once the agent ends.
const LAST: Duration = Duration::from_secs(2);
/// How long the own page says where help is.
const HELP: Duration = Duration::from_secs(24 * 3600);

/// What reads a message. The network is loaded with the first one: who hands none over pays nothing for it.
pub(super) type Read = Box<dyn FnMut(&str) -> Result<Reading, AgentError> + Send>;

/// Messages of the agent that runs. Its clones are the same.
#[derive(Clone)]
pub struct Messages(Arc<Inner>);

struct Inner {
    state: PathBuf,
    clock: Clock,
    control: Arc<Control>,
    pending: Mutex<Pending>,
    /// When signs of distress were found last.
    help: Mutex<Option<Instant>>,
    queue: Mutex<Option<Sender<Vec<Message>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// Until when is read on, once the agent ends.
    until: Mutex<Option<Instant>>,
    /// Whether the network for text cannot be used.
    broken: AtomicBool,
}

/// Why messages are not taken now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Busy {
    /// Others wait to be read.
    Full,
    /// The agent ends.
    Ending,
    /// The network for text cannot be used.
    Broken,
}

/// What became of messages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Taken {
    pub(super) taken: usize,
    /// Of a time that is not agreed to, is to come or is too long ago.
    pub(super) passed_over: usize,
}

impl std::fmt::Debug for Messages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Messages").finish_non_exhaustive()
    }
}

impl Messages {
    /// Starts the thread that reads.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(config: &Config, clock: Clock, control: Arc<Control>) -> Result<Self, AgentError> {
        Self::with(&config.state, clock, control, by_network(config.models.clone()))
    }

    pub(super) fn with(state: &Path, clock: Clock, control: Arc<Control>, read: Read) -> Result<Self, AgentError> {
        let (queue, waiting) = bounded(QUEUE);
        let messages = Self(Arc::new(Inner {
            state: state.to_owned(),
            clock,
            control,
            pending: Mutex::default(),
            help: Mutex::default(),
            queue: Mutex::new(Some(queue)),
            thread: Mutex::default(),
            until: Mutex::default(),
            broken: AtomicBool::new(false),
        }));
        let reading = messages.clone();
        let thread = std::thread::Builder::new().name("messages".into()).spawn(move || reading.work(&waiting, read));
        let thread = thread.map_err(|e| AgentError::file("start a thread for", "messages".as_ref(), e))?;
        *locked(&messages.0.thread) = Some(thread);
        Ok(messages)
    }

    /// What was read and is due, as far as the person agrees to it now. While they pause nothing is, and what was read is forgotten.
    #[must_use]
    pub(crate) fn due(&self) -> Vec<Written> {
        self.written(self.0.clock.now().millis())
    }

    /// Takes no more, and gives all that was read; of what waits, what can be read within two seconds.
    #[must_use]
    pub(crate) fn close(&self) -> Vec<Written> {
        *locked(&self.0.until) = Some(Instant::now() + LAST);
        drop(locked(&self.0.queue).take());
        if let Some(thread) = locked(&self.0.thread).take() {
            // Its panic is told where it happens.
            let _ = thread.join();
        }
        self.written(i64::MAX)
    }

    /// Forgets what was read of windows.
    pub(crate) fn forget(&self, is_forgotten: impl Fn(Window) -> bool) {
        locked(&self.0.pending).forget(is_forgotten);
    }

    /// Whether the person is to be told where help is.
    #[must_use]
    pub(crate) fn shows_help(&self) -> bool {
        locked(&self.0.help).is_some_and(|found| found.elapsed() < HELP)
    }

    /// They have seen it.
    pub(crate) fn help_was_seen(&self) {
        *locked(&self.0.help) = None;
    }

    pub(super) fn state(&self) -> &Path {
        &self.0.state
    }

    /// What the person agreed to, by the files that are read now.
    pub(super) fn agreed(&self) -> Result<Agreed, Refused> {
        Agreed::now(&self.0.state, &self.0.control.wishes())
    }

    /// Takes messages in, those of a time for which something was agreed to.
    pub(super) fn take(&self, mut messages: Vec<Message>, agreed: &Agreed) -> Result<Taken, Busy> {
        if self.0.broken.load(Ordering::Relaxed) {
            return Err(Busy::Broken);
        }
        let (now, count) = (self.0.clock.now().millis(), messages.len());
        messages.iter_mut().for_each(|message| message.at = Some(near(message.at.unwrap_or(now), now)));
        let is_near = |at: i64| (0..=EARLIEST).contains(&(now - at));
        messages.retain(|message| message.at.is_some_and(|at| is_near(at) && agreed.goes(at).is_some()));
        let taken = Taken { taken: messages.len(), passed_over: count - messages.len() };
        if messages.is_empty() {
            return Ok(taken);
        }
        let queue = locked(&self.0.queue);
        let queue = queue.as_ref().ok_or(Busy::Ending)?;
        queue.try_send(messages).map(|()| taken).map_err(|_| Busy::Full)
    }

    fn written(&self, now: i64) -> Vec<Written> {
        let mut pending = locked(&self.0.pending);
        if pending.is_empty() {
            return Vec::new();
        }
        match self.agreed() {
            Ok(agreed) => pending.due(&agreed, now),
            Err(_) => {
                *pending = Pending::default();
                Vec::new()
            }
        }
    }

    fn work(&self, waiting: &Receiver<Vec<Message>>, mut read: Read) {
        for messages in waiting {
            for message in messages {
                if locked(&self.0.until).is_some_and(|until| Instant::now() > until) {
                    return;
                }
                self.read(&message, &mut read);
            }
        }
    }

    /// Reads one message, if that is agreed to still.
    fn read(&self, message: &Message, read: &mut Read) {
        let Ok(agreed) = self.agreed() else { return };
        let now = self.0.clock.now().millis();
        let at = message.at.unwrap_or(now);
        let Some(goes) = agreed.goes(at) else { return };
        match read(&message.text) {
            Ok(reading) => {
                if reading.crisis.level >= Level::High {
                    *locked(&self.0.help) = Some(Instant::now());
                }
                locked(&self.0.pending).add(at, goes, agreed.withdrawals, &reading, now);
            }
            Err(problem) => {
                if !self.0.broken.swap(true, Ordering::Relaxed) {
                    error!(error = %problem, "messages are not read in this run: 'attune-agent check' looks at the networks");
                }
            }
        }
    }
}

/// An instant that another clock may have told: what is to come is now, where it is not far.
fn near(at: i64, now: i64) -> i64 {
    /// So far the clock of who hands messages over may be ahead, milliseconds.
    const AHEAD: i64 = 60_000;
    if (0..=AHEAD).contains(&at.saturating_sub(now)) { now } else { at }
}

fn by_network(models: PathBuf) -> Read {
    let mut loaded: Option<TextReader> = None;
    Box::new(move |text| {
        let reader = match loaded.take() {
            Some(reader) => reader,
            None => TextReader::new(&Networks::of(&models)?)?,
        };
        let reading = reader.read(text);
        loaded = Some(reader);
        Ok(reading)
    })
}

/// Sums and times stay whole, whatever panicked between two of them.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
