use std::fmt;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use data_encoding::HEXLOWER;

/// By which a request is found in the log: the client's own, where it gives one, or one that is made here. Every request
/// carries it as an extension, every answer as a header.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RequestId(String);

impl RequestId {
    /// The header that carries it.
    pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");
    /// Letters of one that a client gives, at most: it goes into the log.
    const LONGEST: usize = 64;

    /// The one of a request with these headers. What is no short word of letters, digits, `-`, `_` and `.` is not taken.
    ///
    /// # Panics
    /// When the operating system gives no random bytes.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let given = headers.get(Self::HEADER).and_then(|given| given.to_str().ok());
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        match given.filter(|given| (1..=Self::LONGEST).contains(&given.len()) && given.bytes().all(is_plain)) {
            Some(given) => Self(given.to_owned()),
            None => {
                let mut bytes = [0; 12];
                getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
                Self(HEXLOWER.encode(&bytes))
            }
        }
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As the value of a header.
    ///
    /// # Panics
    /// Never: it is letters, digits, `-`, `_` and `.`.
    #[must_use]
    pub fn to_header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).expect("it is plain")
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(given: &'static str) -> String {
        let headers = [(RequestId::HEADER, HeaderValue::from_static(given))].into_iter().collect();
        RequestId::of(&headers).to_string()
    }

    #[test]
    fn a_short_plain_word_is_taken_and_for_all_else_one_is_made_that_nobody_else_has() {
        for plain in ["a", "2f1c-0a_B.9", "0123456789012345678901234567890123456789012345678901234567890123"] {
            assert_eq!(of(plain), plain);
        }
        for other in [
            "",
            "alice@example.org",
            "a b",
            "a\tb",
            "{}",
            "01234567890123456789012345678901234567890123456789012345678901234",
        ] {
            let made = of(other);
            assert!(made.len() == 24 && made != of(other), "{other}: {made}");
        }
        assert_eq!(RequestId::of(&HeaderMap::new()).as_str().len(), 24);
    }
}
