use jiff::{Timestamp, Zoned};
use tracing::info;

use super::notice;
use crate::config::{CheckInConfig, Rhythm};

/// Asks the person how they are, at their own rhythm: once on the screen, and in `status` and on the page until they answer.
#[derive(Debug)]
pub struct Reminder {
    rhythm: Rhythm,
    notify: bool,
    /// The time at which they were asked last.
    asked: Option<Timestamp>,
}

impl Reminder {
    /// By the configuration.
    #[must_use]
    pub fn of(config: &CheckInConfig) -> Self {
        Self { rhythm: Rhythm::of(config).unwrap_or_default(), notify: config.notify, asked: None }
    }

    /// Shows a notice where they are to be asked now and were not yet; `last` is when they answered last.
    pub fn look(&mut self, now: &Zoned, last: Option<Timestamp>) {
        let Some(since) = self.rhythm.asked_since(now, last) else { return };
        if self.asked.replace(since) == Some(since) {
            return;
        }
        info!("it is time for a check-in: 'attune-agent check-in', or your own page");
        if self.notify {
            // The screen's own program may take its time, which sensing has not.
            let thread = std::thread::Builder::new().name("notice".into());
            let _ = thread.spawn(|| {
                if let Err(problem) = notice::show() {
                    info!(problem, "no notice is shown on the screen (check_in.notify)");
                }
            });
        }
    }
}
