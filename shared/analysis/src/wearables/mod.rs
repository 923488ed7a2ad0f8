//! Wearables: packets to numbers, as their descriptions in `firmware-config/` say.

mod decode;
mod heart_rate;
mod layout;

pub use decode::hex;
pub use heart_rate::{HeartRateProfile, HeartReading};
pub use layout::{Field, FieldType, Flag, PacketLayout};
