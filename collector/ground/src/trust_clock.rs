use clap::{CommandFactory, Parser};

use crate::command::{Failed, Given, Said, SubjectCommand};

/// Say that the clock of this machine is right after it leapt, so that what is too old is deleted again.
#[derive(Parser)]
#[command(name = "trust-clock", display_order = 40, after_help = "Example:\n  date\n  attune-collector trust-clock")]
struct TrustClock;

pub(super) fn command() -> SubjectCommand {
    SubjectCommand { line: TrustClock::command(), work: |_, given| Box::pin(trust_clock(given)) }
}

async fn trust_clock(given: Given) -> Result<Said, Failed> {
    let store = given.ground.await?.store;
    store.trust_clock().await?;
    store.close().await;
    Ok(Said { out: "The clock of this machine is taken for right.\n".into(), ..Said::default() })
}
