//! The pages of people: the frame that each of them has, for who asks.

mod form;
mod frame;

pub(crate) use form::{Fields, go_to, local};
pub(crate) use frame::{Opened, opened};
