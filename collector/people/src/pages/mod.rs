//! The pages of people: the frame that each of them has, for who asks.

mod form;
mod frame;

pub use form::{Fields, go_to};
pub(crate) use form::{answered_as, local, refuse, sentence};
pub use frame::{Opened, opened};
