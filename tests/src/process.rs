//! Child processes that never outlive their test.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::wait;

/// A running program whose output is appended to a file.
pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts it with standard output and error appended to `log`.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(command: &mut Command, log: &Path) -> Self {
        let child = command.stdin(Stdio::null()).stdout(append(log)).stderr(append(log)).spawn();
        Self { child: child.unwrap_or_else(|e| panic!("start {command:?}: {e}")), log: log.to_owned() }
    }

    /// The system's number for it.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its largest resident memory so far, bytes.
    ///
    /// # Panics
    /// When the system does not say: Linux does.
    #[must_use]
    pub fn peak_memory(&self) -> u64 {
        self.peak_memory_if_there().expect("the process runs, on Linux, which tells the peak")
    }

    /// The same; none once it has ended.
    #[must_use]
    pub fn peak_memory_if_there(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).ok()?;
        let kib: Option<u64> =
            status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
        kib.map(|kib| 1024 * kib)
    }

    /// Begins to look for its largest memory anew.
    ///
    /// # Panics
    /// When the system does not let us: Linux does.
    pub fn forget_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.id()), "5").expect("Linux forgets the peak");
    }

    /// Whether it runs still.
    ///
    /// # Panics
    /// When the system does not say.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("our child can be waited for").is_none()
    }

    /// SIGKILL: no code of the program runs any more.
    pub fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to end, as Ctrl-C (`INT`) or a service manager (`TERM`) does, and waits for it.
    ///
    /// # Panics
    /// When it does not end.
    #[cfg(unix)]
    pub fn signal(&mut self, name: &str) -> ExitStatus {
        send(self.id(), name);
        self.wait()
    }

    /// Lets none of its code run until [`Process::resume`].
    ///
    /// # Panics
    /// When it has ended.
    #[cfg(unix)]
    pub fn suspend(&self) {
        send(self.id(), "STOP");
    }

    /// Lets it run again.
    ///
    /// # Panics
    /// When it has ended.
    #[cfg(unix)]
    pub fn resume(&self) {
        send(self.id(), "CONT");
    }

    /// Waits until it ends.
    ///
    /// # Panics
    /// When it does not.
    pub fn wait(&mut self) -> ExitStatus {
        let log = self.log.display().to_string();
        wait::until(&format!("the process to end (its log: {log})"), || {
            self.child.try_wait().expect("our child can be waited for")
        })
    }

    /// Waits until it ends by itself with status 0.
    ///
    /// # Panics
    /// When it does not.
    pub fn succeed(&mut self) {
        let status = self.wait();
        assert!(status.success(), "ended with {status}; its log:\n{}", self.log());
    }

    /// What it has written.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Runs a program to its end and gives its standard output.
///
/// # Panics
/// When it fails.
pub fn output(command: &mut Command) -> String {
    let done = command.stdin(Stdio::null()).output().unwrap_or_else(|e| panic!("start {command:?}: {e}"));
    let (out, error) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{command:?} ended with {}:\n{out}\n{error}", done.status);
    out.into_owned()
}

#[cfg(unix)]
fn send(id: u32, signal: &str) {
    let sent = Command::new("kill").args([&format!("-{signal}"), &id.to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()), "process {id} was there for {signal}");
}

fn append(log: &Path) -> File {
    OpenOptions::new().create(true).append(true).open(log).expect("the test's folder can be written")
}
