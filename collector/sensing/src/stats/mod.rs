//! How much is analysed, how long it takes and what it costs: `GET /stats` for people, `GET /metrics` for Prometheus.

mod last_hour;
mod meter;
mod process;
pub(crate) mod routes;
mod stage;
mod view;

pub(crate) use meter::{Meter, Outcome};
pub(crate) use routes::Board;
pub(crate) use stage::{Stage, Times};
