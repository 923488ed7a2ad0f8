//! `enrol`: a new identity, or a new enrolment of this device.

use std::path::Path;

use attune_protocol::ids::{DeviceId, Epoch};

use crate::AgentError;
use crate::identity::{Identity, Standing};
use crate::uplink::{self, Broker};

/// Enrols the device of a state folder.
///
/// # Errors
/// When it is enrolled and this is not asked for `again`, or the collector does not answer or refuses.
pub fn enrol(state: &Path, broker: &Broker, code: &str, again: bool) -> Result<DeviceId, AgentError> {
    let identity = match Identity::load(state)? {
        Some(known) => known,
        None => {
            let new = Identity::generate(&broker.to_string());
            new.save(state)?;
            new
        }
    };
    let before = match identity.standing {
        Standing::Enrolled(enrolment) => enrolment.number,
        Standing::New | Standing::Outdated => 0,
    };
    if identity.standing != Standing::New && !again {
        return Err(AgentError::Enrol("this device is enrolled already; to enrol it anew, add --again".into()));
    }
    let enrolment = uplink::enrol(&identity, broker, code, before + 1, Epoch::random())?;
    let enrolled = Identity { broker: broker.to_string(), standing: Standing::Enrolled(enrolment), ..identity };
    enrolled.save(state)?;
    Ok(enrolled.device)
}
