use serde::Deserialize;

/// A sentence with places in braces that are filled: `of {all} rows`.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(transparent)]
pub struct Phrase(String);

impl Phrase {
    /// The sentence with its places filled, each by the value that stands beside its name.
    #[must_use]
    pub fn fill(&self, values: &[(&str, &str)]) -> String {
        let mut made = String::with_capacity(self.0.len());
        let mut rest = self.0.as_str();
        // From left to right and once: a value that has braces itself stays as it is.
        while let Some((before, after)) = rest.split_once('{') {
            made.push_str(before);
            let Some((name, behind)) = after.split_once('}') else {
                rest = after;
                break;
            };
            made.push_str(values.iter().find(|(given, _)| *given == name).map_or("", |(_, value)| value));
            rest = behind;
        }
        made.push_str(rest);
        made
    }

    /// The sentence with its one place filled.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> String {
        self.fill(&[(name, value)])
    }
}

/// A sentence for one and another for several, each with `{n}` for the number. A language with more forms gets them here.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plural {
    pub(super) one: Phrase,
    pub(super) other: Phrase,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_once_and_by_name() {
        let phrase = Phrase("{done} of {all} rows".into());
        assert_eq!(phrase.fill(&[("all", "9"), ("done", "{all}")]), "{all} of 9 rows");
        assert_eq!(Phrase("an open { brace".into()).with("x", "y"), "an open  brace");
    }

    #[test]
    fn one_is_told_apart_from_several_and_none() {
        let plural = Plural { one: Phrase("{n} row".into()), other: Phrase("{n} rows".into()) };
        assert_eq!([0, 1, 2, 12_480].map(|n| plural.of(n)), ["0 rows", "1 row", "2 rows", "12,480 rows"]);
    }
}
