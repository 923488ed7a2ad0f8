use attune_ground::http::Problem;

/// Bytes of a user id.
const LONGEST: usize = 256;

/// Takes a user id that can be kept.
///
/// # Errors
/// 400.
pub fn user_id(text: String) -> Result<String, Problem> {
    if text.is_empty() || text.len() > LONGEST || text.chars().any(char::is_control) {
        let detail = format!("user_id must have 1 to {} bytes and no control characters", LONGEST);
        return Err(Problem::bad_request("user_id", detail));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_id_has_a_length_and_no_control_characters() {
        assert!(user_id("alice".into()).is_ok());
        for wrong in [String::new(), "a\nb".into(), "x".repeat(LONGEST + 1)] {
            assert!(user_id(wrong).is_err());
        }
    }
}
