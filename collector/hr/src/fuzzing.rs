//! What is fuzzed here. `tests/fuzz` holds the seeds, and the programs that go on for longer.

use crate::master::{FEATURES, csv, master};
use crate::reading::{Answers, Outcome, Read, Told, read};
use crate::rows::{Table, Tables};

/// How often what is asked is answered.
const ROUNDS: usize = 4;

/// A file of HR data: a byte that says which table it is said to be (from 6 on none), answers as JSON up to a zero byte, and the
/// file. What is asked is answered with the first choice of each question, and what is read goes on into the master table.
pub fn hr(bytes: &[u8]) {
    let Some((&number, rest)) = bytes.split_first() else { return };
    let end = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
    let file = rest.get(end + 1..).unwrap_or_default();
    let mut answers: Answers = serde_json::from_slice(&rest[..end]).unwrap_or_default();
    let table = Table::ALL.get(usize::from(number)).copied();
    for _ in 0..ROUNDS {
        let Read { outcome, rows, report } = read(table, "table.csv", file, &answers);
        report.told.iter().map(Told::sentence).for_each(drop);
        match outcome {
            Outcome::Read => {
                assert_eq!(report.rows_read, count(&rows), "each row that was read is there");
                return taken(&rows);
            }
            Outcome::Refused(refusal) => {
                assert_eq!(count(&rows), 0, "nothing is taken of what is refused");
                return drop(refusal.sentence());
            }
            Outcome::Ask(questions) => {
                assert_eq!(count(&rows), 0, "nothing is taken before an answer");
                assert!(!questions.is_empty(), "something is asked");
                for choice in questions.iter().filter_map(|question| question.choices.first()) {
                    answers = answers.with(&choice.answers);
                }
            }
        }
    }
}

fn count(rows: &Tables) -> u64 {
    let Tables { activity, leave, onboarding, performance, rewards, vibe } = rows;
    let counts = [activity.len(), leave.len(), onboarding.len(), performance.len(), rewards.len(), vibe.len()];
    counts.iter().sum::<usize>() as u64
}

/// What is taken lies where its column says, and comes to figures.
fn taken(rows: &Tables) {
    assert!(rows.activity.iter().all(|row| row.hours.is_none_or(|hours| (0.0..=24.0).contains(&hours))));
    assert!(rows.leave.iter().all(|row| row.days.is_none_or(|days| days > 0.0 && days <= 366.0)));
    assert!(rows.leave.iter().all(|row| row.start.zip(row.end).is_none_or(|(start, end)| start <= end)));
    assert!(rows.performance.iter().all(|row| row.rating.is_none_or(|rating| (1..=4).contains(&rating))));
    assert!(rows.rewards.iter().all(|row| row.points.is_none_or(|points| points >= 0.0)));
    assert!(rows.vibe.iter().all(|row| row.score.is_none_or(|score| (1.0..=6.0).contains(&score))));
    for row in master(rows, &crate::master::Decay::default()) {
        assert!(!row.employee.0.is_empty() && !row.employee.0.contains(char::is_control), "an id is text");
        assert!(FEATURES.iter().all(|feature| feature.number(&row).is_none_or(f64::is_finite)), "numbers are finite");
        assert!(csv::line(&row).ends_with("\r\n"), "a line each");
    }
}

#[cfg(test)]
#[path = "../../../tests/fuzz/short.rs"]
mod short;

#[test]
fn no_file_of_hr_data_does_harm() {
    short::run("hr", hr, 1000);
}
