//! What is out whoever wrote it: blocks of code, and links without a label.

/// Letters that are looked through for the end of what begins.
const FAR: usize = 4096;

/// With what links begin.
const BEGINS: [&str; 3] = ["https://", "http://", "www."];

/// A text without its blocks of code. What is never closed is text.
pub(super) fn without_blocks(text: &str) -> String {
    const FENCE: &str = "```";
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find(FENCE) {
        let Some(end) = rest[begin + FENCE.len()..].find(FENCE) else { break };
        whole += &rest[..begin];
        whole.push('\n');
        rest = rest[begin + 2 * FENCE.len() + end..].trim_start_matches('`');
    }
    whole + rest
}

/// How far behind `from` the end of something is, if it is not too far.
pub(super) fn ends(text: &str, from: usize, end: char) -> Option<usize> {
    let mut most = text.len().min(from + FAR);
    while !text.is_char_boundary(most) {
        most -= 1;
    }
    text.get(from..most)?.find(end).map(|at| from + at)
}

/// A text without bare links; signs behind the end of one belong to the sentence.
pub(in crate::formats) fn without(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut at = 0;
    while let Some((begin, end)) = next(text, at) {
        whole += &text[at..begin];
        at = end;
    }
    whole + &text[at..]
}

/// Where the next bare link begins and ends.
pub(super) fn next(text: &str, from: usize) -> Option<(usize, usize)> {
    let begins = |at: &usize| {
        let follows_a_letter = || text[..*at].chars().next_back().is_some_and(char::is_alphanumeric);
        BEGINS.iter().any(|begin| text[*at..].starts_with(begin)) && !follows_a_letter()
    };
    let begin = text[from..].match_indices(['h', 'w']).map(|(at, _)| from + at).find(begins)?;
    Some((begin, begin + length(&text[begin..])))
}

fn length(link: &str) -> usize {
    let end = link.find(|sign: char| sign.is_whitespace() || "<>\"|`".contains(sign)).unwrap_or(link.len());
    let link = link[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '*', '_', '~', '\'']);
    link.len().max(4)
}

/// Whether a label of a link only says the link again.
pub(in crate::formats) fn is_bare(link: &str, label: &str) -> bool {
    let label = label.trim();
    let plain = |text: &str| {
        let text = BEGINS.iter().fold(text, |text, begin| text.strip_prefix(begin).unwrap_or(text));
        text.strip_prefix("mailto:").unwrap_or(text).trim_end_matches('/').to_lowercase()
    };
    let (link, said) = (plain(link), plain(label));
    label.is_empty() || link == said || (said.contains('.') && link.starts_with(&said))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_link_is_out_and_the_sentence_around_it_stays() {
        assert_eq!(without("see https://example.org/a?b=1, or (www.example.org)."), "see , or ().");
        assert_eq!(without("https://example.org"), "");
        assert_eq!(without("whow xhttp://no how"), "whow xhttp://no how");
    }

    #[test]
    fn a_label_that_says_the_link_again_is_no_word() {
        assert!(is_bare("http://example.org/", "example.org"));
        assert!(is_bare("mailto:a@example.org", "a@example.org"));
        assert!(!is_bare("https://example.org", "the plan"));
        assert!(!is_bare("https://example.org", "plan"));
    }
}
