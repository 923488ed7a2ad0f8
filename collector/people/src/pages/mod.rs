//! What all pages of people share: forms as browsers send them, and where they lead on.

mod form;

pub use form::{Fields, go_to};
pub(crate) use form::{answered_as, local, refuse, sentence};
