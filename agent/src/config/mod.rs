//! The configuration: defaults, then a TOML file, then the environment, then flags.
//!
//! `agent/agent.example.toml` is the one list of keys; a test holds it to the types here. In the environment a key is
//! upper-case behind `ATTUNE_AGENT_`, with `_` for the point: `uplink.every` is `ATTUNE_AGENT_UPLINK_EVERY`.

mod load;
mod rhythm;
mod start;
mod values;

pub use load::{load, place};
pub(crate) use load::{skip, start};
pub use rhythm::Rhythm;
pub use start::Start;
pub use values::{
    BluetoothConfig, CameraConfig, CheckInConfig, Choice, Config, FootprintConfig, IioConfig, LogConfig, LogFormat,
    MicrophoneConfig, OutboxConfig, OwnConfig, PageConfig, PhoneConfig, PlayConfig, ProgressFormat, Speed,
    UplinkConfig,
};

#[cfg(test)]
mod tests;
