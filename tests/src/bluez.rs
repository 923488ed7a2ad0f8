//! A system bus of a test's own with a made-up BlueZ on it: `tests/virtual-devices/bluez.py`.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use serde_json::{Value, json};

use crate::binaries::repository;
use crate::left_out::{left_out, tool_for};
use crate::place::Place;
use crate::process::Process;
use crate::wait;

/// Debian's own: python3-dbus and python3-gi are for it alone.
pub(crate) const PYTHON: &str = "/usr/bin/python3";

/// Whether there is what services of a test's own are made with; says that the test is left out where not.
pub(crate) fn has_python(test: &str) -> bool {
    let modules = Command::new(PYTHON).args(["-c", "import dbus, gi"]).stderr(Stdio::null()).status();
    let there = modules.is_ok_and(|status| status.success());
    if !there {
        left_out(test, "python3-dbus and python3-gi are not installed");
    }
    there
}

/// A Bluetooth service with wearables that a test has made up.
pub struct Bluez {
    bus: Bus,
    mock: Child,
    input: ChildStdin,
    log: PathBuf,
}

/// A system bus with nobody on it.
pub struct Bus {
    address: String,
    _daemon: Process,
}

impl Bus {
    /// Starts one; says that the test is left out where there is no D-Bus.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(test: &str, place: &Place) -> Option<Self> {
        let daemon = tool_for(test, "dbus-daemon")?;
        let socket = place.join("bus");
        let address = format!("unix:path={}", socket.display());
        let mut command = Command::new(daemon);
        command.args(["--session", "--nofork", "--nopidfile", "--nosyslog", "--address", &address]);
        let daemon = Process::start(&mut command, &place.join("bus.log"));
        wait::until("the bus to listen", || socket.exists().then_some(()));
        Some(Self { address, _daemon: daemon })
    }

    /// Lets a program take it for that of the person's own session.
    pub fn reach_as_session(&self, command: &mut Command) {
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.address);
    }

    /// Writes down all that is asked of an interface; says that the test is left out where nothing can.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn overhear(&self, test: &str, place: &Place, interface: &str) -> Option<Process> {
        let mut command = Command::new(tool_for(test, "dbus-monitor")?);
        command.args(["--address", &self.address, &format!("interface='{interface}'")]);
        let overhearing = Process::start(&mut command, &place.join("overheard.log"));
        wait::until("the bus to be overheard", || overhearing.log().contains("NameAcquired").then_some(()));
        Some(overhearing)
    }

    /// Lets a program take it for the system's.
    pub fn reach(&self, command: &mut Command) {
        command.env("DBUS_SYSTEM_BUS_ADDRESS", &self.address);
    }

    /// What the environment of a program must hold that takes it for the system's and for the session's.
    #[must_use]
    pub fn environment(&self) -> [(&str, &Path); 2] {
        ["DBUS_SYSTEM_BUS_ADDRESS", "DBUS_SESSION_BUS_ADDRESS"].map(|name| (name, Path::new(&self.address)))
    }
}

impl Bluez {
    /// Starts one with these devices, as `bluez.py` describes them; says that the test is left out where what it needs is
    /// missing.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(test: &str, place: &Place, scenario: &Value) -> Option<Self> {
        if !has_python(test) {
            return None;
        }
        let bus = Bus::start(test, place)?;
        let (file, log) = (place.join("scenario.json"), place.join("bluez.log"));
        std::fs::write(&file, scenario.to_string()).expect("the test's folder can be written");
        let mut command = Command::new(PYTHON);
        bus.reach(command.arg("-B").arg(repository().join("tests/virtual-devices/bluez.py")).arg(&file));
        let output = File::create(&log).expect("the test's folder can be written");
        let errors = output.try_clone().expect("a file can be opened twice");
        let mut mock = command.stdin(Stdio::piped()).stdout(output).stderr(errors).spawn().expect("Python starts");
        let input = mock.stdin.take().expect("it was piped");
        let bluez = Self { bus, mock, input, log };
        bluez.wait_for("ready");
        Some(bluez)
    }

    /// The bus that it is on.
    #[must_use]
    pub fn bus(&self) -> &Bus {
        &self.bus
    }

    /// Changes how a device behaves.
    ///
    /// # Panics
    /// When the service has ended.
    pub fn change(&mut self, address: &str, behaviours: Value) {
        let Value::Object(mut change) = behaviours else { panic!("behaviours are an object: {behaviours}") };
        change.insert("address".into(), json!(address));
        self.send(&Value::Object(change));
    }

    /// Switches the adapter on or off.
    ///
    /// # Panics
    /// When the service has ended.
    pub fn switch(&mut self, on: bool) {
        self.send(&json!({ "adapter": { "powered": on } }));
    }

    fn send(&mut self, change: &Value) {
        let line = change.to_string();
        writeln!(self.input, "{line}").and_then(|()| self.input.flush()).expect("the service runs");
    }

    /// What was called so far, one call a line.
    #[must_use]
    pub fn calls(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// How often a line begins so.
    #[must_use]
    pub fn count(&self, begin: &str) -> usize {
        self.calls().lines().filter(|line| line.starts_with(begin)).count()
    }

    /// Waits until a line begins so.
    ///
    /// # Panics
    /// When none does.
    pub fn wait_for(&self, begin: &str) {
        wait::until(&format!("{begin:?} in {}", self.log.display()), || (self.count(begin) > 0).then_some(()));
    }
}

impl Drop for Bluez {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.mock.kill();
        let _ = self.mock.wait();
    }
}

/// A strap that gives heart rates and intervals of 1000 and 976.6 ms, one packet each second, with battery and device
/// information.
#[must_use]
pub fn strap(address: &str, name: &str) -> Value {
    json!({
        "address": address,
        "name": name,
        "services": {
            "180d": { "2a37": { "notify": ["163c0004", "163de803"], "every": 1.0 } },
            "180f": { "2a19": { "read": "57" } },
            "180a": {
                "2a29": { "read": hex("Maker of straps\0") },
                "2a24": { "read": hex("S1") },
                "2a25": { "read": hex("SERIAL-0815") },
                "2a23": { "read": "efcdabfeff563412" },
            },
        },
    })
}

fn hex(text: &str) -> String {
    data_encoding::HEXLOWER.encode(text.as_bytes())
}
