//! What of talks lies sealed under their person's key, and under what. Each begins with a version.

use attune_analysis::text::crisis::Level;
use attune_analysis::text::{Reading, Sentiment, TextEmotion};
use attune_ground::{GroundError, SealedAt};
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use crate::heard::Heard;

/// Format version of each; it stands in the first byte.
const VERSION: u8 = 1;

/// By what a talk is found: a random number of eleven digits.
pub(crate) type TalkId = i64;

/// How a talk stands. Variants are only appended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Status {
    /// It goes on.
    Active,
    /// Its person put it away.
    Archived,
    /// Its person ended it.
    Ended,
    /// Somebody seemed to be in danger in it.
    RequiresAttention,
}

impl Status {
    /// As clients have it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Archived => "archived",
            Self::Ended => "ended",
            Self::RequiresAttention => "requires_attention",
        }
    }
}

/// What is known of a talk besides its turns.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) title: String,
    /// Which room of a client it is, where it is of one.
    pub(crate) room: Option<String>,
    pub(crate) status: Status,
    /// By which signs its person seemed to be in danger, in the order in which they came: names of kinds, never words.
    pub(crate) flags: Vec<String>,
    /// From when on it is asked how they are, Unix milliseconds; none where nothing calls for it, or it was asked.
    pub(crate) follow_up_at: Option<i64>,
    /// How the talk with the built-in companion stands, as it writes that.
    pub(crate) companion: Vec<u8>,
}

/// What was read of a turn.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Read {
    /// How it sounds, which feeling it shows, whether its writer is under stress, each with how likely; none where nobody can say.
    pub(crate) scores: Option<([u8; 2], bool, [f32; 3])>,
    level: u8,
    pub(crate) indicators: Vec<String>,
    pub(crate) intent: String,
    pub(crate) wants: Option<String>,
    pub(crate) entities: Vec<String>,
    /// What it is about, as the companion names that.
    pub(crate) problems: Vec<String>,
    pub(crate) importance: f32,
}

const SENTIMENTS: [(Sentiment, &str); 3] =
    [(Sentiment::Positive, "positive"), (Sentiment::Negative, "negative"), (Sentiment::Neutral, "neutral")];
const EMOTIONS: [(TextEmotion, &str); 7] = [
    (TextEmotion::Sadness, "sadness"),
    (TextEmotion::Joy, "joy"),
    (TextEmotion::Love, "love"),
    (TextEmotion::Anger, "anger"),
    (TextEmotion::Fear, "fear"),
    (TextEmotion::Surprise, "surprise"),
    (TextEmotion::None, "none"),
];
const LEVELS: [(Level, &str); 5] = [
    (Level::None, "none"),
    (Level::Low, "low"),
    (Level::Moderate, "moderate"),
    (Level::High, "high"),
    (Level::Critical, "critical"),
];

/// The sign of who was asked whether they are in danger, and did not say no.
const ASKED: &str = "asked_directly";

/// The place of a value in a list that is only appended to.
fn number<T: PartialEq>(all: &[(T, &str)], one: &T) -> u8 {
    all.iter().position(|(of, _)| of == one).and_then(|place| u8::try_from(place).ok()).unwrap_or(u8::MAX)
}

fn named<T>(all: &[(T, &'static str)], number: u8) -> &'static str {
    all.get(usize::from(number)).map_or("unknown", |(_, name)| name)
}

/// A level as clients have it.
pub(crate) fn level_name(level: Level) -> &'static str {
    named(&LEVELS, number(&LEVELS, &level))
}

impl Read {
    /// How much somebody is in danger is what was heard, and not what the rules for messages say: those let go of more.
    pub(crate) fn new(reading: &Reading, heard: Heard) -> Self {
        let scores = reading.scores.ok().map(|of| {
            let labels = [number(&SENTIMENTS, &of.sentiment.label), number(&EMOTIONS, &of.emotion.label)];
            let likely = [of.sentiment.score as f32, of.emotion.score as f32, of.stress.score as f32];
            (labels, of.stress.label, likely)
        });
        let Heard { crisis, intent, wants, entities, problems, importance } = heard;
        Self {
            scores,
            level: number(&LEVELS, &crisis.level),
            indicators: crisis.indicators.iter().map(|kind| (*kind).to_owned()).collect(),
            intent,
            wants,
            entities,
            problems,
            importance,
        }
    }

    /// At least at a level: to what was asked, few words may say more than by themselves.
    pub(crate) fn at_least(mut self, level: Level) -> Self {
        if level > self.level() {
            self.level = number(&LEVELS, &level);
            self.indicators.push(ASKED.to_owned());
        }
        self
    }

    /// How much its writer seems to be in danger; what no version had counts as none.
    pub(crate) fn level(&self) -> Level {
        LEVELS.get(usize::from(self.level)).map_or(Level::None, |(level, _)| *level)
    }

    /// How it sounds, and how likely that is.
    pub(crate) fn sentiment(&self) -> Option<(&'static str, f32)> {
        self.scores.map(|([sentiment, _], _, [likely, ..])| (named(&SENTIMENTS, sentiment), likely))
    }

    /// The same of what is felt.
    pub(crate) fn emotion(&self) -> Option<(&'static str, f32)> {
        self.scores.map(|([_, emotion], _, [_, likely, _])| (named(&EMOTIONS, emotion), likely))
    }

    /// The same of stress.
    pub(crate) fn stress(&self) -> Option<(bool, f32)> {
        self.scores.map(|(_, stress, [.., likely])| (stress, likely))
    }
}

/// What was said in a turn, and what was read of it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Turn {
    pub(crate) text: String,
    /// Of the person's.
    pub(crate) read: Option<Read>,
    /// Of an answer: which support it gives, as clients have it.
    pub(crate) support: Option<String>,
    /// Of an answer: whether a language model wrote it.
    pub(crate) by_model: bool,
    /// Of an answer: whether it was stopped before its end.
    pub(crate) stopped: bool,
}

/// What was said of an answer until now, piece by piece; none where all before it was taken back.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub(crate) struct Pieces(pub(crate) Vec<Option<String>>);

impl Pieces {
    /// What stands of it.
    pub(crate) fn text(&self) -> String {
        let stands = self.0.rsplit(Option::is_none).next().unwrap_or_default();
        stands.iter().flatten().map(String::as_str).collect()
    }
}

/// What a person agreed to.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub(crate) struct Consent {
    /// Whether what they write in talks is read and kept.
    pub(crate) talk: bool,
    /// Whether something is remembered from talk to talk.
    pub(crate) memory: bool,
    /// Whether a language model may be asked.
    pub(crate) model: bool,
    /// Whether whom they chose is told that there is a sign of danger.
    pub(crate) tell: bool,
    /// Which texts they were shown.
    pub(crate) text_version: u16,
    /// When, Unix milliseconds.
    pub(crate) at: i64,
}

/// Something that is remembered.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Remembered {
    /// What kind of thing, and what it is about, as the companion names them.
    pub(crate) kind: String,
    pub(crate) problem: Option<String>,
    pub(crate) text: String,
    /// Whether its person wrote or corrected it.
    pub(crate) by_person: bool,
}

/// What somebody wrote down for when they are in danger: signs by which they notice, what helps, whom they call, what makes the place
/// safer, and in which country they are.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) signs: String,
    pub(crate) helps: String,
    pub(crate) people: String,
    pub(crate) professionals: String,
    pub(crate) safer: String,
    pub(crate) country: Option<String>,
}

/// To where text left.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Left {
    pub(crate) endpoint: String,
}

/// A report of a talk: the lines of each part of it that has any, by the part's number.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) parts: Vec<(u8, Vec<String>)>,
}

/// What of one HR sees.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub(crate) struct Released {
    pub(crate) report: Report,
    /// When the report was made, Unix milliseconds.
    pub(crate) made_at: i64,
}

/// What lies sealed, each under its own kind of place.
pub(crate) trait Sealed: Serialize + DeserializeOwned {
    /// By what its places are told from those of others.
    const KIND: &'static [u8];

    /// Seals it in its place.
    ///
    /// # Errors
    /// When it cannot be written, which is a fault of ours.
    fn seal(&self, key: &SealKey, person: PersonId, place: &[i64]) -> Result<Vec<u8>, GroundError> {
        let bytes = postcard::to_extend(self, vec![VERSION]);
        let bytes = Zeroizing::new(bytes.map_err(|_| GroundError::Corrupt("what is kept of talks can be written"))?);
        Ok(key.seal(&context(Self::KIND, person, place), &bytes))
    }

    /// Opens it; none where it does not open or read.
    fn open(key: &SealKey, person: PersonId, place: &[i64], sealed: &[u8]) -> Option<Self> {
        let bytes = Zeroizing::new(key.open(&context(Self::KIND, person, place), sealed).ok()?);
        let (&VERSION, body) = bytes.split_first()? else { return None };
        postcard::from_bytes(body).ok()
    }
}

fn context(kind: &[u8], person: PersonId, place: &[i64]) -> Vec<u8> {
    let mut context = [kind, &person.0].concat();
    place.iter().for_each(|number| context.extend_from_slice(&number.to_be_bytes()));
    context
}

impl Sealed for Head {
    const KIND: &'static [u8] = b"talk head";
}
impl Sealed for Turn {
    const KIND: &'static [u8] = b"talk turn";
}
impl Sealed for Pieces {
    const KIND: &'static [u8] = b"talk pieces";
}
impl Sealed for Consent {
    const KIND: &'static [u8] = b"talk consent";
}
impl Sealed for Remembered {
    const KIND: &'static [u8] = b"talk memory";
}
impl Sealed for Plan {
    const KIND: &'static [u8] = b"safety plan";
}
impl Sealed for Report {
    const KIND: &'static [u8] = b"talk report";
}
impl Sealed for Released {
    const KIND: &'static [u8] = b"talk report released";
}
impl Sealed for Left {
    const KIND: &'static [u8] = b"talk egress";
}

/// What was said is wiped once nobody needs it any more.
impl Drop for Turn {
    fn drop(&mut self) {
        self.text.zeroize();
    }
}

/// Under what rows of a copy lie sealed: by kind, then the numbers of their place.
pub(crate) fn head_at(at: &SealedAt) -> Vec<u8> {
    context(Head::KIND, at.person, &at.numbers)
}

/// The same of turns.
pub(crate) fn turn_at(at: &SealedAt) -> Vec<u8> {
    context(Turn::KIND, at.person, &at.numbers)
}

/// The same of consents.
pub(crate) fn consent_at(at: &SealedAt) -> Vec<u8> {
    context(Consent::KIND, at.person, &at.numbers)
}

/// The same of what is remembered.
pub(crate) fn memory_at(at: &SealedAt) -> Vec<u8> {
    context(Remembered::KIND, at.person, &at.numbers)
}

/// The same of safety plans.
pub(crate) fn plan_at(at: &SealedAt) -> Vec<u8> {
    context(Plan::KIND, at.person, &at.numbers)
}

#[cfg(test)]
mod tests {
    use attune_analysis::text::Crisis;

    use super::*;

    #[test]
    fn what_lies_sealed_opens_in_its_place_alone_and_yesterdays_bytes_read() {
        let (key, person) = (SealKey::generate(), PersonId([1; 16]));
        let yesterday: &[u8] = &[1, 2, b'h', b'i', 0, 1, 6, b'a', b'd', b'v', b'i', b'c', b'e', 1, 0];
        let turn =
            Turn { text: "hi".into(), read: None, support: Some("advice".into()), by_model: true, stopped: false };
        let sealed = key.seal(&context(Turn::KIND, person, &[12, 3]), yesterday);
        assert_eq!(Turn::open(&key, person, &[12, 3], &sealed), Some(turn.clone()));
        let sealed = turn.seal(&key, person, &[12, 3]).expect("writes");
        for place in [[12, 4], [13, 3], [3, 12]] {
            assert_eq!(Turn::open(&key, person, &place, &sealed), None, "{place:?}");
        }
        assert_eq!(Turn::open(&key, PersonId([2; 16]), &[12, 3], &sealed), None);
        assert_eq!(Plan::open(&key, person, &[12, 3], &sealed), None, "of another kind");
    }

    #[test]
    fn a_consent_and_a_head_of_yesterday_read() {
        let (key, person) = (SealKey::generate(), PersonId([1; 16]));
        let consent = Consent { talk: true, memory: false, model: true, tell: false, text_version: 1, at: 2 };
        let sealed = key.seal(&context(Consent::KIND, person, &[0]), &[1, 1, 0, 1, 0, 1, 4]);
        assert_eq!(Consent::open(&key, person, &[0], &sealed), Some(consent));
        let head = Head {
            title: "a".into(),
            room: None,
            status: Status::RequiresAttention,
            flags: vec!["x".into()],
            follow_up_at: Some(1),
            companion: vec![7],
        };
        let yesterday: &[u8] = &[1, 1, b'a', 0, 3, 1, 1, b'x', 1, 2, 1, 7];
        let sealed = key.seal(&context(Head::KIND, person, &[9]), yesterday);
        assert_eq!(Head::open(&key, person, &[9], &sealed), Some(head));
    }

    #[test]
    fn what_was_read_is_told_in_the_names_that_clients_have() {
        let reading =
            Reading { words: 2, scores: Err(attune_analysis::text::Unread::Empty), crisis: Crisis::default() };
        let crisis = Crisis { level: Level::Critical, indicators: vec!["wish_to_die"] };
        let heard = Heard { crisis, intent: "general_support".into(), importance: 0.5, ..Heard::default() };
        let read = Read::new(&reading, heard);
        assert_eq!((read.sentiment(), read.emotion(), read.stress()), (None, None, None));
        assert_eq!((read.level(), level_name(read.level())), (Level::Critical, "critical"));
    }
}
