use std::time::Duration;

use attune_protocol::enrol::{EnrolOutcome, EnrolReply, EnrolRequest, MAX_CODE_LEN};
use attune_protocol::topics;
use rumqttc::{AsyncClient, QoS};
use tokio::time::{interval, timeout};

use super::Broker;
use super::link::{self, News};
use crate::AgentError;
use crate::identity::Identity;

/// How long the collector may take in all.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two askings; the same code and key may be shown again.
const AGAIN: Duration = Duration::from_secs(3);

/// Shows a one-time code to the collector and gives the identity that it has enrolled, with the collector's key.
///
/// # Errors
/// When the broker or the collector does not answer, or the collector refuses.
pub fn enrol(identity: Identity, broker: &Broker, code: &str) -> Result<Identity, AgentError> {
    if code.is_empty() || code.len() > MAX_CODE_LEN {
        return Err(AgentError::Enrol(format!("a code has 1 to {MAX_CODE_LEN} characters")));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| AgentError::file("start a runtime for", "the enrolment".as_ref(), e))?;
    let asked = runtime.block_on(async { timeout(PATIENCE, ask(&identity, broker, code)).await });
    runtime.shutdown_timeout(Duration::from_millis(100));
    let waited = PATIENCE.as_secs();
    let reply = asked.map_err(|_| AgentError::Enrol(format!("no answer came over {broker} in {waited} s")))?;
    match reply.outcome {
        EnrolOutcome::Accepted => Ok(Identity { collector: Some(reply.collector_key), ..identity }),
        EnrolOutcome::CodeRefused => Err(AgentError::Enrol(
            "the collector refused the code: it is unknown, used or too old; ask for a new one".into(),
        )),
        EnrolOutcome::DeviceTaken => {
            Err(AgentError::Enrol("the collector knows this device id with another key".into()))
        }
    }
}

async fn ask(identity: &Identity, broker: &Broker, code: &str) -> EnrolReply {
    let request = EnrolRequest { device: identity.device, public_key: identity.key.public(), code: code.to_owned() };
    let signed = request.encode(&identity.key);
    let (client, mut news) = link::open(broker, identity.device, Duration::from_secs(2));
    let (mut again, mut up) = (interval(AGAIN), false);
    loop {
        tokio::select! {
            Some(news) = news.recv() => match news {
                News::Up => {
                    up = true;
                    again.reset();
                    show(&client, identity, &signed);
                }
                News::Down => up = false,
                News::Answer(bytes) => if let Some(reply) = answer(&bytes, identity) {
                    let _ = client.try_disconnect();
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    return reply;
                },
            },
            _ = again.tick(), if up => show(&client, identity, &signed),
        }
    }
}

fn show(client: &AsyncClient, identity: &Identity, signed: &[u8]) {
    // A full queue means that the connection is breaking: it is asked again with the next.
    let _ = client.try_publish(topics::enrolment_of(identity.device), QoS::AtLeastOnce, false, signed);
}

/// A reply for this device; once enrolled, only of the collector that enrolled it.
fn answer(bytes: &[u8], identity: &Identity) -> Option<EnrolReply> {
    let reply = EnrolReply::decode(bytes).ok()?;
    let known = identity.collector.is_none_or(|key| key == reply.collector_key);
    (reply.device == identity.device && known).then_some(reply)
}

#[cfg(test)]
mod tests {
    use attune_protocol::ids::DeviceId;
    use attune_protocol::sign::KeyPair;

    use super::*;

    #[test]
    fn an_answer_to_another_device_or_of_another_collector_is_none() {
        let (collector, other) = (KeyPair::generate(), KeyPair::generate());
        let mut identity = Identity::generate("mqtt://127.0.0.1:1");
        let reply = |device, key: &KeyPair| {
            EnrolReply { device, collector_key: key.public(), outcome: EnrolOutcome::Accepted }.encode(key)
        };
        assert!(answer(&reply(identity.device, &collector), &identity).is_some());
        assert!(answer(&reply(DeviceId::random(), &collector), &identity).is_none());
        identity.collector = Some(collector.public());
        assert!(answer(&reply(identity.device, &collector), &identity).is_some());
        assert!(answer(&reply(identity.device, &other), &identity).is_none());
    }
}
