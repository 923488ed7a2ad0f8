//! `retention`: what is too old, by class, and letting go of it now.

use attune_ground::retention::Due;
use attune_ground::store::Store;
use attune_ground::time::{now_millis, rfc3339};
use attune_ground::{Failed, Foundation, Given, Said, SubjectCommand};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use super::{Keeping, Standing, begins, enforce, standing};

/// Say what is older than it may be kept, by class, and let go of it.
#[derive(Parser)]
#[command(
    name = "retention",
    display_order = 53,
    after_help = "Examples:\n  attune-collector retention show\n  attune-collector retention run --dry-run"
)]
struct Retention {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Say how long each class is kept, what is due, and what was deleted last. Nobody is named.
    Show,
    /// Delete what is due now, as the collector does every hour; also beside one that runs.
    Run {
        /// Say what would be deleted, and delete nothing.
        #[arg(long)]
        dry_run: bool,
    },
}

/// Why nothing is deleted.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error(
        "delete by age: the clock of this machine cannot be right; set it, or say that it is with 'attune-collector trust-clock'"
    )]
    Clock,
}

pub(crate) fn command() -> SubjectCommand {
    SubjectCommand {
        line: Retention::command(),
        work: |line, given| Box::pin(async move { run(Retention::from_arg_matches(&line)?.what, given).await }),
    }
}

async fn run(what: What, given: Given) -> Result<Said, Failed> {
    let Foundation { store, people, .. } = given.ground.await?;
    let keeping = Keeping {
        store: &store,
        keys: &people,
        limits: given.limits,
        aging: &given.aging,
        histories: &given.histories,
    };
    let out = match what {
        What::Show => shown(keeping).await,
        What::Run { dry_run: true } => would(keeping).await,
        What::Run { dry_run: false } => done(keeping).await,
    };
    store.close().await;
    Ok(Said { out: out?, err: String::new() })
}

/// The time to delete by, once the clock was looked at.
fn time(store: &Store) -> Result<i64, Refused> {
    store.time_to_delete_by().ok_or(Refused::Clock)
}

async fn shown(keeping: Keeping<'_>) -> Result<String, Failed> {
    let now = now_millis();
    let mut out = format!("{:<12} {:>5} {:>9}  {:<25} LAST DELETED\n", "CLASS", "DAYS", "DUE ROWS", "OLDEST");
    for Standing { class, days, due: Due { rows, oldest }, last } in standing(keeping, now).await? {
        let oldest = oldest.map_or_else(|| "-".to_owned(), rfc3339);
        let last = last.map_or_else(|| "-".to_owned(), |(at, rows)| format!("{rows} rows, {}", rfc3339(at)));
        out += &format!("{class:<12} {days:>5} {rows:>9}  {oldest:<25} {last}\n");
    }
    out += "ledgers      kept whole: an entry that was taken out would break their chains\n";
    let begins = begins(keeping.store, now).await?;
    if begins > now {
        out += &format!("Every hour from {} on; until then only what people have chosen.\n", rfc3339(begins));
    }
    Ok(out)
}

async fn would(keeping: Keeping<'_>) -> Result<String, Failed> {
    keeping.store.only_look_at_clock().await?;
    let now = time(keeping.store)?;
    let mut out = String::new();
    for Standing { class, due, .. } in standing(keeping, now).await?.into_iter().filter(|one| one.due.rows > 0) {
        out += &format!("{class}: {} rows would go\n", due.rows);
    }
    if out.is_empty() {
        return Ok("nothing is too old\n".into());
    }
    Ok(out + "What is older than its person's history and older than its class is kept stands in both.\n")
}

async fn done(keeping: Keeping<'_>) -> Result<String, Failed> {
    keeping.store.look_at_clock().await?;
    let now = time(keeping.store)?;
    let deleted = enforce(keeping, now, true).await?;
    let said: String = deleted.iter().map(|(class, rows)| format!("{class}: {rows} rows deleted\n")).collect();
    Ok(if said.is_empty() { "nothing was too old\n".into() } else { said })
}
