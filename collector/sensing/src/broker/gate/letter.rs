use bytes::Bytes;
use tokio::sync::oneshot;

/// A message of a device.
pub(crate) struct Letter {
    pub(crate) topic: String,
    pub(crate) payload: Bytes,
    /// Told once the broker has it; dropped when the broker went away before.
    pub(crate) posted: oneshot::Sender<()>,
}
