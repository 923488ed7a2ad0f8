//! What passes between the gate and the collector's own client, through the broker behind the gate.
//!
//! Two topics, whatever the devices' topics are: rumqttd keeps the name of every topic that it has ever seen, so a stranger
//! who makes up device ids would fill its memory. The device's topic travels before the payload. Batches carry a mark, by
//! which the client tells how far it has come, so that no more is on the way than the broker holds.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio::sync::watch;
use tokio::time::timeout;

/// From devices.
pub(crate) const UP: &str = "up";
/// To devices.
pub(crate) const DOWN: &str = "down";
/// Bytes of devices' messages that may be on the way to the collector's own client.
pub(crate) const ON_THE_WAY: u64 = 4 << 20;
/// What a message counts beside its payload.
const BESIDE: u64 = 64;
/// After so long without a sign, what is on the way is taken for lost.
const PATIENCE: Duration = Duration::from_secs(60);

/// How far the gate and the collector's own client have come.
#[derive(Debug)]
pub(crate) struct Flow {
    sent: AtomicU64,
    taken: watch::Sender<u64>,
}

impl Default for Flow {
    fn default() -> Self {
        Self { sent: AtomicU64::new(0), taken: watch::channel(0).0 }
    }
}

impl Flow {
    /// Waits until what is on the way leaves room for more.
    pub(crate) async fn room(&self) {
        let (sent, mut taken) = (self.sent.load(Ordering::Relaxed), self.taken.subscribe());
        let room = taken.wait_for(|taken| sent.saturating_sub(*taken) < ON_THE_WAY);
        if timeout(PATIENCE, room).await.is_err() {
            self.lost();
        }
    }

    /// So many bytes more are sent. Gives the mark after them.
    pub(crate) fn send(&self, bytes: usize) -> u64 {
        let bytes = bytes as u64 + BESIDE;
        self.sent.fetch_add(bytes, Ordering::Relaxed) + bytes
    }

    /// Everything up to this mark has been taken.
    pub(crate) fn taken(&self, mark: u64) {
        self.taken.send_if_modified(|taken| {
            let further = mark > *taken;
            *taken = mark.max(*taken);
            further
        });
    }

    /// What is on the way will not come: one of its two ends has broken off. Its devices send it again.
    pub(crate) fn lost(&self) {
        self.taken(self.sent.load(Ordering::Relaxed));
    }
}

/// A device's message with the mark that stands after it.
pub(crate) fn pack_up(mark: u64, topic: &str, payload: &[u8]) -> Bytes {
    let mut packed = BytesMut::with_capacity(8 + 1 + topic.len() + payload.len());
    packed.put_u64(mark);
    put(&mut packed, topic, payload);
    packed.freeze()
}

/// Its mark, topic and payload.
pub(crate) fn unpack_up(mut packed: Bytes) -> Option<(u64, String, Bytes)> {
    let mark = packed.try_get_u64().ok()?;
    let (topic, payload) = unpack_down(packed)?;
    Some((mark, topic, payload))
}

/// A message for a device.
pub(crate) fn pack_down(topic: &str, payload: &[u8]) -> Bytes {
    let mut packed = BytesMut::with_capacity(1 + topic.len() + payload.len());
    put(&mut packed, topic, payload);
    packed.freeze()
}

/// Its topic and payload.
pub(crate) fn unpack_down(mut packed: Bytes) -> Option<(String, Bytes)> {
    let len = usize::from(packed.try_get_u8().ok()?);
    if packed.len() < len {
        return None;
    }
    let topic = String::from_utf8(packed.split_to(len).into()).ok()?;
    Some((topic, packed))
}

fn put(packed: &mut BytesMut, topic: &str, payload: &[u8]) {
    packed.put_u8(u8::try_from(topic.len()).expect("our topics are short"));
    packed.put_slice(topic.as_bytes());
    packed.put_slice(payload);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_unpacks_and_nothing_shorter_does() {
        let packed = pack_up(7, "attune/v1/up/x", b"bytes");
        assert_eq!(unpack_up(packed.clone()), Some((7, "attune/v1/up/x".into(), Bytes::from_static(b"bytes"))));
        for len in 0..8 + 1 + 14 {
            assert_eq!(unpack_up(packed.slice(..len)), None, "{len}");
        }
    }

    #[tokio::test]
    async fn no_more_is_on_the_way_than_the_broker_holds() {
        let flow = Flow::default();
        let waits = async || timeout(Duration::from_millis(50), flow.room()).await.is_err();
        let first = flow.send(1000);
        assert!(!waits().await);
        let second = flow.send(ON_THE_WAY as usize);
        assert!(waits().await);
        flow.taken(first);
        assert!(waits().await);
        flow.taken(second);
        flow.taken(first);
        assert!(!waits().await);
        flow.send(2 * ON_THE_WAY as usize);
        flow.lost();
        assert!(!waits().await);
    }
}
