use std::pin::Pin;
use std::sync::Arc;

use attune_ground::http::body::Bodies;
use attune_ground::keys::PersonKeys;
use attune_ground::store::Store;
use attune_protocol::ids::PersonId;

use crate::PeopleError;

/// How a subject deletes what it keeps of a person from before an instant, Unix milliseconds.
pub type DeleteBefore = for<'a> fn(&'a Store, PersonId, i64) -> Deleted<'a>;

/// How much was deleted, once it is.
pub type Deleted<'a> = Pin<Box<dyn Future<Output = Result<usize, PeopleError>> + Send + 'a>>;

/// What the handlers of this subject need.
#[derive(Clone, Debug)]
pub struct People {
    pub(crate) store: Store,
    pub(crate) keys: PersonKeys,
    pub(crate) bodies: Bodies,
    pub(crate) history: Arc<[DeleteBefore]>,
}

impl People {
    /// `history` are the subjects above that keep something of a person over time.
    #[must_use]
    pub fn new(store: Store, keys: PersonKeys, bodies: Bodies, history: &[DeleteBefore]) -> Self {
        Self { store, keys, bodies, history: history.into() }
    }
}
