//! Contact: reminders that people choose for themselves, and letters between them and HR.
//!
//! A reminder is made once for each time that it is due, by whichever collector looks first, by its person's own clock. One that nobody
//! answers is mailed, and after three in a row HR is told that, where the profile lets it and the person was told so before. Letters are what
//! one side writes to the other; each lies sealed under the person's key.
//!
//! | module | |
//! |---|---|
//! | `kind` | of what people are reminded, and the seam by which the program says how it is known that they did it |
//! | `reminders` | plans, reminders and what follows from them |
//! | `letters` | threads of letters, written and read |
//! | `bell` | how much waits for somebody |
//! | `api`, `pages` | both for programs and in a browser |
//!
//! | table | holds |
//! |---|---|
//! | `reminder_plans` | what somebody wants to be reminded of, and how, sealed under their key; when it is to be looked at next, in clear |
//! | `reminders` | one row a reminder: when it was due, and whether it was missed, answered or overtaken |
//! | `reminder_notices` | that HR was told that three in a row went unanswered of somebody, and since when it is so no more |
//! | `letter_threads` | which side began, how many letters there are, up to which each side has read; the subject, sealed |
//! | `letters` | what each letter says and whose login wrote it, sealed; which side wrote it and when, in clear |
//!
//! | asked for | by whom |
//! |---|---|
//! | `/notifications`, `/api/v1/me/notifications` | whoever is signed in: what waits for them; clients of Elara find the list there |
//! | `/me/reminders` and below, `/api/v1/me/reminders` and below | a person: chooses, ends, answers and puts off their own |
//! | `/me/letters` and below, `/api/v1/me/letters` and below | a person: letters between them and HR |
//! | `/hr/letters` and below, `/api/v1/hr/threads` and below | HR: all letters, and of whom reminders went unanswered; who reads is on record |
//!
//! | who meets it | what holds |
//! |---|---|
//! | who has the database, its log or a copy | no word of a letter and no rhythm without the keys of people; that somebody is reminded, and when; that they and HR write each other, how long letters are and when |
//! | HR | sees letters, and that reminders of a person went unanswered: not of what, not when, not what was answered before; whoever opens a thread stands in that person's log |
//! | a manager, an administrator, the privacy officer, another program, a server of mail | nothing of them; a mail says that something waits, and where |
//! | who writes without end, or a megabyte | 4,000 characters a letter, twenty an hour for each side of a person, bounded threads and letters; a letter that is sent twice is one |
//! | who guesses the id of a thread, or chooses one | it is a tag, under the collectors' own key, of its person and of what they sent; one of somebody else is 404 |
//! | markup, controls, letters that nobody sees | shown as text, left out, and none when there is nothing else |
//! | the profiles `eu` and `uk` without papers on record | HR is told nothing of reminders; who had chosen theirs before papers came was not told of that, and is not told on until they choose anew |
//! | whoever switches reminders off, chooses them anew, or answers one | what waits to be mailed of them goes in the same transaction, and HR sees nothing of it any more |
//! | a person who is erased | all of it lies under a key that is gone, and goes; whoever is disabled is neither reminded nor told on |
//! | a clock that leaps, daylight saving, another zone, many collectors, a kill at any line | one row a time, one change a row, each with what follows in one transaction |
//! | a full disk | what is asked for is answered 503 and nothing of it is done; what goes on by itself is tried again, and health says so |
//! | what was done arrives late | it counts as done, before HR is told and after |
//! | a copy that is put back | nobody is reminded, nor told on, who does not choose it anew |

mod aging;
mod api;
mod bell;
mod error;
mod holdings;
mod kind;
mod letters;
mod pages;
mod reminders;
mod state;
#[cfg(test)]
mod tests;

pub use error::ContactError;
pub use kind::{Kind, Looking, Source};
pub use state::Contact;

use attune_ground::store::{Migrations, Write};
use attune_ground::{Job, Prepared, Subject};
use attune_protocol::ids::PersonId;
use axum::extract::FromRef;
use tokio::sync::watch;

/// The tables of reminders and letters.
pub static MIGRATIONS: Migrations = Migrations {
    sqlite: &[(7001, "contact", include_str!("../migrations/sqlite/7001_contact.sql"))],
    postgres: &[(7001, "contact", include_str!("../migrations/postgres/7001_contact.sql"))],
    inherited: &[],
};

/// What this subject brings to the program.
#[must_use]
pub fn subject<S: Clone + Send + Sync + 'static>() -> Subject<S>
where
    Contact: FromRef<S>,
{
    Subject {
        migrations: Some(&MIGRATIONS),
        aging: aging::AGING,
        holdings: Some(holdings::HOLDINGS),
        moved: Some(moved),
        bell: Some(bell::BELL),
        carried: Some(holdings::CARRIED),
        routes: api::router,
        pages: pages::router,
        describe: api::describe,
        jobs,
        ..Subject::default()
    }
}

/// Their days are other ones now.
fn moved(transaction: &mut Write, person: PersonId) -> Prepared<'_> {
    Box::pin(reminders::look_soon(transaction, person))
}

fn jobs<S>(state: &S, stop: &watch::Receiver<bool>) -> Vec<Job>
where
    Contact: FromRef<S>,
{
    vec![Job::new("reminders", reminders::keep_reminding(Contact::from_ref(state), stop.clone()))]
}
