use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The terminal: lines, and below them what is going on. Without a terminal there are only plain lines.
pub(super) struct Screen {
    activity: Option<ProgressBar>,
}

impl Screen {
    pub(super) fn new() -> Self {
        Self { activity: std::io::stdout().is_terminal().then(spinner) }
    }

    /// Writes a line above what is going on. A closed pipe is no reason to stop.
    pub(super) fn line(&self, text: &str) {
        let write = || {
            let _ = writeln!(std::io::stdout(), "{text}");
        };
        match &self.activity {
            Some(activity) => activity.suspend(write),
            None => write(),
        }
    }

    /// Says what is going on.
    pub(super) fn now(&self, what: String) {
        if let Some(activity) = &self.activity {
            activity.set_message(what);
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if let Some(activity) = &self.activity {
            activity.finish_and_clear();
        }
    }
}

fn spinner() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {wide_msg}").expect("the template is well formed");
    let spinner = ProgressBar::with_draw_target(None, ProgressDrawTarget::stdout()).with_style(style);
    spinner.enable_steady_tick(Duration::from_millis(120));
    spinner
}
