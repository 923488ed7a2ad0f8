//! What all pages of people share: forms as browsers send them, and where they lead on.

mod form;

pub use form::{Fields, answered_as, go_to, refuse};
pub(crate) use form::{local, sentence};
