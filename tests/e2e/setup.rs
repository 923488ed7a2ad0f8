//! `setup`: one conversation, answered line by line, and what it leaves.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
#[cfg(target_os = "linux")]
use attune_tests::devices::Camera;
use attune_tests::place::Place;
use attune_tests::{models, process};

/// What `setup` says to these answers, and whether it succeeds.
fn answered(agent: &Agent, environment: &[(&str, &Path)], arguments: &[&str], answers: &str) -> (bool, String) {
    let mut command = agent.command();
    command.envs(environment.iter().copied()).arg("setup").args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = command.spawn().expect("it starts");
    let mut input = running.stdin.take().expect("it was piped");
    // It may have ended before it heard all of them.
    let _ = input.write_all(answers.as_bytes());
    drop(input);
    let done = running.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    (done.status.success(), said)
}

fn says(agent: &Agent, arguments: &[&str]) -> String {
    process::output(agent.command().args(arguments))
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_answered_is_configuration_consent_and_enrolment_and_the_camera_says_what_it_sees() {
    const TEST: &str = "what_is_answered_is_configuration_consent_and_enrolment_and_the_camera_says_what_it_sees";
    let place = Place::new();
    let Some(camera) = Camera::new(&place, TEST) else { return };
    let collector = Collector::start_under(&place, "eu");
    let agent = Agent::new(&place, "device", &models::shipped(), "eu");
    agent.configure("# what I wrote myself\n[camera]\n# the one on the left\nfps = 8.0\n");
    let file = place.join("device.toml");
    let before = std::fs::read_to_string(&file).expect("it was written");
    let code = collector.code("person");
    // Face with the virtual camera, tried; no voice, motion or heart; check-ins at eleven; no messages; the collector; all of it.
    let answers =
        format!("yes\nyes\n0\nyes\nno\nno\nno\nyes\nno\nno\nno\n11:00\n{}\n{code}\nyes\n", collector.broker());
    let (done, said) = answered(&agent, &camera.environment(), &["--answers"], &answers);
    assert!(done, "{said}");
    let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("camera: picture 320x240, light enough, a face seen"), "{said}");
    assert!(!camera.is_open(), "it is closed after the try");
    assert!(words.contains("Enrolled as device ") && words.contains("You have agreed to: face, check-in."), "{said}");
    assert!(!said.contains(&code), "the code is not shown again");

    let written = std::fs::read_to_string(&file).expect("it is there");
    assert!(
        written.contains("# what I wrote myself\n[camera]\n# the one on the left\nfps = 8.0\ndevice = \"0\"\n"),
        "{written}"
    );
    assert!(written.contains("[check_in]\nremind = [\"11:00\"]\n"), "{written}");
    assert!(before.lines().all(|line| written.contains(line)), "{written}");
    let listed = says(&agent, &["consent", "list"]);
    for line in
        ["face     own view: granted      wellbeing: granted", "voice    own view: not granted  wellbeing: not granted"]
    {
        assert!(listed.contains(line), "{listed}");
    }
    assert!(listed.contains("check-in own view: not granted  wellbeing: granted"), "{listed}");
    assert!(agent.status().contains("is enrolled over"));
    assert!(says(&agent, &["check-in", "4"]).contains("kept: 4 of 6"));
    // Nothing of the try was kept, and nothing waits but what was decided and said.
    let audit = says(&agent, &["audit", "--json"]);
    assert!(!audit.contains("face_fraction"), "{audit}");

    // Given again with nothing but Enter it changes nothing.
    let consent = std::fs::read(agent.state().join("consent.toml")).expect("it is there");
    let (done, said) = answered(&agent, &camera.environment(), &["--answers"], &"\n".repeat(20));
    assert!(done && said.contains("All of this is so already"), "{said}");
    assert_eq!(std::fs::read_to_string(&file).expect("it is there"), written);
    assert_eq!(std::fs::read(agent.state().join("consent.toml")).expect("it is there"), consent);
}

#[test]
fn without_a_terminal_it_says_what_to_do_and_where_the_answers_end_nothing_is_changed() {
    let place = Place::new();
    let agent = Agent::new(&place, "device", &models::shipped(), "eu");
    let file = place.join("device.toml");
    let before = std::fs::read(&file).expect("it was written");
    let (done, said) = answered(&agent, &[], &[], "yes\n");
    assert!(!done && said.contains("attune-agent enrol") && said.contains("--answers"), "{said}");
    let (done, said) = answered(&agent, &[], &["--answers"], "no\nno\n");
    assert!(!done && said.contains("nothing was changed"), "{said}");
    assert!(!agent.state().exists() && std::fs::read(&file).expect("it is there") == before);
}

#[test]
fn a_code_that_is_refused_is_asked_for_again_and_without_a_file_the_configuration_lies_in_the_state_folder() {
    let place = Place::new();
    let collector = Collector::start_under(&place, "eu");
    let (state, code) = (place.join("fresh"), collector.code("person"));
    let setup = |answers: String| {
        let mut command = std::process::Command::new(attune_tests::binaries::program("attune-agent"));
        command.arg("--state").arg(&state).args(["setup", "--answers", "--broker", collector.broker()]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = command.spawn().expect("it starts");
        let mut input = running.stdin.take().expect("it was piped");
        let _ = input.write_all(answers.as_bytes());
        drop(input);
        let done = running.wait_with_output().expect("it ends");
        (done.status.success(), String::from_utf8_lossy(&done.stdout).into_owned())
    };
    let (done, said) = setup(format!("no\nno\nno\nno\nyes\nno\nno\nno\n09:30\nAAAA-AAAA\nyes\n{code}\n"));
    assert!(done, "{said}");
    assert!(said.contains("Failed to ") && said.contains("Enrolled as device "), "{said}");
    let written = std::fs::read_to_string(state.join("agent.toml")).expect("it is there");
    assert_eq!(written, "[check_in]\nremind = [\"09:30\"]\n");
    // Every command finds it there, and `run` with them.
    let mut check = std::process::Command::new(attune_tests::binaries::program("attune-agent"));
    std::fs::write(state.join("agent.toml"), "[check_in]\nremind = [\"noon\"]\n").expect("it can be written");
    let refused = check.arg("--state").arg(&state).arg("check").output().expect("it starts");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("check_in.remind"), "{refused:?}");
}
