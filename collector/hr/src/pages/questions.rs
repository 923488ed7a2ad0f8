//! What a file leaves open, as fields of a form, and what was answered there.

use attune_pages::form::{Choice, Field, TextKind};
use attune_people::pages::Fields;
use serde_json::{Map, Value, json};

use crate::report::TableQuestion;

/// Characters of a word that is answered.
const LONGEST: u32 = 100;

/// The fields of a question, by its place among those of its kind.
pub(super) fn fields(kind: &str, place: usize, question: &TableQuestion) -> Vec<Field> {
    if question.choices.is_empty() {
        let word = |(number, word): (usize, &String)| {
            Field::text(format!("{kind}{place}-{number}"), format!("{} {word}", question.asks), TextKind::Plain)
                .hint(hint(question))
                .at_most(LONGEST)
                .autocomplete("off")
                .optional()
        };
        return question.words.iter().enumerate().map(word).collect();
    }
    let texts = &super::texts().report;
    // Headings and words of the file are asked as one: they are those of the table, or the file has to be another.
    let is_same = question.choices.len() == 1 && !question.words.is_empty();
    let choices = question.choices.iter().enumerate();
    let choices = choices.map(|(number, choice)| {
        let says = if is_same { texts.same.as_str() } else { choice.says.as_str() };
        Choice::new(number.to_string(), says)
    });
    let choices = choices.collect();
    let field = Field::radios(format!("{kind}{place}"), question.asks.as_str(), choices);
    vec![if is_same { field.hint(texts.not_same.as_str()) } else { field }]
}

fn hint(question: &TableQuestion) -> String {
    let hint = &super::texts().report.word_hint;
    if question.columns.is_empty() { hint.clone() } else { format!("{hint}: {}", question.columns.join(", ")) }
}

/// What was answered to questions, one laid over the other; null where nothing was.
pub(super) fn answered(kind: &str, questions: &[TableQuestion], typed: &Fields) -> Value {
    let mut all = Value::Null;
    for (place, question) in questions.iter().enumerate() {
        let chosen = typed.get(&format!("{kind}{place}")).parse::<usize>().ok();
        if let Some(choice) = chosen.and_then(|number| question.choices.get(number)) {
            lay(&mut all, &choice.answers);
        }
        if question.choices.is_empty() {
            let words: Map<String, Value> = question
                .words
                .iter()
                .enumerate()
                .filter_map(|(number, word)| {
                    let said = typed.given(&format!("{kind}{place}-{number}"))?;
                    Some((word.to_lowercase(), Value::from(said.trim())))
                })
                .collect();
            if !words.is_empty() {
                lay(&mut all, &json!({"words": words}));
            }
        }
    }
    all
}

/// Lays answers over those of before: objects key by key, and all else in its place. What is null says nothing.
fn lay(under: &mut Value, over: &Value) {
    match (under, over) {
        (_, Value::Null) => {}
        (Value::Object(under), Value::Object(over)) => {
            for (key, value) in over {
                lay(under.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_laid_over_each_other_and_what_is_null_takes_nothing_away() {
        let mut all = Value::Null;
        lay(&mut all, &json!({"dates": "day_first", "columns": {}, "scale": null}));
        lay(&mut all, &json!({"dates": null, "columns": {"Date": 2}, "scale": "one_to_six"}));
        assert_eq!(all, json!({"dates": "day_first", "columns": {"Date": 2}, "scale": "one_to_six"}));
    }
}
