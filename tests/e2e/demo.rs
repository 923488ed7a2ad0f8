//! The README's first command.

use std::process::Command;

use attune_tests::binaries::{program, repository};
use attune_tests::place::Place;
use attune_tests::process::{self, Process};
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
    let _api = std::net::TcpListener::bind("127.0.0.1:8750");
    let _broker = std::net::TcpListener::bind("127.0.0.1:8751");
    let mut running = Process::start(&mut demo(&["--speed", "1"]), &log);
    wait::until("the agent to play", || running.log().contains("stress").then_some(()));
    assert_eq!(running.log().matches("is in use").count(), 2, "{}", running.log());
    let agent = wait::until("the agent to be there", || children(running.id()).first().copied());
    let status = running.signal("INT");
    assert!(status.success(), "{}", running.log());
    assert!(!std::path::Path::new(&format!("/proc/{agent}")).exists(), "the agent has ended with it");
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
