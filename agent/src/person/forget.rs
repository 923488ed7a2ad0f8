use crate::AgentError;
use crate::config::Config;
use crate::control::{self, Wish};
use crate::keeping::{self, Forgotten};
use crate::own::Between;

use super::Told;
use super::waiting::other_version;

/// Forgets what was sensed in a stretch of time, in the agent that runs or, without one, here. When it returns nothing of it
/// can be read on this device any more. What the collector has is not touched.
///
/// # Errors
/// When it could not all be forgotten.
pub fn forget(config: &Config, between: Between) -> Result<Forgotten, AgentError> {
    let wish = Wish::Forget { from: between.from, until: between.until };
    let nothing = Forgotten { waiting: 0, own: 0, baseline: false };
    match control::wish::<Told>(&config.state, &wish)? {
        None => Ok(keeping::forget(config, between)?.unwrap_or(nothing)),
        Some(Told::Forgotten(forgotten)) => Ok(forgotten),
        Some(Told::Not(problem)) => Err(AgentError::Agent(problem)),
        Some(_) => Err(other_version()),
    }
}
