//! What the routes of all rooms share: how a problem is told, how bodies and queries are taken in.

pub mod body;
pub mod document;
pub mod json;
mod problem;
mod query;

pub use problem::Problem;
pub use query::Query;
