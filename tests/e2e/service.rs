//! The agent as a service of the system: what is written down, and what the system is asked to do.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::place::Place;

/// A program that writes down what it is called with in the place of the system's own.
fn stand_in(folder: &Path, calls: &Path) {
    let text = format!("#!/bin/sh\necho \"$*\" >> {calls:?}\n[ \"$2\" = is-active ] && echo active\nexit 0\n");
    let path = folder.join("systemctl");
    std::fs::write(&path, text).expect("the test's folder can be written");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
}

#[test]
#[cfg(target_os = "linux")]
fn a_service_starts_this_program_on_this_state_folder_and_is_gone_once_it_is_uninstalled() {
    let place = Place::new();
    let calls = place.join("calls");
    stand_in(place.path(), &calls);
    let service = |agent: &Agent, what: &str| -> Output {
        let mut command = agent.command();
        command.env("PATH", place.path()).env("XDG_CONFIG_HOME", place.join("config")).args(["service", what]);
        command.output().expect("the program starts")
    };
    let text = |output: &Output| String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned();
    let unit = place.join("config/systemd/user/attune-agent.service");

    let stranger = Agent::new(&place, "stranger", &attune_tests::models::shipped(), "research");
    let refused = service(&stranger, "install");
    assert!(!refused.status.success() && text(&refused).contains("enrol"), "{}", text(&refused));
    assert!(!unit.exists() && !calls.exists(), "nothing is started that would end at once");

    let collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    let installed = service(&agent, "install");
    assert!(installed.status.success(), "{}", text(&installed));
    let written = std::fs::read_to_string(&unit).expect("it is there");
    let state = format!("\"--state\" \"{}\" \"run\"", agent.state().display());
    assert!(written.lines().any(|line| line.starts_with("ExecStart=") && line.ends_with(&state)), "{written}");
    let asked = std::fs::read_to_string(&calls).expect("it was asked");
    assert_eq!(
        asked.lines().collect::<Vec<_>>(),
        ["--user daemon-reload", "--user enable attune-agent.service", "--user restart attune-agent.service"]
    );
    assert!(text(&service(&agent, "status")).contains("the system says: active"));
    assert!(service(&agent, "uninstall").status.success() && !unit.exists());
    assert!(
        std::fs::read_to_string(&calls).expect("it was asked").contains("--user disable --now attune-agent.service")
    );
    assert!(text(&service(&agent, "status")).contains("not installed"));
    assert!(text(&service(&agent, "uninstall")).contains("it was not installed"));
    std::fs::remove_file(place.join("systemctl")).expect("it was there");
    let by_hand = service(&agent, "install");
    assert!(
        !by_hand.status.success() && text(&by_hand).contains("run 'systemctl --user daemon-reload'"),
        "{}",
        text(&by_hand)
    );
}
