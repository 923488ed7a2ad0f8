use attune_ground::http::Problem;
use unicode_normalization::UnicodeNormalization as _;

/// Characters of a user id.
const LONGEST: usize = 256;

/// Takes a user id that can be kept. Forms that people take for one are one: letters are composed (NFC), and white space at
/// both ends, as forms and copied lines have it, is left out.
///
/// # Errors
/// 400.
pub fn user_id(text: &str) -> Result<String, Problem> {
    let one: String = text.trim().nfc().take(LONGEST + 1).collect();
    if one.is_empty() || one.chars().count() > LONGEST || one.chars().any(is_unseen) {
        let detail = format!(
            "user_id must have 1 to {LONGEST} characters, each of which is seen: no control character, and none that has no width or \
             turns the direction of writing"
        );
        return Err(Problem::bad_request("user_id", detail));
    }
    Ok(one)
}

/// Whether nobody sees a character where it stands: control characters, those without a width, those that turn the direction of writing,
/// and ends of lines. With one of these, two names that look alike would be two: no name that people type has one, whatever it is of.
#[must_use]
pub fn is_unseen(sign: char) -> bool {
    sign.is_control()
        || matches!(
            sign,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        )
}

/// A name in the form in which names are compared: with capitals or without, composed or not, wide or narrow, with signs that nobody
/// sees, as earlier versions took them, or without, it is one.
#[must_use]
pub fn folded(name: &str) -> String {
    name.trim().nfkc().filter(|sign| !is_unseen(*sign)).flat_map(char::to_lowercase).nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_id_has_a_length_in_characters_and_none_that_nobody_sees() {
        assert!(user_id("alice").is_ok());
        assert!(user_id(&"\u{e9}".repeat(LONGEST)).is_ok());
        for seen in ["a b", "\u{5d0}\u{5d1}", "\u{e9}\u{301}", "\u{1f600}", "\u{4e00}", "a-b_c@d"] {
            assert!(user_id(seen).is_ok(), "{seen:?}");
        }
        for wrong in ["", " \t", "a\nb", "a\u{85}b", "a\0", "a\u{7f}", &"x".repeat(LONGEST + 1)] {
            assert!(user_id(wrong).is_err(), "{wrong:?}");
        }
        for unseen in
            ['\u{200b}', '\u{200d}', '\u{202e}', '\u{2066}', '\u{feff}', '\u{ad}', '\u{2028}', '\u{e0041}', '\u{fe0f}']
        {
            assert!(user_id(&format!("a{unseen}b")).is_err(), "{unseen:?}");
        }
    }

    #[test]
    fn one_person_has_one_user_id_however_it_is_written() {
        for same in ["Zo\u{eb}", "Zoe\u{308}", " Zo\u{eb}\r\n", "\u{a0}Zoe\u{308}"] {
            assert_eq!(user_id(same).expect("reads"), "Zo\u{eb}");
        }
        assert_ne!(user_id("zo\u{eb}").expect("reads"), "Zo\u{eb}", "letters of another case are others");
        assert_eq!(folded(" ZOE\u{308} "), folded("zo\u{eb}"), "where names are compared they are not");
    }
}
