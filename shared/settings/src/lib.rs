//! The settings of a program: built-in values, then a TOML file, then the environment, then flags; later ones win.
//!
//! A program has one struct of settings. Its fields are the keys, its sections are structs within it, and its
//! [`Default`] holds the built-in values; what has none is an `Option`. A key is named by its way through the sections,
//! `uplink.every`. In the environment it is upper-case behind the program's prefix, with `_` for the point.
//!
//! A variable and a flag are text; the field says what they are read as, so that a name may be "2026" or "true".

mod environment;
mod error;
mod file;
mod flags;
mod in_force;
mod keys;
mod log;
mod read;
mod setting;
mod sources;
mod state;
mod value;

pub use error::SettingsError;
pub use flags::Flags;
pub use in_force::InForce;
pub use keys::keys;
pub use log::log_levels;
pub use setting::Origin;
pub use sources::{Settings, Sources};
pub use state::state_folder;

#[cfg(test)]
mod tests;
