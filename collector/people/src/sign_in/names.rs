//! The name with which somebody signs in: an outside user id, or an address of mail.

use attune_ground::http::Problem;
use attune_ground::keys::OwnKeys;
use lettre::Address;

use crate::accounts::{folded, is_unseen, user_id};

/// Characters of an address of mail.
const LONGEST_MAIL: usize = 254;

/// A name as it is kept.
///
/// # Errors
/// 400, naming the field.
pub(super) fn name(field: &str, text: &str) -> Result<String, Problem> {
    let wrong = |detail: String| Problem::bad_request(field, detail);
    let name = user_id(text).map_err(|problem| wrong(problem.detail.replacen("user_id", field, 1)))?;
    match name.chars().count() {
        ..=128 => Ok(name),
        _ => Err(wrong(format!("{field} must have at most 128 characters"))),
    }
}

/// An address of mail as it is kept. Whether anybody reads what is sent there only a mail can tell.
///
/// # Errors
/// 400, naming the field.
pub(super) fn mail(field: &str, text: &str) -> Result<String, Problem> {
    let mail = text.trim();
    let plain = mail.parse::<Address>().is_ok()
        && mail.len() <= LONGEST_MAIL
        && mail.chars().all(|sign| !is_unseen(sign) && !sign.is_whitespace());
    if plain { Ok(mail.to_owned()) } else { Err(Problem::bad_request(field, format!("{field} is no address of mail"))) }
}

/// By what a name is found, in letters of any case.
pub(crate) fn tag(own: &OwnKeys, name: &str) -> Vec<u8> {
    own.tag("login name", folded(name).as_bytes()).to_vec()
}

/// By what an address of mail is found. Keyboards of telephones put a space behind it.
pub(super) fn mail_tag(own: &OwnKeys, mail: &str) -> Vec<u8> {
    own.tag("login mail", mail.trim().to_lowercase().as_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_mail_has_both_halves() {
        for right in ["a@example.org", " zo\u{eb}@example.org ", "a.b+c@x"] {
            assert!(mail("email", right).is_ok(), "{right}");
        }
        for wrong in
            ["", "a", "@example.org", "a@", "a b@example.org", "a\n@b", "a@b..c", "a\u{202e}@b", "a@-b", "a..b@c"]
        {
            assert_eq!(
                mail("email", wrong).err().and_then(|problem| problem.field).as_deref(),
                Some("email"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn what_is_wrong_with_a_name_names_its_field() {
        let problem = name("username", "").expect_err("empty");
        assert!(problem.detail.starts_with("username must"), "{}", problem.detail);
        assert!(name("username", &"x".repeat(129)).is_err());
    }
}
