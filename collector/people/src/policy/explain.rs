//! The matrix in words, for people who read no code, and as JSON.

use std::collections::BTreeSet;

use attune_protocol::policy::{Audience, Data, Decision, LEAST_IN_A_GROUP, Matrix, RULES};
use serde_json::{Value, json};

use super::rows::{Row, rows, together};

/// Columns of a terminal.
const COLUMNS: usize = 80;

/// What is asked for; all of it where nothing is named.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    pub(super) audience: Option<Audience>,
    pub(super) data: Option<Data>,
}

impl Wanted {
    fn has(self, audience: Audience, data: Data) -> bool {
        self.audience.is_none_or(|wanted| wanted == audience) && self.data.is_none_or(|wanted| wanted == data)
    }
}

/// As one JSON object.
pub(super) fn json(matrix: Matrix, wanted: Wanted) -> String {
    let cells = matrix.cells().filter(|cell| wanted.has(cell.audience, cell.data));
    let cells: Vec<Value> = cells
        .map(|cell| {
            json!({
                "audience": cell.audience, "purpose": cell.purpose, "category": cell.data,
                "decision": cell.rule.decision, "rule": cell.rule.id,
            })
        })
        .collect();
    let named: BTreeSet<&str> = cells.iter().filter_map(|cell| cell["rule"].as_str()).collect();
    let rules: Vec<_> = RULES.iter().filter(|rule| named.contains(rule.id)).collect();
    let all = json!({
        "profile": matrix.profile, "papers": matrix.papers, "least_in_a_group": LEAST_IN_A_GROUP,
        "cells": cells, "rules": rules,
    });
    format!("{all:#}\n")
}

/// In words, in lines of a terminal.
pub(super) fn text(matrix: Matrix, wanted: Wanted) -> String {
    let rows: Vec<Row> = rows(matrix).into_iter().filter(|row| wanted.has(row.audience, row.data)).collect();
    let mut text = heading(matrix);
    for audience in Audience::ALL {
        let of_it: Vec<&Row> = rows.iter().filter(|row| row.audience == *audience).collect();
        if !of_it.is_empty() {
            text += &section(*audience, &of_it);
        }
    }
    text += "\nTHE RULES\n";
    let told: BTreeSet<&str> = rows.iter().map(|row| row.rule.id).collect();
    for rule in RULES.iter().filter(|rule| told.contains(rule.id)) {
        text += &format!("\n  {}\n", rule.id);
        text += &wrapped(rule.says, "    ", "    ");
        text += &wrapped(&format!("From: {}.", rule.source), "    ", "      ");
    }
    text
}

fn heading(matrix: Matrix) -> String {
    let mut text = format!("Who may be given what under the profile {}\n\n", matrix.profile);
    let word = |there: bool| if there { "on record" } else { "not on record" };
    let papers = format!(
        "An assessment (DPIA, policy.dpia) is {}, a works agreement (policy.works_agreement) is {}.",
        word(matrix.papers.dpia),
        word(matrix.papers.works_agreement)
    );
    text += &wrapped(&papers, "", "");
    text += &wrapped(
        &format!(
            "A group is at least {LEAST_IN_A_GROUP} people. What is not named below is given to nobody (rule ALL-NEED). In \
            brackets \
             stands the rule; its words and its source stand at the end."
        ),
        "",
        "",
    );
    text
}

/// One audience: what it is given, by how freely, and what never.
fn section(audience: Audience, rows: &[&Row]) -> String {
    let mut text = format!("\n{}\n", audience.words().to_uppercase());
    for decision in Decision::ALL {
        let told: Vec<&Row> =
            rows.iter().copied().filter(|row| row.rule.decision == *decision && is_told(row)).collect();
        if !told.is_empty() {
            text += &format!("  {}:\n", decision.words());
            for (what, uses, rule) in together(told) {
                text += &wrapped(&format!("- {what}: {uses} [{}]", rule.id), "    ", "      ");
            }
        }
    }
    if rows.iter().all(|row| !is_told(row)) {
        text += "  nothing [ALL-NEED]\n";
    }
    text
}

/// Whether a row says more than that nobody is given what is not needed.
fn is_told(row: &Row) -> bool {
    row.rule.id != "ALL-NEED"
}

/// Words in lines that fit, the first behind one margin and the others behind another.
pub(super) fn wrapped(words: &str, first: &str, others: &str) -> String {
    let (mut text, mut line) = (String::new(), first.to_owned());
    let mut is_empty = true;
    for word in words.split_whitespace() {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > COLUMNS {
            text = text + &line + "\n";
            (line, is_empty) = (others.to_owned(), true);
        }
        if !is_empty {
            line.push(' ');
        }
        line += word;
        is_empty = false;
    }
    text + &line + "\n"
}

#[cfg(test)]
mod tests {
    use attune_protocol::policy::{Papers, Profile};
    use attune_protocol::registry::Category;

    use super::*;

    const ALL: Wanted = Wanted { audience: None, data: None };

    #[test]
    fn the_words_of_every_profile_fit_eighty_columns_and_explain_each_rule_that_they_name() {
        for profile in Profile::ALL {
            let said = text(Matrix::of(profile), ALL);
            for line in said.lines() {
                assert!(line.chars().count() <= COLUMNS && line.trim_end() == line, "{line}");
            }
            for audience in Audience::ALL {
                assert!(said.contains(&audience.words().to_uppercase()), "{audience:?}");
            }
            let (matrix, rules) = said.split_once("THE RULES").expect("they stand at the end");
            let named = matrix.split('[').skip(1).filter_map(|part| part.split_once(']'));
            for (id, _) in named {
                assert!(rules.contains(&format!("\n  {id}\n")), "{profile}: {id}");
            }
        }
    }

    #[test]
    fn what_is_asked_for_alone_is_told_in_words_and_in_json() {
        let wanted = Wanted { audience: Some(Audience::Manager), data: Some(Data::Derived(Category::Affect)) };
        let said = text(Matrix::of(Profile::Eu), wanted);
        assert!(
            said.contains("THEIR MANAGER\n  never:\n    - emotion read from face or voice: whatever it is for"),
            "{said}"
        );
        assert!(said.contains("[EU-AIA-5.1.f]") && said.contains("EU AI Act Art. 5(1)(f)"), "{said}");
        assert!(!said.contains("HR") && !said.contains("text of messages"), "{said}");
        let told: Value = serde_json::from_str(&json(Matrix::of(Profile::Eu), wanted)).expect("JSON");
        let cells = told["cells"].as_array().expect("a list");
        assert_eq!(cells.len(), 10);
        assert!(cells.iter().all(|cell| cell["decision"] == "forbidden" && cell["rule"] == "EU-AIA-5.1.f"));
        assert_eq!(told["rules"].as_array().map(Vec::len), Some(1));
    }

    #[test]
    fn what_is_on_record_is_told_and_loosens_what_it_does() {
        let with = Matrix { papers: Papers { dpia: true, works_agreement: true }, ..Matrix::default() };
        let (without, with) = (text(Matrix::default(), ALL), text(with, ALL));
        assert!(without.contains("[EU-GDPR-35-88]") && without.contains("is not on record"), "{without}");
        assert!(!with.contains("EU-GDPR-35-88") && !with.contains("not on record"), "{with}");
    }

    #[test]
    fn words_are_kept_whole() {
        let text = wrapped(&"word ".repeat(40), "- ", "  ");
        assert!(text.lines().all(|line| line.len() <= COLUMNS && line.ends_with("word")), "{text}");
        assert_eq!(text.matches("word").count(), 40);
        assert_eq!(wrapped("one", "  ", ""), "  one\n");
    }
}
