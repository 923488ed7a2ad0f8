//! A mosquitto of a test's own.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::binaries::repository;
use crate::place::Place;
use crate::ports::free_port;
use crate::process::Process;
use crate::wait;

/// A running broker on a port that was free.
pub struct Mosquitto {
    /// Where agents and collectors reach it.
    pub url: String,
    process: Process,
    /// Whether a script runs it, which ends it when it is asked to.
    is_told: bool,
}

impl Mosquitto {
    /// Starts it, with everything in the test's folder.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(program: &Path, place: &Place) -> Self {
        let port = free_port();
        let text = format!("listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nsys_interval 1\n");
        Self::start_set(program, place, &text, port)
    }

    /// Starts it as it is set, to be reached at a port on which it listens then.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start_set(program: &Path, place: &Place, text: &str, port: u16) -> Self {
        let config = written(place, text);
        let process = Process::start(Command::new(program).arg("-c").arg(&config), &place.join("mosquitto.log"));
        Self::listening(process, port, false)
    }

    /// The same, run by the script that is shipped, which has it follow what collectors write into a folder; of what it is set to
    /// `/run/attune` is where it reads that.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start_told(program: &Path, place: &Place, (text, port): (&str, u16), told: &Path) -> Self {
        let read = place.join("read");
        for folder in [told, &read] {
            std::fs::create_dir_all(folder).expect("the test's folder can be written");
        }
        let config = written(place, &text.replace("/run/attune", &read.display().to_string()));
        let script = repository().join("collector/deploy/compose/broker.sh");
        let mut command = Command::new("sh");
        command.arg(script).args([config.as_path(), told, read.as_path()]);
        let known = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{known}", program.parent().unwrap_or(Path::new("/usr/sbin")).display()));
        let process = Process::start(&mut command, &place.join("mosquitto.log"));
        Self::listening(process, port, true)
    }

    fn listening(process: Process, port: u16, is_told: bool) -> Self {
        let mosquitto = Self { url: format!("mqtt://127.0.0.1:{port}"), process, is_told };
        wait::until("mosquitto to listen", || TcpStream::connect(("127.0.0.1", port)).ok());
        mosquitto
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        if self.is_told && self.process.is_running() {
            // Killed, the script would leave it behind.
            let _ = Command::new("kill").arg(self.process.id().to_string()).status();
            let asked = Instant::now();
            while self.process.is_running() && asked.elapsed() < wait::PATIENCE {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
}

fn written(place: &Place, text: &str) -> PathBuf {
    let config = place.join("mosquitto.conf");
    // It would become a user who may not read the test's folder.
    let user = if running_as_root() { "user root\n" } else { "" };
    std::fs::write(&config, format!("{user}{text}")).expect("the test's folder can be written");
    config
}

fn running_as_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|done| done.stdout.trim_ascii() == b"0")
}
