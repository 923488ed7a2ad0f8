//! `POST /analyze` over the real collector.

mod client;
mod crowd;
mod earlier;
mod equal;
mod formats;
mod limits;
mod meaning;
mod mutations;
mod preferences;
mod privacy;
mod repeating;
mod sessions;

/// Where it is.
const PATH: &str = "/api/v1/analyze";
