//! What a model thinks before it speaks is not what it says: the council's deliberation, and what models that reason put between tags of
//! their own. Left out of a stream, however it is cut.

/// The tags between which nothing is said.
const UNSAID: [(&str, &str); 4] = [
    ("<council>", "</council>"),
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<reasoning>", "</reasoning>"),
];
/// Tags around what is said. An end of what is not said, without its beginning, stays: what stood before it may have been meant for nobody,
/// and no answer with a tag in it is shown.
const SAID: [&str; 2] = ["<answer>", "</answer>"];
/// Letters of the longest.
const LONGEST: usize = "</reasoning>".len();

/// Leaves out what is not said.
#[derive(Debug, Default)]
pub(crate) struct Hidden {
    held: String,
    /// The tag that ends what is not said.
    until: Option<&'static str>,
}

impl Hidden {
    /// Takes the next words, and gives those that are said.
    pub(crate) fn feed(&mut self, text: &str) -> String {
        self.held.push_str(text);
        let mut said = String::new();
        loop {
            let small = self.held.to_ascii_lowercase();
            if let Some(end) = self.until {
                let Some(at) = small.find(end) else {
                    // All but what may be the beginning of the tag.
                    let keep = floor(&self.held, self.held.len().saturating_sub(LONGEST));
                    self.held.drain(..keep);
                    return said;
                };
                self.held.drain(..at + end.len());
                self.until = None;
                continue;
            }
            let unsaid = UNSAID.iter().filter_map(|(begin, end)| Some((small.find(begin)?, begin.len(), Some(*end))));
            let around = SAID.iter().filter_map(|tag| Some((small.find(tag)?, tag.len(), None)));
            let Some((at, length, until)) = unsaid.chain(around).min_by_key(|(at, _, _)| *at) else { break };
            said.push_str(&self.held[..at]);
            self.held.drain(..at + length);
            self.until = until;
        }
        // What may be the beginning of a tag waits.
        let from = floor(&self.held, self.held.len().saturating_sub(LONGEST));
        let waits = self.held[from..].find('<').map_or(self.held.len(), |at| from + at);
        said.push_str(&self.held[..waits]);
        self.held.drain(..waits);
        said
    }

    /// The rest. None where what is not said has no end: then nobody knows what was meant to be said.
    pub(crate) fn end(&mut self) -> Option<String> {
        self.until.is_none().then(|| std::mem::take(&mut self.held))
    }
}

/// The last place up to here at which a letter begins.
fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(parts: &[&str]) -> Option<String> {
        let mut hidden = Hidden::default();
        let mut said: String = parts.iter().map(|part| hidden.feed(part)).collect();
        said.push_str(&hidden.end()?);
        Some(said)
    }

    const ANSWER: &str =
        "<Council>Psychology: é <b> a < b.</council>\n<answer>Héllo <3, x<y.<think>hm</think> Bye.</answer>";

    #[test]
    fn what_is_deliberated_is_never_said_however_it_is_cut() {
        let whole = said(&[ANSWER]).expect("it ends");
        assert_eq!(whole, "\nHéllo <3, x<y. Bye.");
        for (cut, _) in ANSWER.char_indices() {
            assert_eq!(said(&[&ANSWER[..cut], &ANSWER[cut..]]).as_deref(), Some(whole.as_str()), "cut at {cut}");
        }
        let letters: Vec<String> = ANSWER.chars().map(String::from).collect();
        let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
        assert_eq!(said(&letters).as_deref(), Some(whole.as_str()));
    }

    #[test]
    fn a_deliberation_without_an_end_is_no_answer() {
        assert_eq!(said(&["<council>a", " b"]), None);
        assert_eq!(said(&["Hello.<think>"]), None);
        assert_eq!(said(&["Hello."]).as_deref(), Some("Hello."));
        assert_eq!(said(&["a <cou"]).as_deref(), Some("a <cou"));
        assert_eq!(said(&["So the user.</think> Hello."]).as_deref(), Some("So the user.</think> Hello."));
    }

    #[test]
    fn a_deliberation_without_bounds_fills_no_memory() {
        let mut hidden = Hidden::default();
        hidden.feed("<think>");
        for _ in 0..10_000 {
            assert_eq!(hidden.feed("éabcdefghijklmnop"), "");
            assert!(hidden.held.len() <= 64);
        }
    }
}
