use std::pin::Pin;
use std::sync::Arc;

use attune_ground::http::body::Bodies;
use attune_ground::keys::PersonKeys;
use attune_ground::store::Store;
use attune_protocol::ids::PersonId;

use crate::PeopleError;

/// How a subject above forgets what it keeps of people over time.
#[derive(Clone, Copy, Debug)]
pub struct History {
    /// Deletes what it keeps of a person from before an instant, Unix milliseconds.
    pub delete_before: for<'a> fn(&'a Store, PersonId, i64) -> Deleted<'a>,
    /// Goes on with deletions that were cut short, and, with the time to delete by, deletes what belongs to nobody known
    /// and is too old.
    pub finish: for<'a> fn(&'a Store, Option<i64>) -> Deleted<'a>,
}

/// How many rows were deleted, once they are.
pub type Deleted<'a> = Pin<Box<dyn Future<Output = Result<u64, PeopleError>> + Send + 'a>>;

/// What the handlers of this subject need.
#[derive(Clone, Debug)]
pub struct People {
    pub(crate) store: Store,
    pub(crate) keys: PersonKeys,
    pub(crate) bodies: Bodies,
    pub(crate) history: Arc<[History]>,
}

impl People {
    /// `history` are the subjects above that keep something of a person over time.
    #[must_use]
    pub fn new(store: Store, keys: PersonKeys, bodies: Bodies, history: &[History]) -> Self {
        Self { store, keys, bodies, history: history.into() }
    }
}
