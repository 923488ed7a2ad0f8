//! What is said of a person over time, for that person: a figure with how sure it is, what is usual for them, how it changed, how regular
//! their days are, and what can be tried. Pure functions over roll-ups ([`Bucket`](crate::bucket::Bucket)) and plain numbers.
//!
//! | kind | rule |
//! |---|---|
//! | figure | the weighted mean; its standard deviation has a part of the sensors that does not fall with time, and one of what happened to be seen that does |
//! | too little, too uncertain, nothing | three states, each with its reason; none is filled |
//! | change | against the period of the same length before, where it is more than two standard deviations of what happened to be seen and than 2 % of the scale; none from or to one answer |
//! | usual | median over the 14 days before, and their median absolute deviation x 1.4826; of at least five days |
//! | advice | of at least three of the last five days that tell it, each clearly beyond what is usual or beyond a bound with its source |

pub mod advice;
mod baseline;
mod figure;
pub mod mindpulse;
mod regularity;
mod trend;

pub use baseline::{Baseline, Deviation};
pub use figure::{Figure, Lack};
pub use regularity::{Clock, Regularity};
pub use trend::{Change, Direction};
