//! A phone, and a watch that is connected with it, through the Sensor Logger app: pushes over HTTP, and exported recordings.
//!
//! `names`, `numbers` and `reading` say what an entry of a sensor is, for both. A `message` is one push; the `inbox` puts pushes
//! into the order of their times, each device's accelerations in a `stream`; the `server` takes them in, behind a `door` that
//! bounds who is connected, from who has the [`Token`](crate::token::Token). The `tally` counts what became of everything. The `source` runs it all while
//! motion or heart may be sensed; a `trial` only looks whether a phone gets through.
//!
//! An `export` is a folder, a ZIP or a `json` file; each sensor's `table` in it is read as other tables are, and becomes `clips`.

mod clips;
mod door;
mod export;
#[cfg(any(test, fuzzing))]
mod fuzzing;
mod inbox;
mod json;
mod message;
mod names;
mod numbers;
mod reading;
mod server;
mod source;
mod steps;
mod stream;
mod table;
mod tally;
mod trial;

pub use clips::{heart_clip, motion_clip};
pub use export::{Export, is_export, is_read};
#[cfg(any(test, fuzzing))]
pub(crate) use fuzzing::pushes;
pub use source::start;
pub use tally::{ACCOUNT, Tally};
pub use trial::{Heard, wait_for_push};

#[cfg(test)]
mod tests;
