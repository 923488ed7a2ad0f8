//! `messages`: reads what waits or failed, beside a collector that may run, says why some failed, and what of it can't be read any more.

use std::fmt::Write as _;
use std::num::NonZeroUsize;

use attune_analysis::networks::Networks;
use attune_ground::http::body::Bodies;
use attune_ground::progress::Progress;
use attune_ground::retention::Class;
use attune_ground::time::rfc3339;
use attune_ground::{Failed, Foundation, Given, Said, SubjectCommand};
use attune_people::People;
use attune_people::policy::papers;
use clap::{CommandFactory, FromArgMatches, Parser};

use crate::channels::{self, written};
use crate::error::MessagesError;
use crate::import;
use crate::queue::{self, Again, Counts, Dead};
use crate::reader::Reader;
use crate::rows::Reason;
use crate::state::{Messages, NO_READER, Settings, barred};
use crate::worker::{BATCH, round};

/// Look after messages that people write.
#[derive(Parser)]
#[command(
    name = "messages",
    display_order = 57,
    after_help = "Examples:\n  attune-collector messages sync --dry-run\n  attune-collector messages failed\n  \
        attune-collector messages import --kind slack export.zip"
)]
enum Command {
    /// Read messages that wait, that failed, or that another network has read and whose texts are kept.
    #[command(
        after_help = "A collector may run meanwhile: each message is read once. Texts that were destroyed once they were read can't be \
        read again; it is said how many those are.\n\n\
        Examples:\n  attune-collector messages sync --dry-run\n  attune-collector messages sync --limit 1000 --batch-size 100"
    )]
    Sync {
        /// Change nothing, and say what would be read.
        #[arg(long)]
        dry_run: bool,
        /// Read so many at most [default: all].
        #[arg(long, value_name = "N")]
        limit: Option<u64>,
        /// Read so many at a time, 1 to 1,000.
        #[arg(long, value_name = "N", default_value_t = BATCH as u64, value_parser = clap::value_parser!(u64).range(1..=1000))]
        batch_size: u64,
    },
    /// List messages that could not be read, and why.
    #[command(
        after_help = "A line each, the newest first: its id, when it came, its channel, and why it could not be read. Nothing says what it says, \
        or whose it is. 'messages sync' tries those again whose texts are here.\n\n\
        Examples:\n  attune-collector messages failed --limit 20"
    )]
    Failed {
        /// List so many at most.
        #[arg(long, value_name = "N", default_value_t = 100)]
        limit: u32,
    },
    Import(import::Import),
}

#[derive(Debug, thiserror::Error)]
#[error("read messages: {0}")]
struct Barred(String);

pub(crate) fn command() -> SubjectCommand {
    SubjectCommand {
        line: Command::command(),
        work: |line, given| Box::pin(async move { work(Command::from_arg_matches(&line)?, given).await }),
    }
}

async fn work(command: Command, given: Given) -> Result<Said, Failed> {
    match command {
        Command::Sync { dry_run, limit, batch_size } => {
            let limit = limit.unwrap_or(u64::MAX);
            let reader = Reader::of(&Networks::of(&given.models)?)?.ok_or_else(|| Barred(NO_READER.to_owned()))?;
            let state = state(given, Some(reader)).await?;
            if let Some(why) = barred(state.people().matrix()) {
                return Err(Barred(why).into());
            }
            let size = usize::try_from(batch_size).unwrap_or(BATCH);
            let said = synced(&state, dry_run, (limit, size)).await;
            state.store().close().await;
            Ok(said?)
        }
        Command::Failed { limit } => {
            let state = state(given, None).await?;
            let said = listed(&state, limit).await;
            state.store().close().await;
            Ok(said?)
        }
        Command::Import(import) => {
            let reader = Reader::of(&Networks::of(&given.models)?)?;
            let state = state(given, reader).await?;
            let said = import::run(import, &state).await;
            state.store().close().await;
            said
        }
    }
}

/// What a command needs of the collector whose state it looks after.
async fn state(given: Given, reader: Option<Reader>) -> Result<Messages, Failed> {
    let papers = papers(&given.setup);
    let Foundation { store, people, own } = given.ground.await?;
    let settings = attune_people::Settings { profile: given.profile, registration: false, limits: given.limits };
    let people = People::new((store, people, own), Bodies::default(), &given.histories, settings);
    let settings = Settings {
        keep_text: given.keep_text,
        help: Vec::new(),
        days: given.limits.of(Class::Messages),
        threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
    };
    Ok(Messages::new(people.in_zone(given.zone).on_record(papers), settings, reader))
}

async fn synced(state: &Messages, dry_run: bool, (limit, size): (u64, usize)) -> Result<Said, MessagesError> {
    let network = state.network();
    let counts = queue::counts(state.store(), &network).await?;
    let out = if dry_run {
        would(counts, limit)
    } else {
        let tried = sync(state, &mut Progress::shown(), (limit, size)).await?;
        done(tried, queue::counts(state.store(), &network).await?)
    };
    let reasons = queue::reasons(state.store()).await?;
    Ok(Said { out: out + &why(&reasons), err: gone(counts) })
}

/// The messages that could not be read, a line each.
async fn listed(state: &Messages, limit: u32) -> Result<Said, MessagesError> {
    let channels = channels::all(state.store()).await?;
    let mut out = String::new();
    for Dead { id, channel, received_at, reason, has_text } in queue::dead(state.store(), limit).await? {
        let named = channels.iter().find(|one| one.id == channel);
        let channel = named.map_or("?", |one| one.name.as_str());
        let again = if has_text { "can be tried again" } else { "its text is gone" };
        let why = reason.map_or("?", Reason::words);
        let _ = writeln!(out, "{}  {}  {channel}: {why}; {again}", written(&id), rfc3339(received_at));
    }
    let all = queue::reasons(state.store()).await?.iter().map(|(_, count)| count).sum();
    Ok(Said { out, err: format!("{} could not be read\n", messages(all)) })
}

/// Tries what waits, failed, or was read by another network, up to so many, so many at a time; gives how many that were.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn sync(
    state: &Messages,
    progress: &mut Progress,
    (limit, size): (u64, usize),
) -> Result<u64, MessagesError> {
    progress.begin("Reading messages");
    let network = state.network();
    let waiting = queue::counts(state.store(), &network).await?.waiting;
    let back = queue::put_back(state.store(), &network, Again::All, limit.saturating_sub(waiting)).await?;
    let whole = (waiting + back).min(limit);
    let mut tried = 0;
    while tried < limit {
        let most = usize::try_from(limit - tried).unwrap_or(size).min(size);
        let some = round(state, &queue::holder(), most).await?;
        if some == 0 {
            break;
        }
        tried += some as u64;
        progress.done(tried.min(whole), whole);
    }
    Ok(tried)
}

fn messages(count: u64) -> String {
    if count == 1 { "1 message".into() } else { format!("{count} messages") }
}

/// What a dry run says.
fn would(Counts { waiting, failed, outdated, .. }: Counts, limit: u64) -> String {
    let all = (waiting + failed + outdated).min(limit);
    format!(
        "{} would be read: {waiting} wait, {failed} failed, {outdated} were read by another network\n",
        messages(all)
    )
}

/// What came of it.
fn done(tried: u64, Counts { waiting, failed, .. }: Counts) -> String {
    let mut said = format!("{} tried; {failed} could not be read", messages(tried));
    if waiting > 0 {
        let _ = write!(said, ", and {waiting} wait: to be tried again later, or beyond the limit");
    }
    said + "\n"
}

/// Why messages could not be read, a line for each reason.
fn why(reasons: &[(Option<Reason>, u64)]) -> String {
    let words = |reason: Option<Reason>| reason.map_or("for a reason that this version does not know", Reason::words);
    reasons.iter().map(|(reason, count)| format!("{count:>9}  {}\n", words(*reason))).collect()
}

/// What can't be read again.
fn gone(Counts { gone, .. }: Counts) -> String {
    let mut said = String::new();
    if gone > 0 {
        let stay = "what was read of them before stays as it is";
        let _ =
            writeln!(said, "{} can't be read by this network, as their texts were destroyed; {stay}", messages(gone));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dry_run_says_what_would_be_read_and_what_is_beyond_it() {
        let counts = Counts { waiting: 3, failed: 2, outdated: 0, gone: 1 };
        assert!(would(counts, 4).starts_with("4 messages would be read: 3 wait, 2 failed"), "{}", would(counts, 4));
        assert!(gone(counts).starts_with("1 message can't be read"), "{}", gone(counts));
        assert_eq!(gone(Counts::default()), "");
    }

    #[test]
    fn it_is_said_how_many_were_tried_and_why_some_could_not_be_read() {
        let counts = Counts { failed: 2, ..Counts::default() };
        assert_eq!(done(7, counts), "7 messages tried; 2 could not be read\n");
        let waits = done(1, Counts { waiting: 3, ..counts });
        assert!(waits.starts_with("1 message tried; 2 could not be read, and 3 wait"), "{waits}");
        let why = why(&[(Some(Reason::Unopened), 1), (None, 12)]);
        assert_eq!(why.lines().next(), Some("        1  its text does not open"), "{why}");
    }
}
