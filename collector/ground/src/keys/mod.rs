//! Keys at rest: a master key beside the database, a data key for each person wrapped by it, and the collector's own.

mod master;
mod own;
mod person;

pub use master::MasterKey;
pub use own::OwnKeys;
pub use person::PersonKeys;
