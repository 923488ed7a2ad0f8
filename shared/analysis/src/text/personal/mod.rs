//! Personal details, replaced by their kind and number.

/// A message without personal details, and how many of each kind it had.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Scrubbed {
    /// The text; in the place of a detail stands `[PERSON_1]` and the like: the same value has the same number.
    pub text: String,
    /// How many places of each kind were replaced.
    pub replaced: Vec<(&'static str, u32)>,
}
