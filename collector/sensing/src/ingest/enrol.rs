//! Requests of devices to be enrolled.

use std::sync::Arc;
use std::time::Instant;

use attune_ground::time::now_millis;
use attune_people::accounts;
use attune_protocol::ProtocolError;
use attune_protocol::enrol::{EnrolOutcome, EnrolReply, EnrolRequest};
use attune_protocol::ids::DeviceId;
use attune_protocol::topics;

use super::counters::add;
use super::{IngestContext, Outbound, Queue};
use crate::SensingError;

pub(super) async fn answer(
    context: &IngestContext,
    queue: &Queue,
    device: DeviceId,
    payload: &[u8],
) -> Option<Outbound> {
    let counters = &context.counters;
    let request = match EnrolRequest::decode(payload) {
        Ok(request) if request.device == device => request,
        Ok(_) => {
            add(&counters.foreign, 1);
            return None;
        }
        Err(error @ ProtocolError::Outdated { .. }) => {
            add(&counters.outdated, 1);
            tracing::warn!(%error, "An agent of an earlier version asks to be enrolled, and hears nothing: bring it up to date.");
            return None;
        }
        Err(error @ (ProtocolError::Version(_) | ProtocolError::UnknownKind(_))) => {
            add(&counters.newer, 1);
            tracing::warn!(%error, "An agent of a later version asks to be enrolled, and hears nothing: bring this collector up to date.");
            return None;
        }
        Err(error) => {
            add(&counters.forged, 1);
            tracing::warn!(%error, "Enrolment refused.");
            return None;
        }
    };
    let answered = async {
        // Another collector, or a command, may have exchanged it just now.
        let held = context.own.refresh(&context.store).await?;
        let newest = held.current.public();
        let (outcome, code) = accounts::redeem_code(&context.store, &context.people, &request, &newest).await?;
        // Said again it is said alike.
        let own = match outcome {
            EnrolOutcome::Accepted => context.speaks_to(device).await?,
            _ => Arc::clone(&held.current),
        };
        Ok::<_, SensingError>((outcome, code, own))
    };
    let (outcome, code, own) = match answered.await {
        Ok(answer) => answer,
        Err(error) => {
            tracing::error!(%error, "Enrolment could not be looked at.");
            return None;
        }
    };
    if code.is_none() {
        add(&counters.wrong_codes, 1);
        if !context.guesses.is_answered(Instant::now()) {
            return None;
        }
    }
    if outcome == EnrolOutcome::Accepted {
        queue.vouch(device);
    }
    tracing::info!(?outcome, "Enrolment answered.");
    let (key, profile) = (own.public(), context.profile);
    let reply = EnrolReply::to(&request, key, outcome, profile, now_millis(), code.as_ref());
    Some(Outbound { topic: topics::answers_to(device), payload: reply.encode(&own) })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use attune_protocol::enrol::Code;
    use tokio::time::timeout;

    use super::*;
    use crate::testing::Fixture;

    #[tokio::test]
    async fn a_wrong_code_waits_for_no_writer_on_each_database() {
        for fixture in Fixture::each().await {
            let device = fixture.device("alice").await;
            let given_out = Code::of(&fixture.code("alice").await);
            let mut writing = Vec::new();
            while let Ok(begun) = timeout(Duration::from_secs(1), fixture.context.store.begin()).await {
                writing.push(begun.expect("begins"));
            }
            assert!(!writing.is_empty());
            // Names of codes travel and are seen by all on the broker.
            let overheard = Code::from_parts(given_out.name(), [7; 32]);
            for code in [Code::of("AAAA-BBBB-CCCC-DDDD"), overheard] {
                let key = device.key.public();
                let request = EnrolRequest::new(device.id, key, device.enrolment + 1, device.epoch, &code);
                let outcome = timeout(Duration::from_secs(5), fixture.redeem(&request)).await;
                assert_eq!(outcome.expect("no writer is waited for"), EnrolOutcome::CodeRefused);
            }
        }
    }
}
