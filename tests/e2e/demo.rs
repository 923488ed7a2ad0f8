//! The README's first command.

use std::process::Command;

use attune_tests::binaries::{program, repository};
use attune_tests::place::Place;
use attune_tests::process::{self, Process};
use attune_tests::visitor::Visitor;
use attune_tests::wait;

fn demo(arguments: &[&str]) -> Command {
    let mut command = Command::new(program("attune-collector"));
    command.current_dir(repository()).arg("demo").args(arguments);
    command
}

#[test]
fn without_a_terminal_the_demo_shows_plain_lines_and_ends_with_status_0_once_the_recording_is_fused() {
    let shown = process::output(&mut demo(&["--once", "--speed", "12"]));
    assert!(!shown.contains('\u{1b}') && !shown.contains('\r'), "control characters: {shown:?}");
    assert!(shown.contains("made up") && shown.contains("research"), "{shown}");
    let windows = shown.lines().filter(|line| line.matches('%').count() == 4).count();
    assert_eq!(windows, 12, "a line for each window of two minutes:\n{shown}");
    assert!(shown.contains("first half") && shown.contains("/api/v1/sessions/"), "{shown}");
}

#[test]
#[cfg(target_os = "linux")]
fn the_demo_takes_free_ports_where_its_own_are_in_use_and_leaves_no_agent_behind() {
    let place = Place::new();
    let log = place.join("demo.log");
    // Another test's demo may have them.
    let held = |port| wait::until("a port to be free", || std::net::TcpListener::bind(("127.0.0.1", port)).ok());
    let _ports = [held(8750), held(8751)];
    let mut running = Process::start(&mut demo(&["--speed", "1"]), &log);
    wait::until("the agent to play", || running.log().contains("stress").then_some(()));
    assert_eq!(running.log().matches("is in use").count(), 2, "{}", running.log());
    let agent = wait::until("the agent to be there", || children(running.id()).first().copied());
    let status = running.signal("INT");
    assert!(status.success(), "{}", running.log());
    assert!(!std::path::Path::new(&format!("/proc/{agent}")).exists(), "the agent has ended with it");
}

#[test]
fn the_demos_organisation_is_signed_in_to_in_every_role_as_it_is_shown() {
    let place = Place::new();
    let mut running = Process::start(&mut demo(&["--speed", "12", "--organisation"]), &place.join("demo.log"));
    let told =
        wait::until("the accounts to be shown", || Some(running.log()).filter(|log| log.contains("which mira leads")));
    assert!(told.lines().all(|line| line.chars().count() <= 80), "{told}");
    let (_, rest) = told.split_once("sign in at ").expect("an address");
    let (base, _) = rest.split_once("/sign-in").expect("an address");
    for (role, name, home) in [
        ("employee", "demo", "/me"),
        ("manager", "mira", "/me"),
        ("HR", "hanna", "/teams"),
        ("privacy officer", "pavel", "/records"),
        ("administrator", "ada", "/admin"),
    ] {
        let line = told.lines().find(|line| line.trim_start().starts_with(&format!("{role} "))).expect("a line");
        let words: Vec<&str> = line.trim_start()[role.len()..].split_whitespace().collect();
        assert_eq!(words[0], name, "{line}");
        let mut visitor = Visitor::new(base);
        let mut signed = visitor.fill("/sign-in", "/sign-in", &[("name", name), ("password", words[1])]);
        assert_eq!(words.len() > 2, signed.location.starts_with("/sign-in/code"), "{line}: {}", signed.text);
        if let Some(code) = words.get(2) {
            let page = signed.location.clone();
            signed = visitor.fill(&page, "/sign-in/code", &[("code", code)]);
        }
        assert_eq!(signed.location, home, "{line}: {}", signed.text);
        let shown = visitor.open(home);
        assert_eq!(shown.status, 200, "{role}");
        assert!(shown.text.contains("its people and their days are made up"), "{role}: {}", shown.text);
        if name == "hanna" {
            assert!(shown.text.contains("figure known"), "teams have figures at first sight: {}", shown.text);
        }
        if name == "demo" {
            let (_, day) = shown.text.split_once("/me?day=").expect("the day before");
            let day = day[..10].to_owned();
            wait::until("three sessions of the day before", || {
                visitor.open(&format!("/me?day={day}")).text.contains(": 3 sessions,").then_some(())
            });
            assert!(visitor.open("/me/devices").text.contains("Made up: no such device"));
        }
    }
    let why = wait::until("the session to be shown", || {
        let log = running.log();
        let (_, path) = log.split_once("sign in as demo: ")?;
        Some(path.lines().next()?.to_owned())
    });
    assert!(why.starts_with(&format!("{base}/me/why/")), "{why}");
    assert!(running.signal("INT").success(), "{}", running.log());
}

#[test]
fn a_demo_without_its_agent_says_which_program_is_missing_and_fails() {
    let done = demo(&["--once", "--agent", "no-such-agent"]).output().expect("the demo starts");
    assert!(!done.status.success());
    let error = String::from_utf8_lossy(&done.stderr);
    assert!(error.contains("failed to find the agent at no-such-agent"), "{error}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_live_demo_without_any_device_says_what_it_looked_for() {
    let place = Place::new();
    let mut command = demo(&["--live"]);
    command.env("ATTUNE_AGENT_CAMERA_DEVICE", "no such camera").env("ATTUNE_AGENT_MICROPHONE_DEVICE", "off");
    // No sound server of this machine's.
    command.env_remove("PULSE_SERVER").env("XDG_RUNTIME_DIR", place.path());
    let done = command.output().expect("the demo starts");
    let error = String::from_utf8_lossy(&done.stderr);
    assert!(!done.status.success());
    assert!(error.contains("failed to find a device to sense with") && error.contains("no such camera"), "{error}");
}

/// The processes that a process has started, as `/proc` tells.
#[cfg(target_os = "linux")]
fn children(parent: u32) -> Vec<u32> {
    let entries = std::fs::read_dir("/proc").expect("Linux has it").flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter(|id| parent_of(*id) == Some(parent)).collect()
}

#[cfg(target_os = "linux")]
fn parent_of(id: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    stat.rsplit(") ").next()?.split(' ').nth(1)?.parse().ok()
}
