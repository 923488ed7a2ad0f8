//! A made-up organisation: people with rhythms, teams that people join and leave, a team under load, devices that are off for days.
//!
//! What is made is taken in as from devices: each person has one, with a key of its own, whose signed batches of changes of consent and
//! records of features are verified, decided and fused by what does that for devices of people who are there. Then it is rolled up.
//!
//! It is drawn from a seed: the same numbers for the same seed and last day, whatever else is made beside. Ids, keys and passwords are
//! not: those are random, as always.

mod args;
mod calendar;
mod drawn;
mod error;
mod fill;
mod outbox;
mod plan;
mod report;
mod run;
mod sensed;
mod settle;
#[cfg(test)]
mod tests;
mod world;

pub use args::SimulateArgs;
pub(crate) use drawn::Drawn;
pub use error::SimulateError;
pub(crate) use fill::{Filler, context, take_batches};
pub(crate) use outbox::Outbox;
pub(crate) use plan::{Plan, yesterday};
pub use run::run;
pub(crate) use settle::settle;
pub(crate) use world::World;
