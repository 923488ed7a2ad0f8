use std::sync::Arc;

use attune_ground::keys::{OwnKeys, PersonKeys};
use attune_ground::store::Store;
use attune_people::accounts;
use attune_protocol::ids::DeviceId;
use attune_protocol::policy::Profile;
use attune_protocol::sign::{KeyPair, PublicKey};
use tokio::sync::Notify;

use super::{Counters, Guesses, Strangers, Told};
use crate::SensingError;

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
    /// Whom it was told in vain that there is another signing key.
    pub told: Arc<Told>,
    /// What was counted since the start.
    pub counters: Arc<Counters>,
    /// Woken when windows wait to be fused.
    pub fusion: Arc<Notify>,
}

impl IngestContext {
    /// The key with which it is spoken to a device: the one that this pins; the former one where that is not held any more, while there is
    /// one; and else the newest.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) async fn speaks_to(&self, device: DeviceId) -> Result<Arc<KeyPair>, SensingError> {
        let pinned = accounts::pinned_by(&self.store, device, &self.own.held().identity).await?;
        match pinned {
            Some(pinned) => self.known_as(&pinned).await,
            None => Ok(self.own.signing()),
        }
    }

    /// The key with which it is spoken to who pins that one. One that another collector has made is read first.
    pub(super) async fn known_as(&self, pinned: &PublicKey) -> Result<Arc<KeyPair>, SensingError> {
        if let Some(key) = self.own.held().known_as(pinned) {
            return Ok(key);
        }
        let held = self.own.refresh(&self.store).await?;
        Ok(held.speaks_to(pinned))
    }
}
