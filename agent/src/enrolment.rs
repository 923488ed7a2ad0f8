//! `enrol`: how a device becomes known to a collector, for the first time or anew.
//!
//! Nothing that works is touched before the other side has answered and proved to know the code. Then, in this order,
//! consent ends, what the person kept for themselves is gone, the new outbox takes the place of the old one, what was told of the runs
//! before is gone, with the wearables that were paired, and the identity
//! says that the device is enrolled: a crash in between leaves a device that senses nothing and is enrolled again by the same command.

use std::path::Path;

use attune_protocol::ids::DeviceId;
use serde::{Deserialize, Serialize};
use tracing::warn;

use crate::control::{ConsentBook, Wishes};
use crate::identity::{Identity, Standing};
use crate::keeping::Status;
use crate::outbox::{self, Prepared};
#[cfg(feature = "bluetooth")]
use crate::sensors::bluetooth::Wearables;
use crate::uplink::{self, Broker};
use crate::{AgentError, files, own, summed};

/// Name of the file that remembers which enrolment was asked for last: an answer may be lost, and the collector counts.
const FILE: &str = "enrolment.toml";
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    version: u32,
    last: u32,
}

/// What an enrolment did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Enrolled {
    /// The device.
    pub device: DeviceId,
    /// Records that waited and were removed, because they were kept under an enrolment before; `None` when that one kept
    /// no account of them.
    pub removed: Option<u64>,
}

/// Enrols the device of a state folder.
///
/// # Errors
/// When it is enrolled and this is not asked for `again`, when an agent runs on the state folder, or when the collector
/// does not answer or refuses. All stays as it was then.
pub fn enrol(state: &Path, broker: &Broker, code: &str, again: bool) -> Result<Enrolled, AgentError> {
    files::private_folder(state)?;
    let identity = match Identity::load(state)? {
        Some(known) => known,
        None => {
            // Kept before it is shown: if the answer is lost, the collector knows the device by its key.
            let new = Identity::generate(&broker.to_string());
            new.save(state)?;
            new
        }
    };
    let folder = state.join(outbox::FOLDER);
    let removed = outbox::waiting_in(&folder, &identity.seal)?;
    if identity.standing != Standing::New && !again {
        let waiting =
            removed.map_or("all records that wait".to_owned(), |records| format!("{records} records that wait"));
        return Err(AgentError::Enrol(format!(
            "this device is enrolled already; --again enrols it anew (--again --yes where nobody can be asked), which \
             removes {waiting} and ends all consent: it has to be given anew"
        )));
    }
    let number = next_number(state, &identity)?;
    let prepared = Prepared::begin(&folder, &identity.seal, number)?;
    let enrolment = uplink::enrol(&identity, broker, code, number, prepared.epoch())?;
    ConsentBook::end(state)?;
    Wishes::end(state)?;
    own::end(state)?;
    prepared.put()?;
    Status::end(state)?;
    // Whoever has the device now wears something else.
    #[cfg(feature = "bluetooth")]
    if identity.standing != Standing::New {
        Wearables::end(state)?;
    }
    let standing = Standing::Enrolled(enrolment);
    let enrolled = Identity { broker: broker.to_string(), standing, exchanged_millis: None, ..identity };
    enrolled.save(state)?;
    Ok(Enrolled { device: enrolled.device, removed })
}

/// Counts up, durably: the collector takes a later enrolment over an earlier one, also where the answer to that was lost.
fn next_number(state: &Path, identity: &Identity) -> Result<u32, AgentError> {
    let path = state.join(FILE);
    let asked = match summed::read(&path).map(|text| text.map(|text| toml::from_str::<Asked>(&text))) {
        Ok(None) => 0,
        Ok(Some(Ok(Asked { version: VERSION, last }))) => last,
        Err(problem @ AgentError::File { .. }) => return Err(problem),
        Ok(Some(_)) | Err(_) => {
            warn!(path = %path.display(), "it does not read: enrolments are counted from the last that succeeded");
            0
        }
    };
    let succeeded = match identity.standing {
        Standing::Enrolled(enrolment) => enrolment.number,
        Standing::New | Standing::Outdated => 0,
    };
    let last = asked.max(succeeded).saturating_add(1);
    let text = toml::to_string(&Asked { version: VERSION, last }).expect("numbers");
    summed::write(&path, &text)?;
    Ok(last)
}
