use attune_people::accounts;
use attune_protocol::new_key::{KeyTaken, NewKey};
use attune_protocol::sign::PublicKey;
use attune_protocol::topics;

use super::counters::add;
use super::{IngestContext, Outbound, collector_key};

/// Knows a device by another key, and says so; and of another key of the collector, without which a device that has taken that already does
/// not believe this. Who is not answered asks again.
pub(super) async fn answer(context: &IngestContext, before: &PublicKey, said: &NewKey) -> Vec<Outbound> {
    match accounts::take_key(&context.store, before, said).await {
        Ok(true) => {
            let NewKey { device, enrolment, key, .. } = *said;
            let taken = KeyTaken { device, enrolment, key };
            match context.speaks_to(device).await {
                Ok(own) => {
                    let taken = Outbound { topic: topics::answers_to(device), payload: taken.encode(&own) };
                    [taken].into_iter().chain(collector_key::besides(context, &own, (device, enrolment))).collect()
                }
                Err(error) => {
                    tracing::error!(%error, "That a device's new key is noted could not be said; it asks again.");
                    Vec::new()
                }
            }
        }
        // Of an enrolment before, or shown again behind another key.
        Ok(false) => {
            add(&context.counters.unknown_enrolments, 1);
            Vec::new()
        }
        Err(error) => {
            tracing::error!(%error, "A device's new key could not be noted; it asks again.");
            Vec::new()
        }
    }
}
