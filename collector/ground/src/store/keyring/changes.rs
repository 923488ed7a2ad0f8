use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use attune_protocol::ids::PersonId;

/// Keys that transactions have made which are not committed yet: they are found by who seals under them meanwhile, and are gone
/// with a transaction that is taken back.
#[derive(Debug, Default)]
pub(super) struct Uncommitted(Mutex<HashMap<PersonId, Vec<u8>>>);

impl Uncommitted {
    pub(super) fn made(&self, person: PersonId) -> Option<Vec<u8>> {
        self.keys().get(&person).cloned()
    }

    fn keys(&self) -> MutexGuard<'_, HashMap<PersonId, Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one transaction changes of the keys. Nothing of it is durable before the transaction is to commit.
#[derive(Debug, Default)]
pub(in crate::store) struct Changes {
    made: Vec<Made>,
    pub(super) destroyed: Vec<PersonId>,
    pub(super) forgotten: Vec<PersonId>,
}

/// A key that is known as long as its transaction is open.
#[derive(Debug)]
struct Made(Arc<Uncommitted>, PersonId);

impl Drop for Made {
    fn drop(&mut self) {
        self.0.keys().remove(&self.1);
    }
}

impl Changes {
    pub(in crate::store) fn make(&mut self, keyring: &super::Keyring, person: PersonId, wrapped: Vec<u8>) {
        keyring.changes.keys().insert(person, wrapped);
        self.made.push(Made(Arc::clone(&keyring.changes), person));
    }

    pub(in crate::store) fn destroy(&mut self, person: PersonId) {
        self.destroyed.push(person);
    }

    pub(in crate::store) fn forget(&mut self, person: PersonId) {
        self.forgotten.push(person);
    }

    pub(super) fn made(&self) -> impl Iterator<Item = PersonId> {
        self.made.iter().map(|made| made.1)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.made.is_empty() && self.destroyed.is_empty() && self.forgotten.is_empty()
    }

    pub(in crate::store) fn destroys(&self) -> bool {
        !self.destroyed.is_empty()
    }
}
