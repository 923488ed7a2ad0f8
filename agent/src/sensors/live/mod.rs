//! Devices that are sensed as they give: cameras, microphones, wearables.
//!
//! Each live source runs in a thread of its own and hands what it senses to a [`Feed`]; the [`Feeds`] of a modality are
//! the [`Source`](crate::sensors::Source) that its line plays. A source that says why it gives nothing
//! ([`Feed::lack`]) has that reason in the record of the window.
//!
//! Most sources are a [`Device`], which [`attend`] opens while its modality is permitted, closes when it is not, and
//! tries again with growing pauses. What needs another shape (several devices at once, a server) uses [`Feed`] itself,
//! asks [`Feed::is_permitted`] before it opens anything, and closes what is open when that says no.
//!
//! Of several feeds of a modality one is used at a time, the one that was made first of those that give: what two sensors
//! say of the same beats is never mixed.

mod attend;
mod device;
mod feed;
mod feeds;
mod standing;
#[cfg(test)]
mod tests;

pub use attend::{Surroundings, attend};
pub use device::{Device, Given, Stream, Trouble};
pub use feed::Feed;
pub use feeds::Feeds;
pub use standing::{Standing, Standings};

use attune_analysis::sample::{AudioChunk, Frame, HeartSample, MotionSample};
use attune_protocol::registry::Modality;

/// The feeds of every modality of a run.
pub struct Intake {
    /// Pictures.
    pub face: Feeds<Frame>,
    /// Sound.
    pub voice: Feeds<AudioChunk>,
    /// Inertial samples.
    pub motion: Feeds<MotionSample>,
    /// Beats.
    pub heart: Feeds<HeartSample>,
}

impl Intake {
    /// Of a run in these surroundings; no source gives anything yet.
    #[must_use]
    pub fn new(around: &Surroundings) -> Self {
        Self {
            face: Feeds::new(Modality::Face, around),
            voice: Feeds::new(Modality::Voice, around),
            motion: Feeds::new(Modality::Motion, around),
            heart: Feeds::new(Modality::Heart, around),
        }
    }
}
