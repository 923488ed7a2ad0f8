//! The networks: which there are, that they are the files that were released, and how to run them.
//!
//! A folder holds ONNX files and `manifest.toml`, which says of each what it takes and gives. [`Networks::load`] checks
//! every file against its SHA-256 and every shape against the manifest, so that a wrong file is refused at start. A
//! run takes one thread. The released networks are inside the program, too: [`Networks::of`]. Entries in `own.toml` beside the manifest take the place of the manifest's: a network that
//! somebody brings.
//!
//! The network that reads text takes numbers of pieces of words instead of values, and has their list beside it: [`TextNetwork`].

mod built_in;
mod entry;
pub(crate) mod fit;
mod graph;
pub mod labels;
mod network;
mod set;
mod task;
#[cfg(test)]
pub(crate) mod testing;
mod text;

pub use entry::{Activation, Entry, Input, Output};
pub use network::{Network, Outputs};
pub use set::{MANIFEST, NetworkInfo, Networks, OWN};
pub use task::Task;
pub use text::TextNetwork;
pub(crate) use text::{MOST_PIECES, Plans};
