//! A text as words, read once for all the rules: small, contractions taken apart ("you're" is "you are"), with the sentence and the clause in
//! which each stands.

/// A word.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) sentence: usize,
    pub(super) clause: usize,
    /// It stands in quotation marks.
    pub(super) is_quoted: bool,
    /// A sentence begins with it.
    pub(super) opens: bool,
    /// A colon stands behind it.
    pub(super) has_colon: bool,
}

/// Behind these `'s` is "is"; behind others it is a genitive.
const BEFORE_IS: [&str; 10] = ["he", "she", "it", "that", "this", "there", "here", "who", "what", "where"];
/// Words with which a clause begins.
const CLAUSES: [&str; 3] = ["but", "though", "although"];

/// The words of a text.
pub(super) fn words(text: &str) -> Vec<Word> {
    let letters: Vec<char> = text.chars().map(|letter| if letter == '’' { '\'' } else { letter }).collect();
    let mut words = Vec::new();
    let (mut sentence, mut clause, mut is_quoted, mut opens) = (0, 0, false, true);
    let mut at = 0;
    while at < letters.len() {
        let end = at + length(&letters[at..]);
        if end == at {
            match letters[at] {
                '.' | '!' | '?' | '\n' | '…' => {
                    sentence += 1;
                    clause += 1;
                    opens = true;
                }
                ',' | ';' | ':' | '(' | ')' | '—' | '–' => clause += 1,
                '“' | '„' => is_quoted = true,
                '”' => is_quoted = false,
                '"' => is_quoted = !is_quoted,
                _ => {}
            }
            at += 1;
            continue;
        }
        let whole: String = letters[at..end].iter().flat_map(|letter| letter.to_lowercase()).collect();
        if CLAUSES.contains(&whole.as_str()) {
            clause += 1;
        }
        let has_colon = letters.get(end) == Some(&':');
        for text in apart(&whole) {
            words.push(Word { text, sentence, clause, is_quoted, opens, has_colon });
            opens = false;
        }
        at = end;
    }
    words
}

/// How many letters a word takes, if one begins here.
fn length(letters: &[char]) -> usize {
    let is_of_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '%';
    let mut at = 0;
    while let Some(letter) = letters.get(at) {
        let joins = *letter == '\'' && at > 0 && letters.get(at + 1).is_some_and(|next| next.is_alphanumeric());
        if !is_of_word(*letter) && !joins {
            break;
        }
        at += 1;
    }
    at
}

fn apart(word: &str) -> Vec<String> {
    let two = |first: &str, second: &str| vec![first.to_owned(), second.to_owned()];
    if word == "cannot" {
        return two("can", "not");
    }
    if let Some(bare) = word.strip_suffix("n't") {
        let bare = match bare {
            "ca" => "can",
            "wo" => "will",
            "sha" => "shall",
            bare => bare,
        };
        return two(bare, "not");
    }
    if let Some((bare, end)) = word.rsplit_once('\'') {
        let whole = match end {
            "m" => Some("am"),
            "ve" => Some("have"),
            "ll" => Some("will"),
            "re" => Some("are"),
            "d" => Some("would"),
            "s" if BEFORE_IS.contains(&bare) => Some("is"),
            _ => None,
        };
        if let Some(whole) = whole {
            return two(bare, whole);
        }
    }
    vec![word.to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contractions_are_taken_apart_and_clauses_are_counted() {
        let read = words("I’m fine, but “you’re” can't: he's my boss's guest. 40% won't");
        let texts: Vec<&str> = read.iter().map(|word| word.text.as_str()).collect();
        let expected = [
            "i", "am", "fine", "but", "you", "are", "can", "not", "he", "is", "my", "boss's", "guest", "40%", "will",
            "not",
        ];
        assert_eq!(texts, expected);
        let of = |text: &str| read.iter().find(|word| word.text == text).expect("it is there");
        assert!(of("fine").clause < of("but").clause && of("fine").sentence < of("40%").sentence);
        assert!(of("you").is_quoted && !of("can").is_quoted && of("can").has_colon && of("40%").opens);
    }
}
