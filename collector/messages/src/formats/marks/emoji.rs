//! Emoji by their short names.

use std::collections::HashMap;
use std::sync::LazyLock;

static SIGNS: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    include_str!("emoji.tsv")
        .lines()
        .filter(|line| !line.starts_with("# "))
        .filter_map(|line| line.split_once('\t'))
        .collect()
});

/// Letters of the longest short name that there may be.
pub(super) const LONGEST: usize = 100;

/// The sign of a short name, which may end with a tone of skin; none for an organisation's own.
pub(in crate::formats) fn named(name: &str) -> Option<String> {
    let (name, tone) = match name.split_once("::skin-tone-") {
        Some((name, tone)) => (name, self::tone(tone.trim_end_matches(':'))),
        None => (name, None),
    };
    let sign = SIGNS.get(name)?;
    Some(sign.chars().chain(tone).collect())
}

/// The sign of a tone by its number on Fitzpatrick's scale, which begins with 1-2.
fn tone(number: &str) -> Option<char> {
    let place = number.bytes().next()?.checked_sub(b'2').filter(|place| *place < 5)?;
    char::from_u32(0x1F3FB + u32::from(place))
}

/// Whether a letter may stand in a short name.
pub(super) const fn is_of_name(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || matches!(sign, '_' | '-' | '+' | '\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_are_signs_and_an_organisations_own_are_none() {
        assert_eq!(named("tada").as_deref(), Some("\u{1f389}"));
        assert_eq!(named("+1::skin-tone-3").as_deref(), Some("\u{1f44d}\u{1f3fc}"));
        assert_eq!(named("+1::skin-tone-9").as_deref(), Some("\u{1f44d}"));
        assert_eq!(named("party-parrot"), None);
        assert!(SIGNS.len() > 2000 && SIGNS.keys().all(|name| name.len() < LONGEST));
    }
}
