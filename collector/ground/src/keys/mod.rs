//! Keys at rest: a master key beside the database, a data key for each person wrapped by it, and the collector's own.

mod apart;
mod master;
mod opened;
mod own;
mod person;

pub(crate) use apart::part;
pub use master::MasterKey;
pub use opened::Opened;
pub use own::{Held, OwnKeys};
pub use person::{PersonKeys, Unwrapped, Wrapped};
