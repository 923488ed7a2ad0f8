//! A start writes nothing wrongly, what lies on the disk is its owner's alone, and an end comes in time.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use attune_protocol::registry::Modality;
use attune_tests::agent::Agent;
use attune_tests::binaries::program;
use attune_tests::collector::Collector;
use attune_tests::database::Database;
use attune_tests::place::Place;
use attune_tests::wire::Device;
use attune_tests::{api, database, media, play, recordings, wait};
use serde_json::json;

/// One command of the collector on a state folder, run to its end.
fn command(state: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(program("attune-collector"));
    command.arg("--state").arg(state).arg("--models").arg(attune_tests::models::shipped()).args(arguments);
    command.output().expect("the program starts")
}

const SERVE: [&str; 5] = ["serve", "--api", "127.0.0.1:0", "--mqtt", "127.0.0.1:0"];

fn fails(done: &Output, parts: &[&str]) {
    let error = String::from_utf8_lossy(&done.stderr);
    assert!(!done.status.success(), "{error}");
    assert!(parts.iter().all(|part| error.contains(part)), "{error}");
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).expect("the folder can be read");
    entries.map(|entry| entry.expect("it can be read").file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn check_makes_neither_folder_nor_database() {
    let place = Place::new();
    let state = place.join("nowhere/state");
    let done = command(&state, &["check"]);
    assert!(done.status.success(), "{done:?}");
    assert!(String::from_utf8_lossy(&done.stdout).contains("database: none yet"), "{done:?}");
    assert!(names(place.path()).is_empty());
}

/// All files of a folder and below: name, mode and content.
fn files(folder: &Path) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("the folder can be read").map(|entry| entry.expect("it can be read"))
    {
        let (path, there) = (entry.path(), entry.metadata().expect("it is there"));
        let content = if there.is_dir() { Vec::new() } else { std::fs::read(&path).expect("it can be read") };
        if there.is_dir() {
            all.extend(files(&path));
        }
        all.insert(path, (there.permissions().mode() & 0o777, content));
    }
    all
}

#[test]
fn check_changes_nothing_of_what_a_collector_has_left() {
    let place = Place::new();
    let mut collector = Collector::start(&place);
    drop(Device::enrolled(&collector, "alice"));
    let state = collector.state().to_owned();
    // SQLite makes the index of its log anew for whoever reads it; what is stored does not stand there.
    let indexes = ["collector.sqlite-shm", "keys.sqlite-shm"];
    let left = || files(&state).into_iter().filter(|(path, _)| !indexes.iter().any(|index| path.ends_with(index)));
    for clean in [false, true] {
        match clean {
            true => drop(collector.process().signal("TERM")),
            false => collector.kill(),
        }
        assert_eq!(state.join("collector.sqlite-wal").exists(), !clean);
        std::fs::set_permissions(state.join("master.key"), std::fs::Permissions::from_mode(0o640))
            .expect("our own file");
        let before: BTreeMap<_, _> = left().collect();
        let done = command(&state, &["check"]);
        assert!(done.status.success() && String::from_utf8_lossy(&done.stdout).contains("is whole"), "{done:?}");
        assert!(left().eq(before), "of a collector that was {}", if clean { "ended" } else { "killed" });
        collector.restart();
    }
}

#[test]
fn check_refuses_what_serve_refuses_and_in_the_same_words() {
    for (settings, part) in [
        ("[broker]\nlisten = \"0.0.0.0:0\"\n", "for broker.listen (the file): expected a loopback address"),
        (
            "[broker]\nmode = \"external\"\nurl = \"broker.example\"\n",
            "for broker.url (the file): expected mqtt://HOST:PORT",
        ),
        (
            "[broker]\nmode = \"external\"\nurl = \"mqtt://::1:1883\"\n",
            "for broker.url (the file): expected mqtt://HOST:PORT",
        ),
        ("[broker]\nmode = \"external\"\n", "for broker.url (built in): expected mqtt://HOST:PORT"),
        ("[broker]\nurl = \"mqtt://me:secret@there:1883\"\n", "for broker.url (the file): expected broker.mode"),
        ("[database]\nurl = \"sqlite::memory:\"\n", "for database.url (the file): expected the name of a file"),
        ("[database]\nurl = \"postgres://me:secret@host:port/x\"\n", "for database.url (the file): expected a URL"),
        ("[database]\nurl = [\"postgres://me:secret@host/x\"]\n", "a list for database.url (the file): expected text"),
        ("[log]\nlevel = \"debgu\"\n", "\"debgu\" for log.level (the file): expected error, warn"),
        ("[api]\nlisten = \"0.0.0.0:0\"\n", "expected a loopback address"),
    ] {
        let place = Place::new();
        let (config, state) = (place.join("collector.toml"), place.join("state"));
        let free = if settings.starts_with("[api]") { "" } else { "[api]\nlisten = \"127.0.0.1:0\"\n" };
        std::fs::write(&config, format!("{free}{settings}")).expect("the test's folder can be written");
        let config = config.to_str().expect("a path");
        let written = std::fs::read_to_string(config).expect("it was written");
        // Each value that is wrong stands in the last line.
        let part = part.replace("the file", &format!("{config}, line {}", written.lines().count()));
        let said = ["check", "serve"].map(|what| {
            let done = command(&state, &["--config", config, what]);
            fails(&done, &[&part]);
            assert!(!String::from_utf8_lossy(&done.stderr).contains("secret"), "no password is told");
            String::from_utf8_lossy(&done.stderr).lines().last().map(str::to_owned)
        });
        assert_eq!(said[0], said[1]);
    }
}

#[test]
fn check_finds_a_changed_log_of_consents() {
    let place = Place::new();
    let (collector, database) = Database::sqlite(&place);
    drop(Device::enrolled(&collector, "alice"));
    assert!(collector.command(&["check"]).contains("the log of consents is whole"));
    let state = collector.state().to_owned();
    for (change, back) in [
        (
            "UPDATE consent_log SET received_at = received_at - 1",
            "UPDATE consent_log SET received_at = received_at + 1",
        ),
        ("UPDATE consent_head SET entries = entries + 1", "UPDATE consent_head SET entries = entries - 1"),
    ] {
        assert_eq!(database.run(change), 1);
        fails(&command(&state, &["check"]), &["failed to trust the log of consents", "put it back from a copy"]);
        assert_eq!(database.run(back), 1);
    }
    assert!(collector.command(&["check"]).contains("the log of consents is whole"));
}

#[test]
fn a_broker_that_lets_in_and_refuses_the_subscription_is_said_and_not_taken_for_connected() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("the system has a free port");
    let url = format!("mqtt://{}", listener.local_addr().expect("it is bound"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || {
                let mut bytes = [0; 1024];
                // CONNECT, then SUBSCRIBE: its packet id stands behind two bytes of header.
                while let Ok(read @ 1..) = stream.read(&mut bytes) {
                    let answer = match bytes[0] >> 4 {
                        1 => vec![0x20, 2, 0, 0],
                        8 if read > 4 => vec![0x90, 4, bytes[2], bytes[3], 0x80, 0x80],
                        _ => continue,
                    };
                    if stream.write_all(&answer).is_err() {
                        return;
                    }
                }
            });
        }
    });
    let place = Place::new();
    let done = command(&place.join("collector"), &["serve", "--api", "127.0.0.1:0", "--broker", &url]);
    fails(&done, &[&format!("no answer from {url}"), "let this collector in"]);
    let log = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(log.contains("refuses the subscription"), "{log}");
}

#[test]
fn enrol_in_the_wrong_folder_says_where_it_looked_and_makes_nothing() {
    let place = Place::new();
    let state = place.join("wrong");
    fails(&command(&state, &["enrol", "--user", "alice"]), &["failed to find a database at", "wrong/collector.sqlite"]);
    assert!(names(place.path()).is_empty());
}

#[test]
fn a_missing_master_key_is_never_replaced() {
    let place = Place::new();
    let mut collector = Collector::start(&place);
    collector.process().signal("TERM");
    let state = place.join("collector");
    std::fs::remove_file(state.join("master.key")).expect("it was there");
    let before = database::count(&collector.keys(), "SELECT COUNT(*) FROM person_keys");
    for arguments in [&SERVE[..], &["enrol", "--user", "alice"], &["check"]] {
        fails(&command(&state, arguments), &["master.key", "put it back from a copy"]);
        assert!(!names(&state).contains("master.key"), "{arguments:?}");
    }
    assert_eq!(database::count(&collector.keys(), "SELECT COUNT(*) FROM person_keys"), before);
}

#[test]
fn a_second_collector_on_one_state_folder_is_refused_and_enrol_works_beside_the_first() {
    let place = Place::new();
    let mut collector = Collector::start(&place);
    let holder = format!("process {}", collector.process().id());
    fails(&command(&place.join("collector"), &SERVE), &["another collector runs on it", &holder]);
    assert!(!collector.code("alice").is_empty());
    assert_eq!(api::get(collector.api(), "/health").0, 200, "the first goes on");
}

#[test]
fn every_file_of_the_state_folder_is_its_owners_alone_also_those_of_an_earlier_version() {
    let place = Place::new();
    let mut collector = Collector::start(&place);
    let state = place.join("collector");
    collector.kill();
    for name in names(&state) {
        let open = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(state.join(name), open).expect("our own files");
    }
    std::fs::set_permissions(&state, std::fs::Permissions::from_mode(0o755)).expect("our own folder");
    collector.restart();
    let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&state), 0o700);
    for name in names(&state) {
        assert_eq!(mode(&state.join(&name)), 0o600, "{name}");
    }
}

#[test]
fn every_file_of_an_agent_is_its_owners_alone_also_those_of_an_earlier_version() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "alice");
    let recording = recordings::only(place.path(), &[Modality::Heart]);
    let open = || {
        agent.send_all(&recording, play::START, &[]);
        let all = files(agent.state());
        assert!(all.keys().any(|path| path.ends_with("outbox/db")));
        all.into_iter().filter(|(_, (mode, _))| mode & 0o077 != 0).collect::<Vec<_>>()
    };
    assert_eq!(open(), []);
    for path in files(&agent.state().join("outbox")).into_keys() {
        let mode = if path.is_dir() { 0o755 } else { 0o644 };
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("our own file");
    }
    assert_eq!(open(), []);
}

#[test]
fn a_wrong_database_is_named_at_once_with_its_cause_and_what_to_do() {
    let place = Place::new();
    let garbage = place.join("garbage.sqlite");
    std::fs::write(&garbage, [7; 5000]).expect("the test's folder can be written");
    let file = format!("sqlite:{}", garbage.display());
    for (url, parts) in [
        ("postgres://me:secret@127.0.0.1:1/x", ["127.0.0.1:1/x", "refused", "look whether its server runs"]),
        ("postgres://me:secret@nowhere.invalid/x", ["nowhere.invalid", "lookup", "database.url"]),
        (&file, ["garbage.sqlite", "not a database", "move this file away"]),
    ] {
        for command_name in ["serve", "check"] {
            let mut arguments = if command_name == "serve" { SERVE.to_vec() } else { vec![command_name] };
            arguments.extend(["--database", url]);
            let asked = Instant::now();
            let done = command(&place.join("state"), &arguments);
            assert!(asked.elapsed() < Duration::from_secs(8), "{url}: {:?}", asked.elapsed());
            fails(&done, &parts);
            assert!(!String::from_utf8_lossy(&done.stderr).contains("secret"), "no password is told");
        }
    }
    assert_eq!(std::fs::read(&garbage).expect("it is there"), [7; 5000], "nothing of it is changed");
}

#[test]
fn a_wrong_broker_is_named_with_its_cause() {
    let place = Place::new();
    let asked = Instant::now();
    let done = command(&place.join("state"), &["serve", "--api", "127.0.0.1:0", "--broker", "mqtt://127.0.0.1:1"]);
    assert!(asked.elapsed() < Duration::from_secs(20), "{:?}", asked.elapsed());
    fails(&done, &["no answer from mqtt://127.0.0.1:1", "refused", "--broker"]);
    let log = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(log.contains("The broker is out of reach; trying again."), "it is said at once: {log}");
    assert!(!log.contains("though nobody asked it to"), "{log}");
}

#[test]
fn a_client_that_holds_half_a_request_does_not_hold_up_the_end() {
    let place = Place::new();
    let mut collector = Collector::start(&place);
    let address = collector.api().trim_start_matches("http://").to_owned();
    let mut client = TcpStream::connect(&address).expect("it listens");
    write!(client, "POST /api/v1/analyze HTTP/1.1\r\nHost: {address}\r\nContent-Length: 100\r\n\r\n{{").expect("sent");
    std::thread::sleep(Duration::from_millis(300));
    let asked = Instant::now();
    assert!(collector.process().signal("TERM").success());
    assert!(asked.elapsed() < Duration::from_secs(12), "{:?}", asked.elapsed());
}

#[test]
#[cfg(target_os = "linux")]
fn no_memory_is_dumped_or_swapped_out_with_keys_where_the_system_would_dump_it() {
    // The programs start with what this process allows.
    let (_, most) = rlimit::getrlimit(rlimit::Resource::CORE).expect("Linux tells");
    rlimit::setrlimit(rlimit::Resource::CORE, most, most).expect("up to the hard limit");
    let place = Place::new();
    let mut collector = Collector::start(&place);
    let process = format!("/proc/{}", collector.process().id());
    let line = |file: &str, begin: &str| {
        let text = std::fs::read_to_string(format!("{process}/{file}")).expect("it runs");
        text.lines().find(|line| line.starts_with(begin)).expect("Linux tells").to_owned()
    };
    let core = line("limits", "Max core file size");
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
    let locked = line("status", "VmLck");
    assert_ne!(locked.split_whitespace().nth(1), Some("0"), "the master key's page: {locked}");
}

#[test]
fn a_deleted_analysis_is_in_no_file_of_the_database() {
    let place = Place::new();
    let mut collector = Collector::start(&place);
    let request = json!({ "heart_data": media::heart(70), "timestamp": "2026-01-05T12:00:00Z" });
    let (status, answer) = api::post(collector.api(), "/api/v1/analyze", &request);
    assert_eq!((status, &answer["stored"]), (200, &json!(true)), "{answer:#}");
    let id = answer["session_id"].as_str().expect("an id").to_owned();
    let mut sealed = database::blobs(
        &collector.database(),
        "SELECT sealed FROM analysis_records UNION ALL SELECT sealed FROM fused_windows",
    );
    sealed.extend(database::blobs(&collector.keys(), "SELECT wrapped FROM person_keys"));
    assert!(sealed.len() > 2);
    assert_eq!(readable(&collector, &sealed), sealed.len(), "the search finds what is there");
    assert_eq!(api::delete(collector.api(), &format!("/api/v1/sessions/{id}")), 204);
    wait::until("the deleted bytes to be gone", || (readable(&collector, &sealed) == 0).then_some(()));
    collector.process().signal("TERM");
    assert_eq!(readable(&collector, &sealed), 0, "after a clean end");
}

/// How many of the values have a part of 24 bytes in the database's files.
fn readable(collector: &Collector, values: &[Vec<u8>]) -> usize {
    let files = [collector.database(), collector.keys()].map(|path| {
        ["", "-wal"].map(|ending| std::fs::read(format!("{}{ending}", path.display())).unwrap_or_default())
    });
    let held: BTreeSet<&[u8]> = files.iter().flatten().flat_map(|file| file.windows(24)).collect();
    values.iter().filter(|value| value.chunks_exact(24).any(|part| held.contains(part))).count()
}
