//! Placeholders: `[PERSON_1]` and the like, as the scanners of personal details write them, and as models repeat them.

/// A placeholder in a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Mark {
    /// Bytes of it.
    pub(super) length: usize,
    /// As it was written first: capitals and an underscore.
    pub(super) name: String,
}

/// Letters of the longest: no kind is longer than eight, no number longer than ten digits.
const LONGEST: usize = 24;
/// The kinds of personal details.
const KINDS: [&str; 12] =
    ["CARD", "IBAN", "EMAIL", "URL", "IP", "BIRTH", "NUMBER", "PHONE", "ADDRESS", "HANDLE", "COMPANY", "PERSON"];

/// The placeholder with which a text begins, also where a model wrote it small, or with a blank or a hyphen.
pub(super) fn mark(text: &str) -> Option<Mark> {
    let inner = text.strip_prefix('[')?;
    let end = inner.bytes().take(LONGEST).position(|byte| byte == b']')?;
    let inner = &inner[..end];
    let (kind, number) = inner.rsplit_once(['_', ' ', '-'])?;
    let kind = KINDS.iter().find(|known| known.eq_ignore_ascii_case(kind))?;
    let is_number = (1..=10).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| Mark { length: end + 2, name: format!("[{kind}_{number}]") })
}

/// Replaces every placeholder of a text.
pub(super) fn replace(text: &str, mut instead: impl FnMut(&Mark) -> String) -> String {
    let (mut replaced, mut from) = (String::with_capacity(text.len()), 0);
    for (at, _) in text.match_indices('[') {
        if at < from {
            continue;
        }
        if let Some(mark) = mark(&text[at..]) {
            replaced.push_str(&text[from..at]);
            replaced.push_str(&instead(&mark));
            from = at + mark.length;
        }
    }
    replaced.push_str(&text[from..]);
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_known_however_a_model_writes_it() {
        for text in ["[PERSON_1]", "[Person_1]", "[person 1]", "[PERSON-1] said"] {
            assert_eq!(mark(text).map(|mark| mark.name).as_deref(), Some("[PERSON_1]"), "{text}");
        }
        for text in
            ["[PERSON]", "[1]", "[PERSON_x]", "PERSON_1", "[see page 1]", "[step 1]", "[PERSON_1", "[é_1]", "[]", "["]
        {
            assert_eq!(mark(text), None, "{text}");
        }
        assert_eq!(
            replace("a [X] [person 1][PERSON_2] b", |mark| mark.name.to_lowercase()),
            "a [X] [person_1][person_2] b"
        );
    }
}
