//! A phone, and a watch that is connected with it, through the Sensor Logger app: pushes over HTTP, and exported recordings.
//!
//! `names`, `numbers` and `reading` say what an entry of a sensor is, for both. A `message` is one push; the [`Inbox`] puts pushes
//! into the order of their times, each device's accelerations in a `stream`; the `server` takes them in, behind a `door` that
//! bounds who is connected, from who has the [`Token`]. The `tally` counts what became of everything.

mod door;
mod inbox;
mod message;
mod names;
mod numbers;
mod reading;
mod server;
mod steps;
mod stream;
mod tally;
mod token;

pub use inbox::Inbox;
pub use tally::Tally;
pub use token::Token;

#[cfg(test)]
mod tests;
