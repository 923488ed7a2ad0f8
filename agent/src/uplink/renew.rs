use std::sync::Arc;
use std::time::Duration;

use attune_protocol::new_key::{KeyTaken, NewKey};
use attune_protocol::sign::KeyPair;
use attune_protocol::topics;
use rumqttc::QoS;
use tokio::time::{Instant, interval, sleep_until};
use tracing::debug;

use super::Broker;
use super::link::{self, News};
use crate::AgentError;
use crate::identity::{Enrolment, Identity};

/// How long the collector may take to answer, under each of the two keys.
const PATIENCE: Duration = Duration::from_secs(15);
/// Between two askings; the same message may be sent again.
const AGAIN: Duration = Duration::from_secs(3);

/// Has the collector know a device by its next key. Where that `was_asked` before, it may do so already.
///
/// # Errors
/// When it does not answer: it may know the device by either key then.
pub fn renew(
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
    let taken = ways.into_iter().any(|key| {
        let passwords = enrolment.passwords(identity.device, key);
        runtime.block_on(ask(identity, enrolment, (next, &said), broker, passwords))
    });
    runtime.shutdown_timeout(Duration::from_millis(100));
    if taken { Ok(()) } else { Err(AgentError::NewKey(broker.to_string())) }
}

async fn ask(
    identity: &Identity,
    enrolment: &Enrolment,
    (next, said): (&KeyPair, &[u8]),
    broker: &Broker,
    passwords: Vec<String>,
) -> bool {
    let who = (identity.device, link::always(passwords));
    let (client, mut news) = link::open(broker, who, Duration::from_secs(2), Arc::default());
    let show = || {
        // A full queue means that the connection is breaking: it is asked again with the next.
        let _ = client.try_publish(topics::batches_of(identity.device), QoS::AtLeastOnce, false, said);
    };
    let (mut again, mut up, until) = (interval(AGAIN), false, Instant::now() + PATIENCE);
    let taken = loop {
        tokio::select! {
            Some(news) = news.recv() => match news {
                News::Up => {
                    up = true;
                    again.reset();
                    show();
                }
                News::Down { refused: true } => break false,
                News::Down { refused: false } => up = false,
                News::Answer(bytes) => match KeyTaken::decode(&bytes, &enrolment.collector) {
                    Ok(taken) if (taken.device, taken.key) == (identity.device, next.public()) => break true,
                    _ => debug!("left out what is no answer to this"),
                },
                News::LeftOut => debug!("left out what no collector sends"),
            },
            _ = again.tick(), if up => show(),
            () = sleep_until(until) => break false,
        }
    };
    if client.try_disconnect().is_ok() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    taken
}
