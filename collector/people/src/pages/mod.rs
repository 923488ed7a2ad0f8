//! The pages of people: the frame that each of them has, for who asks.

mod form;
mod frame;

pub(crate) use form::{Fields, answered_as, go_to, local, refuse, sentence};
pub(crate) use frame::{Opened, opened};
