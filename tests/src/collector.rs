//! A collector process.

use std::path::PathBuf;
use std::process::Command;

use attune_protocol::seal::SealKey;

use crate::binaries::program;
use crate::place::Place;
use crate::ports::free_port;
use crate::process::{self, Process};
use crate::wait;

/// A collector with its state in the test's folder. It keeps its ports over restarts.
pub struct Collector {
    config: PathBuf,
    state: PathBuf,
    log: PathBuf,
    broker: String,
    api: String,
    process: Process,
}

impl Collector {
    /// Starts one with the profile `research`, its own broker and SQLite.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(place: &Place) -> Self {
        let broker = free_port();
        let url = format!("mqtt://127.0.0.1:{broker}");
        Self::start_with(place, &format!("mode = \"embedded\"\nlisten = \"127.0.0.1:{broker}\""), url, "research")
    }

    /// As [`Collector::start`], under another profile.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start_under(place: &Place, profile: &str) -> Self {
        let broker = free_port();
        let url = format!("mqtt://127.0.0.1:{broker}");
        Self::start_with(place, &format!("mode = \"embedded\"\nlisten = \"127.0.0.1:{broker}\""), url, profile)
    }

    /// Starts one on a broker that runs already.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start_on(place: &Place, url: &str) -> Self {
        Self::start_with(place, &format!("mode = \"external\"\nurl = {url:?}"), url.to_owned(), "research")
    }

    /// As [`Collector::start_on`], with more lines about the broker.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start_on_set(place: &Place, url: &str, lines: &str) -> Self {
        Self::start_with(place, &format!("mode = \"external\"\nurl = {url:?}\n{lines}"), url.to_owned(), "research")
    }

    /// Starts two that share the messages of a broker that runs already, a database, its keys and the master key.
    ///
    /// # Panics
    /// When one does not start.
    #[must_use]
    pub fn start_two(place: &Place, url: &str, [database, keys]: [&str; 2]) -> [Self; 2] {
        let database = format!("[database]\nurl = {database:?}\nkeys = {keys:?}");
        let lines = format!("mode = \"external\"\nurl = {url:?}\ngroup = \"both\"\n{database}");
        let first = Self::start_named(place, "collector", &lines, url.to_owned(), "research");
        let state = place.join("other");
        std::fs::create_dir(&state).expect("the test's folder can be written");
        std::fs::copy(first.state.join("master.key"), state.join("master.key")).expect("the first has made one");
        let second = Self::start_named(place, "other", &lines, url.to_owned(), "research");
        [first, second]
    }

    /// Another one beside those that [`Collector::start_two`] gave, under a name of its own.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start_third(place: &Place, first: &Self, [database, keys]: [&str; 2]) -> Self {
        let url = first.broker.clone();
        let lines = format!(
            "mode = \"external\"\nurl = {url:?}\ngroup = \"both\"\n[database]\nurl = {database:?}\nkeys = {keys:?}"
        );
        let state = place.join("third");
        std::fs::create_dir(&state).expect("the test's folder can be written");
        std::fs::copy(first.state.join("master.key"), state.join("master.key")).expect("the first has made one");
        Self::start_named(place, "third", &lines, url, "research")
    }

    /// As [`Collector::start`], with more lines of configuration.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start_set(place: &Place, settings: &str) -> Self {
        let broker = free_port();
        let url = format!("mqtt://127.0.0.1:{broker}");
        let lines = format!("mode = \"embedded\"\nlisten = \"127.0.0.1:{broker}\"\n{settings}");
        Self::start_with(place, &lines, url, "research")
    }

    /// As [`Collector::start`], on a system that lets it open so many files and sockets.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    #[cfg(unix)]
    pub fn start_within(place: &Place, descriptors: u32) -> Self {
        let broker = free_port();
        let url = format!("mqtt://127.0.0.1:{broker}");
        let lines = format!("mode = \"embedded\"\nlisten = \"127.0.0.1:{broker}\"");
        Self::start_by((place, "collector"), &lines, url, "research", |command| limited(command, descriptors))
    }

    /// As [`Collector::start`], known by a name besides.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start_known_as(place: &Place, name: &str) -> Self {
        Self::start_api(place, &format!("names = [{name:?}]"))
    }

    /// As [`Collector::start`], with more lines about the API.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start_api(place: &Place, lines: &str) -> Self {
        Self::start_api_by(place, lines, |command| command)
    }

    /// The same on a system that lets it open so many files and sockets.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    #[cfg(unix)]
    pub fn start_api_within(place: &Place, lines: &str, descriptors: u32) -> Self {
        Self::start_api_by(place, lines, |command| limited(command, descriptors))
    }

    fn start_api_by(place: &Place, api: &str, by: impl Fn(Command) -> Command) -> Self {
        let broker = free_port();
        let url = format!("mqtt://127.0.0.1:{broker}");
        let lines = format!("mode = \"embedded\"\nlisten = \"127.0.0.1:{broker}\"");
        Self::start_by((place, "collector"), &lines, url, "research", |command| {
            set_api(&place.join("collector.toml"), api); // it is written already
            by(command)
        })
    }

    fn start_with(place: &Place, broker: &str, url: String, profile: &str) -> Self {
        Self::start_named(place, "collector", broker, url, profile)
    }

    fn start_named(place: &Place, name: &str, broker: &str, url: String, profile: &str) -> Self {
        Self::start_by((place, name), broker, url, profile, |command| command)
    }

    fn start_by(
        (place, name): (&Place, &str),
        broker: &str,
        url: String,
        profile: &str,
        by: impl Fn(Command) -> Command,
    ) -> Self {
        let api = format!("127.0.0.1:{}", free_port());
        let config = place.join(format!("{name}.toml"));
        let models = crate::models::shipped();
        let text =
            format!("profile = {profile:?}\nmodels = {models:?}\n[api]\nlisten = \"{api}\"\n[broker]\n{broker}\n");
        std::fs::write(&config, text).expect("the test's folder can be written");
        let (state, log) = (place.join(name), place.join(format!("{name}.log")));
        let process = Process::start(by(serve(&config, &state)).arg("serve"), &log);
        let mut collector = Self { config, state, log, broker: url, api: format!("http://{api}"), process };
        collector.wait_until_ready();
        collector
    }

    /// Ends it, and starts it again under another profile.
    ///
    /// # Panics
    /// When it does not end or start.
    pub fn restart_under(&mut self, profile: &str) {
        self.process.signal("TERM");
        let text = std::fs::read_to_string(&self.config).expect("it was written");
        let (_, rest) = text.split_once('\n').expect("the profile stands in the first line");
        std::fs::write(&self.config, format!("profile = {profile:?}\n{rest}")).expect("the folder can be written");
        self.restart();
    }

    /// A counter of what was taken in, as the health tells it.
    ///
    /// # Panics
    /// When it tells no such counter.
    #[must_use]
    pub fn counted(&self, counter: &str) -> u64 {
        let health = crate::api::ok(&self.api, "/api/v1/health");
        health["ingest"][counter].as_u64().unwrap_or_else(|| panic!("no counter {counter}: {health:#}"))
    }

    /// Kills it, and all that its state folder holds is gone, as when the machine burns.
    ///
    /// # Panics
    /// When the folder cannot be removed.
    pub fn burn(&mut self) {
        self.process.kill();
        std::fs::remove_dir_all(&self.state).expect("it has one");
    }

    /// Sets where its database and the keys of its people are from now on; nothing: in files of its state folder.
    ///
    /// # Panics
    /// When the folder cannot be written.
    pub fn set_databases(&self, urls: Option<[&str; 2]>) {
        let text = std::fs::read_to_string(&self.config).expect("it was written");
        let is_named = |line: &&str| line.starts_with("url = \"postgres") || line.starts_with("keys = \"postgres");
        let rest: Vec<&str> = text.lines().filter(|line| *line != "[database]" && !is_named(line)).collect();
        let named =
            urls.map(|[url, keys]| format!("\n[database]\nurl = {url:?}\nkeys = {keys:?}\n")).unwrap_or_default();
        std::fs::write(&self.config, rest.join("\n") + &named).expect("the test's folder can be written");
    }

    /// One of its other commands, to be run in whatever way.
    #[must_use]
    pub fn to_run(&self, arguments: &[&str]) -> Command {
        let mut command = serve(&self.config, &self.state);
        command.args(arguments);
        command
    }

    /// Kills it without a word.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again after [`Collector::kill`].
    pub fn restart(&mut self) {
        self.process = Process::start(serve(&self.config, &self.state).arg("serve"), &self.log);
        self.wait_until_ready();
    }

    /// Starts it again after it ended, with its API on another address.
    ///
    /// # Panics
    /// When it does not start.
    pub fn restart_listening(&mut self, address: &str) {
        let text = std::fs::read_to_string(&self.config).expect("it was written");
        let before = format!("listen = \"{}\"", self.api.trim_start_matches("http://"));
        std::fs::write(&self.config, text.replace(&before, &format!("listen = \"{address}\"")))
            .expect("it can be written");
        self.restart();
    }

    /// The process itself.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    fn wait_until_ready(&mut self) {
        let addresses = self.state.join("addresses.toml");
        wait::until("the collector to be ready", || {
            assert!(self.process.is_running(), "the collector ended:\n{}", self.process.log());
            let table: toml::Table = std::fs::read_to_string(&addresses).ok()?.parse().ok()?;
            (table.get("pid")?.as_integer()? == i64::from(self.process.id())).then_some(())
        });
    }

    /// A one-time code for a device of `user`.
    #[must_use]
    pub fn code(&self, user: &str) -> String {
        process::output(serve(&self.config, &self.state).args(["enrol", "--user", user])).trim().to_owned()
    }

    /// What `enrol` prints for a user: the code, and what is said beside it.
    ///
    /// # Panics
    /// When it fails.
    #[must_use]
    pub fn enrol(&self, user: &str) -> (String, String) {
        let done =
            serve(&self.config, &self.state).args(["enrol", "--user", user]).output().expect("the program starts");
        let text = |bytes| String::from_utf8(bytes).expect("it is text");
        let said = text(done.stderr);
        assert!(done.status.success(), "{said}");
        (text(done.stdout).trim().to_owned(), said)
    }

    /// Where agents reach the broker.
    #[must_use]
    pub fn broker(&self) -> &str {
        &self.broker
    }

    /// The broker's address as it stands in the state folder, for devices.
    ///
    /// # Panics
    /// When it does not stand there.
    #[must_use]
    pub fn told_broker(&self) -> String {
        let text = std::fs::read_to_string(self.state.join("addresses.toml")).expect("it runs");
        let table: toml::Table = text.parse().expect("it reads");
        table["broker"].as_str().expect("it is told").to_owned()
    }

    /// Base URL of the API.
    #[must_use]
    pub fn api(&self) -> &str {
        &self.api
    }

    /// The database file.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.state.join("collector.sqlite")
    }

    /// Where the keys of people are, where none was named.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.state.join("keys.sqlite")
    }

    /// Its state folder.
    #[must_use]
    pub fn state(&self) -> &std::path::Path {
        &self.state
    }

    /// The data key of a person, as it lies wrapped in the database.
    ///
    /// # Panics
    /// When the master key of the state folder does not open it.
    #[must_use]
    pub fn key_of(&self, person: &[u8], wrapped: &[u8]) -> SealKey {
        let text = std::fs::read_to_string(self.state.join("master.key")).expect("it has made one");
        let bytes = data_encoding::HEXLOWER.decode(text.trim().as_bytes()).expect("hexadecimal digits");
        let master = SealKey::from_secret(bytes.try_into().expect("32 bytes"));
        let key = master.open(person, wrapped).expect("the state folder's own key opens it");
        SealKey::from_secret(key.as_slice().try_into().expect("32 bytes"))
    }

    /// What one of its other commands prints, beside the collector that runs.
    ///
    /// # Panics
    /// When the command fails.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> String {
        process::output(serve(&self.config, &self.state).args(arguments))
    }

    /// What it has printed of its certificate.
    ///
    /// # Panics
    /// When it speaks no TLS.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        wait::until("the fingerprint to be printed", || {
            let log = self.log();
            let line = log.lines().find_map(|line| line.strip_prefix("TLS certificate, SHA-256 fingerprint: "));
            line.map(str::to_owned)
        })
    }

    /// What one of its other commands says when it fails.
    ///
    /// # Panics
    /// When the command does not fail.
    #[must_use]
    pub fn refused(&self, arguments: &[&str]) -> String {
        let output = serve(&self.config, &self.state).args(arguments).output().expect("the program starts");
        assert!(!output.status.success(), "{arguments:?} does not fail");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// What it has logged.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.log()
    }
}

/// Adds lines about the API to a configuration.
fn set_api(config: &std::path::Path, lines: &str) {
    let text = std::fs::read_to_string(config).expect("it was written");
    let text = text.replace("[api]\n", &format!("[api]\n{lines}\n"));
    std::fs::write(config, text).expect("the test's folder can be written");
}

/// The same command behind a lower limit of descriptors, soft and hard.
#[cfg(unix)]
fn limited(command: Command, descriptors: u32) -> Command {
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -n $0 && exec \"$@\"", &descriptors.to_string()]);
    limited.arg(command.get_program()).args(command.get_args());
    limited.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    limited
}

fn serve(config: &PathBuf, state: &PathBuf) -> Command {
    let mut command = Command::new(program("attune-collector"));
    // Its temporary files, if it made any, lie where a test can look.
    let temporary = config.with_file_name("tmp");
    std::fs::create_dir_all(&temporary).expect("the test's folder can be written");
    command.arg("--config").arg(config).arg("--state").arg(state).env("TMPDIR", temporary);
    command
}
