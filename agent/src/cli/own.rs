//! `audit`, `export`, `forget` and `open`: what the person may see, take and have forgotten.

use std::io::{IsTerminal, Write, stderr, stdin};
use std::path::Path;

use jiff::Timestamp;

use super::arguments::StretchArguments;
use crate::AgentError;
use crate::config::Config;
use crate::control::{self, Wish};
use crate::output::line;
use crate::own::Between;
use crate::person::{self, Told};

pub(super) fn audit(config: &Config, stretch: &StretchArguments, json: bool, bytes: bool) -> Result<(), AgentError> {
    person::audit(config, between(stretch)?, json, bytes)
}

pub(super) fn export(config: &Config, file: &Path) -> Result<(), AgentError> {
    let things = person::export(config, file)?;
    line(format_args!("wrote {things} records and batches to {}: whoever has this file reads them", file.display()))
}

/// Forgets a stretch of time, or with `all` everything, having asked.
pub(super) fn forget(config: &Config, stretch: &StretchArguments, all: bool, yes: bool) -> Result<(), AgentError> {
    let between = between(stretch)?;
    if all != (between == Between::ALL) {
        return Err(AgentError::Config(
            "say what to forget: --all, or a stretch of time with --last, --from and --until".into(),
        ));
    }
    if !yes && !agreed(all)? {
        return line("nothing was changed");
    }
    let forgotten = person::forget(config, between)?;
    line(format_args!(
        "forgotten on this device: {} records that waited to be sent, {} that you kept for yourself or had sent{}",
        forgotten.waiting,
        forgotten.own,
        if forgotten.baseline { ", and what was learnt of how you usually are" } else { "" }
    ))?;
    line("what the collector has already is erased there, and not by this")
}

/// Whether the person means it.
fn agreed(all: bool) -> Result<bool, AgentError> {
    if !stdin().is_terminal() {
        return Err(AgentError::Config("this cannot be undone: add --yes where nobody can be asked".into()));
    }
    let what = match all {
        true => "everything that this device holds of what was sensed of you, also what was not sent yet",
        false => "what was sensed of you in that time, also what was not sent yet",
    };
    let _ = write!(stderr(), "this erases {what}. It cannot be undone. Go on? [y/N] ").and_then(|()| stderr().flush());
    let mut answer = String::new();
    stdin().read_line(&mut answer).map_err(|e| AgentError::file("read", "the answer".as_ref(), e))?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

fn between(StretchArguments { last, from, until }: &StretchArguments) -> Result<Between, AgentError> {
    person::stretch(last.as_deref(), *from, *until, Timestamp::now()).map_err(AgentError::Config)
}

/// Opens the own page of the agent that runs, or says where it is.
pub(super) fn open(config: &Config, print: bool) -> Result<(), AgentError> {
    let address = match control::wish::<Told>(&config.state, &Wish::Open)? {
        None => return Err(AgentError::Agent("open: none runs; 'attune-agent run' starts it".into())),
        Some(Told::Address(address)) => address,
        Some(_) => return Err(AgentError::Agent("open its page: it has none (page.on, page.port)".into())),
    };
    if !print && opened(&address) {
        return line("opened in your browser");
    }
    line(address)?;
    line("this opens your own page, once, within five minutes: give it to nobody")
}

/// Has the system's own program open an address. What it is called with is seen by others of this machine, but the address
/// is good once only.
fn opened(address: &str) -> bool {
    let has_screen = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else if has_screen {
        "xdg-open"
    } else {
        return false;
    };
    let quiet = std::process::Stdio::null;
    let mut command = std::process::Command::new(program);
    command.arg(address).stdin(quiet()).stdout(quiet()).stderr(quiet()).status().is_ok_and(|status| status.success())
}
