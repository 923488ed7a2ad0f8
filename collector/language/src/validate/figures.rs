//! Numbers that an answer names: those that stand in what the model was given, and those of small exercises. All others are made up.

use std::collections::BTreeSet;

/// What may be counted without having been given, up to [`SMALL`]: "breathe out for 5 seconds".
const EXERCISES: [&str; 8] = ["minute", "minutes", "second", "seconds", "breath", "breaths", "things", "steps"];
const SMALL: u32 = 20;

/// Numbers of a text.
#[derive(Debug, Default)]
pub(super) struct Figures {
    numbers: BTreeSet<String>,
    has_percent: bool,
}

impl Figures {
    pub(super) fn of(text: &str) -> Self {
        let numbers = numbers(text).into_iter().map(|(number, _)| number).collect();
        Self { numbers, has_percent: has_percent(text) }
    }

    /// Whether an answer names a number that is none of these.
    pub(super) fn are_exceeded_by(&self, text: &str) -> bool {
        let is_made_up =
            |(number, behind): (String, &str)| !self.numbers.contains(&number) && !is_exercise(&number, behind);
        numbers(text).into_iter().any(is_made_up) || has_percent(text) && !self.has_percent
    }
}

/// The numbers of a text, each with what stands behind it. That of a placeholder is none.
fn numbers(text: &str) -> Vec<(String, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut before = ' ';
    while let Some(at) = rest.find(|letter: char| letter.is_numeric()) {
        before = rest[..at].chars().next_back().unwrap_or(before);
        let from = &rest[at..];
        let end =
            from.find(|letter: char| !letter.is_numeric() && !matches!(letter, '.' | ',' | ':')).unwrap_or(from.len());
        let number = from[..end].trim_end_matches(['.', ',', ':']);
        if before != '_' {
            found.push((number.replace(',', ""), &from[number.len()..]));
        }
        before = ' ';
        rest = &from[end..];
    }
    found
}

fn is_exercise(number: &str, behind: &str) -> bool {
    let next: String =
        behind.trim_start_matches([' ', '-']).chars().take_while(|letter| letter.is_alphabetic()).collect();
    number.parse::<u32>().is_ok_and(|number| number <= SMALL) && EXERCISES.contains(&next.to_lowercase().as_str())
}

fn has_percent(text: &str) -> bool {
    text.contains('%') || text.to_lowercase().contains("percent")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_nobody_gave_are_made_up() {
        let given = Figures::of("hours of work: 52, usually 41. Pulse 1,200; at 9:30.");
        for fine in [
            "52 hours, where 41 is usual.",
            "It was 1200, or 1,200, at 9:30.",
            "Breathe out for 10 seconds; a 5-minute walk.",
            "[PERSON_3] said so.",
            "Nothing.",
        ] {
            assert!(!given.are_exceeded_by(fine), "{fine}");
        }
        for made_up in ["53 hours.", "40 minutes", "5.2", "4", "52 %", "forty percent", "٥٣ hours", "at 9:31"] {
            assert!(given.are_exceeded_by(made_up), "{made_up}");
        }
    }
}
