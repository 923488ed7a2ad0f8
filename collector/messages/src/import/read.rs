//! One file, on a thread of its own.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::tz::TimeZone;
use tokio::sync::mpsc;

use super::kind::Kind;
use crate::formats::{FormatError, Notes, To, discord, jira, mail, mattermost, slack, teams};
use crate::incoming::Item;

/// How a file is read.
#[derive(Clone, Debug)]
pub(super) struct How {
    pub(super) kind: Kind,
    pub(super) zone: Option<TimeZone>,
    pub(super) dates: Option<discord::Dates>,
}

/// Something of a file, and how far it was read by then, in bytes.
pub(super) struct Step {
    pub(super) item: Item,
    pub(super) part: u64,
    pub(super) whole: u64,
}

/// Reads a file, and sends what is in it.
///
/// # Errors
/// When it does not read, or nobody takes what is sent.
pub(super) fn file(path: &Path, how: &How, sender: &mpsc::Sender<Step>) -> Result<Notes, FormatError> {
    let file = File::open(path)?;
    let whole = file.metadata()?.len();
    let part = Arc::new(AtomicU64::new(0));
    let mut reader = BufReader::new(Counted { file, part: Arc::clone(&part) });
    let mut send = |item| {
        let step = Step { item, part: part.load(Ordering::Relaxed).min(whole), whole };
        sender.blocking_send(step).map_err(|_| FormatError::Stopped)
    };
    let to: To<'_> = &mut send;
    let mut begin = [0; 4];
    let length = reader.read(&mut begin)?;
    reader.rewind()?;
    let is_archive = begin[..length].starts_with(b"PK");
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match how.kind {
        Kind::Slack => slack::read(reader, to),
        Kind::Discord if is_archive => discord::read_package(reader, to),
        Kind::Discord if name.to_lowercase().ends_with(".csv") => {
            discord::read_table(reader, &name, &discord::How { zone: how.zone.clone(), dates: how.dates }, to)
        }
        Kind::Discord => discord::read_export(reader, to),
        Kind::Mattermost => mattermost::read(reader, to),
        Kind::Mail => {
            let settings = mail::Settings { channel: "email".to_owned() };
            mail::read_from(reader, &settings).try_for_each(|item| to(item?))?;
            Ok(Notes::default())
        }
        Kind::Teams => teams::read(reader, to),
        Kind::Jira => jira::read(reader, to),
    }
}

/// A file of which it is known how far it was read.
struct Counted {
    file: File,
    part: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.part.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl Seek for Counted {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.file.seek(to)
    }
}
