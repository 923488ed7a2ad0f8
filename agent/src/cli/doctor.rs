//! `doctor`: looks at everything that sensing and sending rest on, and says what is wrong and what to do.

mod decided;
mod devices;
mod finding;
mod machine;
mod place;
mod sending;

use attune_analysis::networks::Networks;
use jiff::Timestamp;

use super::probe;
use crate::AgentError;
use crate::config::Config;
use crate::guard;
use crate::identity::{Enrolment, Identity, Standing};
use crate::output::line;
use crate::uplink::Heard;
use finding::Finding::{self, Fine, Note, Wrong};

/// Looks at everything, and tells it.
///
/// # Errors
/// When something is wrong.
pub(super) fn doctor(config: &Config) -> Result<(), AgentError> {
    let mut findings = vec![Fine("the configuration is valid".into()), models(config)];
    findings.extend(place::look(&config.state));
    findings.push(place::confinement(guard::confines()));
    let (enrolment, found) = enrolment(config);
    findings.extend(found);
    let said = enrolment.map(|enrolment| Heard::load(&config.state, &enrolment).said_millis());
    findings.push(place::clock(Timestamp::now(), said));
    findings.extend(decided::look(&config.state));
    findings.extend(sending::look(&config.state));
    findings.extend(devices::look(config));
    findings.extend(machine::look(config));
    let wrong = findings.iter().filter(|finding| matches!(finding, Wrong(..))).count();
    for finding in findings {
        match finding {
            Fine(what) => line(format_args!("ok     {what}"))?,
            Note(what) => line(format_args!("note   {what}"))?,
            Wrong(what, todo) => line(format_args!("WRONG  {what}\n       what to do: {todo}"))?,
        }
    }
    if wrong == 0 { line("nothing is wrong") } else { Err(AgentError::Unwell(wrong)) }
}

fn models(config: &Config) -> Finding {
    match Networks::of(&config.models) {
        Ok(networks) => Fine(format!("the {} networks are those of their manifest", networks.list().len())),
        Err(problem) => Wrong(
            format!("the networks cannot be used: failed to {problem}"),
            "name the right folder with --models or `models`, or none for those inside the program".into(),
        ),
    }
}

/// Whether the device is enrolled, and its broker is there.
fn enrolment(config: &Config) -> (Option<Enrolment>, Vec<Finding>) {
    let todo = "ask for a code and run 'attune-agent enrol --broker mqtt://HOST:PORT'";
    let none = |what: String, todo: &str| (None, vec![Wrong(what, todo.into())]);
    let identity = match Identity::load(&config.state) {
        Ok(Some(identity)) => identity,
        Ok(None) => return none("this device is not enrolled".into(), todo),
        Err(problem) => return none(format!("its identity does not read: failed to {problem}"), todo),
    };
    let enrolment = match identity.standing {
        Standing::Enrolled(enrolment) => enrolment,
        Standing::New => return none("this device is not enrolled".into(), todo),
        Standing::Outdated => {
            return none("this device was enrolled in an older way".into(), "enrol it again, with --again");
        }
    };
    let broker = config.uplink.broker.as_deref().unwrap_or(&identity.broker);
    let found = match broker.parse() {
        Ok(address) => match probe::look(&address) {
            Ok(()) => Fine(format!("a broker answers at {address}")),
            Err(problem) => Wrong(
                format!("nothing can be sent: failed to {problem}"),
                "start the collector, or name its broker as uplink.broker; what is sensed waits here meanwhile".into(),
            ),
        },
        Err(problem) => Wrong(format!("the broker's address does not read: {problem}"), "enrol again".into()),
    };
    let enrolled =
        format!("this device is enrolled as {}, and believes {}", identity.device, identity.pins(&enrolment));
    (Some(enrolment), vec![Fine(enrolled), found])
}
