//! Alerts: what was measured over several days or weeks and is worth a look. An alert informs somebody who decides; it decides nothing.
//!
//! | what | how |
//! |---|---|
//! | a rule | one definition each (`rule`): what it looks at, bounds to raise and to clear, for how many days or weeks in a row that tell it |
//! | raised and cleared | at different bounds: what wavers between both opens and ends nothing (`judge`); days that tell nothing do neither |
//! | about a person | of their own roll-ups, days that are over, measures that they agree to, and no day up to one on which they withdrew anything that those are made of; sealed under their key; for them alone |
//! | a supporter | is named by the person, says yes, and sees that there is an alert and its level in words; each look is in the log of access; taken back at once |
//! | a sign of danger | of what a person wrote: told to them alone, but that somebody whom they chose for that is told to get in touch, and nothing else (`calls`) |
//! | about a team | of figures that were given ([`crate::team`]) and of nothing else, as long as the profile lets them be told and they are of as many people as are set; for HR and who leads it |
//! | its life | open, acknowledged (who holds it), closed; its history is only appended |
//! | told | on the page, by server-sent events for as long as who looks is signed in (`events`), by mail that says only that something waits (`collector/people/src/mail`), each as the recipient has chosen and not in their quiet hours |
//! | told to other programs | of teams only, signed or as Slack takes it, in the order of what happened, tried again with growing pauses, each try logged (`deliver`) |
//!
//! | who meets it | what holds |
//! |---|---|
//! | HR, who wants to know of a person | no route, mail or message of theirs reads a table of alerts about people |
//! | who has the database | sees how many alerts there were about numbers that lead to nobody; not of what, nor whom a person named |
//! | a supporter who is not one any more | the row is gone: the next page says nothing, and of what waited to be mailed it is looked at again whether it is to go (`still`) |
//! | an address of a webhook that leads inwards | is refused when it is set and when its name is looked up; nothing is followed |

mod api;
mod bell;
mod calls;
mod choices;
mod deliver;
mod events;
mod held;
mod judge;
mod mindpulse;
mod pages;
mod person;
mod quiet;
mod recipients;
mod record;
mod round;
mod rule;
mod seen;
mod series;
mod still;
mod supporters;
mod team_round;
mod teams;
#[cfg(test)]
mod tests;
mod words;

use attune_ground::Job;
use attune_ground::http::document;
use axum::Router;
use axum::extract::FromRef;
use serde_json::Value;
use tokio::sync::watch;
use utoipa_axum::router::OpenApiRouter;

use crate::Wellbeing;

pub(crate) use bell::BELL;
pub use calls::{called_since, forget_calls, sign_of_danger};
pub use deliver::check_hook;
pub(crate) use held::{ERASED, context, count, delete, delete_before, due, export};
pub(crate) use pages::ASSETS;
pub use round::agreed_anew;
pub use still::look_again;
pub(crate) use supporters::forget_all as forget_supporters;

/// What programs ask for.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Wellbeing: FromRef<S>,
{
    api::router()
}

/// The path of MindPulse.
pub(crate) fn unversioned<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Wellbeing: FromRef<S>,
{
    mindpulse::router()
}

/// What is seen in a browser.
pub(crate) fn pages<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Wellbeing: FromRef<S>,
{
    pages::router()
}

/// Adds the examples to the OpenAPI document.
pub(crate) fn describe(document: &mut Value) {
    document::add_examples(document, include_str!("examples.json"));
}

/// What goes on all the time.
pub(crate) fn jobs(state: &Wellbeing, stop: &watch::Receiver<bool>) -> Vec<Job> {
    let (people, teams, telling, calls) = (state.clone(), state.clone(), state.clone(), state.clone());
    vec![
        Job::new("alerts about people", round::keep_looking(people, stop.clone())),
        Job::new("alerts about teams", team_round::keep_looking(teams, stop.clone())),
        Job::new("telling alerts about teams", deliver::keep_telling(telling, stop.clone())),
        Job::new("calls to who supports people", calls::keep_telling(calls, stop.clone())),
    ]
}
