use super::{MOST_SAID, State, StateError};
use crate::hearing::hear;
use crate::problem::Problem;

/// A state as version 1 keeps it.
const YESTERDAY: &str = r#"{"version":1,"stage":"planning","subject":"workload","talked":["sleep","workload"],"offered":null,"waiting":"fit","safety":"quiet","turns":7,"step":4,"declined":1,"plan":12345,"took_plan":false,"direct":1,"wants":"advice","tones":["weary","angry"],"said":[1,2,3],"begun":true,"ended":false}"#;

#[test]
fn a_state_of_yesterday_is_read_and_written_as_it_was() {
    let state: State = serde_json::from_str(YESTERDAY).expect("version 1");
    assert_eq!((state.subject(), state.turns(), state.has_ended()), (Some(Problem::Workload), 7, false));
    assert_eq!(serde_json::to_string(&state).expect("written"), YESTERDAY);
}

#[test]
fn a_state_of_another_version_or_one_that_is_too_long_is_refused() {
    let tomorrow = YESTERDAY.replacen("\"version\":1", "\"version\":2", 1);
    let error = serde_json::from_str::<State>(&tomorrow).expect_err("refused").to_string();
    assert!(error.contains(&StateError::Version(2).to_string()), "{error}");
    let lines = vec!["7"; MOST_SAID + 1].join(",");
    let long = YESTERDAY.replacen("[1,2,3]", &format!("[{lines}]"), 1);
    let error = serde_json::from_str::<State>(&long).expect_err("refused").to_string();
    assert!(error.contains(&StateError::TooLong.to_string()), "{error}");
    assert!(serde_json::from_str::<State>("{}").is_err());
}

#[test]
fn a_state_holds_no_word_that_was_written() {
    let mut state = State::default();
    state.passed(&hear("Xylophonia shouted at me about the workload again, and I am worn out.", None));
    let kept = serde_json::to_string(&state).expect("written");
    assert!(!kept.contains("ylophonia") && !kept.contains("shouted") && state.subject().is_some(), "{kept}");
}

#[test]
fn however_long_a_talk_is_its_state_stays_within_what_is_read_again() {
    let mut state = State::default();
    let weary = hear("There is too much work and I am tired.", None);
    for line in 0..5000 {
        state.passed(&weary);
        state.say(line);
    }
    let kept = serde_json::to_string(&state).expect("written");
    assert_eq!(serde_json::from_str::<State>(&kept).expect("read"), state);
    assert!(kept.len() < 16 * 1024, "{} bytes", kept.len());
}
