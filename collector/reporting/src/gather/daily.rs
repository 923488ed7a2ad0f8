use std::collections::BTreeMap;

use attune_hr::reported::{self, Flagged, Group, GroupMoods, OfGroup};
use attune_pages::words::{self, count, decimal};
use attune_protocol::ids::PersonId;
use attune_reports::{Bar, Bars, Body, Daily, Department, DepartmentMood, Effect, Figure, Report, Told, Why};
use jiff::civil::Date;

use super::counts::{concerns, fewer, is_few, severities};
use super::definitions::{EFFECT, FLAGS, GROUP_MOOD, SEVERITY, of};
use super::individual::decided;
use super::values::{figure, mean, within};
use super::{Dated, FOUR_WEEKS, before, report, today};
use crate::error::ReportingError;
use crate::state::Reporting;

/// Where there is no mood.
const NO_ANSWER: &str = "No table that stands has an answer up to this day.";

/// Weeks of which the mood is told.
const WEEKS: i32 = 4;

/// By person on whose flag somebody decided: what they said before, and from then on.
type Around = BTreeMap<PersonId, (f64, f64)>;

/// Whether there is nothing that a report of a day could tell.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn is_empty(state: &Reporting, dated: &Dated) -> Result<bool, ReportingError> {
    Ok(state.hr().tables_barred().is_some() || moods(state, dated).await?.is_none())
}

async fn moods(state: &Reporting, dated: &Dated) -> Result<Option<GroupMoods>, ReportingError> {
    Ok(reported::group_moods(state.hr(), (today(state).await?, dated.day), WEEKS).await?)
}

/// A report of the organisation of a day.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn daily(state: &Reporting, dated: &Dated) -> Result<Report, ReportingError> {
    let barred = state.hr().flags_barred();
    let flags = match &barred {
        Some(_) => Vec::new(),
        None => reported::flags(state.hr()).await?,
    };
    let decisions = decisions(&flags, dated);
    let search = reported::search(state.hr()).await?.filter(|_| barred.is_none());
    let found: Vec<&Flagged> = flags.iter().filter(|flag| flag.is_found).collect();
    let withheld = barred.as_deref();
    let least = u64::from(state.settings().least_people);
    let of_flags = search.map(|search| {
        let made = search.made_at.map_or_else(|| "the last search".to_owned(), |at| dated.times.day(at));
        let coverage = format!("{} people are in the tables", count(search.people));
        let mut of = figure("People who stand out", count(search.flagged), (&made, &coverage), FLAGS);
        if is_few(search.flagged, least) {
            of.value = Told::not(Why::Withheld, fewer(least));
        }
        of
    });
    let figures: Vec<Figure> = of_flags.into_iter().collect();
    let is_sought = search.is_some();
    let body = Daily {
        figures,
        mood: moods(state, dated).await?.map_or_else(|| Told::not(Why::None, NO_ANSWER), |moods| mood(&moods)),
        severities: told(withheld, is_sought, || Told::Here(severities(&found, least))),
        concerns: told(withheld, is_sought, || concerns(&found, least)),
        effects: match withheld {
            Some(rule) => Told::not(Why::Withheld, rule),
            None => effects(state, &decisions, &around(state, dated, &decisions).await?),
        },
    };
    let definitions = of(&[GROUP_MOOD, FLAGS, SEVERITY, EFFECT]);
    Ok(report(state, dated, ("daily", [0; 16]), (Body::Daily(Box::new(body)), definitions)))
}

fn told<T>(withheld: Option<&str>, is_sought: bool, made: impl FnOnce() -> Told<T>) -> Told<T> {
    match (withheld, is_sought) {
        (Some(rule), _) => Told::not(Why::Withheld, rule),
        (None, false) => Told::not(Why::None, "Nobody was looked for yet."),
        (None, true) => made(),
    }
}

/// On whose flag somebody decided, what last, and on which day.
fn decisions(flags: &[Flagged], dated: &Dated) -> BTreeMap<PersonId, (&'static str, Date)> {
    let last = |flag: &Flagged| {
        let made = flag.decisions.iter().rev().find(|made| made.at < dated.end)?;
        Some((flag.person, (made.status, dated.times.date(made.at)?)))
    };
    flags.iter().filter_map(last).filter(|(_, (status, _))| *status != "open").collect()
}

/// What those people said in the four weeks before the decision, and in the four weeks from then on, up to the report's day.
async fn around(
    state: &Reporting,
    dated: &Dated,
    decisions: &BTreeMap<PersonId, (&'static str, Date)>,
) -> Result<Around, ReportingError> {
    let mut days = BTreeMap::new();
    for (person, (_, date)) in decisions {
        let (from, to) = (before(*date, FOUR_WEEKS)?, before(*date, 1 - FOUR_WEEKS)?.min(dated.day));
        days.insert(*person, (from..=before(*date, 1)?, *date..=to));
    }
    let mut around = BTreeMap::new();
    if days.is_empty() {
        return Ok(around);
    }
    reported::each_mood(state.hr(), |person, all| {
        let Some((earlier, later)) = days.get(&person) else { return };
        let both = mean(&within(all, earlier.clone())).zip(mean(&within(all, later.clone())));
        around.extend(both.map(|both| (person, both)));
    })
    .await?;
    Ok(around)
}

/// By department, by the rules of figures of groups: what it tells of no few people, this tells of none.
fn mood(moods: &GroupMoods) -> Told<DepartmentMood> {
    let rows: Vec<(Department, Bar)> =
        moods.groups.iter().map(|(group, now, then)| department(group, (*now, *then), moods.least_people)).collect();
    let (departments, bars): (Vec<Department>, Vec<Bar>) = rows.into_iter().unzip();
    let told = bars.iter().filter(|bar| bar.value.is_some()).count();
    let (from, to) = (words::date(moods.from), words::date(moods.to));
    let bars = Bars {
        title: "Mean mood by department, four weeks".to_owned(),
        finding: format!("{told} of {} groups have a figure, of the weeks from {from} to {to}.", bars.len()),
        unit: "Of 6".to_owned(),
        highest: 6.0,
        definition: GROUP_MOOD.to_owned(),
        bars,
    };
    Told::Here(DepartmentMood { bars, departments })
}

fn department(group: &Group, (now, then): (OfGroup, OfGroup), least: usize) -> (Department, Bar) {
    let name = match group {
        Group::Everybody => "Everybody",
        Group::Team(name) => name.as_str(),
        Group::NoTeam => "In no team",
    };
    let change = match (now, then) {
        (OfGroup::Mean(now, _), OfGroup::Mean(then, _)) if (now - then).abs() < 0.05 => "as it was".to_owned(),
        (OfGroup::Mean(now, _), OfGroup::Mean(then, _)) if now > then => format!("{} more", decimal(now - then, 1)),
        (OfGroup::Mean(now, _), OfGroup::Mean(then, _)) => format!("{} less", decimal(then - now, 1)),
        _ => "not told".to_owned(),
    };
    let (value, written, people) = match now {
        OfGroup::Mean(value, people) => {
            let written = decimal(value, 1);
            (Told::Here(written.clone()), written, count(u64::from(people)))
        }
        OfGroup::Withheld => {
            let why = format!("it would tell of fewer than {least} people");
            (Told::not(Why::Withheld, why), "withheld".to_owned(), "not told".to_owned())
        }
        OfGroup::Nothing => (Told::not(Why::None, "nobody answered"), "none".to_owned(), count(0)),
    };
    let drawn = match now {
        OfGroup::Mean(value, _) => Some((value * 10.0).round() / 10.0),
        OfGroup::Withheld | OfGroup::Nothing => None,
    };
    let bar = Bar { name: name.to_owned(), value: drawn, written, coverage: people.clone() };
    (Department { name: name.to_owned(), value, people, change }, bar)
}

/// By what was decided.
fn effects(
    state: &Reporting,
    decisions: &BTreeMap<PersonId, (&'static str, Date)>,
    around: &Around,
) -> Told<Vec<Effect>> {
    if decisions.is_empty() {
        return Told::not(Why::None, "Nobody has decided on a flag yet.");
    }
    let least = state.settings().least_people;
    let effect = |status: &'static str| {
        let of_status = || decisions.iter().filter(|(_, (of, _))| *of == status).map(|(person, _)| person);
        let people = of_status().count() as u64;
        let around: Vec<(f64, f64)> = of_status().filter_map(|person| around.get(person)).copied().collect();
        let told = |part: fn(&(f64, f64)) -> f64| match mean(&around.iter().map(part).collect::<Vec<_>>()) {
            Some(value) if around.len() >= least as usize => Told::Here(format!("{} of 6", decimal(value, 1))),
            None if people == 0 => Told::not(Why::None, "nobody"),
            _ => Told::not(Why::Withheld, format!("{} answered both before and after", fewer(u64::from(least)))),
        };
        let is_few = is_few(people, u64::from(least));
        Effect {
            name: decided(status).to_owned(),
            people: if is_few { fewer(u64::from(least)) } else { count(people) },
            before: told(|around| around.0),
            after: told(|around| around.1),
            definition: EFFECT.to_owned(),
        }
    };
    Told::Here(["acted", "looked_at", "dismissed"].map(effect).into())
}
