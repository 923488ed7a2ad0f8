//! The rules by which concepts are a sign together, as their file has them.

use super::pattern::{Pattern, Reader, Says, head, lines};

/// Which concepts are a sign together.
#[derive(Debug)]
pub(super) struct Rule {
    /// Where its kind and level stand among the patterns.
    pub(super) pattern: usize,
    /// Of each, one.
    pub(super) needed: Vec<Vec<u16>>,
    pub(super) barred: Vec<u16>,
    /// Of the first the writer is the subject.
    pub(super) of_writer: bool,
    pub(super) denied: bool,
    /// Nothing else is spoken of between them.
    pub(super) bare: bool,
    /// A denial counts before the first concept only: behind it, it denies something else.
    pub(super) denied_before: bool,
}

/// Reads a file of rules, a line each: `level kind | concept concept`.
pub(super) fn read(reader: &mut Reader, text: &'static str) -> Vec<Rule> {
    let mut rules = Vec::new();
    for line in lines(text) {
        match rule(reader, line) {
            Some(rule) => rules.push(rule),
            None => reader.faults.push(line),
        }
    }
    rules
}

fn rule(reader: &mut Reader, line: &'static str) -> Option<Rule> {
    let (says, kind, body) = head(line)?;
    let (mut needed, mut barred) = (Vec::new(), Vec::new());
    let (mut of_writer, mut denied, mut denied_before, mut bare) = (false, false, false, false);
    for part in body.split_whitespace() {
        match part {
            "me" => of_writer = true,
            "not" => denied = true,
            "either" => denied_before = true,
            "bare" => bare = true,
            _ => match part.strip_prefix('!') {
                Some(concept) => barred.push(reader.concept(concept)?),
                None => {
                    needed.push(part.split('/').map(|concept| reader.concept(concept)).collect::<Option<Vec<_>>>()?)
                }
            },
        }
    }
    if needed.is_empty() || !matches!(says, Says::Sign(..)) {
        return None;
    }
    let pattern = reader.patterns.len();
    reader.patterns.push(Pattern::of_rule(kind, says));
    Some(Rule { pattern, needed, barred, of_writer, denied, bare, denied_before })
}
