//! Answers for clients that ask once and wait.

use std::time::Duration;

use attune_ground::http::Problem;
use attune_protocol::ids::PersonId;
use tokio::time::timeout;

use crate::answers::{Event, Following};
use crate::say::Told;
use crate::sealed::Turn;
use crate::state::Talks;

/// How long such a client waits: less than any answer may take.
const PATIENCE: Duration = Duration::from_secs(40);

/// What answers what was said, once it is there.
///
/// # Errors
/// 503 where it takes longer than a client waits, or was stopped or cut: it can be read later, or asked for anew.
pub(crate) async fn awaited(state: &Talks, person: PersonId, told: &Told) -> Result<Turn, Problem> {
    if let Some(reply) = &told.reply {
        return Ok(reply.clone());
    }
    let late = || Problem::busy("the answer is not there yet: read the conversation again in a moment");
    let Some(key) = state.key_of(person).await? else { return Err(Problem::erased()) };
    let mut following = Following::new(state, key, (person, told.talk, told.number + 1), usize::MAX);
    let whole = async {
        loop {
            match following.next().await? {
                Some(Event::Answered(turn)) => return Ok(turn),
                Some(Event::Piece(..) | Event::Instead(_)) => {}
                Some(Event::Stopped | Event::Cut) | None => return Err(late()),
            }
        }
    };
    timeout(PATIENCE, whole).await.unwrap_or_else(|_| Err(late()))
}
