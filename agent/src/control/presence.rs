//! How a command finds the agent that runs on a state folder, and has it carry out a decision at once.
//!
//! Who runs holds a record lock on a file of the state folder: the system itself tells which process that is, and forgets it
//! when the process ends. It listens at a socket in memory of the machine, so that neither needs disk space.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use rustix::fs::FlockOperation;
use rustix::process::{Flock, FlockType, Pid, Signal};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tracing::warn;

use super::ask::{Ask, InForce, Teller, Wish};
use super::change::Change;
use super::orders::{name_of, passing_folders};
use crate::{AgentError, files};

/// Name of the file in the state folder.
const FILE: &str = "running";
/// How long the agent may take to carry a decision out: far beyond what it takes, within what a person waits.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a process that was ended by force may take to be gone.
const GONE: Duration = Duration::from_secs(3);
const LOOK: Duration = Duration::from_millis(20);
/// The longest question, and answer to one about a decision, bytes.
const LONGEST: u64 = 1 << 12;
/// The longest answer to a wish, bytes.
const LONGEST_TOLD: u64 = 4 << 20;

#[derive(Serialize, Deserialize)]
struct Question {
    changes: Vec<Change>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wish: Option<Wish>,
}

/// Held while the agent runs.
#[derive(Debug)]
pub struct Presence {
    asks: Receiver<Ask>,
    teller: Teller,
    hearing: Option<Hearing>,
    _lock: File,
}

/// Where commands are heard, and by which thread.
#[derive(Debug)]
struct Hearing {
    socket: PathBuf,
    thread: JoinHandle<()>,
}

impl Presence {
    /// Says that this process runs on a state folder, and listens. Where no socket can be made it says so: commands then
    /// find no answer.
    ///
    /// # Errors
    /// When the lock cannot be had.
    pub fn claim(state: &Path) -> Result<Self, AgentError> {
        let path = state.join(FILE);
        let lock = files::open_private(&path)?;
        let locked = rustix::fs::fcntl_lock(&lock, FlockOperation::NonBlockingLockExclusive);
        locked.map_err(|e| AgentError::file("lock", &path, e.into()))?;
        let (teller, asks) = Teller::new();
        let hearing = name_of(state).and_then(|name| listen(&name, &teller));
        if hearing.is_none() {
            warn!("no folder for a socket: a command that stops sensing would have to end this process");
        }
        Ok(Self { asks, teller, hearing, _lock: lock })
    }

    /// A command that waits, if one does.
    ///
    /// # Errors
    /// When the thread that hears commands has died: they would have to end this process to be sure.
    pub fn ask(&self) -> Result<Option<Ask>, AgentError> {
        if self.hearing.as_ref().is_some_and(|hearing| hearing.thread.is_finished()) {
            return Err(AgentError::Thread("control"));
        }
        Ok(self.asks.try_recv().ok())
    }

    /// For who asks within this process.
    pub fn teller(&self) -> Teller {
        self.teller.clone()
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        if let Some(hearing) = &self.hearing {
            // One that is left is made anew by the next agent.
            let _ = std::fs::remove_file(&hearing.socket);
        }
    }
}

fn sockets(name: &str) -> impl Iterator<Item = PathBuf> {
    passing_folders().into_iter().map(move |folder| folder.join(format!("{name}.sock")))
}

fn listen(name: &str, teller: &Teller) -> Option<Hearing> {
    sockets(name).find_map(|socket| {
        files::private_folder(socket.parent()?).ok()?;
        // Who holds the lock is the only one who listens: what lies here is left over.
        let _ = std::fs::remove_file(&socket);
        let listener = UnixListener::bind(&socket).ok()?;
        let teller = teller.clone();
        let hear = move || {
            for stream in listener.incoming() {
                match stream {
                    // One question that is not read must not keep others waiting for long.
                    Ok(stream) => drop(serve(&stream, &teller)),
                    // No descriptors, or a command that is gone already.
                    Err(_) => std::thread::sleep(LOOK),
                }
            }
        };
        let thread = std::thread::Builder::new().name("control".into()).spawn(hear).ok()?;
        Some(Hearing { socket, thread })
    })
}

fn serve(mut stream: &UnixStream, teller: &Teller) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let Question { changes, wish } = receive(stream, LONGEST)?;
    match teller.ask(changes, wish, PATIENCE) {
        Some(answer) => stream.write_all(format!("{answer}\n").as_bytes()),
        None => Ok(()),
    }
}

fn receive<T: DeserializeOwned>(stream: &UnixStream, longest: u64) -> std::io::Result<T> {
    let mut line = String::new();
    BufReader::new(stream).take(longest).read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}

/// The number of the process that runs on a state folder, if one does; 0 where the system does not number it here, as
/// that of another container.
///
/// # Errors
/// When the system does not say.
pub fn running(state: &Path) -> Result<Option<u32>, AgentError> {
    let path = state.join(FILE);
    let file = match files::open_to_read(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(|e| AgentError::file("open", &path, e))?,
    };
    let holds = rustix::process::fcntl_getlk(&file, &Flock::from(FlockType::WriteLock));
    let holds = holds.map_err(|e| AgentError::file("look who holds", &path, e.into()))?;
    Ok(holds.map(|lock| lock.pid.map_or(0, |pid| pid.as_raw_nonzero().get().unsigned_abs())))
}

/// What became of a decision in the agent that runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reached {
    /// None runs.
    Nobody,
    /// It is in force.
    InForce(InForce),
    /// The agent did not answer, and was ended: nothing of it runs any more.
    Ended(u32),
}

/// Has the agent that runs on a state folder carry out what was written down: `wanted` says whether that is in force.
/// One that does not answer is ended, which loses nothing that was kept.
///
/// # Errors
/// When it neither answers nor can be ended.
pub fn reach(state: &Path, changes: &[Change], wanted: impl Fn(&InForce) -> bool) -> Result<Reached, AgentError> {
    let until = Instant::now() + PATIENCE;
    while let Some(pid) = running(state)? {
        let question = Question { changes: changes.to_vec(), wish: None };
        let answer =
            name_of(state).and_then(|name| sockets(&name).find_map(|path| ask(&path, &question, until, LONGEST)));
        if let Some(in_force) = answer.filter(&wanted) {
            return Ok(Reached::InForce(in_force));
        }
        if Instant::now() >= until {
            return end(state, pid);
        }
        std::thread::sleep(LOOK);
    }
    Ok(Reached::Nobody)
}

/// Asks something of the agent that runs on a state folder; `None` where none does.
///
/// # Errors
/// When one runs and does not answer: nothing is done to it.
pub fn wish<T: DeserializeOwned>(state: &Path, wish: &Wish) -> Result<Option<T>, AgentError> {
    let question = Question { changes: Vec::new(), wish: Some(wish.clone()) };
    let until = Instant::now() + PATIENCE;
    // One that has just been started does not listen yet.
    while let Some(pid) = running(state)? {
        let mut paths = name_of(state).into_iter().flat_map(|name| sockets(&name).collect::<Vec<_>>());
        let answer = paths.find_map(|path| ask(&path, &question, until, LONGEST_TOLD));
        if answer.is_some() {
            return Ok(answer);
        }
        if Instant::now() >= until {
            return Err(AgentError::Silent(pid));
        }
        std::thread::sleep(LOOK);
    }
    Ok(None)
}

fn ask<T: DeserializeOwned>(path: &Path, question: &Question, until: Instant, longest: u64) -> Option<T> {
    let mut stream = UnixStream::connect(path).ok()?;
    let left = until.saturating_duration_since(Instant::now()).max(LOOK);
    stream.set_read_timeout(Some(left)).ok()?;
    stream.set_write_timeout(Some(left)).ok()?;
    let question = serde_json::to_string(question).ok()?;
    stream.write_all(format!("{question}\n").as_bytes()).ok()?;
    receive(&stream, longest).ok()
}

/// Ends the agent that runs on a state folder, where what was decided can be written down nowhere, and gives its process.
/// Nothing that was kept is lost.
///
/// # Errors
/// When the system does not say which it is, or does not end it.
pub fn end_running(state: &Path) -> Result<Option<u32>, AgentError> {
    match running(state)? {
        Some(number) => end(state, number).map(|_| Some(number)),
        None => Ok(None),
    }
}

/// Ends the process that holds the lock, by a handle that means that process alone: its number may be another's by then.
fn end(state: &Path, number: u32) -> Result<Reached, AgentError> {
    let pid = i32::try_from(number).ok().and_then(Pid::from_raw).ok_or(AgentError::StillRunning(number))?;
    let handle = Handle::of(pid);
    if running(state)? != Some(number) {
        return Ok(Reached::Ended(number));
    }
    let sent = handle.and_then(|handle| handle.kill());
    let until = Instant::now() + GONE;
    while sent.is_ok() && Instant::now() < until {
        if running(state)? != Some(number) {
            return Ok(Reached::Ended(number));
        }
        std::thread::sleep(LOOK);
    }
    Err(AgentError::StillRunning(number))
}

/// A process, where the system has handles for them; else its number.
#[cfg(target_os = "linux")]
struct Handle(std::os::fd::OwnedFd);
#[cfg(not(target_os = "linux"))]
struct Handle(Pid);

impl Handle {
    #[cfg(target_os = "linux")]
    fn of(pid: Pid) -> rustix::io::Result<Self> {
        rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).map(Self)
    }

    #[cfg(target_os = "linux")]
    fn kill(&self) -> rustix::io::Result<()> {
        rustix::process::pidfd_send_signal(&self.0, Signal::KILL)
    }

    #[cfg(not(target_os = "linux"))]
    const fn of(pid: Pid) -> rustix::io::Result<Self> {
        Ok(Self(pid))
    }

    #[cfg(not(target_os = "linux"))]
    fn kill(&self) -> rustix::io::Result<()> {
        rustix::process::kill_process(self.0, Signal::KILL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_hears_commands_and_dies_is_noticed_and_where_there_is_none_nobody_asks() {
        let folder = tempfile::tempdir().unwrap();
        for (has_socket, has_thread) in [(true, true), (true, false), (false, false)] {
            let (teller, asks) = Teller::new();
            let (lives, dies) = crossbeam_channel::bounded::<()>(0);
            let thread = std::thread::spawn(move || dies.recv().unwrap_or_default());
            let lives = has_thread.then_some(lives);
            while !has_thread && !thread.is_finished() {
                std::thread::sleep(LOOK);
            }
            let hearing = has_socket.then(|| Hearing { socket: folder.path().join("control.sock"), thread });
            let lock = File::create(folder.path().join(FILE)).unwrap();
            let presence = Presence { asks, teller, hearing, _lock: lock };
            let asked = presence.ask();
            assert_eq!(asked.is_err(), has_socket && !has_thread, "{asked:?}");
            drop(lives);
        }
    }
}
