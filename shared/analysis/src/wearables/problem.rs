//! What is wrong with a description, where, and what was expected.

use std::fmt;

use crate::AnalysisError;

/// Below this likeness (Jaro-Winkler, 0 to 1) nothing was meant.
const LIKE: f64 = 0.7;

/// Why a description is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// The line, from 1, where it can be told.
    pub line: Option<usize>,
    /// The key, with what it belongs to.
    pub field: String,
    /// What is wrong, and what was expected.
    pub problem: String,
}

impl Problem {
    /// At a place of the text: in the line that sets `key` behind it.
    pub(super) fn at(text: &str, place: usize, key: &str, of: &str, problem: impl Into<String>) -> Self {
        let field = if of.is_empty() { key.to_owned() } else { format!("{of}: {key}") };
        Self { line: Some(line(text, find(text, place, key))), field, problem: problem.into() }
    }

    /// What the reader of TOML found.
    pub(super) fn of_toml(text: &str, error: &toml::de::Error) -> Self {
        let place = error.span().map(|span| span.start);
        let message = error.message().to_owned();
        let missing = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
        let field = match (missing, place) {
            (Some(missing), _) => missing.to_owned(),
            (None, place) => place.map(|place| key_at(text, place)).unwrap_or_default(),
        };
        let meant = unknown(&message).and_then(|(name, known)| nearest(name, known));
        let meant = meant.map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
        Self { line: place.map(|place| line(text, place)), field, problem: format!("{message}{meant}") }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}, ")?;
        }
        match self.field.is_empty() {
            true => f.write_str(&self.problem),
            false => write!(f, "{}: {}", self.field, self.problem),
        }
    }
}

impl std::error::Error for Problem {}

impl From<Problem> for AnalysisError {
    fn from(problem: Problem) -> Self {
        Self::Wearable { what: "description", problem: problem.to_string() }
    }
}

fn line(text: &str, place: usize) -> usize {
    1 + text.bytes().take(place).filter(|byte| *byte == b'\n').count()
}

/// Where `key` is set behind a place: as the first word of a line or behind a bracket or comma. The place itself where not.
fn find(text: &str, place: usize, key: &str) -> usize {
    let rest = text.get(place..).unwrap_or_default();
    let sets = |(at, _): &(usize, &str)| {
        let before = rest[..*at].trim_end_matches([' ', '\t']).chars().next_back();
        let after = rest[at + key.len()..].trim_start_matches([' ', '\t', ']']);
        matches!(before, None | Some('\n' | '{' | ',' | '[')) && (after.starts_with('=') || after.starts_with('\n'))
    };
    rest.match_indices(key).find(sets).map_or(place, |(at, _)| place + at)
}

/// The key that stands at a place, or before the value there.
fn key_at(text: &str, place: usize) -> String {
    let is_key = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let (before, behind) = text.split_at_checked(place).unwrap_or((text, ""));
    let word: String = behind.chars().take_while(|&c| is_key(c)).collect();
    if !word.is_empty() && behind[word.len()..].trim_start().starts_with('=') {
        return word;
    }
    let line = before.rsplit('\n').next().unwrap_or_default();
    let Some(set) = line.trim_end().strip_suffix('=') else { return String::new() };
    set.trim_end().rsplit(|c| !is_key(c)).next().unwrap_or_default().to_owned()
}

/// The name that serde does not know, and those that it does.
fn unknown(message: &str) -> Option<(&str, impl Iterator<Item = &str>)> {
    let rest = message.strip_prefix("unknown ")?;
    let mut quoted = rest.split('`').skip(1).step_by(2);
    Some((quoted.next()?, quoted))
}

/// What was meant by a name, if anything.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let like = |known: &&str| strsim::jaro_winkler(&name.to_lowercase(), known);
    let likest = known.into_iter().max_by(|a, b| like(a).total_cmp(&like(b)))?;
    (like(&likest) >= LIKE).then_some(likest)
}
