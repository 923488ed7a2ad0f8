//! Devices are told of another key of the collector until each has said that it pins it.
//!
//! The broker keeps none of it: a device that was away is told with the first thing that it sends, and looked for besides. Until it has said
//! so it is spoken to with the key that it pins; from then on with the new one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use attune_ground::keys::Held;
use attune_people::accounts;
use attune_protocol::collector_key::{CollectorKeyTaken, NewCollectorKey};
use attune_protocol::ids::DeviceId;
use attune_protocol::sign::KeyPair;
use attune_protocol::topics;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use super::{IngestContext, Link, Outbound};
use crate::SensingError;

/// How often it is looked whether there is another key.
const LOOK: Duration = Duration::from_secs(1);
/// The most devices that are told in one look.
const TOGETHER: i64 = 256;
/// Before those that have not taken it are told again, where they are few,
const SOON: Duration = Duration::from_secs(5);
/// and where they are more than are told in one look: most of them are away.
const SELDOM: Duration = Duration::from_secs(60);
/// Tells devices until `stop` says so, while the broker is there: what it does not take now it is told again.
pub async fn tell_signing_key(
    context: IngestContext,
    link: Link,
    answers: mpsc::UnboundedSender<Outbound>,
    mut stop: watch::Receiver<bool>,
) {
    let mut round = Round::default();
    loop {
        match look(&context, &mut round, link.is_connected()).await {
            // Fails only when the way to the broker is closed.
            Ok(told) => told.into_iter().for_each(|one| drop(answers.send(one))),
            Err(error) => tracing::error!(%error, "The signing key could not be looked at; trying again."),
        }
        if timeout(LOOK, stop.wait_for(|stop| *stop)).await.is_ok() {
            return;
        }
    }
}

/// How far those who are to be told have been told.
#[derive(Default)]
struct Round {
    /// The last device that was told.
    after: Option<DeviceId>,
    /// When the next round begins.
    next: Option<Instant>,
}

impl Round {
    /// So many were told now: whether these were all of this round, and when the next one begins.
    fn told(&mut self, devices: &[(DeviceId, u32)], now: Instant) {
        let is_full = devices.len() as i64 == TOGETHER;
        if is_full {
            self.after = devices.last().map(|(device, _)| *device);
            return;
        }
        let pause = if self.after.take().is_some() { SELDOM } else { SOON };
        self.next = Some(now + pause);
    }

    /// Whether it is time to tell somebody.
    fn is_due(&self, now: Instant) -> bool {
        self.next.is_none_or(|next| next <= now)
    }
}

/// What is to be sent now. Which keys sign is looked up whether the broker `is_there` or not.
async fn look(context: &IngestContext, round: &mut Round, is_there: bool) -> Result<Vec<Outbound>, SensingError> {
    let held = context.own.refresh(&context.store).await?;
    let Some(former) = &held.former else {
        *round = Round::default();
        context.told.clear();
        return Ok(Vec::new());
    };
    let now = Instant::now();
    if !is_there || !round.is_due(now) {
        return Ok(Vec::new());
    }
    let keys = (&held.current.public(), &held.identity);
    let behind = accounts::behind(&context.store, keys, (round.after, TOGETHER)).await?;
    round.told(&behind, now);
    let due = behind.into_iter().filter(|(device, _)| context.told.is_due(*device, false, now));
    Ok(due.map(|whose| telling(&held, former, whose)).collect())
}

fn telling(held: &Held, former: &KeyPair, (device, enrolment): (DeviceId, u32)) -> Outbound {
    let said = NewCollectorKey::new(device, enrolment, &former.public(), &held.current);
    Outbound { topic: topics::answers_to(device), payload: said.encode(former) }
}

/// As [`besides`], with an acknowledgement, and seldom to whom it was told in vain.
pub(super) fn with_ack(context: &IngestContext, own: &Arc<KeyPair>, whose: (DeviceId, u32)) -> Option<Outbound> {
    let told = besides(context, own, whose)?;
    context.told.is_due(whose.0, true, Instant::now()).then_some(told)
}

/// What a device is told besides an answer by the key that it pins, where there is another one. The number of its enrolment
/// is that of its message: of one before its newest it is not believed.
pub(super) fn besides(context: &IngestContext, own: &Arc<KeyPair>, whose: (DeviceId, u32)) -> Option<Outbound> {
    let held = context.own.held();
    let former = held.former.as_ref().filter(|former| former.public() == own.public())?;
    Some(telling(&held, former, whose))
}

/// Notes that a device pins the key that signs now.
pub(super) async fn taken(context: &IngestContext, said: CollectorKeyTaken) {
    let noted = async {
        let mut held = context.own.held();
        if held.current.public() != said.key {
            held = context.own.refresh(&context.store).await?;
        }
        // Of an earlier exchange, and shown again.
        if held.current.public() != said.key {
            return Ok(false);
        }
        let is_noted = accounts::pin(&context.store, &said).await?;
        if is_noted {
            context.told.forget(said.device);
        }
        Ok::<_, SensingError>(is_noted)
    };
    match noted.await {
        Ok(true) => {}
        Ok(false) => {
            tracing::warn!("A device names a key of the collector that does not sign now, or an enrolment of before.")
        }
        Err(error) => tracing::error!(%error, "Which key a device pins could not be noted; it is told again."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Fixture;

    #[tokio::test(flavor = "multi_thread")]
    async fn who_is_behind_is_told_only_while_the_broker_is_there_on_each_database() {
        for fixture in Fixture::each().await {
            let device = fixture.device("alice").await;
            fixture.exchange_signing_key().await;
            let (context, mut round) = (&fixture.context, Round::default());
            for _ in 0..3 {
                assert!(look(context, &mut round, false).await.expect("looked").is_empty());
            }
            let told = look(context, &mut round, true).await.expect("looked");
            assert_eq!(told.iter().map(|one| one.topic.clone()).collect::<Vec<_>>(), [topics::answers_to(device.id)]);
            assert!(look(context, &mut round, true).await.expect("looked").is_empty(), "a moment ago");
        }
    }

    #[test]
    fn few_are_told_again_soon_and_many_one_part_after_the_other() {
        let (mut round, begin) = (Round::default(), Instant::now());
        let some = |count: usize| -> Vec<(DeviceId, u32)> { (0..count).map(|_| (DeviceId([3; 16]), 1)).collect() };
        assert!(round.is_due(begin));
        round.told(&some(2), begin);
        assert!(!round.is_due(begin + Duration::from_secs(4)) && round.is_due(begin + SOON));
        round.told(&some(TOGETHER as usize), begin);
        assert_eq!(round.after, Some(DeviceId([3; 16])));
        assert!(round.is_due(begin + SOON), "the next part at once");
        round.told(&some(2), begin + SOON);
        assert_eq!(round.after, None);
        assert!(!round.is_due(begin + SELDOM) && round.is_due(begin + SOON + SELDOM));
    }
}
