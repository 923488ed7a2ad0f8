//! Wearables: packets to samples, as their descriptions in `firmware-config/` say.

pub(crate) mod beats;
mod clock;
mod control;
mod decoded;
mod file;
mod header;
mod heart_rate;
mod layout;
mod lines;
mod meaning;
mod problem;
mod read;
mod rows;
mod session;
mod shipped;
mod standard;
mod state;
mod told;
mod uuid;

pub use control::{Answer, Reply};
pub use decoded::{Block, Decoded, Reading, Silence, Value};
pub use header::header;
pub use heart_rate::{HeartRateProfile, HeartReading};
pub use layout::{
    CommandLine, Continued, Control, Epoch, ErrorText, Field, FieldType, How, LeftOver, Line, LineValue, Next, Of,
    Packet, Replies, Stream, Time, TimeUnit, Wearable,
};
pub use problem::Problem;
pub use rows::hex;
pub use session::{Answered, Command, Session, Subscription};
pub use shipped::SHIPPED;
pub use standard::{BATTERY_LEVEL, BATTERY_SERVICE, DEVICE_INFORMATION, Information, battery, signal, text};
pub use told::Told;
pub use uuid::Uuid;

#[cfg(test)]
mod tests;
