//! What is kept, and what is told of it.
//!
//! The keeper is the one place where records become durable: it puts deviations beside levels, lets the policy
//! [`gate`] leave only what may be kept, appends to the [`outbox`](crate::outbox), and then writes the journal and the
//! [`Status`].

pub mod gate;
mod journal;
mod keeper;
mod noted;
mod status;
mod without_agent;

pub use keeper::Forgotten;
pub(crate) use keeper::{Keeper, Sensed, baseline, limits};
pub(crate) use noted::{begin_run, last_check_in};
pub use status::{Seen, Status};
pub(crate) use without_agent::{carry_out, check_in, forget, learnt, recount, waiting};
