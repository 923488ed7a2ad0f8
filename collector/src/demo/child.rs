use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use attune_protocol::policy::Profile;
use tokio::process::{Child, Command};

use super::DemoError;

/// How long the agent may take to end after it was asked to.
const LAST_FLUSH: Duration = Duration::from_secs(5);
/// Somebody watches: windows are sent at once, where large batches would be smaller on the wire.
const SEND_EVERY_SECONDS: &str = "0.5";
/// Lines of its log that an error shows.
const LAST_LINES: usize = 12;

/// The agent program with its settings.
pub(super) struct AgentProgram {
    path: PathBuf,
    state: PathBuf,
    models: PathBuf,
    log: PathBuf,
}

impl AgentProgram {
    /// The program named, or the one beside this one. Its state and log go into `folder`.
    pub(super) fn find(named: Option<&Path>, folder: &Path, models: &Path) -> Result<Self, DemoError> {
        let path = match named {
            Some(path) => path.to_owned(),
            None => std::env::current_exe()
                .map_err(|source| DemoError::File { path: "this program".into(), source })?
                .with_file_name(format!("attune-agent{}", std::env::consts::EXE_SUFFIX)),
        };
        if !path.is_file() {
            return Err(DemoError::AgentMissing { path });
        }
        let (state, log) = (folder.join("agent"), folder.join("agent.log"));
        Ok(Self { path, state, models: models.to_owned(), log })
    }

    /// Starts it with these arguments. It dies with the child.
    pub(super) fn start(&self, arguments: &[&str]) -> Result<Child, DemoError> {
        self.command(arguments)?.stdout(Stdio::null()).spawn().map_err(|source| self.failed(source))
    }

    /// What it says on standard output when it is called with these arguments.
    pub(super) async fn output(&self, task: &'static str, arguments: &[&str]) -> Result<String, DemoError> {
        let done = self.command(arguments)?.stdout(Stdio::piped()).spawn().map_err(|source| self.failed(source))?;
        let done = done.wait_with_output().await.map_err(|source| self.failed(source))?;
        self.expect(task, Ok(done.status))?;
        Ok(String::from_utf8_lossy(&done.stdout).into_owned())
    }

    fn failed(&self, source: std::io::Error) -> DemoError {
        DemoError::File { path: self.path.clone(), source }
    }

    fn command(&self, arguments: &[&str]) -> Result<Command, DemoError> {
        let no_log = |source| DemoError::File { path: self.log.clone(), source };
        let log = File::options().create(true).append(true).open(&self.log).map_err(no_log)?;
        let mut command = Command::new(&self.path);
        if !self.models.as_os_str().is_empty() {
            command.env("ATTUNE_AGENT_MODELS", &self.models);
        }
        command
            .arg("--state")
            .arg(&self.state)
            .args(arguments)
            .env("ATTUNE_AGENT_PROFILE", Profile::Research.name())
            .env("ATTUNE_AGENT_UPLINK_EVERY", SEND_EVERY_SECONDS)
            .stdin(Stdio::null())
            .stderr(log)
            .kill_on_drop(true);
        Ok(command)
    }

    /// An error unless it ended as it should.
    pub(super) fn expect(&self, task: &'static str, status: std::io::Result<ExitStatus>) -> Result<(), DemoError> {
        let status = status.map_err(|source| self.failed(source))?;
        if status.success() { Ok(()) } else { Err(DemoError::AgentEnded { task, status, said: self.said() }) }
    }

    /// The end of its log.
    pub(super) fn said(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
    }
}

/// Lets the agent end by itself, as Ctrl-C in a terminal asks it to as well; kills it when it does not.
pub(super) async fn end(mut child: Child) {
    if tokio::time::timeout(LAST_FLUSH, child.wait()).await.is_err() {
        // Nothing that it keeps is lost by this.
        let _ = child.kill().await;
    }
}
