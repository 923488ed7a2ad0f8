use std::io::{IsTerminal, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// How far long work is, on a terminal; nothing elsewhere.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    bytes: AtomicU64,
}

impl Progress {
    /// Of work of which nobody knows how much it is.
    pub(super) fn open(what: &'static str) -> Self {
        Self::shown(what, None)
    }

    /// Of so many bytes.
    pub(super) fn of(what: &'static str, bytes: u64) -> Self {
        Self::shown(what, Some(bytes))
    }

    /// Of work beside which nobody stands.
    pub(super) const fn hidden() -> Self {
        Self { bar: None, bytes: AtomicU64::new(0) }
    }

    fn shown(what: &'static str, bytes: Option<u64>) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let (bar, template) = match bytes {
                Some(bytes) => (ProgressBar::new(bytes), "{prefix} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec}"),
                None => (ProgressBar::no_length(), "{spinner} {prefix} {wide_msg}"),
            };
            let bar = bar.with_style(ProgressStyle::with_template(template).expect("the template is well formed"));
            bar.set_prefix(what);
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self { bar, bytes: AtomicU64::new(0) }
    }

    /// So many rows were read, in so many bytes more.
    pub(super) fn at(&self, rows: u64, more: usize) {
        let bytes = self.bytes.fetch_add(more as u64, Ordering::Relaxed) + more as u64;
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{rows} rows, {} MB", bytes / 1_000_000));
        }
    }

    /// Counts what is read of a file.
    pub(super) fn reading<R: Read>(&self, file: R) -> Counted<'_, R> {
        Counted { file, progress: self }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A file of which it is shown how much was read.
pub(super) struct Counted<'a, R> {
    file: R,
    progress: &'a Progress,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(into)?;
        if let Some(bar) = &self.progress.bar {
            bar.inc(read as u64);
        }
        Ok(read)
    }
}
