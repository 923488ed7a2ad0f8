use attune_people::accounts;
use attune_protocol::new_key::{KeyTaken, NewKey};
use attune_protocol::sign::PublicKey;
use attune_protocol::topics;

use super::counters::add;
use super::{IngestContext, Outbound};

/// Knows a device by another key, and says so. Who is not answered asks again.
pub(super) async fn answer(context: &IngestContext, before: &PublicKey, said: &NewKey) -> Option<Outbound> {
    match accounts::take_key(&context.store, before, said).await {
        Ok(true) => {
            let NewKey { device, enrolment, key, .. } = *said;
            let taken = KeyTaken { device, enrolment, key };
            match context.speaks_to(device).await {
                Ok(own) => Some(Outbound { topic: topics::answers_to(device), payload: taken.encode(&own) }),
                Err(error) => {
                    tracing::error!(%error, "That a device's new key is noted could not be said; it asks again.");
                    None
                }
            }
        }
        // Of an enrolment before, or shown again behind another key.
        Ok(false) => {
            add(&context.counters.unknown_enrolments, 1);
            None
        }
        Err(error) => {
            tracing::error!(%error, "A device's new key could not be noted; it asks again.");
            None
        }
    }
}
