use std::borrow::Cow;

const FENCE: &str = "```";

/// The text without what stands between two fences. A fence that nothing ends is a slip of the finger: the words behind it stay.
pub(super) fn without_fenced(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find(FENCE) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    let (mut before, mut behind) = (&text[..first], &text[first + FENCE.len()..]);
    loop {
        out.push_str(before);
        out.push('\n');
        let Some(end) = behind.find(FENCE) else { break };
        let rest = &behind[end + FENCE.len()..];
        let Some(next) = rest.find(FENCE) else {
            behind = rest;
            break;
        };
        (before, behind) = (&rest[..next], &rest[next + FENCE.len()..]);
    }
    out.push_str(behind);
    Cow::Owned(out)
}

/// The lines without indented blocks, each behind an empty line, that are code in every line. People indent words, too.
pub(super) fn without_indented<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let mut own = Vec::with_capacity(lines.len());
    let mut at = 0;
    while at < lines.len() {
        let begins = at == 0 || lines[at - 1].trim().is_empty();
        let block = if begins { lines[at..].iter().take_while(|line| is_indented(line)).count() } else { 0 };
        if block > 0 && lines[at..at + block].iter().all(|line| is_code(line)) {
            at += block;
        } else {
            own.extend_from_slice(&lines[at..at + block.max(1)]);
            at += block.max(1);
        }
    }
    own
}

fn is_indented(line: &str) -> bool {
    (line.starts_with("    ") || line.starts_with('\t')) && !line.trim().is_empty()
}

fn is_code(line: &str) -> bool {
    let line = line.trim();
    line.ends_with(';') || ["{", "}", "()", "=>", "::", "</", " = ", "=="].iter().any(|sign| line.contains(sign))
}
