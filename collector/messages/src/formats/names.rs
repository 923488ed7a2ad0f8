//! Names of people and channels as they are kept.

/// Letters of a name.
const LONGEST: usize = 200;

/// A name of one line, without signs that nobody sees and not endless.
pub(super) fn tidy(name: &str) -> String {
    let seen: String = name.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
    let words: Vec<&str> = seen.split_whitespace().collect();
    words.join(" ").chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_short_line() {
        assert_eq!(tidy(" night\0shift\n\u{7f} two "), "night shift two");
        assert_eq!(tidy(&"n".repeat(9000)).len(), LONGEST);
    }
}
