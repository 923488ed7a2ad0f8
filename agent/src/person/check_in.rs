use super::Told;
use super::waiting::other_version;
use crate::AgentError;
use crate::check_in::Answer;
use crate::config::Config;
use crate::control::{self, Wish};
use crate::keeping;

/// Keeps what the person says of themselves, by the agent that runs or, without one, here; says whether one runs, which
/// sends it.
///
/// # Errors
/// When it is not kept: the device is not enrolled, sensing is paused, there is no consent to it, or keeping fails.
pub fn check_in(config: &Config, answer: Answer) -> Result<bool, AgentError> {
    match control::wish::<Told>(&config.state, &wish(answer))? {
        None => keeping::check_in(config, answer).map(|()| false),
        Some(Told::Said) => Ok(true),
        Some(Told::Unsaid(why)) => Err(AgentError::CheckIn(why)),
        Some(Told::Not(problem)) => Err(AgentError::Agent(problem)),
        Some(_) => Err(other_version()),
    }
}

/// An answer as it is asked to be kept.
pub(crate) fn wish(answer: Answer) -> Wish {
    let (vibe, (valence, arousal)) = (answer.vibe(), answer.place().unzip());
    Wish::CheckIn { vibe, valence, arousal }
}
