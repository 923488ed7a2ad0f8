//! What a person sees and does of their own: devices, what they agreed to, who read of them, taking all of it, correcting and
//! erasing it.
//!
//! A session's scores are shown by the subject that has them; what a person says against one lies here.

mod correct;
pub mod corrections;
mod devices;
mod erase;
mod export;
pub(crate) mod keyless;
mod own;
pub(crate) mod pages;
mod receipt;
pub(crate) mod requests;
pub(crate) mod routes;
mod small;
mod view;

pub use correct::{misleads, say};
pub use devices::call as call_device;
pub(crate) use erase::finish_erasures;
pub(crate) use export::HOLDINGS;
pub use own::{Own, pseudonym};
pub(crate) use routes::RequestList;
pub(crate) use view::RequestView;

#[cfg(test)]
mod tests;
