use std::collections::{BTreeMap, BTreeSet};

use attune_hr::reported::{self, Flagged};
use attune_pages::words::{self, count, decimal};
use attune_people::{accounts, teams};
use attune_protocol::ids::PersonId;
use attune_reports::{Bar, Bars, Body, Concern, Daily, Department, DepartmentMood, Effect, Figure, Report, Told, Why};
use jiff::civil::Date;

use super::definitions::{EFFECT, FLAGS, MOOD, SEVERITY, of};
use super::individual::{decided, severe};
use super::values::{figure, mean, within};
use super::{Dated, FOUR_WEEKS, before, report};
use crate::error::ReportingError;
use crate::state::Reporting;

/// Concerns that are told.
const CONCERNS: usize = 10;

/// People whose names are looked up at a time.
const NAMES: usize = 2000;

/// In which steps it is told how many people a figure of a department is of.
const STEP: usize = 5;

/// The means of a person.
#[derive(Clone, Copy, Default, Debug)]
struct Moods {
    /// Over the four weeks.
    now: Option<f64>,
    /// Over those before.
    then: Option<f64>,
    /// Before somebody decided on their flag, and from then on.
    around: Option<(f64, f64)>,
}

/// What everybody said.
struct Said {
    /// The newest day of all answers.
    newest: Date,
    /// By person.
    moods: BTreeMap<PersonId, Moods>,
}

/// Whether there is nothing that a report of a day could tell.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn is_empty(state: &Reporting, dated: &Dated) -> Result<bool, ReportingError> {
    Ok(state.hr().tables_barred().is_some() || newest(state, dated).await?.is_none())
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
    let said = said(state, dated, &decisions).await?;
    let search = reported::search(state.hr()).await?.filter(|_| barred.is_none());
    let found: Vec<&Flagged> = flags.iter().filter(|flag| flag.is_found).collect();
    let withheld = barred.as_deref();
    let of_flags = search.map(|search| {
        let made = search.made_at.map_or_else(|| "the last search".to_owned(), |at| dated.times.day(at));
        let coverage = format!("{} people are in the tables", count(search.people));
        figure("People who stand out", count(search.flagged), (&made, &coverage), FLAGS)
    });
    let figures: Vec<Figure> = of_flags.into_iter().collect();
    let is_sought = search.is_some();
    let body = Daily {
        figures,
        mood: mood(state, dated, said.as_ref()).await?,
        severities: told(withheld, is_sought, || severities(&found)),
        concerns: told(withheld, is_sought, || concerns(&found)),
        effects: match (withheld, &said) {
            (Some(rule), _) => Told::not(Why::Withheld, rule),
            (None, None) => Told::not(Why::None, "No table that stands has an answer."),
            (None, Some(said)) => effects(state, &decisions, said),
        },
    };
    let definitions = of(&[MOOD, FLAGS, SEVERITY, EFFECT]);
    Ok(report(state, dated, ("daily", [0; 16]), (Body::Daily(Box::new(body)), definitions)))
}

fn told<T>(withheld: Option<&str>, is_sought: bool, made: impl FnOnce() -> T) -> Told<T> {
    match (withheld, is_sought) {
        (Some(rule), _) => Told::not(Why::Withheld, rule),
        (None, false) => Told::not(Why::None, "Nobody was looked for yet."),
        (None, true) => Told::Here(made()),
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

/// The newest day of which somebody said something, up to the report's.
async fn newest(state: &Reporting, dated: &Dated) -> Result<Option<Date>, ReportingError> {
    let (mut newest, day): (Option<Date>, Date) = (None, dated.day);
    reported::each_mood(state.hr(), |_, moods| {
        newest = newest.max(moods.range(..=day).next_back().map(|(date, _)| *date));
    })
    .await?;
    Ok(newest)
}

/// What everybody said, of people who are known.
async fn said(
    state: &Reporting,
    dated: &Dated,
    decisions: &BTreeMap<PersonId, (&'static str, Date)>,
) -> Result<Option<Said>, ReportingError> {
    let Some(newest) = newest(state, dated).await? else { return Ok(None) };
    let first = before(newest, FOUR_WEEKS - 1)?;
    let (then, until) = (before(newest, 2 * FOUR_WEEKS - 1)?, before(first, 1)?);
    let keys = state.people().keys();
    let named = accounts::users_of(state.store(), keys, &decisions.keys().copied().collect()).await?;
    let mut around = BTreeMap::new();
    for (person, name) in &named {
        let Some((_, date)) = decisions.get(person) else { continue };
        let (from, to) = (before(*date, FOUR_WEEKS)?, before(*date, 1 - FOUR_WEEKS)?.min(dated.day));
        around.insert(name.clone(), (from..=before(*date, 1)?, *date..=to));
    }
    let mut by_name: Vec<(String, Moods)> = Vec::new();
    reported::each_mood(state.hr(), |name, all| {
        let of = |days| mean(&within(all, days));
        let change = around.get(name).and_then(|(earlier, later)| of(earlier.clone()).zip(of_later(all, later)));
        let moods = Moods { now: of(first..=newest), then: of(then..=until), around: change };
        if moods.now.is_some() || moods.then.is_some() || moods.around.is_some() {
            by_name.push((name.to_owned(), moods));
        }
    })
    .await?;
    let mut moods = BTreeMap::new();
    for slice in by_name.chunks(NAMES) {
        let names: Vec<String> = slice.iter().map(|(name, _)| name.clone()).collect();
        let people = accounts::find_named(state.store(), keys, &names).await?;
        moods.extend(people.into_iter().zip(slice).filter_map(|(person, (_, moods))| Some((person?, *moods))));
    }
    Ok(Some(Said { newest, moods }))
}

/// Where the time begins after the report's day there is nothing in it.
fn of_later(all: &BTreeMap<Date, f64>, days: &std::ops::RangeInclusive<Date>) -> Option<f64> {
    (days.start() <= days.end()).then(|| mean(&within(all, days.clone()))).flatten()
}

/// By department. Who is in several counts in the first, so that no two of them tell of the same people.
async fn mood(state: &Reporting, dated: &Dated, said: Option<&Said>) -> Result<Told<DepartmentMood>, ReportingError> {
    let Some(said) = said else {
        return Ok(Told::not(Why::None, "No table that stands has an answer up to this day."));
    };
    let least = state.settings().least_people as usize;
    let instant = dated.end - 1;
    let (mut counted, mut departments, mut bars) = (BTreeSet::new(), Vec::new(), Vec::new());
    for listed in teams::list(state.store(), instant).await? {
        let people = teams::members_at(state.store(), listed.team.id, instant).await?;
        let own: Vec<Moods> = people
            .into_iter()
            .filter(|person| counted.insert(*person))
            .filter_map(|person| said.moods.get(&person).copied())
            .collect();
        let now: Vec<f64> = own.iter().filter_map(|moods| moods.now).collect();
        let then: Vec<f64> = own.iter().filter_map(|moods| moods.then).collect();
        let value = mean(&now).filter(|_| now.len() >= least);
        let earlier = mean(&then).filter(|_| then.len() >= least);
        departments.push(department(&listed.team.name, (value, earlier), now.len(), least));
        bars.push(Bar {
            name: listed.team.name,
            value: value.map(|value| (value * 10.0).round() / 10.0),
            written: value.map_or_else(|| "withheld".to_owned(), |value| decimal(value, 1)),
            coverage: String::new(),
        });
    }
    if departments.is_empty() {
        return Ok(Told::not(Why::None, "There is no team yet: an administrator makes teams."));
    }
    let told = bars.iter().filter(|bar| bar.value.is_some()).count();
    let bars = Bars {
        title: "Mean mood by department, four weeks".to_owned(),
        finding: format!(
            "{told} of {} departments have a figure, of the four weeks up to {}; the others have fewer than {least} people who \
             answered.",
            bars.len(),
            words::date(said.newest)
        ),
        unit: "Of 6".to_owned(),
        highest: 6.0,
        definition: MOOD.to_owned(),
        bars,
    };
    Ok(Told::Here(DepartmentMood { bars, departments }))
}

fn department(name: &str, (value, earlier): (Option<f64>, Option<f64>), people: usize, least: usize) -> Department {
    let change = match value.zip(earlier) {
        Some((now, then)) if (now - then).abs() < 0.05 => "as it was".to_owned(),
        Some((now, then)) if now > then => format!("{} more", decimal(now - then, 1)),
        Some((now, then)) => format!("{} less", decimal(then - now, 1)),
        None => "not told".to_owned(),
    };
    let told = match value {
        Some(value) => Told::Here(decimal(value, 1)),
        None => Told::not(Why::Withheld, format!("fewer than {least} people answered")),
    };
    let people = match value {
        Some(_) => format!("at least {}", (people / STEP * STEP).max(least)),
        None => "not told".to_owned(),
    };
    Department { name: name.to_owned(), value: told, people, change }
}

fn severities(found: &[&Flagged]) -> Bars {
    let bar = |name: &'static str| {
        let many = found.iter().filter(|flag| severe(flag.severity) == name).count();
        Bar {
            name: name.to_owned(),
            value: Some(many as f64),
            written: count(many as u64),
            coverage: "everybody whom the last search flags".to_owned(),
        }
    };
    let bars: Vec<Bar> = ["high", "medium", "low", "below low"].map(bar).into();
    let most = bars.iter().filter_map(|bar| bar.value).fold(1.0, f64::max);
    let high = found.iter().filter(|flag| flag.severity == Some("high")).count();
    Bars {
        title: "People who stand out, by severity of the largest reason".to_owned(),
        finding: format!("{} of {} are high.", count(high as u64), count(found.len() as u64)),
        unit: "People".to_owned(),
        highest: most,
        definition: SEVERITY.to_owned(),
        bars,
    }
}

/// The reasons that most people have, and in how many of them each is high.
fn concerns(found: &[&Flagged]) -> Vec<Concern> {
    let mut counts: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for reason in found.iter().flat_map(|flag| &flag.reasons).filter(|reason| reason.severity.is_some()) {
        let (people, high) = counts.entry(reason.name).or_default();
        *people += 1;
        *high += u64::from(reason.severity == Some("high"));
    }
    let mut all: Vec<(&str, (u64, u64))> = counts.into_iter().collect();
    all.sort_by(|(one, of_one), (other, of_other)| of_other.cmp(of_one).then_with(|| one.cmp(other)));
    let concern = |(name, (people, high)): (&str, (u64, u64))| Concern {
        name: name.to_owned(),
        people: Told::Here(count(people)),
        severe: count(high),
    };
    all.into_iter().take(CONCERNS).map(concern).collect()
}

/// By what was decided.
fn effects(state: &Reporting, decisions: &BTreeMap<PersonId, (&'static str, Date)>, said: &Said) -> Told<Vec<Effect>> {
    if decisions.is_empty() {
        return Told::not(Why::None, "Nobody has decided on a flag yet.");
    }
    let least = state.settings().least_people as usize;
    let effect = |status: &'static str| {
        let of_status = || decisions.iter().filter(|(_, (of, _))| *of == status);
        let around: Vec<(f64, f64)> =
            of_status().filter_map(|(person, _)| said.moods.get(person).and_then(|moods| moods.around)).collect();
        let told = |part: fn(&(f64, f64)) -> f64| match mean(&around.iter().map(part).collect::<Vec<_>>()) {
            Some(value) if around.len() >= least => Told::Here(format!("{} of 6", decimal(value, 1))),
            _ => Told::not(Why::TooLittle, format!("fewer than {least} people answered both before and after")),
        };
        Effect {
            name: decided(status).to_owned(),
            people: count(of_status().count() as u64),
            before: told(|around| around.0),
            after: told(|around| around.1),
            definition: EFFECT.to_owned(),
        }
    };
    Told::Here(["acted", "looked_at", "dismissed"].map(effect).into())
}
