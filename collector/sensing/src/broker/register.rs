//! What the gate asks of devices, in the database.

use attune_ground::store::Store;
use attune_ground::time::now_millis;
use attune_people::accounts;
use attune_protocol::ids::DeviceId;
use attune_protocol::sign::PublicKey;

use super::gate::{Answer, Register, Unavailable};

/// Revocations are looked for this far back, so that a database that is busy for a while hides none. Milliseconds.
const BACK: i64 = 60_000;

/// Devices as the database has them.
pub(crate) struct Enrolled {
    pub(crate) store: Store,
    pub(crate) collector: PublicKey,
}

impl Register for Enrolled {
    fn key_of(&self, device: DeviceId) -> Answer<'_, Option<PublicKey>> {
        Box::pin(async move { accounts::public_key(&self.store, device).await.map_err(|_| Unavailable) })
    }

    fn revoked(&self) -> Answer<'_, Vec<DeviceId>> {
        Box::pin(async move {
            accounts::revoked_since(&self.store, now_millis() - BACK).await.map_err(|_| Unavailable)
        })
    }

    fn collector(&self) -> PublicKey {
        self.collector
    }
}
