//! A flag as it is told: to HR, and to whom it is about.

use std::collections::BTreeMap;

use attune_ground::time::rfc3339;
use attune_people::rights::LoginId;
use attune_people::{sign_in, teams as all_teams};
use serde::Serialize;
use utoipa::ToSchema;

use super::detections::{Asked, Standing};
use super::flags::{self, Flag};
use super::found::Found;
use super::handled::{Handled, Status};
use crate::error::HrError;
use crate::master::INPUTS;
use crate::master::elara::{Reason, Reasons, Severity};
use crate::rows::Employee;
use crate::state::Hr;
use crate::uploads::written;

/// A search for unusual people.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HrFlagSearch {
    /// Its id.
    pub(crate) id: String,
    /// `asked`, `made`, or `not_made`: a rule forbids it by now, or fewer than ten people are in the tables.
    pub(crate) state: &'static str,
    /// Which share of people it flags.
    pub(crate) sensitivity: f64,
    /// What its draws begin with.
    pub(crate) seed: u64,
    /// When it was asked for, RFC 3339.
    pub(crate) asked_at: String,
    /// When it was made, RFC 3339.
    pub(crate) made_at: Option<String>,
    /// People in the tables.
    pub(crate) people: u64,
    /// People that it flagged.
    pub(crate) flagged: u64,
}

/// A reason why somebody is unusual.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct FlagReason {
    /// Its name for people.
    pub(crate) name: &'static str,
    /// Its name in the master table.
    pub(crate) feature: &'static str,
    /// How far it moved the score.
    pub(crate) size: f64,
    /// `low`, `medium` or `high`; null below low.
    pub(crate) severity: Option<&'static str>,
    /// What the tables say; null where they do not, and the median of all stood in.
    pub(crate) value: Option<f64>,
    /// Whether it is one of the first five whatever the seed.
    pub(crate) is_steady: bool,
    /// From where to where it lies with the three people nearest who are not flagged; null where that would tell one's value, and to others
    /// than HR.
    #[schema(value_type = Option<Vec<f64>>)]
    pub(crate) ordinary: Option<[f64; 2]>,
}

/// A flag, in short.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HrFlag {
    /// Its id.
    pub(crate) id: String,
    /// What the person is called in the tables.
    pub(crate) employee: String,
    /// That of the largest reason.
    pub(crate) severity: Option<&'static str>,
    /// The five largest, the largest first.
    pub(crate) reasons: Vec<FlagReason>,
    /// How soon the person stands alone among all: from -1, at once, to 0.
    pub(crate) score: f64,
    /// How far that lies beyond the line: below 0 for who is flagged.
    pub(crate) decision: f64,
    /// The length of a path before anything is known; what reasons add to.
    pub(crate) base: f64,
    /// Of so many seeds ...
    pub(crate) seeds: u32,
    /// ... so many flag the person.
    pub(crate) flagged_by: u32,
    /// Whether the last search finds it still.
    pub(crate) is_found: bool,
    /// When it was found, RFC 3339.
    pub(crate) found_at: String,
    /// What a person decided on it last.
    pub(crate) status: Status,
    /// Who looks after it.
    pub(crate) owner: Option<String>,
    /// Notes; the person reads them, too.
    pub(crate) notes: Option<String>,
    /// Until when something is to be done.
    pub(crate) due: Option<String>,
    /// Whether the person objected and waits for an answer.
    pub(crate) objection_waits: bool,
}

/// A value that would be another.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HrFlagChange {
    /// Its name for people.
    pub(crate) name: &'static str,
    /// What it is.
    pub(crate) from: f64,
    /// What it would be.
    pub(crate) to: f64,
}

/// A decision of a person on a flag.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HrFlagDecided {
    /// When, RFC 3339.
    pub(crate) at: String,
    /// With which name they sign in; told to HR alone.
    pub(crate) by: Option<String>,
    /// What.
    pub(crate) status: Status,
    /// Why.
    pub(crate) reason: String,
}

/// What the person said to it, and what was answered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HrFlagObjection {
    /// When, RFC 3339.
    pub(crate) at: String,
    /// What they say.
    pub(crate) text: String,
    /// When it was answered, RFC 3339.
    pub(crate) answered_at: Option<String>,
    /// The answer.
    pub(crate) answer: Option<String>,
}

/// A flag with all that is known of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HrFlagDetail {
    pub(crate) flag: HrFlag,
    /// All other reasons, the largest first.
    pub(crate) others: Vec<FlagReason>,
    /// What would have to be otherwise for the flag to go: how the line lies, not what causes what. Null where nothing that can change would do.
    pub(crate) changes: Option<Vec<HrFlagChange>>,
    /// The oldest first.
    pub(crate) decisions: Vec<HrFlagDecided>,
    /// The oldest first.
    pub(crate) objections: Vec<HrFlagObjection>,
}

/// One's own flag.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HrOwnFlag {
    /// When it was found, RFC 3339.
    pub(crate) found_at: String,
    /// That of the largest reason.
    pub(crate) severity: Option<&'static str>,
    /// The five largest, the largest first.
    pub(crate) reasons: Vec<FlagReason>,
    /// All others.
    pub(crate) others: Vec<FlagReason>,
    /// How soon you stand alone among all: from -1, at once, to 0.
    pub(crate) score: f64,
    /// How far that lies beyond the line.
    pub(crate) decision: f64,
    /// The length of a path before anything is known; what reasons add to.
    pub(crate) base: f64,
    /// Of so many seeds ...
    pub(crate) seeds: u32,
    /// ... so many flag you.
    pub(crate) flagged_by: u32,
    /// What would have to be otherwise for the flag to go.
    pub(crate) changes: Option<Vec<HrFlagChange>>,
    /// What a person decided on it last.
    pub(crate) status: Status,
    /// Who looks after it.
    pub(crate) owner: Option<String>,
    /// HR's notes.
    pub(crate) notes: Option<String>,
    /// Until when something is to be done.
    pub(crate) due: Option<String>,
    /// The oldest first.
    pub(crate) decisions: Vec<HrFlagDecided>,
    /// The oldest first.
    pub(crate) objections: Vec<HrFlagObjection>,
}

/// How often people of a team are flagged. All but the name is null where it would tell of few.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HrFlagTeam {
    /// What the team is called.
    pub(crate) team: String,
    /// How many people of it are in the tables.
    pub(crate) people: Option<u64>,
    /// How many of them are flagged.
    pub(crate) flagged: Option<u64>,
    /// Where their share may well lie, as few are counted: 95 %.
    #[schema(value_type = Option<Vec<f64>>)]
    pub(crate) between: Option<[f64; 2]>,
}

/// How serious something is, as it is written.
const fn severity(of: Severity) -> &'static str {
    match of {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
    }
}

/// A search, as it is told.
pub(crate) fn search(of: &Asked) -> HrFlagSearch {
    let state = match of.standing {
        Standing::Asked => "asked",
        Standing::Made => "made",
        Standing::NotMade => "not_made",
    };
    HrFlagSearch {
        id: written(&of.id),
        state,
        sensitivity: of.wish.share,
        seed: of.wish.seed,
        asked_at: rfc3339(of.asked_at),
        made_at: of.made_at.map(rfc3339),
        people: of.people,
        flagged: of.flagged,
    }
}

/// Why somebody is unusual: the first five, and the others.
fn reasons(found: &Found, with_others: bool) -> [Vec<FlagReason>; 2] {
    let Reasons { problems, others } = Reasons::of(&found.contributions());
    let told = |reason: Reason| {
        let place = INPUTS.iter().position(|input| input.display_name == reason.name)?;
        let seen = found.inputs.get(place)?;
        let ordinary = seen.ordinary.filter(|_| with_others).map(|(least, greatest)| [least, greatest]);
        Some(FlagReason {
            name: reason.name,
            feature: INPUTS[place].name,
            size: reason.size,
            severity: reason.severity.map(severity),
            value: seen.value,
            is_steady: seen.firsts == found.seeds,
            ordinary,
        })
    };
    [problems, others].map(|reasons| reasons.into_iter().filter_map(told).collect())
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

/// A flag, in short; `standing` is the search that stands.
pub(crate) fn short(state: &Hr, employee: &Employee, flag: &Flag, standing: Option<&Asked>) -> HrFlag {
    let Flag { person, found, detection, found_at, handled } = flag;
    let [problems, _] = reasons(found, true);
    HrFlag {
        id: written(&flags::id(state, *person)),
        employee: employee.0.clone(),
        severity: problems.first().and_then(|reason| reason.severity),
        reasons: problems,
        score: found.score,
        decision: found.decision,
        base: found.base,
        seeds: found.seeds,
        flagged_by: found.flagged_by,
        is_found: standing.is_some_and(|asked| asked.id == *detection),
        found_at: rfc3339(*found_at),
        status: handled.status,
        owner: some(&handled.owner),
        notes: some(&handled.notes),
        due: some(&handled.due),
        objection_waits: handled.waits(),
    }
}

fn changes(found: &Found) -> Option<Vec<HrFlagChange>> {
    let told = |change: &super::found::Change| {
        let input = INPUTS.get(change.input)?;
        Some(HrFlagChange { name: input.display_name, from: change.from, to: change.to })
    };
    Some(found.way_out.as_ref()?.iter().filter_map(told).collect())
}

fn objections(handled: &Handled) -> Vec<HrFlagObjection> {
    let told = |objection: &super::handled::Objection| HrFlagObjection {
        at: rfc3339(objection.at),
        text: objection.text.clone(),
        answered_at: objection.answer.as_ref().map(|(at, _)| rfc3339(*at)),
        answer: objection.answer.as_ref().map(|(_, text)| text.clone()),
    };
    handled.objections.iter().map(told).collect()
}

fn decisions(handled: &Handled, names: &BTreeMap<[u8; 16], String>) -> Vec<HrFlagDecided> {
    let told = |decided: &super::handled::Decided| HrFlagDecided {
        at: rfc3339(decided.at),
        by: decided.by.and_then(|login| names.get(&login).cloned()),
        status: decided.status,
        reason: decided.reason.clone(),
    };
    handled.decisions.iter().map(told).collect()
}

/// With which name somebody signs in.
///
/// # Errors
/// When the database refuses.
async fn name_of(state: &Hr, login: [u8; 16]) -> Result<Option<String>, HrError> {
    let found = sign_in::find(state.store(), state.people().keys(), LoginId(login)).await?;
    Ok(found.map(|login| login.name))
}

/// A flag with all that is known of it, for HR.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn detail(
    state: &Hr,
    (employee, flag): (&Employee, &Flag),
    standing: Option<&Asked>,
) -> Result<HrFlagDetail, HrError> {
    let mut names = BTreeMap::new();
    for login in flag.handled.decisions.iter().filter_map(|decided| decided.by) {
        if !names.contains_key(&login)
            && let Some(name) = name_of(state, login).await?
        {
            names.insert(login, name);
        }
    }
    let [_, others] = reasons(&flag.found, true);
    Ok(HrFlagDetail {
        flag: short(state, employee, flag, standing),
        others,
        changes: changes(&flag.found),
        decisions: decisions(&flag.handled, &names),
        objections: objections(&flag.handled),
    })
}

/// A flag for whom it is about: without what it would tell of others, and of who of HR decided.
pub(crate) fn own(flag: &Flag) -> HrOwnFlag {
    let Flag { found, found_at, handled, .. } = flag;
    let [problems, others] = reasons(found, false);
    HrOwnFlag {
        found_at: rfc3339(*found_at),
        severity: problems.first().and_then(|reason| reason.severity),
        reasons: problems,
        others,
        score: found.score,
        decision: found.decision,
        base: found.base,
        seeds: found.seeds,
        flagged_by: found.flagged_by,
        changes: changes(found),
        status: handled.status,
        owner: some(&handled.owner),
        notes: some(&handled.notes),
        due: some(&handled.due),
        decisions: decisions(handled, &BTreeMap::new()),
        objections: objections(handled),
    }
}

/// How often people of each team are flagged.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn teams(state: &Hr, of: &Asked) -> Result<Vec<HrFlagTeam>, HrError> {
    let all = all_teams::list(state.store(), of.asked_at).await?;
    let names: BTreeMap<String, String> =
        all.into_iter().map(|listed| (listed.team.id.to_string(), listed.team.name)).collect();
    let told = |of: &super::detections::TeamRate| {
        Some(HrFlagTeam {
            team: names.get(&of.team)?.clone(),
            people: of.rate.map(|(people, ..)| people),
            flagged: of.rate.map(|(_, flagged, ..)| flagged),
            between: of.rate.map(|(_, _, low, high)| [low, high]),
        })
    };
    Ok(of.by_team.iter().filter_map(told).collect())
}
