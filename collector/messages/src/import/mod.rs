//! `messages import`: messages out of files that other programs wrote, the same way in as all others.
//!
//! Files are read on a thread of their own and taken in a few hundred messages at a time, so that however long they are, little is held.
//! What is taken in is known by its name in its channel: the same file twice changes nothing.

mod kind;
mod people;
mod read;
mod tally;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use attune_ground::progress::Progress;
use attune_ground::{Failed, GroundError, Said, files};
use clap::{Args, ValueEnum};
use jiff::tz::TimeZone;
use tokio::sync::mpsc;

use crate::channels::{Channel, find_or_make};
use crate::error::MessagesError;
use crate::formats::discord;
use crate::incoming::{ChannelKind, Incoming, Item};
use crate::state::Messages;
use crate::take::{Coming, Failure, Taken, take_each};
use kind::Kind;
use read::{How, Step};
use tally::Tally;

/// Messages that are taken in at a time.
const AT_ONCE: usize = 500;

/// Take in messages out of files that other programs wrote. A collector may run meanwhile.
#[derive(Args, Debug)]
#[command(
    after_help = "Whose a message is, is told by e-mail addresses in the file that are user ids here, and by the \
        table of --people: its lines are NAME,USER_ID, with the name or id that the platform has. Messages of others \
        are left out and counted, as are those of people who have not agreed. What people wrote before they agreed is \
        taken in: tell them of the file before you ask them. The same file again changes nothing.\n\n\
        Examples:\n  attune-collector messages import --kind slack export.zip --people people.csv --dry-run\n  \
        attune-collector messages import --kind discord 'night-shift [711].csv' --zone Europe/Berlin --dates dmy"
)]
pub(crate) struct Import {
    /// What wrote the files.
    #[arg(long, value_enum)]
    kind: Kind,
    /// The files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A table of who is who: NAME,USER_ID with a line of heads. It is kept: later messages of these names are theirs, too.
    #[arg(long, value_name = "TABLE")]
    people: Option<PathBuf>,
    /// The zone of times that say none, as Europe/Berlin.
    #[arg(long, value_name = "ZONE", value_parser = zone)]
    zone: Option<TimeZone>,
    /// The order of days and months in dates as 3/4/2026.
    #[arg(long, value_enum)]
    dates: Option<Order>,
    /// Store nothing, and say what is in the files.
    #[arg(long)]
    dry_run: bool,
    /// Write the names of writers whom nobody knows here to this file. It holds personal data, and must not be there yet.
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    unknown: Option<PathBuf>,
}

/// The order of days and months.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Order {
    /// The month first.
    Mdy,
    /// The day first.
    Dmy,
}

fn zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| "expected a time zone as IANA names it, as Europe/Berlin or UTC".to_owned())
}

/// Why an import ends early.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("take messages in: {0}")]
    Barred(String),
    #[error("write {}: it is there already", .0.display())]
    There(PathBuf),
    #[error("import {}: {}", .0.display(), .1)]
    File(PathBuf, String),
}

/// Takes files in, and tells what became of what is in them.
///
/// # Errors
/// When messages are not taken in here, a file does not read, or the database refuses. What was taken in until then stays.
pub(crate) async fn run(import: Import, state: &Messages) -> Result<Said, Failed> {
    let Import { kind, files: paths, people, zone, dates, dry_run, unknown } = import;
    if !dry_run {
        state.check_taken_in().map_err(|problem| Refused::Barred(problem.detail))?;
    }
    if let Some(unknown) = &unknown
        && unknown.try_exists().map_err(GroundError::file(unknown))?
    {
        return Err(Refused::There(unknown.clone()).into());
    }
    let (tally, channels) = (Tally::new(dry_run), HashMap::new());
    let mut work = Work { state, kind: kind.channels(), tally, channels };
    if let Some(table) = people {
        let bytes = std::fs::read(&table).map_err(GroundError::file(&table))?;
        let names = people::read(&bytes).map_err(|why| Refused::File(table, why))?;
        if !dry_run {
            work.tally.linked(people::link(state, work.kind, &names).await?);
        }
    }
    let dates = dates.map(|order| match order {
        Order::Mdy => discord::Dates::MonthFirst,
        Order::Dmy => discord::Dates::DayFirst,
    });
    let how = How { kind, zone, dates };
    let mut progress = Progress::shown();
    for path in paths {
        progress.begin("messages imported");
        let imported = work.file(&path, &how, &mut progress).await;
        imported.map_err(|error| Refused::File(path, format!("failed to {error}")))?;
    }
    drop(progress);
    let Work { tally, .. } = work;
    if let Some(file) = unknown {
        files::write_private(&file, &tally.names()).map_err(GroundError::file(&file))?;
    }
    Ok(Said { out: tally.table(), err: tally.notes() })
}

/// What is taken in, one file after the other.
struct Work<'a> {
    state: &'a Messages,
    kind: ChannelKind,
    tally: Tally,
    /// By how the platform calls them.
    channels: HashMap<String, Channel>,
}

impl Work<'_> {
    /// Takes one file in.
    async fn file(&mut self, path: &Path, how: &How, progress: &mut Progress) -> Result<(), Failed> {
        // As many are read ahead as are taken in at a time.
        let (sender, mut steps) = mpsc::channel(AT_ONCE);
        let (path, how) = (path.to_owned(), how.clone());
        let reading = tokio::task::spawn_blocking(move || read::file(&path, &how, &sender));
        let mut waiting = Vec::new();
        while let Some(Step { item, part, whole }) = steps.recv().await {
            match item {
                Item::Left(why, _) => self.tally.left(why),
                Item::Taken(_) if self.tally.is_dry() => self.tally.stored(),
                Item::Taken(message) => waiting.push(message),
            }
            if waiting.len() >= AT_ONCE {
                self.take(std::mem::take(&mut waiting)).await?;
            }
            progress.done(part, whole);
        }
        self.take(waiting).await?;
        reading.await??.all().iter().for_each(|note| self.tally.note(note));
        Ok(())
    }

    /// Takes some messages in.
    async fn take(&mut self, messages: Vec<Incoming>) -> Result<(), MessagesError> {
        if messages.is_empty() {
            return Ok(());
        }
        let mut coming = Vec::with_capacity(messages.len());
        let mut writers = Vec::with_capacity(messages.len());
        for message in messages {
            if !self.channels.contains_key(&message.channel) {
                let made = find_or_make(self.state, self.kind, &message.channel, &message.channel_name).await?;
                self.channels.insert(message.channel.clone(), made);
            }
            writers.push(message.author.clone());
            let channel = self.channels.get(&message.channel);
            coming.extend(channel.map(|channel| Ok(Coming::new(channel, message).filed())));
        }
        for (writer, taken) in writers.iter().zip(take_each(self.state, coming).await?) {
            match taken {
                Taken::Stored(_) => self.tally.stored(),
                Taken::Known(_) => self.tally.known(),
                Taken::Failed(failure) => {
                    if failure == Failure::NoUser {
                        self.tally.unknown(writer);
                    }
                    self.tally.failed(failure);
                }
            }
        }
        Ok(())
    }
}
