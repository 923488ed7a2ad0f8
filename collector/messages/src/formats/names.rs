//! Names of people and channels as they are kept.

use attune_people::accounts::is_unseen;

/// Letters of a name.
const LONGEST: usize = 200;

/// A name of one line, without signs that nobody sees and not endless.
pub(super) fn tidy(name: &str) -> String {
    // What ends a line, or a word, parts what stands beside it; what has no width does not.
    let shown = name.chars().filter(|sign| sign.is_control() || !is_unseen(*sign));
    let seen: String = shown.map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
    let words: Vec<&str> = seen.split_whitespace().collect();
    words.join(" ").chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_short_line() {
        assert_eq!(tidy(" night\0shift\n\u{7f} two "), "night shift two");
        assert_eq!(tidy("a\u{202e}\u{200b}b"), "ab", "and none that turns it around, or has no width");
        assert_eq!(tidy(&"n".repeat(9000)).len(), LONGEST);
    }
}
