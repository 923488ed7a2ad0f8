//! What the person decides while the agent runs: consent and pauses, in files that every window looks at.

mod consent;
mod paused;
mod watch;

pub use consent::{Change, ConsentBook};
pub use paused::{is_paused, pause, resume};
pub use watch::{Control, Decision, Permission};
