//! What a person may see, take with them and have forgotten of what this device holds of them.
//!
//! Three places hold something: the [`outbox`](crate::outbox), what waits to be sent; the [own keep](crate::own), what they
//! keep for themselves, and what was sent; and the baseline, how they usually are. While an agent runs it holds the outbox,
//! and is asked for it; without one it is opened here.

mod audit;
mod check_in;
mod export;
mod forget;
mod shown;
mod stretch;
mod waiting;

pub use audit::audit;
pub use check_in::check_in;
pub(crate) use check_in::wish as wish_of;
pub use export::export;
pub use forget::forget;
pub use shown::{Shown, Value};
pub(crate) use stretch::duration;
pub use stretch::stretch;
pub(crate) use waiting::MOST_WAITING;
pub use waiting::{Listed, Told};

pub(crate) use shown::{of_sent, word};
