//! Bytes to samples, with limits that are checked before the work they limit.

pub mod audio;
pub mod image;
