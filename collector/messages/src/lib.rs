//! Messages: what people write where they work, read by a network on this machine, counted, and never quoted.
//!
//! Programs hand messages in, of who agreed to it; each is stored sealed under its writer's key and waits in a queue that all collectors of
//! a database share. Once it is read its text is destroyed, and numbers are left: for the writer alone, and, by way of the roll-ups, in
//! figures of teams that are large enough.
//!
//! | table | holds |
//! |---|---|
//! | `channels` | where messages are written: kind, name, and how its own program calls it |
//! | `messages` | messages of people: time, channel, how each stands; its text as long as it waits, and what was read of it, sealed |
//! | `message_refs` | under which name of its channel each has come, by a tag: it comes once; when it was changed there last |
//! | `deleted_refs` | which names were deleted in their channel, or left without words, by a tag: what comes under one later is not taken in, but words of a later change are where it was left without any |
//! | `message_consents` | what people agreed to, only appended, sealed |
//! | `writers` | how people are called where they write, by tags, and sealed for whose names they are |
//!
//! | asked for | by whom |
//! |---|---|
//! | `/api/v1/channels`, `/api/channels/` | who runs the collector, and machines that hand in messages |
//! | `/api/v1/messages`, `/api/messages/` | those machines: a result for each message, and how one stands; never what was read |
//! | `/api/v1/channels/writers`, `/admin/channels`, `/admin/writers` | who runs the collector |
//! | `/me/messages` and its `names/remove`, `/api/v1/me/messages` and its `consent` | whoever wrote them |
//! | `/api/v1/receivers/{name}` | whoever signs what it hands in with that receiver's secret |
//! | `messages sync`, `messages failed`, `messages import` | whoever has the machine: how many, and why not, and never what |
//!
//! | who meets it | what holds |
//! |---|---|
//! | who has the database, its log or a copy | no text and no score without the keys of people; which channel a person (a random id) wrote in and when, and how long the texts were |
//! | who hands in messages | learns who is known and who has agreed, by what fails; never how anything was read |
//! | a manager, or hr | what roll-ups of enough people tell; a sign of danger is told to nobody but its writer; whom they chose for that is told to get in touch, and nothing else |
//! | consent that is withdrawn, a person who is erased | what waits is destroyed at once, what was read is deleted, their hours are made anew; a reader that is at it writes nothing |
//! | a platform on which a message is deleted or changed | it goes here, too, or is read anew; whichever of the three comes first, and however often |
//! | a request that was kept, and is sent again | it is refused after five minutes; what was said before its writer agreed, for the first time or anew, is not taken in of any program. A file that who runs the machine imports is another way in: it is of before, as a rule, and what is in it is taken in of who agrees now |
//! | the same message twice, from two programs at once | `message_refs` has one of each name: the second is answered with the id of the first |
//! | a full disk, a killed collector | what was not committed is said to have failed; what waits is claimed anew once its lease is over, and a result counts once, by holder and fence; that nothing could be written is laid to no message |
//! | somebody who writes much, or long | each has their turn: a batch is of so many bytes and of several people (`claim`), and who withdraws while it is read is not read on |
//! | a text on which its reader ends | after two times it is claimed alone, after five it has failed, and the reason stands beside it |
//! | a copy that is put back | nobody has agreed to anything: who withdrew since the copy was made would else have agreed again |

mod aging;
mod answer;
mod api;
mod body;
mod channels;
mod claim;
mod consent;
mod error;
mod formats;
mod holdings;
mod import;
pub mod incoming;
mod measured;
mod mindpulse;
mod names;
mod own;
mod pages;
mod queue;
mod reader;
mod receivers;
mod rows;
mod sealed;
mod senders;
mod state;
mod sync;
mod take;
#[cfg(test)]
mod tests;
mod turn;
mod worker;
mod writers;

pub use error::MessagesError;
pub use reader::{Reader, Reads};
pub use senders::Receivers;
pub use state::{Messages, Settings};

use attune_ground::store::Migrations;
use attune_ground::{Job, Subject};
use axum::extract::FromRef;
use tokio::sync::watch;

/// The tables of channels and messages.
pub static MIGRATIONS: Migrations = Migrations {
    sqlite: &[
        (5001, "messages", include_str!("../migrations/sqlite/5001_messages.sql")),
        (5002, "overtaken", include_str!("../migrations/sqlite/5002_overtaken.sql")),
        (5003, "writers", include_str!("../migrations/sqlite/5003_writers.sql")),
    ],
    postgres: &[
        (5001, "messages", include_str!("../migrations/postgres/5001_messages.sql")),
        (5002, "overtaken", include_str!("../migrations/postgres/5002_overtaken.sql")),
        (5003, "writers", include_str!("../migrations/postgres/5003_writers.sql")),
    ],
    inherited: &[],
};

/// What this subject brings to the program.
#[must_use]
pub fn subject<S: Clone + Send + Sync + 'static>() -> Subject<S>
where
    Messages: FromRef<S>,
{
    Subject {
        migrations: Some(&MIGRATIONS),
        history: Some(aging::HISTORY),
        aging: aging::AGING,
        holdings: Some(holdings::HOLDINGS),
        measures: Some(measured::SOURCE),
        carried: Some(holdings::CARRIED),
        routes: || api::router().merge(receivers::router()),
        unversioned: mindpulse::router,
        pages: pages::router,
        describe: api::describe,
        jobs,
        commands: || vec![sync::command()],
        ..Subject::default()
    }
}

fn jobs<S>(state: &S, stop: &watch::Receiver<bool>) -> Vec<Job>
where
    Messages: FromRef<S>,
{
    vec![Job::new("messages", worker::keep_reading(Messages::from_ref(state), stop.clone()))]
}
