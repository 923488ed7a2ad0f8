use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use attune_protocol::collector_key::{CollectorKeyTaken, NewCollectorKey};
use attune_protocol::envelope::{self, Kind};
use attune_protocol::ids::DeviceId;
use attune_protocol::new_key::{KeyTaken, NewKey};
use attune_protocol::sign::{KeyPair, PublicKey};
use attune_protocol::topics;
use rumqttc::QoS;
use tokio::time::{Instant, interval, sleep_until};
use tracing::{debug, warn};

use super::Broker;
use super::link::{self, News};
use super::pin::Pin;
use crate::AgentError;
use crate::clock::Clock;
use crate::identity::{Enrolment, Identity};

/// How long the collector may take to answer, under each of the two keys.
const PATIENCE: Duration = Duration::from_secs(15);
/// Between two askings; the same message may be sent again.
const AGAIN: Duration = Duration::from_secs(3);
/// Where it has told so often of another key of its own, it does not hear that this is pinned, for it knows the device by the other of its
/// two keys: it is not waited for long then. Nor is it said again, as anybody may show what it has said.
const MOST_TOLD: u32 = 3;

/// Has the collector know a device by its next key. Where that `was_asked` before, it may do so already.
///
/// Where the collector has exchanged its own key, that is taken as the one that is pinned says, durably in the state folder.
///
/// # Errors
/// When it does not answer: it may know the device by either key then.
pub fn renew(
    state: &Path,
    identity: &Identity,
    enrolment: &Enrolment,
    (next, was_asked): (&KeyPair, bool),
    broker: &Broker,
) -> Result<(), AgentError> {
    let said = NewKey::new(identity.device, enrolment.number, &identity.key.public(), next).encode(&identity.key);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| AgentError::file("start a runtime for", "the new key".as_ref(), e))?;
    // Where the answer to an earlier asking was lost, the broker lets the device in by the next one only, and notes who comes by the
    // one before.
    let ways = if was_asked { [next, &identity.key] } else { [&identity.key, next] };
    let mut pin = Pin::of(state, enrolment);
    let taken = ways.into_iter().any(|key| {
        let way = Way { device: identity.device, enrolment: enrolment.number, key };
        runtime.block_on(way.ask((&next.public(), &said), broker, &mut pin))
    });
    runtime.shutdown_timeout(Duration::from_millis(100));
    if taken { Ok(()) } else { Err(AgentError::NewKey(broker.to_string())) }
}

/// As whom the collector is asked.
struct Way<'a> {
    device: DeviceId,
    enrolment: u32,
    /// By which of its two keys.
    key: &'a KeyPair,
}

impl Way<'_> {
    /// Shows the next key until the collector says that it knows the device by that; gives whether it does.
    async fn ask(&self, (next, said): (&PublicKey, &[u8]), broker: &Broker, pin: &mut Pin) -> bool {
        let who = (self.device, link::always(pin.passwords(self.device, self.key)));
        let (client, mut news) = link::open(broker, who, Duration::from_secs(2), Arc::default());
        let send = |signed: &[u8]| {
            // A full queue means that the connection is breaking: it is asked again with the next.
            let _ = client.try_publish(topics::batches_of(self.device), QoS::AtLeastOnce, false, signed);
        };
        let (mut again, mut up, mut told, mut until) = (interval(AGAIN), false, 0_u32, Instant::now() + PATIENCE);
        let taken = loop {
            tokio::select! {
                Some(news) = news.recv() => match news {
                    News::Up => {
                        up = true;
                        again.reset();
                        send(said);
                    }
                    News::Down { refused: true } => break false,
                    News::Down { refused: false } => up = false,
                    News::Answer(bytes) if is_exchange(&bytes) => {
                        let Some(word) = self.exchanged(&bytes, pin) else { continue };
                        told = told.saturating_add(1);
                        if told == MOST_TOLD {
                            until = until.min(Instant::now() + AGAIN);
                        }
                        if told < MOST_TOLD {
                            // Behind that it answers by the key that is pinned.
                            send(&word);
                            send(said);
                        }
                    }
                    News::Answer(bytes) => match KeyTaken::decode(&bytes, &pin.reads(&bytes)) {
                        Ok(taken) if (taken.device, taken.key) == (self.device, *next) => break true,
                        _ => debug!("left out what is no answer to this"),
                    },
                    News::LeftOut => debug!("left out what no collector sends"),
                },
                _ = again.tick(), if up => send(said),
                () = sleep_until(until) => break false,
            }
        };
        if client.try_disconnect().is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        taken
    }

    /// The collector has another key than it notes this device to pin: what is said to it, once that is pinned.
    fn exchanged(&self, bytes: &[u8], pin: &mut Pin) -> Option<Vec<u8>> {
        let Self { device, enrolment, key } = *self;
        let said = NewCollectorKey::decode(bytes, &pin.key(), device, enrolment);
        let said = said.inspect_err(|problem| debug!(%problem, "did not believe a key of the collector")).ok()?;
        if let Err(problem) = pin.take(&said, Clock::start().now().millis()) {
            warn!(error = %problem, "the collector's new key could not be taken: it is told again");
            return None;
        }
        Some(CollectorKeyTaken { device, enrolment, key: said.key }.encode(key))
    }
}

/// Whether it is of another key of the collector: that is signed by the key so far, also where the new one is pinned already.
fn is_exchange(bytes: &[u8]) -> bool {
    envelope::open(bytes).is_ok_and(|opened| opened.kind == Kind::NewCollectorKey)
}
