//! Devices are told what their people withdrew in the browser, again and again until they confirm it.
//!
//! The broker keeps none of it: a device that was away is told within seconds of being back. What it sends meanwhile is refused.

use std::collections::BTreeSet;
use std::time::Duration;

use attune_people::consent::{unconfirmed, withdrawn_since};
use attune_protocol::ids::{DeviceId, PersonId};
use attune_protocol::topics;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use super::{IngestContext, Outbound};
use crate::SensingError;

/// How often it is looked for what was withdrawn.
const LOOK: Duration = Duration::from_secs(1);
/// Every so many looks devices that have not confirmed are told again, well within one window.
const AGAIN: u32 = 5;

/// Tells devices until `stop` says so.
pub async fn tell_withdrawals(
    context: IngestContext,
    answers: mpsc::UnboundedSender<Outbound>,
    mut stop: watch::Receiver<bool>,
) {
    let mut open = Open { waiting: BTreeSet::new(), place: -1 };
    let mut looks = 0_u32;
    loop {
        match open.tell(&context, looks.is_multiple_of(AGAIN)).await {
            // Fails only when the way to the broker is closed.
            Ok(told) => told.into_iter().for_each(|one| drop(answers.send(one))),
            Err(error) => {
                tracing::error!(%error, "What was withdrawn in the browser could not be looked at; trying again.")
            }
        }
        looks = looks.wrapping_add(1);
        if timeout(LOOK, stop.wait_for(|stop| *stop)).await.is_ok() {
            return;
        }
    }
}

/// What is not confirmed.
struct Open {
    waiting: BTreeSet<(PersonId, DeviceId)>,
    /// The last place of the log that was looked at.
    place: i64,
}

impl Open {
    /// What is to be sent now: what is new, or all of it `again`.
    async fn tell(&mut self, context: &IngestContext, again: bool) -> Result<Vec<Outbound>, SensingError> {
        let (new, place) = withdrawn_since(&context.store, self.place).await?;
        self.waiting.extend(new.iter().copied());
        self.place = place;
        let now = if again { self.waiting.clone() } else { new.into_iter().collect() };
        let mut told = Vec::new();
        for (person, device) in now {
            match unconfirmed(&context.store, &context.people, person, device).await {
                Ok(Some(said)) => {
                    let own = context.speaks_to(device).await?;
                    let payload = said.encode(&own);
                    told.push(Outbound { topic: topics::answers_to(device), payload });
                }
                Ok(None) => drop(self.waiting.remove(&(person, device))),
                Err(error) if error.is_of_the_database() => return Err(error.into()),
                // What of one does not read keeps no other device from being told.
                Err(error) => tracing::warn!(%error, "What one person withdrew in the browser does not read."),
            }
        }
        Ok(told)
    }
}
