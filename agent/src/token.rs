//! Secrets by which other programs of the person hand something over: whoever has that of the phone can say how this person moves,
//! whoever has that of messages what they write.

use std::path::Path;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use crate::{AgentError, files, summed};

const VERSION: u32 = 1;
const BYTES: usize = 16;

/// Who sends a token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Of {
    /// A phone, with each push.
    Phone,
    /// A program that hands messages over.
    Messages,
}

impl Of {
    /// Name of the file in the state folder.
    const fn file(self) -> &'static str {
        match self {
            Self::Phone => "phone.toml",
            Self::Messages => "messages.toml",
        }
    }

    /// What makes a new one.
    const fn command(self) -> &'static str {
        match self {
            Self::Phone => "attune-agent phone setup",
            Self::Messages => "attune-agent messages token",
        }
    }
}

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
    pub fn load(state: &Path, of: Of) -> Result<Option<Self>, AgentError> {
        let path = state.join(of.file());
        let Some(text) = summed::read(&path)? else { return Ok(None) };
        // The parser's message could quote the token: it is not passed on.
        let stored = toml::from_str::<Stored>(&text).ok().filter(|stored| stored.version == VERSION);
        let stored = stored.filter(|stored| HEXLOWER.decode(stored.token.as_bytes()).is_ok_and(|t| t.len() == BYTES));
        let damaged = || AgentError::content(&path, format!("it is damaged: remove it, and run '{}'", of.command()));
        stored.map(|stored| Some(Self(stored.token))).ok_or_else(damaged)
    }

    /// The token in a state folder; a new one where there is none.
    ///
    /// # Errors
    /// When the system refuses, or what is there does not read.
    pub fn load_or_make(state: &Path, of: Of) -> Result<Self, AgentError> {
        if let Some(token) = Self::load(state, of)? {
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
        summed::write(&state.join(of.file()), &text).map(|()| token)
    }

    /// Ends the token in a state folder, and says whether there was one.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn end(state: &Path, of: Of) -> Result<bool, AgentError> {
        let path = state.join(of.file());
        let was = path.try_exists().map_err(|e| AgentError::file("look for", &path, e))?;
        files::destroy(&path).map(|()| was)
    }

    /// Whether a text is this token. How long it takes tells nothing of how much of it is right.
    pub(crate) fn is(&self, text: &str) -> bool {
        let (own, other) = (self.0.as_bytes(), text.trim().as_bytes());
        let differs = own.iter().zip(other).fold(own.len() ^ other.len(), |sum, (a, b)| sum | usize::from(a ^ b));
        std::hint::black_box(differs) == 0
    }

    /// As a person gives it to the program that sends it.
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
        assert!(Token::load(&state, Of::Phone).unwrap().is_none());
        let token = Token::load_or_make(&state, Of::Phone).unwrap();
        let text = token.text().to_owned();
        assert_eq!(Token::load_or_make(&state, Of::Phone).unwrap().text(), text);
        assert!(token.is(&text) && token.is(&format!(" {text}\n")));
        for other in ["", &text[1..], &text[..31], &format!("{text}0"), &text.to_uppercase(), &"0".repeat(32)] {
            assert!(!token.is(other), "{other}");
        }
        assert!(Token::load(&state, Of::Messages).unwrap().is_none(), "one is not the other");
        assert_ne!(Token::load_or_make(&state, Of::Messages).unwrap().text(), text);
        assert!(Token::end(&state, Of::Messages).unwrap() && !Token::end(&state, Of::Messages).unwrap());
        assert!(
            Token::load(&state, Of::Messages).unwrap().is_none() && Token::load(&state, Of::Phone).unwrap().is_some()
        );
    }

    #[test]
    fn a_damaged_token_is_refused_without_quoting_it() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["version = 1\ntoken = \"short5ecret\"", "token 5ecret", "version = 9\ntoken = \"5ecret\""] {
            std::fs::write(folder.path().join("phone.toml"), text).unwrap();
            let error = Token::load(folder.path(), Of::Phone).err().unwrap().to_string();
            assert!(error.contains("phone setup") && !error.contains("5ecret"), "{error}");
        }
    }
}
