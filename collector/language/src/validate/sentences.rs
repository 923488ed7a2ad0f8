//! Sentences out of a stream of words. Each comes with what stands behind it up to the next, so that all of them together are the text.

use super::LONGEST_SENTENCE;

/// A point behind these ends no sentence.
const SHORTENED: [&str; 14] =
    ["e.g", "i.e", "dr", "mr", "mrs", "ms", "prof", "st", "vs", "etc", "approx", "no", "fig", "a.m"];

/// Takes sentences out of a stream.
#[derive(Debug, Default)]
pub(crate) struct Sentences {
    held: String,
    has_begun: bool,
}

impl Sentences {
    /// Takes the next words, and gives the sentences that have ended.
    pub(crate) fn feed(&mut self, text: &str) -> Vec<String> {
        self.held.push_str(text);
        if !self.has_begun {
            let blanks = self.held.len() - self.held.trim_start().len();
            self.held.drain(..blanks);
            self.has_begun = !self.held.is_empty();
        }
        let mut sentences = Vec::new();
        while let Some(end) = end(&self.held) {
            sentences.push(self.held.drain(..end).collect());
        }
        // One without an end is none; whoever judges it says so.
        if self.held.len() > LONGEST_SENTENCE * 4 {
            sentences.push(std::mem::take(&mut self.held));
        }
        sentences
    }

    /// The rest, if there is any.
    pub(crate) fn end(&mut self) -> Option<String> {
        let rest = std::mem::take(&mut self.held);
        (!rest.trim().is_empty()).then_some(rest)
    }
}

/// Where the first sentence ends, and the blanks behind it: known once the next one has begun.
fn end(text: &str) -> Option<usize> {
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let ends = match letter {
            '\n' | '!' | '?' | '…' => true,
            '.' => !is_shortened(&text[..at]),
            _ => false,
        };
        if !ends {
            continue;
        }
        let closing = |letter: char| matches!(letter, '.' | '!' | '?' | '…' | '"' | '\'' | '”' | '’' | ')' | '»');
        while letters.next_if(|(_, letter)| closing(*letter)).is_some() {}
        let is_blank = letters.peek().is_some_and(|(_, letter)| letter.is_whitespace());
        if letter != '\n' && !is_blank {
            continue;
        }
        while letters.next_if(|(_, letter)| letter.is_whitespace()).is_some() {}
        // Nothing behind the blanks yet: more of them may come.
        return letters.peek().map(|(next, _)| *next);
    }
    None
}

fn is_shortened(before: &str) -> bool {
    let word = before.rsplit(|letter: char| letter.is_whitespace() || letter == '(').next().unwrap_or(before);
    SHORTENED.contains(&word.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(parts: &[&str]) -> Vec<String> {
        let mut sentences = Sentences::default();
        let mut found: Vec<String> = parts.iter().flat_map(|part| sentences.feed(part)).collect();
        found.extend(sentences.end());
        found
    }

    const TEXT: &str =
        "\n Hello.  It is 4.5 hours, e.g. on [PERSON_1]'s day… “Really?” she said!\nWell...\n\nthen (so.) Bye?! Yes";

    #[test]
    fn sentences_are_the_same_however_the_stream_is_cut() {
        let whole = cut(&[TEXT]);
        let expected = [
            "Hello.  ",
            "It is 4.5 hours, e.g. on [PERSON_1]'s day… ",
            "“Really?” ",
            "she said!\n",
            "Well...\n\n",
            "then (so.) ",
            "Bye?! ",
            "Yes",
        ];
        assert_eq!(whole, expected);
        for (at, _) in TEXT.char_indices() {
            assert_eq!(cut(&[&TEXT[..at], &TEXT[at..]]), whole, "cut at {at}");
        }
        let letters: Vec<String> = TEXT.chars().map(String::from).collect();
        assert_eq!(cut(&letters.iter().map(String::as_str).collect::<Vec<_>>()), whole);
    }

    #[test]
    fn what_never_ends_is_handed_on_in_pieces() {
        let found = cut(&[&"a".repeat(LONGEST_SENTENCE * 5)]);
        assert!(found.iter().any(|one| one.len() > LONGEST_SENTENCE));
        assert!(cut(&[" \n "]).is_empty());
    }
}
