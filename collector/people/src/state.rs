use std::sync::Arc;

use attune_ground::History;
use attune_ground::http::body::Bodies;
use attune_ground::keys::PersonKeys;
use attune_ground::store::Store;

/// What the handlers of this subject need.
#[derive(Clone, Debug)]
pub struct People {
    pub(crate) store: Store,
    pub(crate) keys: PersonKeys,
    pub(crate) bodies: Bodies,
    pub(crate) history: Arc<[History]>,
}

impl People {
    /// `history` is of the subjects that keep something of a person over time.
    #[must_use]
    pub fn new(store: Store, keys: PersonKeys, bodies: Bodies, history: &[History]) -> Self {
        Self { store, keys, bodies, history: history.into() }
    }
}
