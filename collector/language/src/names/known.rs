//! Names that the organisation knows: the person's own and their colleagues'. No list of names of the world has all of them.

/// The names that are known, the longest first.
#[derive(Debug, Default)]
pub(super) struct Known {
    names: Vec<Name>,
}

#[derive(Debug)]
struct Name {
    /// Small letters.
    folded: Vec<char>,
    /// Whose, from 1 on.
    number: usize,
    /// A part of a whole name may be a word as well ("Will"): it counts only where it is written as a name.
    is_part: bool,
}

/// The shortest part of a name that is looked for by itself.
const SHORTEST: usize = 2;

impl Known {
    pub(super) fn of(names: &[&str]) -> Self {
        let mut known = Vec::new();
        for (number, name) in (1..).zip(names) {
            let whole = name.split_whitespace().collect::<Vec<_>>();
            let folded = folded(&whole.join(" "));
            if folded.len() < SHORTEST {
                continue;
            }
            let parts = whole.iter().flat_map(|part| part.split(['-', '.', ',']));
            let parts = parts.filter(|part| part.chars().count() >= SHORTEST && part.chars().any(char::is_alphabetic));
            known.extend(parts.map(|part| Name { folded: self::folded(part), number, is_part: true }));
            known.push(Name { folded, number, is_part: whole.len() == 1 });
        }
        known.sort_by_key(|name| (std::cmp::Reverse(name.folded.len()), name.number, name.is_part));
        Self { names: known }
    }

    /// Puts placeholders in the place of the names, and calls `taken` with each and what stood there.
    pub(super) fn replace(&self, text: &str, mut taken: impl FnMut(&str, &str)) -> String {
        if self.names.is_empty() {
            return text.to_owned();
        }
        let letters: Vec<(usize, char)> = text.char_indices().collect();
        let (mut replaced, mut from, mut at) = (String::with_capacity(text.len()), 0, 0);
        while at < letters.len() {
            let opens = letters[at].1.is_alphanumeric() && (at == 0 || !letters[at - 1].1.is_alphanumeric());
            let Some((name, length)) = opens.then(|| self.at(&letters[at..])).flatten() else {
                at += 1;
                continue;
            };
            let start = letters[at].0;
            let end = letters.get(at + length).map_or(text.len(), |(place, _)| *place);
            let mark = format!("[PERSON_{}]", name.number);
            taken(&mark, &text[start..end]);
            replaced.push_str(&text[from..start]);
            replaced.push_str(&mark);
            from = end;
            at += length;
        }
        replaced.push_str(&text[from..]);
        replaced
    }

    /// The longest name with which the letters begin, and how many letters it takes.
    fn at(&self, letters: &[(usize, char)]) -> Option<(&Name, usize)> {
        self.names.iter().find_map(|name| {
            let length = matches(&name.folded, letters)?;
            let ends = letters.get(length).is_none_or(|(_, letter)| !letter.is_alphanumeric());
            let is_name = !name.is_part || letters[0].1.is_uppercase() || !letters[0].1.is_lowercase();
            (ends && is_name).then_some((name, length))
        })
    }
}

/// How many letters a name takes; any blanks count as one.
fn matches(name: &[char], letters: &[(usize, char)]) -> Option<usize> {
    let mut at = 0;
    for wanted in name {
        if *wanted == ' ' {
            let blanks = letters[at..].iter().take(4).take_while(|(_, letter)| letter.is_whitespace()).count();
            if blanks == 0 {
                return None;
            }
            at += blanks;
        } else {
            let (_, letter) = letters.get(at)?;
            if small(*letter) != *wanted {
                return None;
            }
            at += 1;
        }
    }
    Some(at)
}

fn folded(text: &str) -> Vec<char> {
    text.chars().map(small).collect()
}

fn small(letter: char) -> char {
    letter.to_lowercase().next().unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_known_are_taken_out_whatever_else_they_are() {
        let known = Known::of(&["Ana Bel", "Will Stone", "Zoë Q", "Xiu"]);
        for (text, replaced) in [
            ("Ana  Bel and ANA bel's desk", "[PERSON_1] and [PERSON_1]'s desk"),
            ("Bel said that Ana will", "[PERSON_1] said that [PERSON_1] will"),
            ("Will will, I will", "[PERSON_2] will, I will"),
            ("a stone, but Stone", "a stone, but [PERSON_2]"),
            ("Anabel, Belgium, WillStone", "Anabel, Belgium, WillStone"),
            ("(Zoë) wrote; Xiu.", "([PERSON_3]) wrote; [PERSON_4]."),
            ("ana bel", "[PERSON_1]"),
            ("", ""),
        ] {
            assert_eq!(known.replace(text, |_, _| {}), replaced, "{text}");
        }
    }
}
