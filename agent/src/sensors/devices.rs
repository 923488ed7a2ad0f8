//! Which of this machine's devices are sensed, by the configuration. Each kind of source has a line here.

use std::thread::JoinHandle;

use attune_protocol::registry::Modality;

use super::iio::Iio;
use super::live::{Intake, Surroundings, attend};
use super::phone;
use crate::AgentError;
use crate::config::{Choice, Config, IioConfig};

/// What may be sensed live, as it is configured.
#[must_use]
pub fn modalities(config: &Config) -> Vec<Modality> {
    let mut sensed = Vec::new();
    if senses_itself(config) {
        sensed.push(Modality::Motion);
    }
    if config.phone.address().is_some() {
        sensed.extend([Modality::Motion, Modality::Heart]);
    }
    sensed.sort();
    sensed.dedup();
    sensed
}

/// Starts every source that the configuration does not turn off. Each opens its device only while its modality is
/// permitted.
///
/// # Errors
/// When nothing at all is turned on, or the system gives no thread.
pub fn start(config: &Config, intake: &mut Intake, around: &Surroundings) -> Result<Vec<JoinHandle<()>>, AgentError> {
    let mut threads = Vec::new();
    if let Some(listen) = config.phone.address() {
        threads.extend(phone::start(listen, config.phone.late, &config.state, intake, around)?);
    }
    if senses_itself(config) {
        let IioConfig { accelerometer, root } = config.iio.clone();
        let device = Iio { root, choice: accelerometer, clock: around.clock.clone() };
        threads.push(attend("accelerometer", device, intake.motion.feed("accelerometer"), around)?);
    }
    Ok(threads)
}

/// Whether the machine's own motion is sensed: where a phone's is, only if it is asked for by name. What the phone says comes
/// minutes later, and the two are not mixed.
fn senses_itself(config: &Config) -> bool {
    match config.iio.accelerometer {
        Choice::Off => false,
        Choice::On => config.phone.address().is_none(),
        Choice::Named(_) => true,
    }
}
