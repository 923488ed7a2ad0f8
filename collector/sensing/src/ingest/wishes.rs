//! Devices are told what their people chose of what is sensed, until they say that they follow.
//!
//! The broker keeps none of it. A device that does not follow is told at once when something is chosen, again within seconds for the
//! first minute, then every minute, and with each acknowledgement: one that was away is told with the first thing that it sends. What
//! it sends meanwhile is refused.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use attune_people::preferences::untold;
use attune_protocol::ids::DeviceId;
use attune_protocol::sign::KeyPair;
use attune_protocol::topics;
use attune_protocol::wishes::Wishes;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use super::{IngestContext, Outbound};
use crate::SensingError;

/// How often it is looked for what devices are to be told.
const LOOK: Duration = Duration::from_secs(2);
/// Between one telling and the next, well within one window.
const SOON: Duration = Duration::from_secs(5);
/// Until then a device that does not answer is told often.
const OFTEN_FOR: Duration = Duration::from_secs(60);
/// Afterwards it is away, or its agent too old to be told.
const SELDOM: Duration = Duration::from_secs(60);

/// What a device is told, signed with the key that it pins.
pub(super) fn telling(own: &KeyPair, wishes: &Wishes) -> Outbound {
    Outbound { topic: topics::answers_to(wishes.device), payload: wishes.encode(own) }
}

/// Tells devices until `stop` says so.
pub async fn tell_wishes(
    context: IngestContext,
    answers: mpsc::UnboundedSender<Outbound>,
    mut stop: watch::Receiver<bool>,
) {
    let mut waiting = Waiting::default();
    loop {
        match look(&context, &mut waiting).await {
            // Fails only when the way to the broker is closed.
            Ok(told) => told.into_iter().for_each(|one| drop(answers.send(one))),
            Err(error) => tracing::error!(%error, "What people chose could not be looked at; trying again."),
        }
        if timeout(LOOK, stop.wait_for(|stop| *stop)).await.is_ok() {
            return;
        }
    }
}

async fn look(context: &IngestContext, waiting: &mut Waiting) -> Result<Vec<Outbound>, SensingError> {
    let open = untold(&context.store, &context.people).await?;
    let mut told = Vec::new();
    for wishes in waiting.due(open, Instant::now()) {
        let own = context.speaks_to(wishes.device).await?;
        told.push(telling(&own, &wishes));
    }
    Ok(told)
}

/// Which devices were told what, since when and when last.
#[derive(Default)]
struct Waiting(HashMap<DeviceId, (i64, Instant, Instant)>);

impl Waiting {
    /// Those of all that do not follow which are to be told now.
    fn due(&mut self, open: Vec<Wishes>, now: Instant) -> Vec<Wishes> {
        let numbers: HashMap<DeviceId, i64> = open.iter().map(|wishes| (wishes.device, wishes.number)).collect();
        self.0.retain(|device, (number, ..)| numbers.get(device) == Some(number));
        let mut due = Vec::new();
        for wishes in open {
            match self.0.get_mut(&wishes.device) {
                Some((_, first, last)) => {
                    let pause = if now.duration_since(*first) < OFTEN_FOR { SOON } else { SELDOM };
                    if now.duration_since(*last) < pause {
                        continue;
                    }
                    *last = now;
                }
                None => drop(self.0.insert(wishes.device, (wishes.number, now, now))),
            }
            due.push(wishes);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_does_not_follow_is_told_at_once_then_often_and_then_seldom_and_anew_when_it_changes() {
        let of = |number| Wishes { device: DeviceId([1; 16]), enrolment: 1, number, keep: true, off: Vec::new() };
        let mut waiting = Waiting::default();
        let begin = Instant::now();
        let mut told = |second: u64, open: Vec<Wishes>| waiting.due(open, begin + Duration::from_secs(second)).len();
        let within = |told: &mut dyn FnMut(u64, Vec<Wishes>) -> usize, from, to| {
            (from..to).map(|second| told(second, vec![of(7)])).sum::<usize>()
        };
        assert_eq!(told(0, vec![of(7)]), 1, "at once");
        assert_eq!(within(&mut told, 1, 60), 11);
        assert_eq!(within(&mut told, 60, 300), 4, "a minute from one to the next");
        assert_eq!(told(300, vec![of(8)]), 1, "something else");
        assert_eq!(told(301, Vec::new()), 0, "it follows");
        assert_eq!(told(302, vec![of(8)]), 1, "and does not any more");
    }
}
