//! Reports of talks: written for their person by rules, without a word that they wrote, and shown to HR only as far as they release it.
//!
//! A report has OpenSoft's and Elara's parts; a part without a line is left out.

mod make;
mod rows;
mod shape;

pub(crate) use rows::{Kept, all_released, make, of_person, of_released, one, release, released};
pub(crate) use shape::{PARTS, json, markdown};
