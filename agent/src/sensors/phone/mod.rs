//! A phone, and a watch that is connected with it, through the Sensor Logger app: pushes over HTTP, and exported recordings.
//!
//! `names`, `numbers` and `reading` say what an entry of a sensor is, for both. A `message` is one push; the [`Inbox`] puts pushes
//! into the order of their times, each device's accelerations in a `stream`; the `server` takes them in, behind a `door` that
//! bounds who is connected, from who has the [`Token`]. The `tally` counts what became of everything. The `source` runs it all while
//! motion or heart may be sensed.

mod door;
mod inbox;
mod message;
mod names;
mod numbers;
mod reading;
mod server;
mod source;
mod steps;
mod stream;
mod tally;
mod token;

pub use inbox::Inbox;
pub use source::start;
pub use tally::Tally;
pub use token::Token;

/// Name of the file in the state folder in which a running agent counts what came.
pub const ACCOUNT: &str = "phone.json";

#[cfg(test)]
mod tests;
