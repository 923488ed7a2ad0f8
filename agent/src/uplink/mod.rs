//! The way out: signed batches over MQTT, resent until the collector says that its database has them.
//!
//! The uplink has a thread and a small tokio runtime of its own. It subscribes to the device's answers on every new
//! connection and publishes only once that stands, so that no acknowledgement can pass it by. A batch whose items are
//! not all settled in time is sent again, with growing patience. A broker's PUBACK moves nothing; an acknowledgement counts
//! only under the key that the collector proved at the enrolment, or that this one has said since, and only for what the outbox itself gave out. Pauses
//! between connections grow until something is acknowledged, so no broker is hammered. While the collector asks for less haste
//! batches are stretched, and what waits for them stays in the outbox. Beside batches goes a heartbeat, which is not kept: only
//! while somebody agrees to sensing, and not during a pause.

mod beats;
mod enrol;
mod flights;
mod heard;
mod link;
mod pace;
mod pin;
mod renew;
mod worker;

pub use attune_protocol::broker::BrokerAddress as Broker;
pub use beats::Pulse;
pub use enrol::enrol;
pub use heard::Heard;
pub use pin::Pin;
pub use renew::renew;
pub use worker::{Paced, Settings, Uplink, UplinkTotals};

#[cfg(test)]
mod tests;
