//! A desktop's session that a test locks and unlocks: `tests/virtual-devices/session.py`.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};

use crate::binaries::repository;
use crate::bluez::{Bus, PYTHON, has_python};
use crate::place::Place;
use crate::wait;

/// logind and a screen saver on a bus.
pub struct Session {
    mock: Child,
    input: ChildStdin,
    log: PathBuf,
}

impl Session {
    /// Starts one on a bus; says that the test is left out where what it needs is missing.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(test: &str, place: &Place, bus: &Bus) -> Option<Self> {
        if !has_python(test) {
            return None;
        }
        let log = place.join("session.log");
        let mut command = Command::new(PYTHON);
        bus.reach(command.arg("-B").arg(repository().join("tests/virtual-devices/session.py")));
        let output = File::create(&log).expect("the test's folder can be written");
        let errors = output.try_clone().expect("a file can be opened twice");
        let mut mock = command.stdin(Stdio::piped()).stdout(output).stderr(errors).spawn().expect("Python starts");
        let input = mock.stdin.take().expect("it was piped");
        let session = Self { mock, input, log };
        session.wait_for("ready");
        Some(session)
    }

    /// Changes what is said, by a word of `session.py`.
    ///
    /// # Panics
    /// When the service has ended.
    pub fn say(&mut self, word: &str) {
        writeln!(self.input, "{word}").and_then(|()| self.input.flush()).expect("the service runs");
        self.wait_for(&format!("did {word}"));
    }

    fn wait_for(&self, line: &str) {
        let said = || std::fs::read_to_string(&self.log).unwrap_or_default();
        wait::until(&format!("{line:?} in {}", self.log.display()), || {
            said().lines().any(|said| said == line).then_some(())
        });
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.mock.kill();
        let _ = self.mock.wait();
    }
}
