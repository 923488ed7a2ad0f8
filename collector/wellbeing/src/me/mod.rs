//! Wellbeing of a person over time, for that person: `/me/trends`, `GET /api/v1/me/wellbeing`, and MindPulse's `user-wellbeing`.
//!
//! It reads the roll-ups of whoever asks and nobody else's. What does not leave a device under the profile in force is not here: figures
//! made of it alone say so.

mod charts;
mod compared;
mod elsewhere;
mod hours;
mod period;
mod routes;
mod trends;
mod view;
mod written;

pub(crate) use elsewhere::router as unversioned;
pub(crate) use routes::{describe, router};
pub(crate) use trends::router as pages;

#[cfg(test)]
mod tests;
