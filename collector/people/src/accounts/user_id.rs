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
    if one.is_empty() || one.chars().count() > LONGEST || one.chars().any(char::is_control) {
        let detail = format!("user_id must have 1 to {LONGEST} characters, none of them a control character");
        return Err(Problem::bad_request("user_id", detail));
    }
    Ok(one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_id_has_a_length_in_characters_and_no_control_characters() {
        assert!(user_id("alice").is_ok());
        assert!(user_id(&"\u{e9}".repeat(LONGEST)).is_ok());
        for wrong in ["", " \t", "a\nb", "a\u{85}b", "a\0", &"x".repeat(LONGEST + 1)] {
            assert!(user_id(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn one_person_has_one_user_id_however_it_is_written() {
        for same in ["Zo\u{eb}", "Zoe\u{308}", " Zo\u{eb}\r\n", "\u{a0}Zoe\u{308}"] {
            assert_eq!(user_id(same).expect("reads"), "Zo\u{eb}");
        }
        assert_ne!(user_id("zo\u{eb}").expect("reads"), "Zo\u{eb}", "letters of another case are others");
    }
}
