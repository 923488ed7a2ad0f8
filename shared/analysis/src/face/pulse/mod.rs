//! The pulse in the colour of the skin: remote photoplethysmography.
//!
//! The mean colour of the face's skin is taken from every frame, laid on an even grid, and projected by POS (Wang et
//! al. 2017), which cancels what changes all colours alike: light and movement. The strongest rhythm that a heart may
//! have is its rate; how far it stands out says whether to believe it.

mod history;
mod pos;
mod rate;
mod skin;

pub(super) use history::PulseHistory;
pub(super) use skin::skin_colour;

#[cfg(test)]
mod tests;
