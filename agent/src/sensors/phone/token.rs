//! The secret that a phone sends with each push: whoever has it can say how this person moves.

use std::path::Path;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use crate::{AgentError, files, summed};

/// Name of the file in the state folder.
const FILE: &str = "phone.toml";
const VERSION: u32 = 1;
const BYTES: usize = 16;

/// A random token.
pub struct Token(String);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    token: String,
}

impl Drop for Token {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Token {
    /// The token in a state folder, if there is one.
    ///
    /// # Errors
    /// When it is there and does not read.
    pub fn load(state: &Path) -> Result<Option<Self>, AgentError> {
        let path = state.join(FILE);
        let Some(text) = summed::read(&path)? else { return Ok(None) };
        // The parser's message could quote the token: it is not passed on.
        let stored = toml::from_str::<Stored>(&text).ok().filter(|stored| stored.version == VERSION);
        let stored = stored.filter(|stored| HEXLOWER.decode(stored.token.as_bytes()).is_ok_and(|t| t.len() == BYTES));
        let damaged = || AgentError::content(&path, "it is damaged: remove it, and run 'attune-agent phone setup'");
        stored.map(|stored| Some(Self(stored.token))).ok_or_else(damaged)
    }

    /// The token in a state folder; a new one where there is none.
    ///
    /// # Errors
    /// When the system refuses, or what is there does not read.
    pub fn load_or_make(state: &Path) -> Result<Self, AgentError> {
        if let Some(token) = Self::load(state)? {
            return Ok(token);
        }
        let mut bytes = [0; BYTES];
        let failed = |e: getrandom::Error| {
            AgentError::file("draw", "a random token".as_ref(), std::io::Error::other(e.to_string()))
        };
        getrandom::fill(&mut bytes).map_err(failed)?;
        let token = Self(HEXLOWER.encode(&bytes));
        files::private_folder(state)?;
        let text = format!("version = {VERSION}\ntoken = \"{}\"\n", token.0);
        summed::write(&state.join(FILE), &text).map(|()| token)
    }

    /// Whether a text is this token. How long it takes tells nothing of how much of it is right.
    pub(super) fn is(&self, text: &str) -> bool {
        let (own, other) = (self.0.as_bytes(), text.trim().as_bytes());
        let differs = own.iter().zip(other).fold(own.len() ^ other.len(), |sum, (a, b)| sum | usize::from(a ^ b));
        std::hint::black_box(differs) == 0
    }

    /// As a person gives it to the app.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_made_once_and_only_its_whole_text_is_it() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        assert!(Token::load(&state).unwrap().is_none());
        let token = Token::load_or_make(&state).unwrap();
        let text = token.text().to_owned();
        assert_eq!(Token::load_or_make(&state).unwrap().text(), text);
        assert!(token.is(&text) && token.is(&format!(" {text}\n")));
        for other in ["", &text[1..], &text[..31], &format!("{text}0"), &text.to_uppercase(), &"0".repeat(32)] {
            assert!(!token.is(other), "{other}");
        }
        assert_ne!(Token::load_or_make(&folder.path().join("other")).unwrap().text(), text);
    }

    #[test]
    fn a_damaged_token_is_refused_without_quoting_it() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["version = 1\ntoken = \"short5ecret\"", "token 5ecret", "version = 9\ntoken = \"5ecret\""] {
            std::fs::write(folder.path().join(FILE), text).unwrap();
            let error = Token::load(folder.path()).err().unwrap().to_string();
            assert!(error.contains("phone setup") && !error.contains("5ecret"), "{error}");
        }
    }
}
