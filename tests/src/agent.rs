//! Agent processes.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::binaries::program;
use crate::collector::Collector;
use crate::place::Place;
use crate::process::{self, Process};

/// Sends and tries again quickly, so that tests take seconds where days of use take minutes, and senses all on a busy machine.
const IMPATIENT: &str = "[footprint]\nshare = 1000.0\n[uplink]\nevery = 0.2\npatience = 2.0\nlongest_pause = 0.5\n";
/// A bus that is not there: what the machine's own desktop says is no part of a test.
const NO_BUS: &str = "unix:path=/nowhere/bus";

/// An enrolled agent with its state in the test's folder.
pub struct Agent {
    state: PathBuf,
    config: PathBuf,
    log: PathBuf,
    journal: PathBuf,
}

impl Agent {
    /// Enrols a device named `name` in the test's folder for `user`, with the shipped networks and consent to everything.
    ///
    /// # Panics
    /// When it is not enrolled.
    #[must_use]
    pub fn enrol(place: &Place, name: &str, collector: &Collector, user: &str) -> Self {
        Self::enrol_with(place, name, collector, user, &crate::models::shipped(), "research")
    }

    /// As [`Agent::enrol`], with other networks or under another profile.
    ///
    /// # Panics
    /// When it is not enrolled.
    #[must_use]
    pub fn enrol_with(
        place: &Place,
        name: &str,
        collector: &Collector,
        user: &str,
        models: &Path,
        profile: &str,
    ) -> Self {
        let agent = Self::new(place, name, models, profile);
        agent.ask_to_enrol(collector.broker(), &collector.code(user));
        agent
    }

    fn ask_to_enrol(&self, broker: &str, code: &str) {
        process::output(self.command().args(["enrol", "--broker", broker, "--code", code]));
        process::output(self.command().args(["consent", "grant", "--modality", "all"]));
    }

    /// As [`Agent::enrol`], with the built-in settings of the uplink, by way of a broker's URL that is not the
    /// collector's.
    ///
    /// # Panics
    /// When it is not enrolled.
    #[must_use]
    pub fn enrol_at(place: &Place, name: &str, collector: &Collector, user: &str, broker: &str) -> Self {
        let agent = Self::new(place, name, &crate::models::shipped(), "research");
        let text = format!("profile = \"research\"\nmodels = {:?}\n", crate::models::shipped());
        std::fs::write(&agent.config, text).expect("the test's folder can be written");
        agent.ask_to_enrol(broker, &collector.code(user));
        agent
    }

    /// An agent that is not enrolled.
    ///
    /// # Panics
    /// When the folder cannot be written.
    #[must_use]
    pub fn new(place: &Place, name: &str, models: &Path, profile: &str) -> Self {
        let config = place.join(format!("{name}.toml"));
        let text = format!("profile = {profile:?}\nmodels = {models:?}\n{IMPATIENT}");
        std::fs::write(&config, text).expect("the test's folder can be written");
        Self {
            state: place.join(name),
            config,
            log: place.join(format!("{name}.log")),
            journal: place.join(format!("{name}.journal")),
        }
    }

    /// A copy of it, as somebody has who got at its files.
    ///
    /// # Panics
    /// When the folder cannot be copied.
    #[must_use]
    pub fn copied(&self, place: &Place, name: &str) -> Self {
        let copy = Self::new(place, name, &crate::models::shipped(), "research");
        process::output(Command::new("cp").arg("-a").arg(&self.state).arg(&copy.state));
        std::fs::copy(&self.config, &copy.config).expect("the test's folder can be written");
        copy
    }

    /// The program with its state and configuration, ready for a subcommand.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(program("attune-agent"));
        command.arg("--config").arg(&self.config).arg("--state").arg(&self.state);
        command.env("DBUS_SYSTEM_BUS_ADDRESS", NO_BUS).env("DBUS_SESSION_BUS_ADDRESS", NO_BUS);
        command
    }

    /// Starts `run` on a recording, with more arguments.
    #[must_use]
    pub fn run(&self, recording: &Path, arguments: &[&str]) -> Process {
        let mut command = self.command();
        command.arg("run").arg("--journal").arg(&self.journal).arg("--recording").arg(recording).args(arguments);
        Process::start(&mut command, &self.log)
    }

    /// Starts `run` without a recording, in this environment.
    #[must_use]
    pub fn sense(&self, environment: &[(&str, &Path)], arguments: &[&str]) -> Process {
        let mut command = self.command();
        command.envs(environment.iter().copied()).arg("run").args(arguments);
        Process::start(&mut command, &self.log)
    }

    /// Adds lines to its configuration.
    ///
    /// # Panics
    /// When the folder cannot be written.
    pub fn configure(&self, lines: &str) {
        let text = std::fs::read_to_string(&self.config).expect("it was written");
        std::fs::write(&self.config, format!("{text}{lines}")).expect("the test's folder can be written");
    }

    /// Runs a recording at full speed from a start time until the collector has it all.
    ///
    /// # Panics
    /// When that fails.
    pub fn send_all(&self, recording: &Path, start: &str, arguments: &[&str]) {
        let arguments = [&["--speed", "max", "--start", start, "--until-sent"], arguments].concat();
        self.run(recording, &arguments).succeed();
    }

    /// What the agent wrote after each flush: device, epoch and sequence number of every item that was durable.
    ///
    /// # Panics
    /// When a line is not of that form.
    #[must_use]
    pub fn journal(&self) -> Vec<crate::database::Key> {
        let text = std::fs::read_to_string(&self.journal).unwrap_or_default();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]); // a line that a kill cut short is none
        whole.lines().map(|line| key(line).unwrap_or_else(|| panic!("the journal's line {line:?}"))).collect()
    }

    /// Enrols it by the broker of a collector for `user`, without consent to anything.
    ///
    /// # Panics
    /// When it is not enrolled.
    pub fn take_code(&self, collector: &Collector, user: &str, arguments: &[&str]) {
        let code = collector.code(user);
        let mut command = self.command();
        process::output(command.args(["enrol", "--broker", collector.broker(), "--code", &code]).args(arguments));
    }

    /// Grants or withdraws consent to a modality, or to all.
    ///
    /// # Panics
    /// When the command fails.
    pub fn consent(&self, what: &str, modality: &str) {
        process::output(self.command().args(["consent", what, "--modality", modality]));
    }

    /// Runs a recording with more arguments until `items` items are durable, while no broker can be reached.
    ///
    /// # Panics
    /// When it does not come so far.
    pub fn keep_offline(&self, recording: &Path, arguments: &[&str], items: usize) {
        let before = self.journal().len();
        let mut command = self.command();
        command.env("ATTUNE_AGENT_UPLINK_BROKER", "mqtt://127.0.0.1:1");
        command.arg("run").arg("--journal").arg(&self.journal).arg("--recording").arg(recording).args(arguments);
        let mut process = Process::start(&mut command, &self.log);
        crate::wait::until("the agent to keep what it senses", || {
            assert!(process.is_running(), "the agent ended:\n{}", process.log());
            (self.journal().len() >= before + items).then_some(())
        });
        assert!(process.signal("TERM").success(), "{}", process.log());
    }

    /// Reaches the broker by another way from now on.
    ///
    /// # Panics
    /// When the folder cannot be written.
    pub fn reach_over(&self, broker: &str) {
        let text = std::fs::read_to_string(&self.config).expect("it was written");
        let text = text.replace("[uplink]\n", &format!("[uplink]\nbroker = {broker:?}\n"));
        std::fs::write(&self.config, text).expect("the test's folder can be written");
    }

    /// Adds lines to its configuration.
    ///
    /// # Panics
    /// When the folder cannot be written.
    pub fn set(&self, lines: &str) {
        let text = std::fs::read_to_string(&self.config).expect("it was written");
        std::fs::write(&self.config, format!("{text}{lines}")).expect("the test's folder can be written");
    }

    /// What `status` says.
    ///
    /// # Panics
    /// When the command fails.
    #[must_use]
    pub fn status(&self) -> String {
        process::output(self.command().arg("status"))
    }

    /// The state folder.
    #[must_use]
    pub fn state(&self) -> &Path {
        &self.state
    }
}

fn key(line: &str) -> Option<crate::database::Key> {
    let mut words = line.split_whitespace();
    let key = (words.next()?.to_owned(), words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    words.next().is_none().then_some(key)
}
