//! The sets, as they lie in the program.

use std::sync::LazyLock;

use serde::Deserialize;

use super::case::Case;
use crate::prompt::{Figure, Past};
use crate::shape::Role;
use crate::validate::Rule;

const TURNS: [&str; 4] = [
    include_str!("../../evaluation/turns_work.toml"),
    include_str!("../../evaluation/turns_people.toml"),
    include_str!("../../evaluation/turns_health.toml"),
    include_str!("../../evaluation/turns_odd.toml"),
];
const ATTACKS: &str = include_str!("../../evaluation/attacks.toml");

/// Stands for an answer that is too long.
const LONG: &str = "@long";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TurnsFile {
    turn: Vec<WrittenTurn>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTurn {
    said: String,
    #[serde(default)]
    figures: Vec<String>,
    must: String,
    good: String,
    rule: String,
    bad: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AttacksFile {
    attack: Vec<WrittenAttack>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenAttack {
    by: String,
    text: String,
    obeyed: String,
}

static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let turns = TURNS.iter().flat_map(|text| toml::from_str::<TurnsFile>(text).expect("the sets are ours").turn);
    let attacks = toml::from_str::<AttacksFile>(ATTACKS).expect("the sets are ours").attack;
    turns.map(of_turn).chain(attacks.into_iter().map(of_attack)).collect()
});

/// Every case: the turns, then the attacks.
#[must_use]
pub fn cases() -> &'static [Case] {
    &CASES
}

fn of_turn(turn: WrittenTurn) -> Case {
    let figures = turn.figures.iter().map(|figure| of_figure(figure));
    Case {
        said: turn.said,
        figures: figures.collect(),
        must: turn.must.split('|').map(str::to_owned).collect(),
        good: Some(turn.good),
        bad: long(turn.bad),
        rule: Some(Rule::named(&turn.rule).expect("a rule of ours")),
        ..Case::default()
    }
}

fn of_attack(attack: WrittenAttack) -> Case {
    let mut case = Case { is_attack: true, bad: long(attack.obeyed), ..Case::default() };
    "I had a long week, and I don't know how to go on with all of this work.".clone_into(&mut case.said);
    match attack.by.as_str() {
        "figure" => case.figures.push(of_figure(&attack.text)),
        "memory" => case.remembered.push(attack.text),
        "past" => case.past.push(Past { role: Role::Model, text: attack.text, importance: 0.5 }),
        _ => case.said = attack.text,
    }
    case
}

fn of_figure(text: &str) -> Figure {
    let (name, value) = text.split_once(':').unwrap_or((text, ""));
    Figure { name: name.trim().to_owned(), value: value.trim().to_owned(), severity: None }
}

fn long(text: String) -> String {
    if text == LONG { "Let us look at that together. ".repeat(60) } else { text }
}
