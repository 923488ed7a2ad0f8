use std::sync::Arc;
use std::time::Duration;

use attune_protocol::enrol::{Code, EnrolOutcome, EnrolReply, EnrolRequest, MAX_CODE_LEN};
use attune_protocol::ids::Epoch;
use attune_protocol::topics;
use rumqttc::{AsyncClient, QoS};
use tokio::time::{Instant, interval, sleep_until};
use tracing::debug;

use super::Broker;
use super::link::{self, News};
use crate::AgentError;
use crate::identity::{Enrolment, Identity};

/// How long the collector may take in all.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two askings; the same request may be shown again.
const AGAIN: Duration = Duration::from_secs(3);

/// How long an answer that proves nothing waits for one that does: anybody on the broker can send the first.
const HEARSAY: Duration = Duration::from_secs(10);

/// Asks the collector to enrol a device under a one-time code, and gives what it said and proved.
///
/// # Errors
/// When the broker or the collector does not answer, or the collector refuses.
pub fn enrol(
    identity: &Identity,
    broker: &Broker,
    code: &str,
    number: u32,
    epoch: Epoch,
) -> Result<Enrolment, AgentError> {
    if code.is_empty() || code.len() > MAX_CODE_LEN {
        return Err(AgentError::Enrol(format!("a code has 1 to {MAX_CODE_LEN} characters")));
    }
    let code = Code::of(code);
    let request = EnrolRequest::new(identity.device, identity.key.public(), number, epoch, &code);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| AgentError::file("start a runtime for", "the enrolment".as_ref(), e))?;
    let heard = runtime.block_on(ask(identity, broker, &code, &request));
    runtime.shutdown_timeout(Duration::from_millis(100));
    match heard {
        Answer::Proved(reply) if reply.outcome == EnrolOutcome::Accepted => {
            Ok(Enrolment { number, collector: reply.collector_key, former: None, profile: reply.profile() })
        }
        Answer::Proved(EnrolReply { outcome, .. }) => Err(AgentError::Enrol(why(outcome).into())),
        Answer::Hearsay(EnrolOutcome::CodeRefused) => Err(AgentError::Enrol(format!(
            "an answer over {broker} says that the code is refused: it is mistyped, unknown, used or too old. Ask for a new \
             one; who refuses a code cannot prove to be the collector, so if that is refused too, see who else is on that \
             broker"
        ))),
        Answer::Hearsay(_) => Err(AgentError::Enrol(format!(
            "only answers came over {broker} of somebody who does not know the code: see who else is on that broker"
        ))),
        Answer::Nothing => Err(AgentError::Enrol(format!(
            "no answer came over {broker} in {} s: see whether the collector runs there. One of an earlier version than this program \
             ({}) does not answer either: its log says so, and it has to be brought up to date first",
            PATIENCE.as_secs(),
            env!("CARGO_PKG_VERSION"),
        ))),
    }
}

fn why(outcome: EnrolOutcome) -> &'static str {
    match outcome {
        EnrolOutcome::Accepted => "the collector accepted",
        EnrolOutcome::CodeRefused => {
            "the collector refused the code: it is mistyped, unknown, used or too old; ask for a new one"
        }
        EnrolOutcome::DeviceTaken => {
            "the collector knows this device id with another key: have the device revoked there first (the page Your devices, or an \
             administrator), then ask for a new code and enrol once more"
        }
        EnrolOutcome::Behind => {
            "the collector knows a later enrolment of this device; was its state folder put back from a copy? Ask for a \
             new code and enrol once more"
        }
    }
}

/// What came in time.
enum Answer {
    /// From one who knows the code.
    Proved(EnrolReply),
    /// Only from others, or from a collector to which the code is unknown.
    Hearsay(EnrolOutcome),
    /// None.
    Nothing,
}

async fn ask(identity: &Identity, broker: &Broker, code: &Code, request: &EnrolRequest) -> Answer {
    let signed = request.encode(&identity.key);
    let who = (identity.device, link::always(Vec::new()));
    let (client, mut news) = link::open(broker, who, Duration::from_secs(2), Arc::default());
    let (mut again, mut up, mut hearsay) = (interval(AGAIN), false, None);
    let mut until = Instant::now() + PATIENCE;
    let answer = loop {
        tokio::select! {
            Some(news) = news.recv() => match news {
                News::Up => {
                    up = true;
                    again.reset();
                    show(&client, identity, &signed);
                }
                News::Down { .. } => up = false,
                News::Answer(bytes) => match EnrolReply::decode(&bytes) {
                    Ok(reply) if reply.proves(code, request) => break Answer::Proved(reply),
                    Ok(reply) if reply.device == request.device && reply.nonce == request.nonce => {
                        if hearsay.replace(reply.outcome).is_none() {
                            until = until.min(Instant::now() + HEARSAY);
                        }
                    }
                    _ => debug!("left out what is no answer to this enrolment"),
                },
                News::LeftOut => debug!("left out what no collector sends"),
            },
            _ = again.tick(), if up => show(&client, identity, &signed),
            () = sleep_until(until) => break hearsay.map_or(Answer::Nothing, Answer::Hearsay),
        }
    };
    if client.try_disconnect().is_ok() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    answer
}

fn show(client: &AsyncClient, identity: &Identity, signed: &[u8]) {
    // A full queue means that the connection is breaking: it is asked again with the next.
    let _ = client.try_publish(topics::enrolment_of(identity.device), QoS::AtLeastOnce, false, signed);
}
