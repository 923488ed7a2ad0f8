//! Talks: somebody writes to what listens; help in a crisis; and what of a talk they release.
//!
//! What a person writes is read on this machine, kept sealed under their key, and answered: with fixed words and telephone numbers where
//! there is a sign of danger, by a language model where the organisation has one and the person agrees, and by the built-in companion in all
//! other cases, in the transaction that takes it in. Who is not signed in can talk, too, where the organisation allows that; of such a talk
//! nothing is kept.
//!
//! | module | |
//! |---|---|
//! | `say` | takes in what is written, once, and answers it |
//! | `companion`, `built_in` | the built-in companion, and its answer as a turn |
//! | `answering`, `answers`, `live` | the seam of language models, and answers that are made, written down, followed, stopped, cut |
//! | `crisis`, `follow_up`, `plan` | what follows from signs of danger, what is asked a day later, safety plans |
//! | `consent`, `memory`, `egress`, `limits` | what people agreed to, what is remembered, what left, how often |
//! | `report` | reports, by rules, and how they are released |
//! | `own`, `rows`, `sealed`, `heard`, `written` | talks of whoever asks, as they lie, sealed; names and texts |
//! | `anonymous` | talks of who is not signed in |
//! | `rooms`, `places`, `awaited` | devices that share a room, who has a socket open, clients that wait |
//! | `api`, `mindpulse`, `opensoft`, `pages` | for programs, for clients of other systems, in a browser |
//!
//! | table | holds |
//! |---|---|
//! | `talk_consents` | what people agreed to, only appended, sealed |
//! | `talks` | of each its number, when it was begun and went on, how many turns it has; title, room, status, signs of danger and how the companion stands, sealed |
//! | `talk_turns` | what was said and what was read of it, sealed; by which side and when, in clear |
//! | `talk_answers` | answers that models are asked for: how each stands, and what was said of it until now, sealed |
//! | `talk_memory` | what is remembered of who allows it, sealed |
//! | `safety_plans` | one of a person, sealed |
//! | `talk_reports` | reports, sealed; what HR sees of each, sealed by itself |
//! | `talk_egress` | that text left for a model: when and how much in clear, to where sealed |
//! | `talk_limits` | how many answers of models somebody asked for within a day, and when in it they wrote last; for two days |
//!
//! | asked for | by whom |
//! |---|---|
//! | `/me/talk` and below, `/api/v1/talks` and below | a person: their own talks |
//! | `/me/safety-plan`, `/me/talk/memory`, `/api/v1/me/safety-plan`, `/api/v1/me/memories` | a person |
//! | `/api/chatbot/...` | a person, in clients of MindPulse |
//! | `/ws/chat/{room}/`, `/employee/chat/...` | a person, in clients of OpenSoft |
//! | `/help`, `/api/v1/help` | anybody, without signing in |
//! | `/chat` | anybody, where the organisation allows it |
//! | `/hr/talks` and below, `/api/v1/hr/talks` and below | HR: what people released of reports; who opens one is on record |
//!
//! | who meets it | what holds |
//! |---|---|
//! | who has the database, its log or a copy | no word of a talk, no title, no level and no status without the keys of people; that a person (a random id) talks, when, and how long turns are; every talk is looked at a day later, so that this says nothing of it |
//! | a manager, an administrator, the privacy officer, another program | nothing |
//! | HR | the parts of reports that their people released, until they take them back; of a report nothing else is opened for it |
//! | who seems to be in danger | fixed, reviewed words and telephone numbers, before any model is asked; a day later it is asked how they are, in the talk alone; whom they chose for that is told to get in touch, if they allowed it here, and nothing else, and the transaction that has them told says so in the talk |
//! | a language model | is asked of who agrees to that, with no sign of danger, no hint of one and nothing to follow up, as often as is set; that text leaves is on record before it does, and asked again each time; what it says comes out in pieces that have passed what is looked at |
//! | a model that fails, is slow, or is unfit | the built-in companion answers in its place |
//! | a kill at any line, many collectors | a turn and what answers it at once are one transaction; an answer of a model is made by one holder, ends in one transaction, is cut once its lease is over, and is never made twice by itself |
//! | who stops, reloads, or looks with a second device | what was said until then is kept; nothing more is asked of the model, also before its first word; whoever looks goes on in the middle |
//! | who withdraws, is erased, or deletes a talk | what waits is destroyed in the same transaction, and the rest with it or right after it; an answer that is being made says nothing more; but for who is erased, when they last wrote is known for two days, so that a reminder to talk stays answered |
//! | who writes without end, or a megabyte | 4,000 characters a turn, 120 turns an hour, bounded talks, turns, answers, memories, sockets and streams; a turn that is sent twice is one |
//! | a client that takes its messages slowly, or is gone | is pinged, waited for so long, and let go; the door may have its place |
//! | who is not signed in | leaves no row: what was said is sealed in its page; how often an address writes is in memory alone |
//! | a copy that is put back | nobody has agreed to anything, and no report is released |
//! | a full disk | what is asked for is answered 503 and nothing of it is done |

mod aging;
mod anonymous;
mod answering;
mod answers;
mod api;
mod awaited;
mod bell;
mod built_in;
mod companion;
mod consent;
mod crisis;
mod egress;
mod error;
mod follow_up;
mod heard;
mod holdings;
mod limits;
mod live;
mod memory;
mod mindpulse;
mod opensoft;
mod own;
mod pages;
mod places;
mod plan;
mod reader;
mod report;
mod rooms;
mod rows;
mod say;
mod sealed;
mod state;
#[cfg(test)]
mod tests;
mod written;

pub use answering::{Answer, Answered, Answering, Asked, Line, Out, Said, Unanswered};
pub use companion::Help;
pub use error::TalksError;
pub use reader::Reader;
pub use state::{Calling, Danger, Settings, Talks};

use attune_ground::store::{Migrations, Store};
use attune_ground::{GroundError, Job, Subject};
use attune_protocol::ids::PersonId;
use axum::extract::FromRef;
use tokio::sync::watch;

/// The tables of talks.
pub static MIGRATIONS: Migrations = Migrations {
    sqlite: &[(9001, "talks", include_str!("../migrations/sqlite/9001_talks.sql"))],
    postgres: &[(9001, "talks", include_str!("../migrations/postgres/9001_talks.sql"))],
    inherited: &[],
};

/// What this subject brings to the program.
#[must_use]
pub fn subject<S: Clone + Send + Sync + 'static>() -> Subject<S>
where
    Talks: FromRef<S>,
{
    Subject {
        migrations: Some(&MIGRATIONS),
        aging: aging::AGING,
        holdings: Some(holdings::HOLDINGS),
        bell: Some(bell::BELL),
        releases: Some(|store, keys, person| Box::pin(report::of_released(store, keys, person))),
        carried: Some(holdings::CARRIED),
        routes: api::router,
        unversioned: || mindpulse::router().merge(opensoft::router()),
        pages: pages::router,
        describe: api::describe,
        jobs,
        ..Subject::default()
    }
}

fn jobs<S>(state: &S, stop: &watch::Receiver<bool>) -> Vec<Job>
where
    Talks: FromRef<S>,
{
    vec![Job::new("talks", follow_up::keep_following(Talks::from_ref(state), stop.clone()))]
}

/// Whether a person wrote something in a talk within a time, Unix milliseconds; of the last two days also where they deleted the talk since.
///
/// # Errors
/// When the database refuses.
pub async fn has_talked(store: &Store, person: PersonId, within: std::ops::Range<i64>) -> Result<bool, GroundError> {
    for statement in [
        "SELECT number FROM talk_turns WHERE person = $1 AND own = 1 AND at >= $2 AND at < $3 LIMIT 1",
        "SELECT day FROM talk_limits WHERE person = $1 AND last_at >= $2 AND last_at < $3 LIMIT 1",
    ] {
        let row: Option<(i64,)> = sqlx::query_as(statement)
            .bind(person.0.to_vec())
            .bind(within.start)
            .bind(within.end)
            .fetch_optional(store.pool())
            .await?;
        if row.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}
