//! The pages of people: the frame that each of them has, for who asks.

mod form;
mod frame;

pub(crate) use form::local;
pub use form::{Fields, go_to};
pub use frame::{Opened, opened};
