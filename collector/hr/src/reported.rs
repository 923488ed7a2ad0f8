//! What reports are made of: what the tables that stand say of somebody, and what was found unusual in them. Whoever asks has looked at the
//! rules ([`Hr::tables_barred`], [`Hr::flags_barred`]) and notes whom it is told of.

use std::collections::BTreeMap;

pub use attune_forest::least_told;
use attune_protocol::ids::PersonId;
use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::error::HrError;
use crate::figures::{Grid, Span, Subject, Told, View, Whose};
use crate::kept::Walk;
use crate::rows::{Employee, Tables, Vibe};
use crate::state::Hr;
use crate::unusual::{self, Flag, FlagReason, HrFlag};
use crate::{grouped, own};

/// What the tables say of a person.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Said {
    /// Hours of work, by day.
    pub hours: BTreeMap<Date, f64>,
    /// What they said of how they are, 1 to 6, by day: the mean of a day.
    pub moods: BTreeMap<Date, f64>,
    /// When they joined.
    pub joined: Option<Date>,
    /// The newest rating, 1 to 4.
    pub rating: Option<i64>,
}

/// Why somebody is unusual.
#[derive(Clone, PartialEq, Debug)]
pub struct Reason {
    /// Its name for people.
    pub name: &'static str,
    /// The feature's name in the master table.
    pub feature: &'static str,
    /// `low`, `medium` or `high`; none below low.
    pub severity: Option<&'static str>,
    /// What the tables say; none where they do not.
    pub value: Option<f64>,
    /// From where to where it lies with the nearest who are not flagged.
    pub ordinary: Option<[f64; 2]>,
    /// Whether it is one of the first five whatever the seed.
    pub is_steady: bool,
}

/// What a person decided on a flag.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decided {
    /// Unix milliseconds.
    pub at: i64,
    /// `open`, `looked_at`, `acted` or `dismissed`.
    pub status: &'static str,
    /// Why.
    pub reason: String,
}

/// What the person said against it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Objected {
    /// Unix milliseconds.
    pub at: i64,
    /// In their words.
    pub text: String,
    /// What HR answered; none where nobody did.
    pub answer: Option<String>,
}

/// What was found unusual about a person, and what was decided on it.
#[derive(Clone, PartialEq, Debug)]
pub struct Flagged {
    /// Whose it is.
    pub person: PersonId,
    /// That of the largest reason.
    pub severity: Option<&'static str>,
    /// The five largest, the largest first.
    pub reasons: Vec<Reason>,
    /// Of so many seeds ...
    pub seeds: u32,
    /// ... so many flag the person.
    pub flagged_by: u32,
    /// Whether the last search finds it still.
    pub is_found: bool,
    /// When it was found, Unix milliseconds.
    pub found_at: i64,
    /// Who looks after it.
    pub owner: Option<String>,
    /// Notes.
    pub notes: Option<String>,
    /// Until when something is to be done.
    pub due: Option<String>,
    /// The oldest first.
    pub decisions: Vec<Decided>,
    /// The oldest first.
    pub objections: Vec<Objected>,
}

/// The search whose flags stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Search {
    /// When it was made, Unix milliseconds.
    pub made_at: Option<i64>,
    /// People in the tables.
    pub people: u64,
    /// Those that it flagged.
    pub flagged: u64,
}

/// What the tables say of whoever these accounts are; none where nothing that stands does.
///
/// # Errors
/// When the database refuses, or the key of one was destroyed.
pub async fn said_of(state: &Hr, people: &[PersonId]) -> Result<Option<Said>, HrError> {
    let kept = own::all(state, people).await?;
    let (nobody, mut tables) = (Employee(String::new()), Tables::default());
    for part in kept.into_iter().filter(|part| part.stands) {
        part.rows.put(&nobody, &mut tables);
    }
    if tables == Tables::default() {
        return Ok(None);
    }
    let mut hours: BTreeMap<Date, f64> = BTreeMap::new();
    for (date, of_day) in tables.activity.iter().filter_map(|row| row.date.zip(row.hours)) {
        *hours.entry(date).or_default() += of_day;
    }
    let joined = tables.onboarding.iter().filter_map(|row| row.joined).max();
    let newest = tables.performance.iter().filter(|review| review.rating.is_some()).max_by_key(|review| review.period);
    let rating = newest.and_then(|review| review.rating).map(i64::from);
    Ok(Some(Said { hours, moods: moods(&tables.vibe), joined, rating }))
}

/// Gives what everybody said of how they are, one person after the other.
///
/// # Errors
/// When the database refuses.
pub async fn each_mood(state: &Hr, mut see: impl FnMut(PersonId, &BTreeMap<Date, f64>) + Send) -> Result<(), HrError> {
    let mut walk = Walk::default();
    while let Some(some) = walk.next(state).await? {
        for (person, _, tables) in &some {
            see(*person, &moods(&tables.vibe));
        }
    }
    Ok(())
}

/// Of whom a figure is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Group {
    /// Of everybody in the tables.
    Everybody,
    /// Of the team of this name.
    Team(String),
    /// Of who is in no team.
    NoTeam,
}

/// What is told of a group.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum OfGroup {
    /// The mean, and of how many people.
    Mean(f64, u32),
    /// It would tell of few.
    Withheld,
    /// No row says it.
    Nothing,
}

/// How groups said they are, over weeks that are over.
#[derive(Clone, PartialEq, Debug)]
pub struct GroupMoods {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Of how many people at least something is told.
    pub least_people: usize,
    /// Each group: these weeks, and as many before. Everybody first, then the teams by name.
    pub groups: Vec<(Group, OfGroup, OfGroup)>,
}

/// Days behind a week from which on its groups are told, and one more, by which a day is over everywhere.
const SETTLED: i64 = 9;

/// How groups said they are in the newest weeks that have an answer and of which groups were told on a day, by the rules of figures of groups.
/// None where no row says it.
///
/// # Errors
/// When the database refuses, or the tables do not rest.
pub async fn group_moods(state: &Hr, (today, until): (Date, Date), weeks: i32) -> Result<Option<GroupMoods>, HrError> {
    let board = grouped::board(state, today).await.map_err(|_| HrError::Restless)?;
    let grid = Grid::Week;
    let settled = until.checked_sub(SETTLED.days()).ok();
    let Some((newest, settled)) = board.newest(Subject::Mood, grid).zip(settled) else { return Ok(None) };
    let is_its_end = grid.days(grid.of(settled)).is_some_and(|(_, last)| last == settled);
    let last = newest.min(grid.of(settled) - i32::from(!is_its_end));
    let span = Span { grid, first: last - weeks + 1, last };
    let least = state.settings().least_people;
    // As of the day before, which was over everywhere by then: whenever the report is made, it is the same.
    let as_of = until.yesterday().unwrap_or(until);
    let [now, then] = [span, span.before()].map(|span| View::of(&board, Subject::Mood, span, as_of, least));
    let (Some(now), Some(then), Some((from, to))) = (now.measures.first(), then.measures.first(), span.days()) else {
        return Ok(None);
    };
    let told = |told: &Told| match told {
        Told::Figure(figure) => OfGroup::Mean(figure.value, figure.people),
        Told::Withheld(_) => OfGroup::Withheld,
        Told::Nothing => OfGroup::Nothing,
    };
    let name = |whose: Whose| match whose {
        Whose::Everybody => Group::Everybody,
        Whose::Team(_) => Group::Team(whose.team(&board.groups).map(|(_, name)| name.clone()).unwrap_or_default()),
        Whose::NoTeam => Group::NoTeam,
    };
    let both = now.groups.iter().zip(&then.groups);
    let groups = both.map(|(now, then)| (name(now.whose), told(&now.whole), told(&then.whole))).collect();
    Ok(Some(GroupMoods { from, to, least_people: least, groups }))
}

/// By day, the mean of it.
fn moods(rows: &[Vibe]) -> BTreeMap<Date, f64> {
    let mut sums: BTreeMap<Date, (f64, f64)> = BTreeMap::new();
    for (date, score) in rows.iter().filter_map(|row| row.date.zip(row.score)) {
        let (sum, count) = sums.entry(date).or_default();
        *sum += score;
        *count += 1.0;
    }
    sums.into_iter().map(|(date, (sum, count))| (date, sum / count)).collect()
}

/// The search that stands.
///
/// # Errors
/// When the database refuses.
pub async fn search(state: &Hr) -> Result<Option<Search>, HrError> {
    let standing = unusual::standing(state).await?;
    Ok(standing.map(|of| Search { made_at: of.made_at, people: of.people, flagged: of.flagged }))
}

/// What was found unusual about whoever these accounts are.
///
/// # Errors
/// When the database refuses, or the key of one was destroyed.
pub async fn flag_of(state: &Hr, people: &[PersonId]) -> Result<Option<Flagged>, HrError> {
    let flags = unusual::of_all(state, people).await?;
    let standing = unusual::standing(state).await?;
    let nobody = Employee(String::new());
    let told = |flag: &Flag| told(flag, unusual::short(state, &nobody, flag, standing.as_ref()));
    Ok(flags.iter().map(told).max_by_key(|flagged| (flagged.is_found, flagged.found_at)))
}

/// What was found unusual about everybody.
///
/// # Errors
/// When the database refuses, or others look for long.
pub async fn flags(state: &Hr) -> Result<Vec<Flagged>, HrError> {
    let standing = unusual::standing(state).await?;
    let flags = unusual::all(state).await.map_err(|_| HrError::Restless)?;
    let told =
        |(employee, flag): &(Employee, Flag)| told(flag, unusual::short(state, employee, flag, standing.as_ref()));
    Ok(flags.all.iter().map(told).collect())
}

fn told(
    flag: &Flag,
    HrFlag { severity, reasons, seeds, flagged_by, is_found, owner, notes, due, .. }: HrFlag,
) -> Flagged {
    let objected = |of: &unusual::Objection| Objected {
        at: of.at,
        text: of.text.clone(),
        answer: of.answer.as_ref().map(|(_, answer)| answer.clone()),
    };
    let decided = |of: &unusual::Decided| Decided { at: of.at, status: of.status.name(), reason: of.reason.clone() };
    Flagged {
        person: flag.person,
        severity,
        reasons: reasons.iter().map(reason).collect(),
        seeds,
        flagged_by,
        is_found,
        found_at: flag.found_at,
        owner,
        notes,
        due,
        decisions: flag.handled.decisions.iter().map(decided).collect(),
        objections: flag.handled.objections.iter().map(objected).collect(),
    }
}

fn reason(of: &FlagReason) -> Reason {
    let FlagReason { name, feature, severity, value, ordinary, is_steady, .. } = *of;
    Reason { name, feature, severity, value, ordinary, is_steady }
}
