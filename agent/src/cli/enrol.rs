//! `enrol`: looks whether a broker is there, asks before anything ends, and says what comes next.

use std::io::{IsTerminal, Write, stderr, stdin};
use std::path::Path;

use attune_protocol::policy::Profile;
use data_encoding::HEXLOWER;

use super::probe;
use crate::AgentError;
use crate::config::Config;
use crate::enrolment::{self, Enrolled};
use crate::identity::{Identity, Standing};
use crate::output::line;
use crate::uplink::Broker;

/// Whether a device that is enrolled already is to be enrolled anew.
#[derive(Clone, Copy, Debug)]
pub(super) struct Anew {
    /// It was asked for.
    pub(super) again: bool,
    /// The question is answered already.
    pub(super) yes: bool,
}

pub(super) fn enrol(config: &Config, broker: &str, code: Option<&str>, anew: Anew) -> Result<(), AgentError> {
    let broker = Broker::read(broker).map_err(|problem| AgentError::Enrol(format!("--broker: {problem}")))?;
    let again = agreed(&config.state, anew)?;
    probe::look(&broker)?;
    let code = code.map_or_else(asked_for, |code| Ok(code.to_owned()))?;
    let Enrolled { device, removed } = enrolment::enrol(&config.state, &broker, &code, again)?;
    let (_, enrolment) = Identity::load_enrolled(&config.state)?;
    line(format_args!("enrolled as device {device}"))?;
    match removed {
        Some(0) => {}
        Some(records) => line(format_args!("removed {records} records that waited under the enrolment before"))?,
        None => line("removed what waited under the enrolment before")?,
    }
    let key = HEXLOWER.encode(&enrolment.collector[..8]);
    line(format_args!(
        "what this device senses now belongs to the person for whom the code was made, at the collector {key} over \
         {broker}; {}",
        allows(enrolment.profile)
    ))?;
    let program = called(config);
    line("nothing is sensed before you consent. What comes next:")?;
    line(format_args!("  {program} consent grant --modality all    (or name what you agree to)"))?;
    line(format_args!("  {program} run --recording FOLDER          (a folder with recording.toml)"))?;
    line(format_args!("  {program} status"))
}

/// The code, as the person types it or another program hands it over.
fn asked_for() -> Result<String, AgentError> {
    if stdin().is_terminal() {
        let _ = write!(stderr(), "the code that attune-collector enrol printed: ").and_then(|()| stderr().flush());
    }
    let mut code = String::new();
    stdin().read_line(&mut code).map_err(|e| AgentError::file("read", "the code".as_ref(), e))?;
    Ok(code.trim().to_owned())
}

/// What the collector's profile means for what leaves the device.
fn allows(profile: Profile) -> String {
    match profile.lets_raw_media_in() {
        true => format!("its profile is {profile}: for made-up people and research"),
        false => format!("its profile is {profile}, which decides what of it may leave this device"),
    }
}

/// How this program is called with the same state folder.
fn called(config: &Config) -> String {
    match config.state == attune_settings::state_folder("agent") {
        true => "attune-agent".into(),
        false => format!("attune-agent --state {}", config.state.display()),
    }
}

/// Whether the device is to be enrolled anew, having asked where it is enrolled already.
fn agreed(state: &Path, Anew { again, yes }: Anew) -> Result<bool, AgentError> {
    let enrolled = Identity::load(state)?.is_some_and(|identity| identity.standing != Standing::New);
    if !enrolled || (again && yes) {
        return Ok(again);
    }
    if !stdin().is_terminal() {
        // Without `--again` enrolling says what that would end.
        return match again {
            true => Err(AgentError::Enrol(
                "this ends what waits and all consent: add --yes where nobody can be asked".into(),
            )),
            false => Ok(false),
        };
    }
    let question = "this device is enrolled already. Enrolling it anew removes all records that wait to be sent and ends all \
                    consent. Go on? [y/N] ";
    let _ = write!(stderr(), "{question}").and_then(|()| stderr().flush());
    let mut answer = String::new();
    stdin().read_line(&mut answer).map_err(|e| AgentError::file("read", "the answer".as_ref(), e))?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(true),
        _ => Err(AgentError::Enrol("nothing was changed".into())),
    }
}
