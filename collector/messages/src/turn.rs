//! Whose messages are read next, so that one person's many keep nobody else's waiting.

use std::sync::{Mutex, PoisonError};

use attune_protocol::ids::PersonId;

/// Whose turn was last, in this program; before all of them where it is nobody's.
#[derive(Debug, Default)]
pub(crate) struct Turn(Mutex<Option<PersonId>>);

impl Turn {
    pub(crate) fn last(&self) -> Option<PersonId> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn was(&self, person: PersonId) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(person);
    }
}
