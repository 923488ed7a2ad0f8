use std::sync::Arc;

use tokio::sync::Notify;

use super::Counters;
use crate::keys::{OwnKeys, PersonKeys};
use crate::store::Store;

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
