//! Commands by which a person stops sensing, or lets it go on: written down, then in force in the agent that runs, then
//! told. Where they can be written down nowhere, the agent that runs is ended.

use std::path::Path;

use attune_protocol::consent::Purpose;
use attune_protocol::consent::texts::{Text, text};
use attune_protocol::registry::Modality;
use jiff::Timestamp;

use super::arguments::{ConsentArguments, ConsentCommand};
use crate::AgentError;
use crate::config::Config;
use crate::control::{self, ConsentBook, Kept, Reached};
use crate::keeping::carry_out;
use crate::output::line;

pub(super) fn pause(state: &Path, length: Option<&str>) -> Result<(), AgentError> {
    let now = Timestamp::now();
    let length = length.map(crate::person::duration).transpose().map_err(AgentError::Config)?;
    let until = length.map(|length| now + length);
    let kept = match control::pause_until(state, now, until) {
        Ok(kept) => kept,
        Err(problem) => return end_instead(state, problem),
    };
    let reached = control::reach(state, &[], |in_force| in_force.paused)?;
    match until {
        Some(until) if kept == Kept::Durably && control::paused_until(state) == Some(until) => line(format_args!(
            "paused: nothing is sensed, kept or sent until {until:.0} or 'attune-agent resume', whichever comes first"
        ))?,
        _ => line("paused: nothing is sensed, kept or sent until 'attune-agent resume'")?,
    }
    tell(kept, reached)
}

pub(super) fn resume(state: &Path) -> Result<(), AgentError> {
    control::resume(state)?;
    match control::running(state)? {
        Some(_) => line("sensing goes on"),
        None => line("sensing goes on as soon as an agent runs"),
    }
}

pub(super) fn consent(config: &Config, command: &ConsentCommand) -> Result<(), AgentError> {
    let state = &config.state;
    match command {
        ConsentCommand::Grant(arguments) => {
            show(arguments, "You agree to")?;
            list(&ConsentBook::change(state, |book| set(book, arguments, true))?)
        }
        ConsentCommand::Withdraw(arguments) => withdraw(config, arguments),
        ConsentCommand::List => list(&ConsentBook::load(state)?),
    }
}

fn withdraw(config: &Config, arguments: &ConsentArguments) -> Result<(), AgentError> {
    let state = &config.state;
    let (book, changes, kept) = match ConsentBook::withdraw(state, |book| set(book, arguments, false)) {
        Ok(decided) => decided,
        Err(problem) => return end_instead(state, problem),
    };
    let reached = control::reach(state, &changes, |in_force| in_force.carried_out)?;
    let removed = match reached {
        Reached::InForce(in_force) => Ok(in_force.removed),
        Reached::Nobody | Reached::Ended(_) => carry_out(config),
    };
    show(arguments, "You withdraw")?;
    list(&book)?;
    match removed {
        Ok(removed) => line(format_args!("removed {removed} records that waited to be sent"))?,
        Err(problem) => line(format_args!(
            "what waits to be sent could not be removed now (failed to {problem}); none of it is sent: the agent removes \
             it before it does anything else"
        ))?,
    }
    tell(kept, reached)
}

/// A stop that could be written down nowhere is in force all the same where an agent runs: it is ended.
fn end_instead(state: &Path, problem: AgentError) -> Result<(), AgentError> {
    let ended = match problem {
        AgentError::File { .. } => control::end_running(state).ok().flatten(),
        // What does not read permits nothing.
        _ => None,
    };
    let Some(process) = ended else { return Err(problem) };
    line(format_args!(
        "this could be written down nowhere (failed to {problem}), so the agent (process {process}) was ended: nothing is \
         sensed, kept or sent until it is started again; before that, let the state folder be written and give the command \
         again"
    ))
}

/// The texts about what is decided, each with its version: the book says that they were shown.
fn show(arguments: &ConsentArguments, lead: &str) -> Result<(), AgentError> {
    for (modality, purpose) in chosen(arguments) {
        let Text { version, says } = text(modality, purpose);
        line(format_args!("{lead}, for {modality} and {} (text {version}):\n  {says}", purpose.name()))?;
    }
    Ok(())
}

fn chosen(arguments: &ConsentArguments) -> impl Iterator<Item = (Modality, Purpose)> {
    let purposes = arguments.purpose.map_or(Purpose::ALL.to_vec(), |one| vec![one]);
    let modalities = arguments.modalities.iter().flat_map(|m| &m.0);
    modalities.flat_map(move |modality| purposes.clone().into_iter().map(|purpose| (*modality, purpose)))
}

fn set(book: &mut ConsentBook, arguments: &ConsentArguments, granted: bool) {
    for (modality, purpose) in chosen(arguments) {
        book.decide(modality, purpose, granted, Timestamp::now());
    }
}

fn list(book: &ConsentBook) -> Result<(), AgentError> {
    for modality in Modality::ALL {
        let word = |purpose| if book.allows(modality, purpose) { "granted" } else { "not granted" };
        let (own, wellbeing) = (word(Purpose::OwnView), word(Purpose::Wellbeing));
        line(format_args!("{:8} own view: {own:12} wellbeing: {wellbeing}", modality.name()))?;
        for purpose in Purpose::ALL {
            if book.allows(modality, purpose) {
                let shown = book.text_of(modality, purpose);
                let shown = shown.map_or_else(|| "not recorded".into(), |version| version.to_string());
                line(format_args!("         {}: text {shown}", purpose.name()))?;
            }
            if let Some(at) = book.withdrawn_in_browser(modality, purpose) {
                line(format_args!("         {} was withdrawn in the browser, {at:.0}", purpose.name()))?;
            }
        }
    }
    Ok(())
}

fn tell(kept: Kept, reached: Reached) -> Result<(), AgentError> {
    if kept == Kept::UntilRestart {
        line(
            "the state folder cannot be written: this holds until the machine is restarted, and for good once an agent \
             can write there; make space, and give the command again to be sure",
        )?;
    }
    if let Reached::Ended(process) = reached {
        line(format_args!(
            "the agent (process {process}) did not answer and was ended; what it had kept is safe, but it senses nothing \
             before it is started again"
        ))?;
    }
    Ok(())
}
