//! `service`: has the system start the agent with the person's session.

use std::path::Path;

use super::arguments::ServiceCommand;
use crate::AgentError;
use crate::config::Config;
use crate::identity::Identity;
use crate::output::line;
use crate::service::{Manager, Standing, Started};

pub(super) fn service(config: &Config, file: Option<&Path>, command: &ServiceCommand) -> Result<(), AgentError> {
    let manager = Manager::of_this_system()?;
    match command {
        ServiceCommand::Install => {
            // Without it the system would start what ends at once, again and again.
            Identity::load_enrolled(&config.state)?;
            let path = manager.install(&started(config, file)?)?;
            line(format_args!("installed as {}; it runs now, and whenever you log in", path.display()))?;
            line("it senses what you have consented to; 'attune-agent status' says what, 'attune-agent pause' stops it")
        }
        ServiceCommand::Uninstall => match manager.uninstall()? {
            Some(path) => line(format_args!(
                "removed {}; what the agent has kept stays in {}",
                path.display(),
                config.state.display()
            )),
            None => line("it was not installed"),
        },
        ServiceCommand::Status => status(&manager.standing()?),
    }
}

fn status(standing: &Standing) -> Result<(), AgentError> {
    match &standing.file {
        Some(path) => line(format_args!("installed as {}", path.display()))?,
        None => return line("not installed: 'attune-agent service install' does it"),
    }
    match &standing.said {
        Some(said) => line(format_args!("the system says: {said}")),
        None => line("the system does not say whether it runs: ask 'attune-agent status'"),
    }
}

/// This program, on the same state folder and with the same configuration, wherever it is started.
fn started(config: &Config, file: Option<&Path>) -> Result<Started, AgentError> {
    let program = std::env::current_exe().map_err(|e| AgentError::file("find", "this program".as_ref(), e))?;
    let whole = |path: &Path| {
        let whole = std::path::absolute(path).map_err(|e| AgentError::file("find", path, e))?;
        let text = whole.to_str().map(ToOwned::to_owned);
        text.ok_or_else(|| AgentError::content(path, "its name is no text, in which services are described: move it"))
    };
    let mut arguments = Vec::new();
    if let Some(file) = file {
        arguments.extend(["--config".to_owned(), whole(file)?]);
    }
    arguments.extend(["--state".to_owned(), whole(&config.state)?, "run".to_owned()]);
    Ok(Started { program, arguments })
}
