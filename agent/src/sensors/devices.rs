//! Which of this machine's devices are sensed, by the configuration. Each kind of source has a line here.

use std::thread::JoinHandle;

use attune_protocol::registry::Modality;

use super::live::{Intake, Surroundings};
use crate::AgentError;
use crate::config::Config;

/// What may be sensed live, as it is configured.
#[must_use]
pub fn modalities(config: &Config) -> Vec<Modality> {
    let mut sensed = Vec::new();
    #[cfg(feature = "bluetooth")]
    sensed.extend(super::bluetooth::modalities(config));
    sensed
}

/// Starts every source that the configuration does not turn off. Each opens its device only while its modality is
/// permitted.
///
/// # Errors
/// When nothing at all is turned on, or the system gives no thread.
pub fn start(config: &Config, intake: &mut Intake, around: &Surroundings) -> Result<Vec<JoinHandle<()>>, AgentError> {
    let mut threads = Vec::new();
    #[cfg(feature = "bluetooth")]
    threads.extend(super::bluetooth::start(config, intake, around)?);
    Ok(threads)
}
