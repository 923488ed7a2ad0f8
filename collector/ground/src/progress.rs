//! How far long work of a command is.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Without a terminal a line is written each time that so many hundredths more are done.
const EVERY: u64 = 10;

/// How far it is, and how long it takes still: on standard error, a bar on a terminal and lines elsewhere.
#[derive(Debug)]
pub struct Progress {
    bar: Option<ProgressBar>,
    is_told: bool,
    what: &'static str,
    begun: Instant,
    told: u64,
}

impl Progress {
    /// One that is shown.
    #[must_use]
    pub fn shown() -> Self {
        Self::with(std::io::stderr().is_terminal().then(bar), true)
    }

    /// One that nobody sees.
    #[must_use]
    pub fn silent() -> Self {
        Self::with(None, false)
    }

    fn with(bar: Option<ProgressBar>, is_told: bool) -> Self {
        Self { bar, is_told, what: "", begun: Instant::now(), told: 0 }
    }

    /// Begins with something else.
    pub fn begin(&mut self, what: &'static str) {
        (self.what, self.begun, self.told) = (what, Instant::now(), 0);
        match &self.bar {
            Some(bar) => {
                bar.reset();
                bar.set_position(0);
                bar.set_message(what);
            }
            None => self.line(format!("{what} ...")),
        }
    }

    /// Says how much of it is done.
    pub fn done(&mut self, part: u64, whole: u64) {
        if let Some(bar) = &self.bar {
            bar.set_length(whole);
            bar.set_position(part);
            return;
        }
        let hundredths = 100 * part / whole.max(1);
        if hundredths < self.told + EVERY || hundredths >= 100 {
            return;
        }
        self.told = hundredths - hundredths % EVERY;
        let left = self.begun.elapsed().as_secs_f64() * (whole - part) as f64 / part as f64;
        self.line(format!("{}: {hundredths} %, about {} left", self.what, in_words(Duration::from_secs_f64(left))));
    }

    /// A closed pipe is no reason to stop.
    fn line(&self, text: String) {
        if self.is_told {
            let _ = writeln!(std::io::stderr(), "{text}");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn in_words(left: Duration) -> String {
    match left.as_secs() {
        seconds @ 0..=119 => format!("{seconds} s"),
        seconds => format!("{} min", seconds.div_ceil(60)),
    }
}

fn bar() -> ProgressBar {
    let style =
        ProgressStyle::with_template("{msg} {wide_bar} {percent} %, {eta} left").expect("the template is well formed");
    ProgressBar::with_draw_target(Some(1), ProgressDrawTarget::stderr()).with_style(style)
}
