//! A mosquitto of a test's own.

use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use crate::place::Place;
use crate::ports::free_port;
use crate::process::Process;
use crate::wait;

/// A running broker on a port that was free.
pub struct Mosquitto {
    /// Where agents and collectors reach it.
    pub url: String,
    _process: Process,
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
        let config = place.join("mosquitto.conf");
        // It would become a user who may not read the test's folder.
        let user = if running_as_root() { "user root\n" } else { "" };
        std::fs::write(&config, format!("{user}{text}")).expect("the test's folder can be written");
        let process = Process::start(Command::new(program).arg("-c").arg(&config), &place.join("mosquitto.log"));
        wait::until("mosquitto to listen", || TcpStream::connect(("127.0.0.1", port)).ok());
        Self { url: format!("mqtt://127.0.0.1:{port}"), _process: process }
    }
}

fn running_as_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|done| done.stdout.trim_ascii() == b"0")
}
