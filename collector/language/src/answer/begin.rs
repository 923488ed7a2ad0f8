//! An answer is begun: written down, asked for, and asked for again where that is right, until its first words are there.

use std::time::Instant;

use crate::breaker::Leave;
use crate::costs::Book;
use crate::ledger::{Egress, Ledger, Outcome, Refusal};
use crate::order::{Language, Link};
use crate::send::{self, Answer, Failed, chance, pause};
use crate::shape::Prompt;

/// How often the same is asked again of one endpoint.
const REPETITIONS: u32 = 2;
/// The most requests for one turn, whatever fails.
const MOST_REQUESTS: u32 = 6;

/// An answer whose first words are there. Whoever drops it cuts the request.
pub(super) struct Begun<'a> {
    pub(super) answer: Answer,
    /// None where it ended without any.
    pub(super) words: String,
    pub(super) leave: Leave<'a>,
}

/// Why there is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ended {
    Refused(Refusal),
    Failed,
}

/// Begins an answer of one endpoint.
pub(super) async fn begin<'a, L: Ledger>(
    language: &Language,
    link: &'a Link,
    (prompt, details): (&Prompt, u32),
    ledger: &L,
    book: &mut Book,
) -> Result<Begun<'a>, Ended> {
    let settings = &link.endpoint.settings;
    let bytes = prompt.bytes() as u64;
    let mut repetition = 0;
    while book.requests() < MOST_REQUESTS {
        let Some(leave) = link.breaker.leave(Instant::now()) else { break };
        let request = book.requests() + 1;
        let egress = Egress { endpoint: &settings.name, model: &settings.model, bytes, details, request };
        ledger.leaves(egress).await.map_err(Ended::Refused)?;
        book.begin(settings, bytes);
        let failed = match first(language, link, prompt).await {
            Ok((answer, words)) => return Ok(Begun { answer, words, leave }),
            Err(failed) => failed,
        };
        tracing::warn!(endpoint = %settings.name, %failed, "A language model did not answer.");
        if failed.may_repeat() {
            book.turned_away();
        }
        book.end(Outcome::Failed, None);
        if failed.is_of_endpoint() {
            leave.failed(Instant::now(), failed.after());
        }
        let wait =
            pause(repetition, failed.after(), chance()).filter(|_| failed.may_repeat() && repetition < REPETITIONS);
        let Some(wait) = wait else { break };
        repetition += 1;
        tokio::time::sleep(wait).await;
    }
    Err(Ended::Failed)
}

async fn first(language: &Language, link: &Link, prompt: &Prompt) -> Result<(Answer, String), Failed> {
    let mut answer = send::ask(&language.connector, &link.endpoint, prompt).await?;
    let words = answer.next().await?.unwrap_or_default();
    Ok((answer, words))
}
