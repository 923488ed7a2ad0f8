use std::collections::{BTreeMap, BTreeSet};

use toml::Value;

use super::{FILES, SHARED, bank, plans};
use crate::problem::Problem;
use crate::severity::Severity;
use crate::tone::Tone;

/// The longest that a person is asked to read at once.
const LONGEST: usize = 400;
/// What is nowhere in the bank: findings about a person, promises, comfort that can't be kept, orders, feelings that a program lacks.
const BANNED: [&str; 42] = [
    "depress",
    "burnout",
    "burn-out",
    "burned out",
    "burnt out",
    "disorder",
    "trauma",
    "ptsd",
    "bipolar",
    "symptom",
    "patient",
    "diagnos",
    "therap",
    "mental",
    "illness",
    "disease",
    "cure",
    "promise you",
    "i promise",
    "guarantee",
    "confidential",
    "secret",
    "nobody will know",
    "between us",
    "i understand",
    "i feel",
    "i know how",
    "i care",
    "sorry",
    "you should",
    "you must",
    "you have to",
    "calm down",
    "at least",
    "don't worry",
    "do not worry",
    "everything will be",
    "weak",
    "lazy",
    "crazy",
    "your fault",
    "!",
];
/// Names in `shared.toml` and in the files of problems under which questions stand.
const QUESTIONS: [&str; 18] = [
    "ask",
    "follow",
    "invite",
    "since",
    "went",
    "begin_there",
    "explore",
    "check",
    "offer",
    "fit",
    "anything_else",
    "which_help",
    "go_on",
    "thoughts",
    "safe_now",
    "company",
    "write_again",
    "in_english",
];

/// A line, and the names under which it stands.
struct Line {
    place: Vec<String>,
    text: String,
}

fn collect(value: &Value, place: &[String], lines: &mut Vec<Line>) {
    match value {
        Value::String(text) if place.last().is_none_or(|last| last != "problem") => {
            lines.push(Line { place: place.to_vec(), text: text.clone() });
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, place, lines)),
        Value::Table(table) => {
            for (name, value) in table {
                collect(value, &[place, std::slice::from_ref(name)].concat(), lines);
            }
        }
        _ => {}
    }
}

fn lines() -> Vec<Line> {
    let mut lines = Vec::new();
    for (number, file) in FILES.iter().chain([&SHARED]).enumerate() {
        let table: toml::Table = toml::from_str(file).expect("a file of the bank");
        collect(&Value::Table(table), &[number.to_string()], &mut lines);
    }
    lines
}

/// What ends with a mark of its own.
fn sentences(text: &str) -> impl Iterator<Item = String> {
    text.split_inclusive(['.', '?'])
        .map(|sentence| sentence.trim().to_lowercase())
        .filter(|sentence| sentence.len() > 1)
}

#[test]
fn every_problem_has_a_file_with_words_for_each_severity_and_each_kind_of_answer() {
    assert!(Problem::ALL.len() >= 20);
    for problem in Problem::ALL {
        let of = bank().of(*problem).unwrap_or_else(|| panic!("no file for {}", problem.name()));
        assert!(of.heard.len() >= 2 && of.ask.first.len() >= 3 && of.ask.deeper.len() >= 2, "{}", problem.name());
        assert!(plans(*problem).len() >= 3, "{}", problem.name());
        let openings: BTreeSet<&str> = Severity::ALL.iter().map(|severity| of.opening(*severity)).collect();
        assert_eq!(openings.len(), Severity::ALL.len(), "{}", problem.name());
        let answers: BTreeSet<&str> = Tone::ALL.iter().map(|tone| of.answer(*tone).reflect.as_str()).collect();
        assert_eq!(answers.len(), 7, "{}", problem.name());
    }
    for tone in Tone::ALL {
        assert!(bank().shared.of(*tone).reflect.len() >= 6, "{}", tone.name());
    }
}

#[test]
fn no_sentence_of_the_bank_stands_twice() {
    let mut known: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in lines() {
        for sentence in sentences(&line.text) {
            if let Some(before) = known.insert(sentence.clone(), line.place.clone()) {
                panic!("{sentence:?} stands in {before:?} and in {:?}", line.place);
            }
        }
    }
    assert!(known.len() > 800, "{} sentences", known.len());
}

#[test]
fn no_line_is_longer_than_one_reads_at_once_and_certain_words_are_nowhere() {
    for Line { place, text } in lines() {
        assert!(text.len() <= LONGEST && !text.trim().is_empty(), "{place:?}");
        assert_eq!(text.trim(), text, "{place:?}");
        let small = text.to_lowercase();
        let found: Vec<&&str> = BANNED.iter().filter(|word| small.contains(**word)).collect();
        assert!(found.is_empty(), "{found:?} in {place:?}: {text}");
    }
}

#[test]
fn a_question_asks_one_thing_and_nothing_else_asks() {
    for Line { place, text } in lines() {
        let is_question = place.iter().any(|name| QUESTIONS.contains(&name.as_str()));
        let marks = text.matches('?').count();
        assert_eq!(marks, usize::from(is_question), "{place:?}: {text}");
        assert!(!is_question || text.ends_with('?'), "{place:?}: {text}");
    }
}

#[test]
fn what_is_put_into_a_line_has_its_place_there() {
    let shared = &bank().shared;
    for (lines, slots) in [
        (&shared.talked, &["{subject}"][..]),
        (&shared.tried, &["{words}"]),
        (&shared.taking_along, &["{words}"]),
        (&shared.summary, &["{subject}", "{tones}"]),
        (&shared.summary_open, &["{tones}"]),
    ] {
        for line in lines {
            assert!(slots.iter().all(|slot| line.matches(slot).count() == 1), "{line}");
            assert_eq!(line.matches('{').count(), slots.len(), "{line}");
        }
    }
    let with_slots = lines().iter().filter(|line| line.text.contains('{')).count();
    let known = [&shared.talked, &shared.tried, &shared.taking_along, &shared.summary, &shared.summary_open];
    assert_eq!(with_slots, known.iter().map(|lines| lines.len()).sum::<usize>(), "no other line waits for words");
}
