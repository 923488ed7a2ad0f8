//! The agent as something that the system starts with the person's session: a user unit of systemd, an agent of launchd.

mod texts;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{AgentError, files};

/// What the system starts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Started {
    /// This program.
    pub program: PathBuf,
    /// What it is called with.
    pub arguments: Vec<String>,
}

/// A way in which a system starts programs of a person.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Manager {
    /// systemd, as most Linux systems have it.
    Systemd,
    /// launchd, of macOS.
    Launchd,
}

/// Whether the system knows the service, and what it says of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    /// The file that says what is started, if it is there.
    pub file: Option<PathBuf>,
    /// A word of the system, as `active`; none where it cannot be asked.
    pub said: Option<String>,
}

impl Manager {
    /// That of this system.
    ///
    /// # Errors
    /// Where there is none that is known.
    pub fn of_this_system() -> Result<Self, AgentError> {
        match std::env::consts::OS {
            "linux" => Ok(Self::Systemd),
            "macos" => Ok(Self::Launchd),
            system => Err(AgentError::Config(format!(
                "install a service on {system}: that is not done here. Have its task scheduler start 'attune-agent run' when you \
                 log in, as yourself and without elevated rights"
            ))),
        }
    }

    /// The file that says what is started.
    fn file(self) -> Result<PathBuf, AgentError> {
        let home = std::env::home_dir().filter(|home| home.is_absolute());
        let home = home.ok_or_else(|| AgentError::Config("find your home folder: HOME is not set".into()))?;
        Ok(match self {
            Self::Systemd => {
                let config = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
                config.unwrap_or_else(|| home.join(".config")).join("systemd/user").join(texts::UNIT)
            }
            Self::Launchd => home.join("Library/LaunchAgents").join(format!("{}.plist", texts::LABEL)),
        })
    }

    /// Writes down what is started, and has the system start it now and with each session; gives the file.
    ///
    /// # Errors
    /// When the system refuses. The file is there then, and the error says what to do.
    pub fn install(self, started: &Started) -> Result<PathBuf, AgentError> {
        let (path, text) = (self.file()?, self.text(started)?);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|e| AgentError::file("make the folder", folder, e))?;
        }
        files::write_private(&path, text.as_bytes())?;
        match self {
            Self::Systemd => {
                asked("systemctl", &["--user", "daemon-reload"])?;
                asked("systemctl", &["--user", "enable", texts::UNIT])?;
                asked("systemctl", &["--user", "restart", texts::UNIT])?;
            }
            Self::Launchd => {
                // One that was there before, which it need not have been.
                let _ = asked("launchctl", &["bootout", &domain_and(texts::LABEL)]);
                asked("launchctl", &["bootstrap", &domain(), &path.to_string_lossy()])?;
            }
        }
        Ok(path)
    }

    /// Ends it, and has the system start it no more; gives the file that was removed, if it was there.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn uninstall(self) -> Result<Option<PathBuf>, AgentError> {
        let path = self.file()?;
        if !path.exists() {
            return Ok(None);
        }
        match self {
            Self::Systemd => asked("systemctl", &["--user", "disable", "--now", texts::UNIT])?,
            Self::Launchd => asked("launchctl", &["bootout", &domain_and(texts::LABEL)])?,
        };
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(AgentError::file("remove", &path, error)),
            _ => {}
        }
        if self == Self::Systemd {
            asked("systemctl", &["--user", "daemon-reload"])?;
        }
        Ok(Some(path))
    }

    /// How it stands.
    ///
    /// # Errors
    /// When there is no home folder.
    pub fn standing(self) -> Result<Standing, AgentError> {
        let path = self.file()?;
        let said = match self {
            Self::Systemd => said("systemctl", &["--user", "is-active", texts::UNIT]),
            Self::Launchd => said("launchctl", &["print", &domain_and(texts::LABEL)]).map(|told| {
                told.lines().find_map(|line| line.trim().strip_prefix("state = ")).unwrap_or("unknown").into()
            }),
        };
        Ok(Standing { file: path.exists().then_some(path), said })
    }

    fn text(self, started: &Started) -> Result<String, AgentError> {
        let whole = |path: &Path| path.to_str().map(ToOwned::to_owned);
        let program = whole(&started.program).ok_or_else(|| {
            AgentError::content(&started.program, "its name is no text, in which services are described: move it")
        })?;
        let words: Vec<String> = std::iter::once(program).chain(started.arguments.iter().cloned()).collect();
        Ok(match self {
            Self::Systemd => texts::unit(&words),
            Self::Launchd => texts::plist(&words),
        })
    }
}

#[cfg(unix)]
fn domain() -> String {
    format!("gui/{}", rustix::process::geteuid().as_raw())
}

/// Where there is no such thing it is never asked for.
#[cfg(not(unix))]
fn domain() -> String {
    String::new()
}

fn domain_and(label: &str) -> String {
    format!("{}/{label}", domain())
}

/// Has the system's own program do something.
fn asked(program: &'static str, arguments: &[&str]) -> Result<(), AgentError> {
    let by_hand = || format!("{program} {}", arguments.join(" "));
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(|error| {
        AgentError::Config(format!(
            "start {program}: {error}. What is started is written down; run '{}' yourself",
            by_hand()
        ))
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(AgentError::Config(format!("run '{}': {said}", by_hand())))
}

fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned()).filter(|said| !said.is_empty())
}
