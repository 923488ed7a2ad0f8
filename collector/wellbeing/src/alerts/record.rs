//! What an alert holds and what became of it, as it is stored. Each begins with a version.

use attune_ground::GroundError;
use attune_people::me::misleads;
use attune_people::rights::LoginId;
use serde::{Deserialize, Serialize};

use super::judge::Point;
use super::rule::Rule;

const VERSION: u8 = 1;

/// What an alert is about.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Content {
    pub(super) rule: &'static Rule,
    /// The days, or weeks, for which it was raised.
    pub(super) points: Vec<Point>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    rule: u16,
    points: Vec<Point>,
}

impl Content {
    pub(super) fn encode(&self) -> Result<Vec<u8>, GroundError> {
        encoded(&Stored { rule: self.rule.number, points: self.points.clone() })
    }

    /// None where it does not read, or is of a rule that this version does not have.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let Stored { rule, points } = decoded(bytes)?;
        Some(Self { rule: Rule::of_number(rule)?, points })
    }

    /// The last day, or week, for which it was raised.
    pub(super) fn raised(&self) -> i64 {
        self.points.last().map_or(i64::MIN, |point| point.at)
    }
}

/// What became of an alert.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum What {
    /// It was raised.
    Opened,
    /// Somebody says that they have seen it, and holds it.
    Acknowledged,
    /// Somebody wrote something.
    Noted,
    /// What was measured speaks for its end.
    Cleared,
    /// Nothing newer tells whether it holds.
    Lapsed,
    /// It waits to be mailed, to whom it is for.
    Mailed,
    /// It waits to be mailed, to who supports the person.
    SupporterMailed,
}

impl What {
    const ALL: [Self; 7] = [
        Self::Opened,
        Self::Acknowledged,
        Self::Noted,
        Self::Cleared,
        Self::Lapsed,
        Self::Mailed,
        Self::SupporterMailed,
    ];

    /// Its number in the database, only appended.
    pub(super) const fn number(self) -> i64 {
        match self {
            Self::Opened => 1,
            Self::Acknowledged => 2,
            Self::Noted => 3,
            Self::Cleared => 4,
            Self::Lapsed => 5,
            Self::Mailed => 6,
            Self::SupporterMailed => 7,
        }
    }

    pub(super) fn of_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.number() == number)
    }

    /// Its name in JSON.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Acknowledged => "acknowledged",
            Self::Noted => "noted",
            Self::Cleared => "cleared",
            Self::Lapsed => "lapsed",
            Self::Mailed => "mailed",
            Self::SupporterMailed => "supporter_mailed",
        }
    }
}

/// A line of an alert's history.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Event {
    /// When, Unix milliseconds.
    pub(super) at: i64,
    pub(super) what: What,
    /// Who did it, where somebody did.
    pub(super) by: Option<LoginId>,
    /// What they wrote; empty where they wrote nothing, or it does not open any more.
    pub(super) text: String,
}

#[derive(Serialize, Deserialize)]
struct StoredEvent {
    what: i64,
    text: String,
}

impl Event {
    /// Whether somebody did it: the others happen by themselves.
    pub(super) const fn is_by_somebody(&self) -> bool {
        matches!(self.what, What::Acknowledged | What::Noted)
    }

    /// What of it lies sealed where it is of a person.
    pub(super) fn encode(what: What, text: &str) -> Result<Vec<u8>, GroundError> {
        encoded(&StoredEvent { what: what.number(), text: text.to_owned() })
    }

    pub(super) fn decode(at: i64, bytes: &[u8]) -> Option<Self> {
        let StoredEvent { what, text } = decoded(bytes)?;
        Some(Self { at, what: What::of_number(what)?, by: None, text })
    }
}

/// How an alert stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Standing {
    /// Since when there is one, Unix milliseconds.
    pub(super) opened_at: i64,
    /// Since when somebody holds it, Unix milliseconds.
    pub(super) acknowledged_at: Option<i64>,
    /// Since when it has ended, Unix milliseconds.
    pub(super) closed_at: Option<i64>,
}

impl Standing {
    /// Its name in JSON.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self { closed_at: Some(_), .. } => "closed",
            Self { acknowledged_at: Some(_), .. } => "acknowledged",
            Self { .. } => "open",
        }
    }
}

/// Characters of a note.
pub(super) const LONGEST_NOTE: usize = 2000;

/// A note as it is kept; none where it is empty, too long, or holds what does not print or turns around what stands beside it: others read it.
pub(super) fn note(text: &str) -> Option<String> {
    let text = text.trim().replace("\r\n", "\n");
    let prints = |letter: char| letter == '\n' || !misleads(letter);
    (!text.is_empty() && text.chars().count() <= LONGEST_NOTE && text.chars().all(prints)).then_some(text)
}

/// What is stored of something, behind its version.
pub(super) fn encoded(value: &impl Serialize) -> Result<Vec<u8>, GroundError> {
    postcard::to_extend(value, vec![VERSION]).map_err(|_| GroundError::Corrupt("an alert can be written"))
}

/// What was stored; none where it does not read.
pub(super) fn decoded<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Option<T> {
    match bytes.split_first() {
        Some((&VERSION, body)) => postcard::from_bytes(body).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yesterdays_bytes_read_and_what_is_unknown_is_left_out() {
        let rule = Rule::of_number(2).expect("a rule");
        let content = Content { rule, points: vec![Point { at: 20_000, value: 0.5 }] };
        // Version, rule, one point: 20,000 as a zigzag number, 0.5 as eight bytes.
        let bytes = [&[1, 2, 1, 0xc0, 0xb8, 0x02][..], &0.5_f64.to_le_bytes()].concat();
        assert_eq!(content.encode().expect("writes"), bytes);
        assert_eq!(Content::decode(&bytes), Some(content));
        assert_eq!(Content::decode(&[2, 2, 0]), None, "another version");
        assert_eq!(Content::decode(&[1, 99, 0]), None, "another rule");
        assert_eq!(Event::encode(What::Noted, "ok").expect("writes"), [1, 6, 2, b'o', b'k']);
        let event = Event::decode(7, &[1, 6, 2, b'o', b'k']).expect("reads");
        assert_eq!((event.at, event.what, event.text.as_str()), (7, What::Noted, "ok"));
        for what in What::ALL {
            assert_eq!(What::of_number(what.number()), Some(what));
        }
    }

    #[test]
    fn a_note_prints_and_has_an_end() {
        assert_eq!(note("  two\r\nlines "), Some("two\nlines".to_owned()));
        for wrong in ["", " \n", "\u{7}", "not \u{202e}dab", &"x".repeat(LONGEST_NOTE + 1)] {
            assert_eq!(note(wrong), None);
        }
    }
}
