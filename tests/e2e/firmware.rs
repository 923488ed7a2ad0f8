//! `attune-agent firmware`, as who describes a wearable uses it, by the words of `firmware-config/README.md`.

use std::process::{Command, Output};

use attune_tests::agent::Agent;
use attune_tests::models;
use attune_tests::place::Place;

const README: &str = include_str!("../../firmware-config/README.md");

/// The first block of code of a language.
fn block(language: &str) -> &'static str {
    let (_, rest) = README.split_once(&format!("```{language}\n")).expect("the README has such a block");
    rest.split_once("```").expect("the block ends").0
}

fn firmware(place: &Place, arguments: &[&str]) -> Output {
    let agent = Agent::new(place, "device", &models::shipped(), "eu");
    let mut command: Command = agent.command();
    command.current_dir(place.path()).arg("firmware").args(arguments).output().expect("the agent starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("what it prints is text")
}

#[test]
fn the_ten_minutes_of_the_readme_go_as_it_says() {
    let place = Place::new();
    std::fs::write(place.join("band.toml"), block("toml")).unwrap();
    std::fs::write(place.join("packets.csv"), block("csv")).unwrap();
    let checked = firmware(&place, &["check", "band.toml"]);
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    assert!(text(&checked.stdout).lines().all(|line| line.chars().count() <= 80), "{}", text(&checked.stdout));
    let decoded = firmware(&place, &["decode", "band.toml", "packets.csv"]);
    assert_eq!(text(&decoded.stdout), block("text"), "{}", text(&decoded.stderr));
    let json = firmware(&place, &["decode", "--json", "band.toml", "packets.csv"]);
    for line in text(&json.stdout).lines() {
        let packet: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(packet["motion"], 2, "{line}");
    }
    let header = firmware(&place, &["header", "band.toml"]);
    assert!(text(&header.stdout).contains("#define MOTION_SAMPLE_ACCELERATION_X_PER_UNIT 1024.0"));
}

#[test]
fn a_wrong_description_is_refused_with_file_line_field_and_what_was_meant() {
    let place = Place::new();
    std::fs::write(place.join("band.toml"), block("toml").replace("divide =", "divid =")).unwrap();
    let refused = firmware(&place, &["check", "band.toml"]);
    let said = text(&refused.stderr);
    assert!(!refused.status.success());
    for part in ["band.toml", "line 20", "divid", "did you mean divide?"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}
