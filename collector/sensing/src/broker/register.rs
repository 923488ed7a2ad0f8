//! What the gate asks of devices, in the database.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use attune_ground::keys::OwnKeys;
use attune_ground::store::Store;
use attune_ground::time::now_millis;
use attune_people::accounts::{self, DeviceKeys};
use attune_protocol::ids::DeviceId;
use attune_protocol::sign::{KeyPair, PublicKey};

use super::gate::{Answer, Register, Unavailable};

/// Changes are looked for from the last time on that it was looked, and this far back, so that neither a clock that is set nor a
/// collector that stands still hides one. Milliseconds.
const BACK: i64 = 60_000;

/// Devices as the database has them.
pub(crate) struct Enrolled {
    store: Store,
    own: Arc<OwnKeys>,
    /// When changes were looked for last, Unix milliseconds.
    looked_at: AtomicI64,
}

impl Enrolled {
    pub(crate) fn new(store: Store, own: Arc<OwnKeys>) -> Self {
        Self { store, own, looked_at: AtomicI64::new(now_millis()) }
    }
}

impl Register for Enrolled {
    fn keys_of(&self, device: DeviceId) -> Answer<'_, Option<DeviceKeys>> {
        Box::pin(async move { accounts::device_keys(&self.store, device).await.map_err(|_| Unavailable) })
    }

    fn saw_former(&self, device: DeviceId) -> Answer<'_, ()> {
        Box::pin(async move { accounts::note_former_key(&self.store, device).await.map_err(|_| Unavailable) })
    }

    fn changed(&self) -> Answer<'_, Vec<(DeviceId, Option<PublicKey>)>> {
        Box::pin(async move {
            let now = now_millis();
            let since = self.looked_at.load(Ordering::Relaxed).min(now) - BACK;
            let changed = accounts::changed_since(&self.store, since).await.map_err(|_| Unavailable)?;
            self.looked_at.store(now, Ordering::Relaxed);
            Ok(changed)
        })
    }

    fn collector(&self) -> Vec<Arc<KeyPair>> {
        let held = self.own.held();
        [Some(&held.current), held.former.as_ref()].into_iter().flatten().cloned().collect()
    }
}
