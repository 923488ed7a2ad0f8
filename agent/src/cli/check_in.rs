//! `check-in`: how the person says that they are.

use std::io::{IsTerminal, Write, stderr, stdin};

use attune_protocol::registry::check_in::VIBES;
use jiff::{Timestamp, Zoned};

use crate::AgentError;
use crate::check_in::Answer;
use crate::config::{Config, Rhythm};
use crate::keeping::Status;
use crate::output::line;
use crate::person;

/// Keeps an answer, having asked for it where none is given.
pub(super) fn check_in(
    config: &Config,
    vibe: Option<u8>,
    valence: Option<f64>,
    arousal: Option<f64>,
) -> Result<(), AgentError> {
    let vibe = if vibe.is_none() && valence.is_none() { asked()? } else { vibe };
    let answer = Answer::new(vibe, valence, arousal).map_err(|why| AgentError::CheckIn(why.into()))?;
    let runs = person::check_in(config, answer)?;
    line(format_args!("kept: {}", answer.words()))?;
    line(match runs {
        true => "the agent that runs sends it, and it is part of no score",
        false => "no agent runs: the next 'attune-agent run' sends it, and it is part of no score",
    })?;
    line("'attune-agent forget --last 10m' takes back what was not sent yet")
}

/// The answer, as the person types it or another program hands it over.
fn asked() -> Result<Option<u8>, AgentError> {
    if stdin().is_terminal() {
        let each: Vec<String> = (1..).zip(VIBES).map(|(vibe, word)| format!("  {vibe}  {word}\n")).collect();
        let question = format!("How are you?\n{}Your answer, 1 to 6: ", each.concat());
        let _ = write!(stderr(), "{question}").and_then(|()| stderr().flush());
    }
    let mut answer = String::new();
    stdin().read_line(&mut answer).map_err(|e| AgentError::file("read", "the answer".as_ref(), e))?;
    match answer.trim() {
        "" => Err(AgentError::CheckIn("nothing was answered, and nothing is kept".into())),
        text => text.parse().map(Some).map_err(|_| AgentError::CheckIn("an answer is a number from 1 to 6".into())),
    }
}

/// Says when the person answered last, and since when they are asked.
pub(super) fn told(config: &Config, status: &Status) -> Result<(), AgentError> {
    let last = status.checked_in.and_then(|at| Timestamp::from_millisecond(at).ok());
    if let Some(last) = last {
        line(format_args!("your last check-in was at {last:.0}"))?;
    }
    let since = Rhythm::of(&config.check_in).ok().and_then(|rhythm| rhythm.asked_since(&Zoned::now(), last));
    match since {
        Some(since) => line(format_args!("you wanted to be asked at {since:.0} how you are: 'attune-agent check-in'")),
        None => Ok(()),
    }
}
