//! Sentiment, emotion and stress by one network.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::language::{self, Language};
use super::letters::head;
use super::parts::parts;
use super::pieces::{Encoded, Pieces};
use super::scores::{Likely, Settings};
use super::{Reading, TextScores, Unread, crisis, normalise, personal};
use crate::AnalysisError;
use crate::networks::{MANIFEST, MOST_PIECES, Networks, Plans};

/// How many bytes of a message are looked at.
pub const LONGEST: usize = 64 << 10;
/// Of a message whose words tell no language, the share that the network must know whole.
const KNOWN_WORDS: f64 = 0.6;
/// What the network reads in the place of every name of a person: a name that it knows. Who is named changes no score.
const NAME: &str = "Anna";

/// Reads messages. Cloning it is cheap, and threads may share it.
#[derive(Clone)]
pub struct TextReader(Arc<Inner>);

struct Inner {
    plans: Plans,
    pieces: Pieces,
    settings: Settings,
}

impl std::fmt::Debug for TextReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TextReader").finish_non_exhaustive()
    }
}

impl TextReader {
    /// With the network for text.
    ///
    /// # Errors
    /// When there is none, or it or its pieces of words are not what the manifest says.
    pub fn new(networks: &Networks) -> Result<Self, AnalysisError> {
        let Some(network) = networks.text() else {
            let problem = "it should name a network for text".to_owned();
            return Err(AnalysisError::Model { path: MANIFEST.into(), problem });
        };
        let pieces = Pieces::parse(network.pieces()?).map_err(|problem| network.refuse_pieces(problem))?;
        let plans = network.plans();
        if !network.is_inside() {
            plans.check(pieces.last())?;
        }
        let settings = Settings::of(network.entry());
        Ok(Self(Arc::new(Inner { plans, pieces, settings })))
    }

    /// Reads a message. Equal messages are read equally. Of one of more than [`LONGEST`] bytes the beginning is read.
    #[must_use]
    pub fn read(&self, text: &str) -> Reading {
        let own = Zeroizing::new(normalise::own_words(head(text, LONGEST)));
        // One letter of another form is many: there are more bytes in it than there were.
        let own = head(&own, LONGEST);
        let words = own.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count();
        let likely = self.likely(own);
        let crisis = crisis::look(own, likely.as_ref().ok().map(Likely::stress));
        Reading {
            words: u32::try_from(words).unwrap_or(u32::MAX),
            scores: likely.map(|likely| TextScores::of(&likely, &self.0.settings)),
            crisis,
        }
    }

    /// How likely each class is.
    fn likely(&self, own: &str) -> Result<Likely, Unread> {
        if !own.contains(char::is_alphabetic) {
            return Err(Unread::Empty);
        }
        let language = language::of(own);
        if language == Some(Language::Other) {
            return Err(Unread::Language);
        }
        let named = Zeroizing::new(personal::with_one_name(own, NAME, &|word| self.0.pieces.knows(word)));
        let text = self.0.pieces.encode(&named);
        if text.ids.is_empty() {
            return Err(Unread::Empty);
        }
        let known = f64::from(text.whole) >= KNOWN_WORDS * f64::from(text.words.max(1));
        if language.is_none() && !known {
            return Err(Unread::Language);
        }
        self.mean(&text).ok_or(Unread::Failed)
    }

    /// The mean over the parts, weighted by their pieces.
    fn mean(&self, text: &Encoded) -> Option<Likely> {
        let mut mean = Likely::default();
        for part in parts(text, MOST_PIECES) {
            let pieces = &text.ids[part];
            let outputs = self.0.plans.run(pieces).ok()?;
            let likely = Likely::of(&outputs, &self.0.settings)?;
            mean.add(&likely, pieces.len() as f64 / text.ids.len() as f64);
        }
        Some(mean)
    }
}

#[cfg(test)]
#[path = "network_tests.rs"]
mod tests;
