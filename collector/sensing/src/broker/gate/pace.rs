//! How fast one connection is read. Who sends faster is not refused and nothing of it is dropped: it is read later.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use super::bucket::Bucket;
use super::crowd::Guest;
use super::limits::Limits;
use super::shared::Shared;

/// The buckets that a connection's packets go through.
pub(crate) struct Pace {
    guest: Arc<Guest>,
    shared: Arc<Shared>,
    packets: Bucket,
    bytes: Bucket,
    known: bool,
}

impl Pace {
    pub(crate) fn new(guest: Arc<Guest>, shared: Arc<Shared>) -> Self {
        let (packets, bytes) = shared.limits.of_stranger;
        Self { guest, shared, packets: Bucket::new(packets), bytes: Bucket::new(bytes), known: false }
    }

    /// Before a packet.
    pub(crate) async fn packet(&mut self) {
        self.look();
        self.packets.wait_for(1.0).await;
        if !self.known {
            self.guest.lines.packets.pass(1.0).await;
            self.shared.stranger_packets.pass(1.0).await;
        }
        self.shared.packets.pass(1.0).await;
    }

    /// Before a chunk of a packet.
    pub(crate) async fn bytes(&mut self, count: usize) {
        let count = count as f64;
        self.bytes.wait_for(count).await;
        if !self.known {
            self.guest.lines.bytes.pass(count).await;
            self.shared.stranger_bytes.pass(count).await;
        }
        self.shared.bytes.pass(count).await;
    }

    /// Before a whole body: a stranger's larger one waits until there is memory for it.
    pub(crate) async fn body(&mut self, len: usize) -> Option<OwnedSemaphorePermit> {
        if self.known || len <= Limits::SMALL_BODY {
            return None;
        }
        Arc::clone(&self.shared.large_bodies).acquire_owned().await.ok()
    }

    fn look(&mut self) {
        if !self.known && self.guest.is_known() {
            let (packets, bytes) = self.shared.limits.of_known;
            self.packets.set_rate(packets);
            self.bytes.set_rate(bytes);
            self.known = true;
        }
    }
}
