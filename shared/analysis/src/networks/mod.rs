//! The networks: which there are, that they are the files that were released, and how to run them.
//!
//! A folder holds ONNX files and `manifest.toml`, which says of each what it takes and gives. [`Networks::load`] checks
//! every file against its SHA-256 and every shape against the manifest, so that a wrong file is refused at start. A
//! run takes one thread. The released networks are inside the program, too: [`Networks::of`]. Entries in `own.toml` beside the manifest take the place of the manifest's: a network that
//! somebody brings.

mod built_in;
mod entry;
pub(crate) mod fit;
pub mod labels;
mod network;
mod set;
mod task;
#[cfg(test)]
pub(crate) mod testing;

pub use entry::{Activation, Entry, Input, Output};
pub use network::{Network, Outputs};
pub use set::{MANIFEST, NetworkInfo, Networks, OWN};
pub use task::Task;
