//! Mail to who signs in: where a new password is chosen, that one was, that a passkey was added, that an alert or a reminder waits, and that
//! there is use to look at. Never how anybody is, and nobody's name.
//!
//! | table | holds |
//! |---|---|
//! | `mails` | what waits to be sent: to whose login, and of which kind; neither address nor text |
//!
//! | meets | held by |
//! |---|---|
//! | who has the database | the link is made when the mail goes out; its hash only is kept |
//! | who asks whether there is a name | one answer, given before anybody has looked for it |
//! | who fills another's box | slowed down by name and by address; of each kind one waits at a time |
//! | who reads the mail | the second factor is asked for as ever, and who has none hears that their password is another |
//! | who has no password (the provider's, or not yet chosen) | no mail leads around that |
//! | who is not to be told of an alert any more | it is looked at again right before the mail goes (`again`) |
//! | who answers a reminder, or switches it off | what waits to be mailed of it goes in the same transaction |
//! | a server that is slow | what is told while a mail is under way follows it as a mail of its own |
//! | a server that is away, or a crash | the row goes when the server has taken the mail; it is tried again for as long as it is of use |
//! | a clock that leaps, and is put right | the database's clock counts, which all collectors share; what was never tried goes however old it seems, and what lies farther ahead than anything may falls due |

mod again;
mod kind;
mod outbox;
mod post;
mod told;

pub use again::{LookAgain, Looked, StillDue};
pub(crate) use kind::{Kind, LINK_MILLIS};
pub(crate) use outbox::{
    LONGEST_WAIT, Waiting, forget_alert, forget_kind, hold_back, put_off, queue, queue_alert, remove, take_up,
};
pub(crate) use post::Unsent;
pub use post::{Post, PostSettings};
pub use told::Told;
