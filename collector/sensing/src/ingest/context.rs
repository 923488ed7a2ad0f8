use std::sync::Arc;

use attune_ground::keys::{OwnKeys, PersonKeys};
use attune_ground::store::Store;
use attune_protocol::policy::Profile;
use tokio::sync::Notify;

use super::{Counters, Guesses, Strangers};

/// What taking in needs.
#[derive(Clone, Debug)]
pub struct IngestContext {
    /// Where it goes.
    pub store: Store,
    /// Keys to seal people's records with.
    pub people: PersonKeys,
    /// Keys to sign with.
    pub own: Arc<OwnKeys>,
    /// The collector's profile: nothing is stored that it forbids.
    pub profile: Profile,
    /// Wrong codes of this minute.
    pub guesses: Arc<Guesses>,
    /// Batches of this minute whose senders are not known.
    pub strangers: Arc<Strangers>,
    /// What was counted since the start.
    pub counters: Arc<Counters>,
    /// Woken when windows wait to be fused.
    pub fusion: Arc<Notify>,
}
