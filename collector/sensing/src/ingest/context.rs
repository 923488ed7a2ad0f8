use std::sync::Arc;

use attune_ground::keys::{OwnKeys, PersonKeys};
use attune_ground::store::Store;
use tokio::sync::Notify;

use super::Counters;

/// What taking in needs.
#[derive(Clone, Debug)]
pub struct IngestContext {
    /// Where it goes.
    pub store: Store,
    /// Keys to seal people's records with.
    pub people: PersonKeys,
    /// Keys to sign and to seal the quarantine with.
    pub own: Arc<OwnKeys>,
    /// What was counted since the start.
    pub counters: Arc<Counters>,
    /// Woken when windows wait to be fused.
    pub fusion: Arc<Notify>,
}
