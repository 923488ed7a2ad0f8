//! What the gate asks of devices, in the database.

use attune_ground::store::Store;
use attune_ground::time::now_millis;
use attune_people::accounts::{self, DeviceKeys};
use attune_protocol::ids::DeviceId;
use attune_protocol::sign::PublicKey;

use super::gate::{Answer, Register, Unavailable};

/// Changes are looked for this far back, so that a database that is busy for a while hides none. Milliseconds.
const BACK: i64 = 60_000;

/// Devices as the database has them.
pub(crate) struct Enrolled {
    pub(crate) store: Store,
    pub(crate) collector: PublicKey,
}

impl Register for Enrolled {
    fn keys_of(&self, device: DeviceId) -> Answer<'_, Option<DeviceKeys>> {
        Box::pin(async move { accounts::device_keys(&self.store, device).await.map_err(|_| Unavailable) })
    }

    fn saw_former(&self, device: DeviceId) -> Answer<'_, ()> {
        Box::pin(async move { accounts::note_former_key(&self.store, device).await.map_err(|_| Unavailable) })
    }

    fn changed(&self) -> Answer<'_, Vec<(DeviceId, Option<PublicKey>)>> {
        Box::pin(
            async move { accounts::changed_since(&self.store, now_millis() - BACK).await.map_err(|_| Unavailable) },
        )
    }

    fn collector(&self) -> PublicKey {
        self.collector
    }
}
