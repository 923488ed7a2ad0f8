//! What of messages lies sealed under their person's key, and under what. Each begins with a version.

use attune_analysis::text::crisis::Level;
use attune_analysis::text::{Labelled, Sentiment, TextEmotion, TextScores, Unread};
use attune_ground::{GroundError, SealedAt};
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

/// Format version of each; it stands in the first byte.
const VERSION: u8 = 1;

/// The id of a message: a random UUID.
pub(crate) type MessageId = [u8; 16];

/// A text, and what is needed to read it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Content {
    /// What was written.
    pub(crate) text: String,
    /// The tag of the message that it answers.
    pub(crate) reply_to: Option<[u8; 16]>,
}

/// What was read of a message.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Scores {
    /// Words of its own.
    pub(crate) words: u32,
    /// How it sounds, or why nobody can say.
    pub(crate) read: Result<TextScores, Unread>,
    /// How much its writer is in danger.
    pub(crate) level: Level,
    /// By which signs: names of kinds, never words of the message.
    pub(crate) indicators: Vec<String>,
    /// Whether it was written outside of working hours, by the clock that its writer had when it was analysed.
    pub(crate) is_outside: bool,
    /// How long after the message that it answers, milliseconds, where both are known.
    pub(crate) replied_after: Option<i64>,
}

/// What a person agreed to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Consent {
    /// Whether their messages are analysed.
    pub(crate) analyse: bool,
    /// Whether their texts are kept, without names, so that a better network can read them again.
    pub(crate) keep_text: bool,
    /// Which text they were shown.
    pub(crate) text_version: u16,
    /// When, Unix milliseconds.
    pub(crate) at: i64,
}

/// How somebody is called where they write.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct WriterName {
    /// Where: the number of a kind of channel.
    pub(crate) kind: u8,
    /// As whoever linked it wrote it.
    pub(crate) name: String,
    /// Since when, Unix milliseconds.
    pub(crate) at: i64,
}

/// Version 1. Never changed: another version stands beside it.
#[derive(Serialize, Deserialize)]
struct ScoresV1 {
    words: u32,
    /// 0 it was read, 1 nothing was left of it, 2 the language is none that is, 3 the network failed on it.
    unread: u8,
    sentiment: (u8, f32),
    emotion: (u8, f32),
    stress: (bool, f32),
    level: u8,
    indicators: Vec<String>,
    is_outside: bool,
    replied_after: Option<i64>,
}

const SENTIMENTS: [Sentiment; 3] = [Sentiment::Positive, Sentiment::Negative, Sentiment::Neutral];
const EMOTIONS: [TextEmotion; 7] = [
    TextEmotion::Sadness,
    TextEmotion::Joy,
    TextEmotion::Love,
    TextEmotion::Anger,
    TextEmotion::Fear,
    TextEmotion::Surprise,
    TextEmotion::None,
];
const LEVELS: [Level; 5] = [Level::None, Level::Low, Level::Moderate, Level::High, Level::Critical];

/// The place of a value in a list that is only appended to.
fn number<T: PartialEq>(all: &[T], one: &T) -> u8 {
    all.iter().position(|of| of == one).and_then(|place| u8::try_from(place).ok()).unwrap_or(u8::MAX)
}

fn value<T: Copy>(all: &[T], number: u8) -> Option<T> {
    all.get(usize::from(number)).copied()
}

impl Scores {
    fn stored(&self) -> ScoresV1 {
        let (unread, scores) = match self.read {
            Ok(scores) => (0, Some(scores)),
            Err(Unread::Empty) => (1, None),
            Err(Unread::Language) => (2, None),
            Err(Unread::Failed) => (3, None),
        };
        let pair = |number: u8, score: f64| (number, score as f32);
        let none = || (0, 0.0);
        ScoresV1 {
            words: self.words,
            unread,
            sentiment: scores
                .map_or_else(none, |of| pair(number(&SENTIMENTS, &of.sentiment.label), of.sentiment.score)),
            emotion: scores.map_or_else(none, |of| pair(number(&EMOTIONS, &of.emotion.label), of.emotion.score)),
            stress: scores.map_or((false, 0.0), |of| (of.stress.label, of.stress.score as f32)),
            level: number(&LEVELS, &self.level),
            indicators: self.indicators.clone(),
            is_outside: self.is_outside,
            replied_after: self.replied_after,
        }
    }

    fn read(of: ScoresV1) -> Option<Self> {
        let read = match of.unread {
            0 => Ok(TextScores {
                sentiment: Labelled { label: value(&SENTIMENTS, of.sentiment.0)?, score: f64::from(of.sentiment.1) },
                emotion: Labelled { label: value(&EMOTIONS, of.emotion.0)?, score: f64::from(of.emotion.1) },
                stress: Labelled { label: of.stress.0, score: f64::from(of.stress.1) },
            }),
            1 => Err(Unread::Empty),
            2 => Err(Unread::Language),
            3 => Err(Unread::Failed),
            _ => return None,
        };
        Some(Self {
            words: of.words,
            read,
            level: value(&LEVELS, of.level)?,
            indicators: of.indicators,
            is_outside: of.is_outside,
            replied_after: of.replied_after,
        })
    }

    /// Its bytes: equal ones for equal scores.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, GroundError> {
        encoded(&self.stored())
    }

    /// None where it does not read.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        Self::read(decoded(bytes)?)
    }

    /// Opens those of a message; none where they do not open.
    pub(crate) fn open(key: &SealKey, person: PersonId, id: &[u8], sealed: &[u8]) -> Option<Self> {
        Self::decode(&key.open(&scores_context(person, id), sealed).ok()?)
    }
}

/// A text is wiped once nobody needs it any more.
impl Drop for Content {
    fn drop(&mut self) {
        self.text.zeroize();
    }
}

impl Content {
    /// Seals it in its place.
    pub(crate) fn seal(&self, key: &SealKey, person: PersonId, id: &[u8]) -> Result<Vec<u8>, GroundError> {
        Ok(key.seal(&text_context(person, id), &Zeroizing::new(encoded(self)?)))
    }

    /// Opens that of a message; none where it does not open.
    pub(crate) fn open(key: &SealKey, person: PersonId, id: &[u8], sealed: &[u8]) -> Option<Self> {
        decoded(&Zeroizing::new(key.open(&text_context(person, id), sealed).ok()?))
    }
}

impl Consent {
    /// Seals it in its place.
    pub(crate) fn seal(&self, key: &SealKey, person: PersonId, number: i64) -> Result<Vec<u8>, GroundError> {
        Ok(key.seal(&consent_context(person, number), &encoded(self)?))
    }

    /// Opens it; none where it does not open.
    pub(crate) fn open(key: &SealKey, person: PersonId, number: i64, sealed: &[u8]) -> Option<Self> {
        decoded(&key.open(&consent_context(person, number), sealed).ok()?)
    }
}

impl WriterName {
    /// Seals it in its place.
    pub(crate) fn seal(&self, key: &SealKey, person: PersonId, tag: &[u8]) -> Result<Vec<u8>, GroundError> {
        Ok(key.seal(&writer_context(person, tag), &encoded(self)?))
    }

    /// Opens it; none where it does not open.
    pub(crate) fn open(key: &SealKey, person: PersonId, tag: &[u8], sealed: &[u8]) -> Option<Self> {
        decoded(&key.open(&writer_context(person, tag), sealed).ok()?)
    }
}

fn encoded(value: &impl Serialize) -> Result<Vec<u8>, GroundError> {
    postcard::to_extend(value, vec![VERSION])
        .map_err(|_| GroundError::Corrupt("what is kept of messages can be written"))
}

fn decoded<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let (&VERSION, body) = bytes.split_first()? else { return None };
    postcard::from_bytes(body).ok()
}

fn text_context(person: PersonId, id: &[u8]) -> Vec<u8> {
    [b"message text".as_slice(), &person.0, id].concat()
}

pub(crate) fn scores_context(person: PersonId, id: &[u8]) -> Vec<u8> {
    [b"message scores".as_slice(), &person.0, id].concat()
}

fn consent_context(person: PersonId, number: i64) -> Vec<u8> {
    [b"message consent".as_slice(), &person.0, &number.to_be_bytes()].concat()
}

fn writer_context(person: PersonId, tag: &[u8]) -> Vec<u8> {
    [b"message writer".as_slice(), &person.0, tag].concat()
}

/// Under what the scores of a row lie, as copies are tried by them.
pub(crate) fn scores_at(SealedAt { person, bytes, .. }: &SealedAt) -> Vec<u8> {
    scores_context(*person, bytes.first().map(Vec::as_slice).unwrap_or_default())
}

/// Under what a consent lies.
pub(crate) fn consent_at(SealedAt { person, numbers, .. }: &SealedAt) -> Vec<u8> {
    consent_context(*person, numbers.first().copied().unwrap_or_default())
}

/// Under what the name of a writer lies.
pub(crate) fn writer_at(SealedAt { person, bytes, .. }: &SealedAt) -> Vec<u8> {
    writer_context(*person, bytes.first().map(Vec::as_slice).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores() -> Scores {
        Scores {
            words: 7,
            read: Ok(TextScores {
                sentiment: Labelled { label: Sentiment::Negative, score: 0.75 },
                emotion: Labelled { label: TextEmotion::Fear, score: 0.5 },
                stress: Labelled { label: true, score: 1.0 },
            }),
            level: Level::High,
            indicators: vec!["no_way_out".into()],
            is_outside: true,
            replied_after: Some(90_000),
        }
    }

    #[test]
    fn scores_of_version_1_lie_as_they_always_did() {
        let golden =
            "0107000100 00403f 04 0000003f 01 0000803f 03 01 0a6e6f5f7761795f6f7574 01 01 a0fe0a".replace(' ', "");
        let bytes = scores().encode().expect("written");
        assert_eq!(data_encoding::HEXLOWER.encode(&bytes), golden);
        assert_eq!(Scores::decode(&bytes), Some(scores()));
    }

    #[test]
    fn scores_that_are_none_and_bytes_that_are_no_scores_are_told_apart() {
        for why in [Unread::Empty, Unread::Language, Unread::Failed] {
            let unread = Scores { read: Err(why), ..scores() };
            assert_eq!(Scores::decode(&unread.encode().expect("written")), Some(unread));
        }
        let mut other = scores().encode().expect("written");
        other[0] = 9;
        assert_eq!(Scores::decode(&other), None, "of a version that is not known");
        assert_eq!(Scores::decode(&[]), None);
        assert_eq!(Scores::decode(&[VERSION, 1]), None);
    }

    #[test]
    fn what_is_sealed_opens_in_its_own_place_and_in_no_other() {
        let (key, [one, other]) = (SealKey::generate(), [PersonId([1; 16]), PersonId([2; 16])]);
        let content = Content { text: "a\0b\u{200d}".into(), reply_to: Some([3; 16]) };
        let sealed = content.seal(&key, one, &[5; 16]).expect("sealed");
        assert!(Content::open(&key, one, &[5; 16], &sealed).is_some_and(|opened| opened == content));
        assert!(Content::open(&key, other, &[5; 16], &sealed).is_none());
        assert!(Content::open(&key, one, &[6; 16], &sealed).is_none());
        assert!(Scores::open(&key, one, &[5; 16], &sealed).is_none(), "a text is no scores");
        let consent = Consent { analyse: true, keep_text: false, text_version: 1, at: 5 };
        let sealed = consent.seal(&key, one, 0).expect("sealed");
        assert_eq!(Consent::open(&key, one, 0, &sealed), Some(consent));
        assert_eq!(Consent::open(&key, one, 1, &sealed), None, "an earlier one is not put in the place of a later");
    }
}
