//! Wearables over Bluetooth, as they give.
//!
//! The person pairs them ([`Wearables`]); [`start`] hears all of them in one thread, in which tokio runs for btleplug: a
//! scan for those that are not there (`scan`), and for each wearable a pilot that does what its `link` says, a state
//! machine without a radio and a clock. Packets become samples in `hearing`, and go into a feed for each modality.
//! [`nearby`] looks around once.

mod about;
mod find;
mod hearing;
mod hub;
mod link;
mod notice;
mod outlet;
mod paired;
mod pauses;
mod pilot;
mod radio;
mod scan;
mod trouble;

pub use find::{Nearby, nearby};
pub use hub::{chosen, modalities, start};
pub use paired::{Paired, Wearables};
pub use trouble::Trouble;
