//! `setup`: from a device that knows nothing to one that senses what its person agreed to, in one conversation.
//!
//! # Design
//!
//! A person who gives `attune-agent setup` has a collector's address and a code, and wants to know what is done to them.
//! So each question says what would be sensed, where it stays, and the command that takes it back; the words of consent are
//! those of `consent` and of the own page, and its book is theirs. The order is that of the person, not of the program:
//!
//! 1. for each modality: whether it may be sensed for the collector, and whether it may be kept for the person's own view;
//!    where it may be sensed, what there is to sense it with, which one, and a try of two seconds that says what it sees
//!    ([`crate::sensors::trial`]). Nothing is opened before the person agreed to its modality, nothing of a try is kept;
//! 2. when they want to be asked for a check-in;
//! 3. the collector's broker and the code;
//! 4. all answers once more, and one question whether to do it.
//!
//! **Nothing is written before that last yes.** Until then everything is held in [`Plan`]; the end of the input, and Ctrl-C,
//! leave the device as it was. Then, in this order: enrolment, which can fail at the other side and ends all consent; the
//! configuration; consent. Each is written whole or not at all, and each is what its own command writes, so that a stop in
//! between leaves what those commands would leave: less than was agreed to, never more.
//!
//! What is answered already is shown in brackets, and Enter keeps it: who gives `setup` twice changes nothing. Who
//! never decided about consent finds nothing in brackets: neither answer is nearer than the other. In the configuration only keys that
//! change are touched; comments and the rest stay as the person wrote them ([`file`]).
//!
//! The same conversation runs in a terminal and, with `--answers`, over standard input, one answer a line; every line
//! fits into 80 columns. [`ask`] is the conversation, [`agree`] consent, [`choose`] devices, [`collect`] the collector.

mod agree;
mod ask;
mod choose;
mod collect;
mod file;
mod remind;

use std::io::{IsTerminal, stdin, stdout};
use std::path::Path;

use attune_protocol::registry::Modality;

use super::arguments::SetupArguments;
use crate::AgentError;
use crate::config::Config;
use crate::control;
use agree::Agreed;
use ask::{Asker, Ended};
use choose::Chosen;
use collect::Collector;
use file::Changes;

/// What was answered, before any of it is done.
struct Plan {
    agreed: Vec<Agreed>,
    changes: Changes,
    collector: Collector,
}

/// Asks, shows what was answered, and does it once that is wanted.
///
/// # Errors
/// When nobody can be asked, the input ends, or something cannot be done.
pub(super) fn setup(config: &Config, file: &Path, known: &SetupArguments) -> Result<(), AgentError> {
    if !stdin().is_terminal() && !known.answers {
        return Err(AgentError::Setup(
            "nobody can be asked here: give it in a terminal; without one, 'attune-agent enrol', 'attune-agent consent grant' \
             and a configuration file do the same, and --answers reads answers from standard input"
                .into(),
        ));
    }
    let is_terminal = stdin().is_terminal();
    let (mut input, mut out) = (stdin().lock(), stdout());
    let mut asker = Asker::new(&mut input, &mut out, is_terminal);
    match converse(config, file, known, &mut asker) {
        Err(Ended::Input) => {
            Err(AgentError::Setup("the input ended before the last question: nothing was changed".into()))
        }
        Err(Ended::Failed(problem)) => Err(problem),
        Ok(()) => Ok(()),
    }
}

fn converse(config: &Config, file: &Path, known: &SetupArguments, asker: &mut Asker<'_>) -> Result<(), Ended> {
    asker.say(
        "This sets Attune up on this device. Nothing is changed before you have seen all of your answers and said yes. Enter \
         keeps what stands in brackets; Ctrl-C ends it, and nothing is changed.",
    )?;
    let running = control::running(&config.state)?.is_some();
    if running {
        asker.say(
            "An agent runs on this device. What you agree to counts at once; devices count from its next start, and are not \
             tried now, as it may have them open.",
        )?;
    }
    if control::is_paused(&config.state) {
        asker.say("Sensing is paused, and stays so until 'attune-agent resume'. Devices are not tried meanwhile.")?;
    }
    let may_try = !running && !control::is_paused(&config.state);
    let (mut agreed, mut changes) = (Vec::new(), Changes::default());
    for (number, modality) in (1..).zip(Modality::ALL) {
        let one = agree::ask(config, number, modality, asker)?;
        if one.senses() {
            for Chosen { key, value, now } in choose::ask(config, modality, may_try, asker)? {
                changes.set(key, value, now);
            }
        }
        agreed.push(one);
    }
    if agreed.iter().any(|one| one.modality() == Modality::CheckIn && one.senses()) {
        remind::ask(config, &mut changes, asker)?;
    }
    let collector = collect::ask(config, known, asker)?;
    let plan = Plan { agreed, changes, collector };
    if !plan.confirmed(file, asker)? {
        return asker.say("Nothing was changed.");
    }
    plan.carry_out(config, file, asker)?;
    come_next(config, running, asker)
}

impl Plan {
    /// Shows all answers, and asks whether to do what they change; no where they change nothing.
    fn confirmed(&self, file: &Path, asker: &mut Asker<'_>) -> Result<bool, Ended> {
        asker.heading("Your answers")?;
        for one in &self.agreed {
            asker.say(&one.words())?;
        }
        for change in self.changes.words(file) {
            asker.say(&change)?;
        }
        asker.say(&self.collector.words())?;
        let changes = self.agreed.iter().any(Agreed::is_new) || !self.changes.is_empty() || self.collector.is_new();
        if !changes {
            asker.say("All of this is so already.")?;
            return Ok(false);
        }
        asker.yes("Do this now?", Some(true))
    }

    fn carry_out(self, config: &Config, file: &Path, asker: &mut Asker<'_>) -> Result<(), Ended> {
        asker.heading("Done")?;
        self.collector.carry_out(config, asker)?;
        if !self.changes.is_empty() {
            self.changes.write(file, &config.state)?;
            asker.say(&format!("Wrote {}.", file.display()))?;
        }
        agree::carry_out(config, &self.agreed, asker)
    }
}

fn come_next(config: &Config, running: bool, asker: &mut Asker<'_>) -> Result<(), Ended> {
    asker.heading("What comes next")?;
    let run = if running { "is to be started anew for other devices" } else { "senses, until Ctrl-C" };
    asker.lines(&[
        format!("  attune-agent run              {run}"),
        "  attune-agent service install  starts it whenever you log in".into(),
        "  attune-agent open             your own page, while it runs".into(),
        "  attune-agent pause            stops it all at once".into(),
        "  attune-agent doctor           says what is wrong, if anything is".into(),
    ])?;
    match config.state == attune_settings::state_folder("agent") {
        true => Ok(()),
        false => asker.say(&format!("Give each with --state {}", config.state.display())),
    }
}

#[cfg(test)]
mod tests;
