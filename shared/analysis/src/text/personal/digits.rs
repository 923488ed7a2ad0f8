//! Groups of digits and what joins them: cards and telephones are read from these.

/// Digits without anything between them, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Group {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Group {
    pub(super) const fn len(self) -> usize {
        self.end - self.start
    }
}

/// Every group of a text. One that touches a letter is none: it is part of a name or of a code.
pub(super) fn groups(text: &str) -> Vec<Group> {
    let bytes = text.as_bytes();
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len() && bytes[at].is_ascii_digit() {
            at += 1;
        }
        let joins = |letter: char| letter.is_alphanumeric() || letter == '_';
        let before = text[..start].chars().next_back().is_some_and(joins);
        let behind = text[at..].chars().next().is_some_and(joins);
        if !before && !behind {
            found.push(Group { start, end: at });
        }
    }
    found
}

/// The digits of a text.
pub(super) fn only(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}
