//! Standard output, in one place.

use std::io::{Write, stdout};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::AgentError;

/// Lines that wait for who reads them.
const WAITING: usize = 1024;
/// How long a reader may stand still; within what may pass until a stop is heard.
const PATIENCE: Duration = Duration::from_millis(500);

/// Writes a line at once, so that who reads a pipe sees it.
///
/// # Errors
/// When standard output is closed.
pub(crate) fn line(text: impl std::fmt::Display) -> Result<(), AgentError> {
    let mut out = stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(AgentError::Output)
}

/// Lines that a thread of its own writes: who reads them and stands still holds up nobody else.
pub(crate) struct Lines {
    waiting: Option<Sender<String>>,
    /// Hangs up once all is written, or nobody reads any more.
    end: Receiver<()>,
}

impl Lines {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system refuses one.
    pub(crate) fn start() -> Result<Self, AgentError> {
        Self::to(|text| line(text).is_ok())
    }

    fn to(write: impl Fn(String) -> bool + Send + 'static) -> Result<Self, AgentError> {
        let (waiting, lines) = bounded::<String>(WAITING);
        let (ended, end) = bounded(0);
        let thread = std::thread::Builder::new().name("progress".into());
        let writing = move || {
            let _ended = ended;
            let _ = lines.iter().all(write);
        };
        thread.spawn(writing).map_err(|e| AgentError::file("start a thread for", "the progress".as_ref(), e))?;
        Ok(Self { waiting: Some(waiting), end })
    }

    /// Hands a line over, and says whether it will be written: it is not when the reader has gone or stands still.
    pub(crate) fn write(&self, line: String) -> bool {
        self.waiting.as_ref().is_some_and(|waiting| waiting.send_timeout(line, PATIENCE).is_ok())
    }
}

impl Drop for Lines {
    /// Waits a moment for what is not written yet.
    fn drop(&mut self) {
        self.waiting = None;
        // Either it hangs up, or the reader stands still.
        let _ = self.end.recv_timeout(PATIENCE);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Instant;

    use super::*;

    #[test]
    fn lines_are_all_written_before_the_end() {
        let (tell, told) = mpsc::channel();
        let lines = Lines::to(move |line| tell.send(line).is_ok()).unwrap();
        assert!((0..5000).all(|n| lines.write(n.to_string())));
        drop(lines);
        assert_eq!(told.try_iter().count(), 5000);
    }

    #[test]
    fn a_reader_that_stands_still_or_has_gone_holds_up_nobody() {
        let (_held, holds) = mpsc::channel::<()>();
        let lines = Lines::to(move |_| holds.recv().is_ok()).unwrap();
        let begin = Instant::now();
        assert!(!(0..2 * WAITING).all(|n| lines.write(n.to_string())));
        drop(lines);
        assert!(begin.elapsed() < Duration::from_secs(5));
        let lines = Lines::to(|_| false).unwrap();
        assert!(!(0..2 * WAITING).all(|n| lines.write(n.to_string())));
    }
}
