//! Countries, by the two letters of ISO 3166-1.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A country's two letters. Whether there is such a country is not known here.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country([u8; 2]);

/// Why something names no country.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("read a country: it is two letters, such as DE")]
pub struct NoCountry;

impl Country {
    /// The one of these two letters, in whichever case. `UK`, which people write, is `GB`.
    #[must_use]
    pub fn named(code: &str) -> Option<Self> {
        let letters: [u8; 2] = code.trim().as_bytes().try_into().ok()?;
        if !letters.iter().all(u8::is_ascii_alphabetic) {
            return None;
        }
        let letters = letters.map(|letter| letter.to_ascii_uppercase());
        Some(Self(if letters == *b"UK" { *b"GB" } else { letters }))
    }

    /// Its two letters.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code())
    }
}

impl TryFrom<String> for Country {
    type Error = NoCountry;

    fn try_from(code: String) -> Result<Self, NoCountry> {
        Self::named(&code).ok_or(NoCountry)
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.code().to_owned()
    }
}
