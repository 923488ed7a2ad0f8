use super::error::FormatError;
use crate::incoming::Item;

/// Where what is read goes, one thing after the other.
pub(crate) type To<'a> = &'a mut dyn FnMut(Item) -> Result<(), FormatError>;

/// What is known to be missing.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Notes(Vec<&'static str>);

impl Notes {
    /// That something is missing, in words.
    pub(super) fn add(&mut self, note: &'static str) {
        if !self.0.contains(&note) {
            self.0.push(note);
        }
    }

    /// That a file breaks off.
    pub(super) fn cut(&mut self) {
        self.add("a file breaks off before its end: what stands before that was read");
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[&'static str] {
        &self.0
    }
}
