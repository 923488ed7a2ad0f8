//! What the person decides while the agent runs: consent, pauses and what they switch off in the browser, in files that every window looks at, and that are
//! looked at again before anything is kept or sent.

mod ask;
mod change;
mod consent;
mod orders;
mod paused;
#[cfg(unix)]
mod presence;
#[cfg(not(unix))]
#[path = "presence_elsewhere.rs"]
mod presence;
mod settle;
mod watch;
mod wishes;

pub use ask::{Ask, InForce, Teller, Wish};
pub use change::Change;
pub use consent::ConsentBook;
pub(crate) use consent::FILE as CONSENT;
pub use orders::{Kept, folders_elsewhere};
pub use paused::{is_paused, pause, pause_until, paused_until, resume};
pub use presence::{Presence, Reached, end_running, reach, running, wish};
pub use settle::settle;
pub use watch::{Control, Decision, Hold, Permission};
pub use wishes::Wishes;
