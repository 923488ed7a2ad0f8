//! What people did with a flag: how it stands, who looks after it, each decision with its reason, and what the person says to it.

use attune_ground::GroundError;
use attune_ground::http::Problem;
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::found::handled_context;

/// Format version; it stands in the first byte.
const VERSION: u8 = 1;

/// Characters of a text.
pub(crate) const LONGEST: usize = 2000;

/// Decisions and objections that are kept of one flag.
const MOST: usize = 200;

/// How a flag stands. Variants are only appended.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = HrFlagStatus)]
pub(crate) enum Status {
    /// Nobody has decided.
    #[default]
    Open,
    /// Somebody has looked at it.
    LookedAt,
    /// Somebody has done something.
    Acted,
    /// It means nothing.
    Dismissed,
}

impl Status {
    /// All of them, in their order.
    pub(crate) const ALL: [Self; 4] = [Self::Open, Self::LookedAt, Self::Acted, Self::Dismissed];

    /// As it is written.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::LookedAt => "looked_at",
            Self::Acted => "acted",
            Self::Dismissed => "dismissed",
        }
    }
}

/// All of it.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
pub(crate) struct Handled {
    pub(crate) status: Status,
    /// Who looks after it, in HR's words.
    pub(crate) owner: String,
    /// The person reads them, too.
    pub(crate) notes: String,
    /// Until when something is to be done, `2026-03-31`; empty for none.
    pub(crate) due: String,
    /// The oldest first.
    pub(crate) decisions: Vec<Decided>,
    /// The oldest first; at most the last has no answer.
    pub(crate) objections: Vec<Objection>,
}

/// A decision of a person.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Decided {
    /// Unix milliseconds.
    pub(crate) at: i64,
    /// With which login; none where nobody signs in.
    pub(crate) by: Option<[u8; 16]>,
    pub(crate) status: Status,
    pub(crate) reason: String,
}

/// What the person says to it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Objection {
    /// Unix milliseconds.
    pub(crate) at: i64,
    pub(crate) text: String,
    /// What HR answered, and when.
    pub(crate) answer: Option<(i64, String)>,
}

impl Handled {
    /// Whether the person waits for an answer.
    pub(crate) fn waits(&self) -> bool {
        self.objections.last().is_some_and(|objection| objection.answer.is_none())
    }

    /// Refuses more than is kept.
    pub(super) fn check_room(&self) -> Result<(), Problem> {
        match self.decisions.len().max(self.objections.len()) < MOST {
            true => Ok(()),
            false => Err(Problem::conflict("id", format!("{MOST} decisions or objections stand at this flag already"))),
        }
    }

    pub(super) fn seal(&self, key: &SealKey, person: PersonId) -> Result<Vec<u8>, GroundError> {
        let bytes = postcard::to_extend(self, vec![VERSION]);
        let bytes = bytes.map_err(|_| GroundError::Corrupt("what was done with a flag can be written"))?;
        Ok(key.seal(&handled_context(person), &bytes))
    }

    /// None where it does not open or read.
    pub(super) fn open(key: &SealKey, person: PersonId, sealed: &[u8]) -> Option<Self> {
        let bytes = key.open(&handled_context(person), sealed).ok()?;
        let (&VERSION, body) = bytes.split_first()? else { return None };
        postcard::from_bytes(body).ok()
    }
}

/// A text that somebody wrote, without what no line has.
///
/// # Errors
/// 400 for an empty one, and for one that is too long.
pub(super) fn written(field: &str, text: &str) -> Result<String, Problem> {
    let text = optional(field, text)?;
    match text.is_empty() {
        true => Err(Problem::bad_request(field, format!("{field} is missing: say it in words"))),
        false => Ok(text),
    }
}

/// The same where it may be empty.
pub(super) fn optional(field: &str, text: &str) -> Result<String, Problem> {
    let kept: String = text.chars().filter(|letter| !letter.is_control() || *letter == '\n').collect();
    let kept = kept.trim();
    match kept.chars().count() <= LONGEST {
        true => Ok(kept.to_owned()),
        false => Err(Problem::bad_request(field, format!("{field} has at most {LONGEST} characters"))),
    }
}
