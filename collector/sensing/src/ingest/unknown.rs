//! Batches of devices and enrolments that are not known here: each is told so, for else its device would wait for ever, as
//! behind a database that was put back from a copy of before.

use std::time::Instant;

use attune_protocol::digest::Digest;
use attune_protocol::ids::DeviceId;
use attune_protocol::topics;
use attune_protocol::unknown::Unknown;

use super::{IngestContext, Outbound};

/// What the sender of a batch is told, if there is still room for it in this minute.
pub(super) async fn answer(context: &IngestContext, device: DeviceId, batch: Digest) -> Option<Outbound> {
    if !context.strangers.is_answered(Instant::now()) {
        return None;
    }
    // Where it cannot be looked which key it pins, it asks again.
    let own = context.speaks_to(device).await.ok()?;
    Some(Outbound { topic: topics::answers_to(device), payload: Unknown { device, batch }.encode(&own) })
}
