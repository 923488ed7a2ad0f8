//! What the person does on the page.

use attune_protocol::consent::Purpose;
use attune_protocol::consent::texts::text;
use attune_protocol::registry::Modality;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::rooms::Rooms;
use crate::AgentError;
use crate::check_in::Answer;
use crate::control::{self, ConsentBook};
use crate::person::Told;

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

/// The form that says that it was seen where help is.
#[derive(Deserialize)]
pub(super) struct Seen {
    pub(super) form_token: String,
}

/// The form that gives or withdraws consent.
#[derive(Deserialize)]
pub(super) struct Consent {
    pub(super) form_token: String,
    modality: String,
    purpose: String,
    granted: bool,
    /// The version of the text that stood beside the button.
    text: Option<u16>,
}

/// The form that says how the person is: one button of it is an answer.
#[derive(Deserialize)]
pub(super) struct CheckIn {
    pub(super) form_token: String,
    /// 1 to 6.
    vibe: Option<u8>,
    /// Valence and arousal, as `0.5,-1`.
    place: Option<String>,
}

/// Why nothing was done, in a sentence for the person.
pub(super) enum Undone {
    /// The form does not say what it should.
    Form(&'static str),
    /// It failed.
    Failed(AgentError),
    /// What was said is not kept, for this reason, a sentence without a point.
    Unsaid(String),
    /// It is written down, and the agent did not say in time that it is in force.
    Late,
    /// The agent did not say in time whether it is kept.
    Unheard,
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

impl CheckIn {
    pub(super) fn carry_out(&self, rooms: &Rooms) -> Result<(), Undone> {
        let number = |text: &str| text.parse::<f64>().ok();
        let place = self.place.as_ref().map(|place| {
            let (valence, arousal) = place.split_once(',')?;
            Some((number(valence)?, number(arousal)?))
        });
        let place = place.map(|place| place.ok_or(Undone::Form("a place on the grid is two numbers"))).transpose()?;
        let (valence, arousal) = place.unzip();
        let answer = Answer::new(self.vibe, valence, arousal).map_err(Undone::Form)?;
        match rooms.say(answer) {
            Some(Told::Said) => Ok(()),
            Some(Told::Unsaid(why)) => Err(Undone::Unsaid(why)),
            Some(Told::Not(problem)) => Err(Undone::Failed(AgentError::Agent(problem))),
            _ => Err(Undone::Unheard),
        }
    }
}

impl Consent {
    pub(super) fn carry_out(&self, rooms: &Rooms) -> Result<(), Undone> {
        let modality = Modality::from_name(&self.modality).ok_or(Undone::Form("there is no such modality"))?;
        let purpose = Purpose::ALL.into_iter().find(|purpose| purpose.name() == self.purpose);
        let purpose = purpose.ok_or(Undone::Form("there is no such purpose"))?;
        let is_shown = self.text == Some(text(modality, purpose).version);
        let now = Timestamp::now();
        if self.granted {
            if !is_shown {
                return Err(Undone::Form("the text about it has changed since: load the page anew and read it"));
            }
            ConsentBook::change(&rooms.state, |book| book.decide(modality, purpose, true, now))?;
            return in_force(rooms, Vec::new());
        }
        // Whatever was read, who withdraws is not sensed any more.
        let (_, changes, _) = ConsentBook::withdraw(&rooms.state, |book| match is_shown {
            true => book.decide(modality, purpose, false, now),
            false => book.set(modality, purpose, false, now),
        })?;
        in_force(rooms, changes)
    }
}

fn in_force(rooms: &Rooms, changes: Vec<control::Change>) -> Result<(), Undone> {
    if rooms.carry_out(changes) { Ok(()) } else { Err(Undone::Late) }
}
