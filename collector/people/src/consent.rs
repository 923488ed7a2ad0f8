//! What people agreed to, as their devices said it, and what they withdrew in the browser: an append-only log, each entry sealed
//! under its person's key and hashed with the one before.
//!
//! In the browser consent is withdrawn and never given: who has stolen a session must not switch on a camera at somebody's home.
//! A withdrawal there holds here at once, whatever the device says, until the device has confirmed it; after that the device's
//! own book decides again, so that consent is given anew on the device alone. Where both change at once the withdrawal wins. Its
//! instant lies behind every change that is known of the device, whose clock may be ahead. It ends with the enrolment that it is
//! of. A database that was put back from a copy of before has forgotten it; a device that has carried it out tells it again.

mod browser;
mod entries;
mod lacking;
mod log;
#[cfg(test)]
mod tests;
mod told;

pub use browser::{confirmed_at, unconfirmed, withdraw_in_browser, withdrawn_since};
pub use entries::{Entries, Outbox};
pub use lacking::lacking;
pub use log::{BROWSER, ItemKey, LEDGER, append, first_broken_link, first_broken_link_over};
pub use told::{Told, changed_behind, has_changed_behind, history, history_over, newest};
