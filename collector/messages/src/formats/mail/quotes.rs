//! What others said, cut: quotes with the lines above them, and old mails below the answer. Answers between and below quotes stay.

use super::lines::Line;
use super::phrases::{
    Label, announces_an_old_mail, introduces_a_quote, is_of_a_telephone, is_rule, label, opens,
    surely_introduces_a_quote,
};

/// Over how many lines what introduces a quote is wrapped at most.
const WRAPPED: usize = 4;
/// How many lines the head of an old mail has at most.
const HEAD: usize = 8;
/// How many lines a mailing list puts below a mail at most.
const FOOTER: usize = 6;
/// From this length on a rule of underscores begins such lines.
const FOOTER_RULE: usize = 32;

/// The writer's own words.
pub(super) fn own_words(lines: &[Line]) -> String {
    let end = (0..lines.len()).find(|&at| nothing_is_own_from(lines, at)).unwrap_or(lines.len());
    // A rule above what is cut belongs to it.
    let mut end = end;
    while end > 0
        && end < lines.len()
        && own(lines, end - 1).is_some_and(|text| text.trim().is_empty() || is_rule(text))
    {
        end -= 1;
    }
    let lines = &lines[..end];
    let mut keep: Vec<bool> = lines.iter().map(|line| matches!(line, Line::Own(_))).collect();
    for at in 1..lines.len() {
        if lines[at] == Line::Quoted && lines[at - 1] != Line::Quoted {
            for introduced in introduction(lines, at) {
                keep[introduced] = false;
            }
        }
    }
    let own = lines.iter().zip(keep).filter_map(|(line, keep)| match line {
        Line::Own(text) if keep && !is_of_a_telephone(text) => Some(text.as_str()),
        _ => None,
    });
    let mut words = String::new();
    for text in own {
        words_of(text, &mut words);
        words.push('\n');
    }
    let mut tidy = String::with_capacity(words.len());
    for line in words.trim().lines() {
        // Paragraphs stay apart, by one empty line.
        if !(line.is_empty() && tidy.ends_with("\n\n")) {
            tidy.push_str(line);
            tidy.push('\n');
        }
    }
    tidy.truncate(tidy.trim_end().len());
    tidy
}

fn own(lines: &[Line], at: usize) -> Option<&str> {
    match lines.get(at) {
        Some(Line::Own(text)) => Some(text),
        _ => None,
    }
}

/// Whether an old mail begins at a line, which no mark tells apart from the answer.
fn nothing_is_own_from(lines: &[Line], at: usize) -> bool {
    let Some(text) = own(lines, at) else { return lines[at] == Line::Rest };
    announces_an_old_mail(text) || is_head(lines, at) || is_footer(lines, at) || {
        opens(text)
            && (1..=WRAPPED).any(|length| {
                let joined = joined(lines, at, at + length);
                joined.is_some_and(|joined| surely_introduces_a_quote(&joined)) && !a_quote_follows(lines, at + length)
            })
    }
}

/// Whether the head of an old mail begins at a line: its fields, in any of many languages, some wrapped.
fn is_head(lines: &[Line], at: usize) -> bool {
    if own(lines, at).and_then(label).is_none() {
        return false;
    }
    let mut found = Vec::new();
    for text in (at..at + HEAD).map_while(|at| own(lines, at)).take_while(|text| !text.trim().is_empty()) {
        found.extend(label(text).filter(|label| !found.contains(label)));
    }
    found.len() >= 3 && found.contains(&Label::From)
}

/// Whether what a mailing list puts below each mail begins at a line.
fn is_footer(lines: &[Line], at: usize) -> bool {
    if !own(lines, at).is_some_and(|text| is_rule(text) && text.trim().len() >= FOOTER_RULE) {
        return false;
    }
    let below = &lines[at + 1..];
    let texts: Vec<&str> = (0..below.len().min(2 * FOOTER)).filter_map(|at| own(below, at)).collect();
    let said = texts.iter().filter(|text| !text.trim().is_empty()).count();
    below.len() <= 2 * FOOTER && said <= FOOTER && texts.iter().any(|text| text.contains("http") || text.contains('@'))
}

/// Lines as one, where all of them are perhaps the writer's and none is empty.
fn joined(lines: &[Line], from: usize, to: usize) -> Option<String> {
    let mut out = String::new();
    for at in from..to {
        let text = own(lines, at).map(str::trim).filter(|text| !text.is_empty())?;
        // No more than is looked at.
        if out.len() + text.len() > super::phrases::LONGEST {
            return None;
        }
        out.push_str(text);
        out.push(' ');
    }
    Some(out)
}

fn a_quote_follows(lines: &[Line], from: usize) -> bool {
    let mut next = lines[from..].iter().take(3);
    next.find(|line| !matches!(line, Line::Own(text) if text.trim().is_empty())) == Some(&Line::Quoted)
}

/// The lines above a quote that say whose it is.
fn introduction(lines: &[Line], quote: usize) -> std::ops::Range<usize> {
    let blank = |at: usize| own(lines, at).is_some_and(|text| text.trim().is_empty());
    let blanks = (0..2).take_while(|back| quote > *back && blank(quote - 1 - back)).count();
    let end = quote - blanks;
    let mut found = None;
    for from in (end.saturating_sub(WRAPPED)..end).rev() {
        let Some(text) = joined(lines, from, end) else { break };
        // A sentence that has ended is no part of it.
        let first = own(lines, from).unwrap_or_default().trim_end();
        if from + 1 < end && first.ends_with(['.', '!', '?']) && !opens(first) {
            break;
        }
        if introduces_a_quote(&text) {
            if opens(&text) {
                return from..quote;
            }
            found.get_or_insert(from);
        }
    }
    found.map_or(quote..quote, |from| from..quote)
}

/// The words of a line: blanks of all kinds as one, bare links out.
fn words_of(line: &str, out: &mut String) {
    let mut first = true;
    for word in line.split_whitespace() {
        let Some(word) = without_link(word) else { continue };
        if !first {
            out.push(' ');
        }
        out.push_str(word);
        first = false;
    }
}

/// A word, or what stands before the link in it.
fn without_link(word: &str) -> Option<&str> {
    let begins = |begin: &str| word.match_indices(begin).next().map(|(at, _)| at);
    let Some(at) = begins("http://").or_else(|| begins("https://")).or_else(|| word.starts_with("www.").then_some(0))
    else {
        return Some(word);
    };
    Some(word[..at].trim_end_matches(['<', '(', '['])).filter(|before| !before.is_empty())
}
