//! `new-key`: another key for a device that goes on as it is.
//!
//! The next key is durable before it is shown to anybody, and both are kept until the collector has said, signed, that it knows the
//! device by the next one: a crash in between leaves a device that asks again. Behind it a copy of the state folder from before opens
//! nothing at the collector, and whoever uses one is noticed there.

use std::path::Path;

use attune_protocol::sign::KeyPair;

use crate::identity::Identity;
use crate::uplink::{self, Broker};
use crate::{AgentError, outbox};

/// Gives the device of a state folder another key.
///
/// # Errors
/// When it is not enrolled, an agent runs on the state folder, or the collector does not answer. All goes on as it was then, and the
/// same may be tried again.
pub fn renew(state: &Path, broker: Option<&str>) -> Result<(), AgentError> {
    // Before it is read: another that changes it has ended.
    let _held = outbox::hold(&state.join(outbox::FOLDER))?;
    let (mut identity, enrolment) = Identity::load_enrolled(state)?;
    let wrong = |problem| AgentError::Config(format!("uplink.broker: {problem}"));
    let broker = Broker::read(broker.unwrap_or(&identity.broker)).map_err(wrong)?;
    let was_asked = identity.next.is_some();
    let next = identity.next.take().unwrap_or_else(KeyPair::generate);
    identity.next = Some(KeyPair::from_secret(&next.secret()));
    identity.save(state)?;
    uplink::renew(state, &identity, &enrolment, (&next, was_asked), &broker)?;
    // As it is now: it may pin another key of the collector since.
    let (identity, _) = Identity::load_enrolled(state)?;
    Identity { key: next, next: None, ..identity }.save(state)
}
