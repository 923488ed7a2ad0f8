//! What the person does on the page.

use attune_protocol::consent::Purpose;
use attune_protocol::registry::Modality;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::rooms::Rooms;
use crate::AgentError;
use crate::control::{self, ConsentBook};

/// The longest pause that a form may ask for, minutes: a day.
const LONGEST: i64 = 24 * 60;

/// The form that pauses.
#[derive(Deserialize)]
pub(super) struct Pause {
    pub(super) form_token: String,
    /// Minutes; empty: until it is resumed.
    minutes: String,
}

/// The form that resumes.
#[derive(Deserialize)]
pub(super) struct Resume {
    pub(super) form_token: String,
}

/// The form that gives or withdraws consent.
#[derive(Deserialize)]
pub(super) struct Consent {
    pub(super) form_token: String,
    modality: String,
    purpose: String,
    granted: bool,
}

/// Why nothing was done, in a sentence for the person.
pub(super) enum Undone {
    /// The form does not say what it should.
    Form(&'static str),
    /// It failed.
    Failed(AgentError),
    /// It is written down, and the agent did not say in time that it is in force.
    Late,
}

impl From<AgentError> for Undone {
    fn from(problem: AgentError) -> Self {
        Self::Failed(problem)
    }
}

impl Pause {
    pub(super) fn carry_out(&self, rooms: &Rooms) -> Result<(), Undone> {
        let now = Timestamp::now();
        let minutes = match self.minutes.as_str() {
            "" => None,
            text => Some(text.parse().ok().filter(|minutes| (1..=LONGEST).contains(minutes))),
        };
        let minutes: Option<i64> =
            minutes.map(|m| m.ok_or(Undone::Form("minutes of a pause are 1 to 1440"))).transpose()?;
        let until = minutes.map(|minutes| now + SignedDuration::from_mins(minutes));
        control::pause_until(&rooms.state, now, until)?;
        in_force(rooms, Vec::new())
    }
}

impl Resume {
    pub(super) fn carry_out(&self, rooms: &Rooms) -> Result<(), Undone> {
        control::resume(&rooms.state)?;
        in_force(rooms, Vec::new())
    }
}

impl Consent {
    pub(super) fn carry_out(&self, rooms: &Rooms) -> Result<(), Undone> {
        let modality = Modality::from_name(&self.modality).ok_or(Undone::Form("there is no such modality"))?;
        let purpose = Purpose::ALL.into_iter().find(|purpose| purpose.name() == self.purpose);
        let purpose = purpose.ok_or(Undone::Form("there is no such purpose"))?;
        let set = |book: &mut ConsentBook| book.set(modality, purpose, self.granted, Timestamp::now());
        if self.granted {
            ConsentBook::change(&rooms.state, set)?;
            return in_force(rooms, Vec::new());
        }
        let (_, changes, _) = ConsentBook::withdraw(&rooms.state, set)?;
        in_force(rooms, changes)
    }
}

fn in_force(rooms: &Rooms, changes: Vec<control::Change>) -> Result<(), Undone> {
    if rooms.carry_out(changes) { Ok(()) } else { Err(Undone::Late) }
}
