//! Answers of a language model: each is made once, by whichever collector wrote that it is asked, and written down as it comes. Connections
//! only read what was written, so that a second device, or a page that was loaded anew, goes on in the middle.
//!
//! | what | how |
//! |---|---|
//! | an answer | is a row: waits, is being made, done, stopped, cut |
//! | a lease | says that somebody makes it; it is renewed each second with what was said until then |
//! | a piece | has passed what is looked at in an answer before it is shown |
//! | stopping | settles the row at once, with what was said until then, and drops what is being made, also before its first word |
//! | a kill | cuts it once the lease is over; it is offered anew, and never made twice by itself |
//! | a model that fails | leaves the answer to the built-in companion, in the transaction in which it ends |

mod follow;
mod rows;
mod run;

pub(crate) use follow::{Event, Following};
pub(crate) use rows::{cut_overdue, stop};
pub(crate) use run::{again, begin};

#[cfg(test)]
pub(crate) use rows::claim;
