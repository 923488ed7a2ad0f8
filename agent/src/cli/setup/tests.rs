use std::fmt::Write as _;

use attune_protocol::consent::Purpose;

use super::*;
use crate::config::Choice;
use crate::control::ConsentBook;

/// A device with nothing to sense with, so that nothing is tried.
fn config(state: &Path) -> Config {
    let mut config = Config { state: state.to_owned(), ..Config::default() };
    (config.camera.device, config.microphone.device) = (Choice::Off, Choice::Off);
    (config.iio.accelerometer, config.bluetooth.device) = (Choice::Off, Choice::Off);
    config
}

fn talked(config: &Config, answers: &str) -> (Result<(), Ended>, String) {
    let (mut input, mut out) = (answers.as_bytes(), Vec::<u8>::new());
    let known = SetupArguments { broker: None, code: None, answers: true };
    let done = converse(config, &config.state.join("agent.toml"), &known, &mut Asker::new(&mut input, &mut out, false));
    (done, String::from_utf8(out).unwrap())
}

/// Face is sensed and not kept for oneself, nothing else is; check-ins go, and are asked for at eleven; messages are read for oneself.
const ANSWERS: &str = "yes\nno\n\nno\nno\nno\nyes\nyes\nno\nyes\n11:00\nlater\n";

#[test]
fn what_was_answered_is_in_the_book_and_in_the_file_and_twice_is_once() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let (done, said) = talked(&config(&state), &format!("{ANSWERS}yes\n"));
    done.unwrap();
    let book = ConsentBook::load(&state).unwrap();
    let agreed = |modality| [Purpose::Wellbeing, Purpose::OwnView].map(|purpose| book.allows(modality, purpose));
    assert_eq!(agreed(Modality::Face), [true, false]);
    assert_eq!(agreed(Modality::CheckIn), [true, true]);
    assert_eq!(agreed(Modality::Text), [false, true]);
    for modality in [Modality::Voice, Modality::Motion, Modality::Heart] {
        assert_eq!(agreed(modality), [false, false], "{modality}");
    }
    let written = std::fs::read_to_string(state.join("agent.toml")).unwrap();
    assert_eq!(written, "[check_in]\nremind = [\"11:00\"]\n", "only what changed");
    assert!(said.lines().all(|line| line.chars().count() < 80), "{said}");

    let mut changed = config(&state);
    changed.check_in.remind = vec!["11:00".into()];
    let before = std::fs::read(state.join("consent.toml")).unwrap();
    let (done, said) = talked(&changed, &"\n".repeat(12));
    done.unwrap();
    assert!(said.contains("All of this is so already") && said.contains("[yes]/no"), "{said}");
    assert_eq!(std::fs::read(state.join("consent.toml")).unwrap(), before);
}

#[test]
fn wherever_the_input_ends_and_with_a_no_at_the_end_nothing_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let whole = format!("{ANSWERS}no\n");
    for lines in 0..whole.lines().count() {
        let mut part = String::new();
        whole.lines().take(lines).for_each(|line| writeln!(part, "{line}").unwrap());
        assert!(matches!(talked(&config(&state), &part).0, Err(Ended::Input)), "{lines}");
        assert!(!state.exists(), "after {lines} answers");
    }
    let (done, said) = talked(&config(&state), &whole);
    done.unwrap();
    assert!(said.ends_with("Nothing was changed.\n") && !state.exists(), "{said}");
}

#[test]
fn every_question_says_what_is_sensed_where_it_stays_and_how_it_is_withdrawn() {
    let folder = tempfile::tempdir().unwrap();
    let (_, said) = talked(&config(&folder.path().join("state")), &format!("{ANSWERS}no\n"));
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    for modality in Modality::ALL {
        assert!(said.contains(&format!("consent withdraw --modality {modality}'")), "{modality}");
    }
    assert_eq!(said.matches("may leave this device").count(), Modality::ALL.len());
    assert!(said.contains("Stays here, whatever you agree to: face geometry, affect"), "under eu");
    assert!(said.contains("(rules EU-GDPR-9-BODY, EU-AIA-5.1.f, EU-GDPR-9-HEALTH)"), "{said}");
    assert!(said.contains("physiology (rule EU-GDPR-9-HEALTH)"), "of the heart: {said}");
    assert!(said.contains("may leave this device: self report."));
    assert!(said.contains(
        "nothing of it may leave this device. Stays here, whatever you agree to: text (rule EU-GDPR-25-TEXT)."
    ));
}

#[test]
fn what_is_withdrawn_in_setup_is_withdrawn() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    talked(&config(&state), &format!("{ANSWERS}yes\n")).0.unwrap();
    let (done, said) = talked(&config(&state), "no\nno\nno\nno\nno\nno\nno\nlater\nyes\n");
    done.unwrap();
    assert!(said.contains("WITHDRAWN") && said.contains("You have agreed to nothing"), "{said}");
    let book = ConsentBook::load(&state).unwrap();
    assert!(Modality::ALL.iter().all(|modality| !book.allows(*modality, Purpose::Wellbeing)));
}
