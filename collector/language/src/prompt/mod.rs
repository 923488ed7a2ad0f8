//! What a model is told.
//!
//! | part | module |
//! |---|---|
//! | what a prompt is made of: the talk, the person's figures with words for how far out they are, what they allowed to be kept | `material` |
//! | text of others as data: without signs that mark turns, behind bars, bounded | `quote` |
//! | the sides from which the model looks at it before it answers | `council` |
//! | what of that is left out of its answer | `hidden` |
//! | which turns of a long talk it is shown | `prune` |
//! | all of it together, within the tokens that the model takes | `assemble` |
//!
//! The texts of `texts/` are ours and the only instructions there are.

mod assemble;
mod council;
mod hidden;
mod material;
mod prune;
mod quote;

pub(crate) use assemble::{Room, assemble, instructions};
pub(crate) use hidden::Hidden;
pub(crate) use material::Material;
pub use material::{Figure, Grounds, Past};
pub(crate) use quote::{harmless, is_unseen};
