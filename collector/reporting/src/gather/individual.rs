use std::collections::BTreeSet;

use attune_hr::reported::{self, Decided, Flagged, Objected, Reason, Said};
use attune_pages::words::{self, count, decimal, short};
use attune_people::teams;
use attune_protocol::ids::PersonId;
use attune_protocol::policy::{Audience, Data, Purpose};
use attune_reports::{
    Action, Bar, Bars, Body, Hours, Individual, Insight, Mood, Report, Risk, Series, Summary, Told, Why,
};
use jiff::civil::Date;

use super::definitions::{BEYOND, HOURS, MOOD, SEVERITY, of, of_features};
use super::values::{figure, mean_of, points, within, working_days};
use super::{Dated, FOUR_WEEKS, before, report};
use crate::error::ReportingError;
use crate::state::Reporting;

/// Hours of a day that are regular.
const REGULAR: f64 = 8.0;

/// Where there is no flag.
const NOTHING: &str = "Nothing unusual was found about this person, or nobody was looked for.";
/// What a person can do about a flag.
const OBJECTED: &str = "The person objected";
/// Where nobody answered that.
const UNANSWERED: &str = "It waits for an answer.";

/// A report of a person, who may have several accounts.
///
/// # Errors
/// When the database refuses, or their key was destroyed.
pub(crate) async fn individual(
    state: &Reporting,
    (name, accounts): (&str, &[PersonId]),
    dated: &Dated,
) -> Result<Report, ReportingError> {
    let said = reported::said_of(state.hr(), accounts).await?.unwrap_or_default();
    let barred = state.hr().flags_barred();
    let flag = match &barred {
        Some(_) => None,
        None => reported::flag_of(state.hr(), accounts).await?,
    };
    let person = accounts.first().copied().unwrap_or(PersonId([0; 16]));
    let features: Vec<&str> = flag.iter().flat_map(|flag| &flag.reasons).map(|reason| reason.feature).collect();
    let body = Individual {
        name: name.to_owned(),
        summary: summary(state, (name, accounts), &said, dated).await?,
        hours: hours(&said, dated.day)?,
        mood: mood(&said, dated.day)?,
        insights: match (&barred, &flag) {
            (Some(rule), _) => Told::not(Why::Withheld, rule.as_str()),
            (None, None) => Told::not(Why::None, NOTHING),
            (None, Some(flag)) => Told::Here(flag.reasons.iter().map(insight).collect()),
        },
        risk: match (&barred, &flag) {
            (Some(rule), _) => Told::not(Why::Withheld, rule.as_str()),
            (None, None) => Told::not(Why::None, NOTHING),
            (None, Some(flag)) => Told::Here(risk(flag, dated)),
        },
        actions: match (&barred, &flag) {
            (Some(rule), _) => Told::not(Why::Withheld, rule.as_str()),
            (None, flag) => flag.as_ref().map_or_else(undecided, |flag| actions(flag, dated)),
        },
        talked: released(state, accounts).await?,
    };
    let definitions = [of(&[HOURS, BEYOND, MOOD, SEVERITY]), of_features(&features)].concat();
    Ok(report(state, dated, ("individual", person.0), (Body::Individual(Box::new(body)), definitions)))
}

async fn summary(
    state: &Reporting,
    (name, accounts): (&str, &[PersonId]),
    said: &Said,
    dated: &Dated,
) -> Result<Summary, ReportingError> {
    let mut own = BTreeSet::new();
    for person in accounts {
        for team in teams::teams_of(state.store(), *person, dated.end - 1).await? {
            own.extend(teams::find(state.store(), team).await?.map(|team| team.name));
        }
    }
    let own: Vec<String> = own.into_iter().collect();
    let fact = |what: &str, how: String| (what.to_owned(), how);
    let facts = [
        Some(fact("Employee", name.to_owned())),
        Some(fact("Teams", if own.is_empty() { "none is known".to_owned() } else { own.join(", ") })),
        said.joined.map(|day| fact("Joined", words::date(day))),
        said.rating.map(|rating| fact("Newest rating", format!("{rating} of 4"))),
    ];
    Ok(Summary { facts: facts.into_iter().flatten().collect(), figures: Vec::new() })
}

/// In words, from when to when.
fn period(first: Date, last: Date) -> String {
    format!("{} to {}", words::date(first), words::date(last))
}

fn hours(said: &Said, day: Date) -> Result<Told<Hours>, ReportingError> {
    let Some((&last, _)) = said.hours.range(..=day).next_back() else {
        return Ok(Told::not(Why::None, "No table that stands has hours of this person up to this day."));
    };
    let first = before(last, FOUR_WEEKS - 1)?;
    let values = within(&said.hours, first..=last);
    let all: f64 = values.iter().sum();
    let beyond: f64 = values.iter().map(|hours| (hours - REGULAR).max(0.0)).sum();
    let over = period(first, last);
    let weekdays = working_days(first..=last);
    let seen = format!("days with hours: {}; Monday to Friday: {weekdays}", values.len());
    let told = |hours: f64| format!("{} h", decimal(hours, 1));
    let about = (over.as_str(), seen.as_str());
    let mut mean = figure("Mean of a day", String::new(), about, HOURS);
    mean.value = mean_of(&values, 1, " h");
    let figures = vec![
        figure("All hours", told(all), about, HOURS),
        figure("Regular hours", told(all - beyond), about, BEYOND),
        figure("Hours beyond eight a day", told(beyond), about, BEYOND),
        mean,
        figure("Days with hours", count(values.len() as u64), about, HOURS),
    ];
    let course = Series {
        title: "Hours of work by day".to_owned(),
        finding: format!("{} of {FOUR_WEEKS} days have hours, {} in all.", values.len(), told(all)),
        unit: "h".to_owned(),
        lowest: 0.0,
        highest: 24.0,
        usual: None,
        definition: HOURS.to_owned(),
        points: points(&said.hours, first..=last, (1, "no hours")),
    };
    Ok(Told::Here(Hours { figures, course: Some(course) }))
}

fn mood(said: &Said, day: Date) -> Result<Told<Mood>, ReportingError> {
    let Some((&last, _)) = said.moods.range(..=day).next_back() else {
        return Ok(Told::not(Why::None, "No table that stands has an answer of this person up to this day."));
    };
    let (first, earlier) = (before(last, FOUR_WEEKS - 1)?, before(last, 2 * FOUR_WEEKS - 1)?);
    let values = within(&said.moods, first..=last);
    let earlier_days = earlier..=before(first, 1)?;
    let were = within(&said.moods, earlier_days.clone());
    let seen = |days: usize| format!("answers on {days} of {FOUR_WEEKS} days");
    let mut now = figure("Mean mood", String::new(), (&period(first, last), &seen(values.len())), MOOD);
    now.value = mean_of(&values, 1, " of 6");
    let over = period(*earlier_days.start(), *earlier_days.end());
    let mut then = figure("The four weeks before", String::new(), (&over, &seen(were.len())), MOOD);
    then.value = mean_of(&were, 1, " of 6");
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let course = Series {
        title: "Mood by day, four weeks".to_owned(),
        finding: format!(
            "{} of {FOUR_WEEKS} days have an answer; they lie between {} and {} of 6.",
            values.len(),
            short(least),
            short(most)
        ),
        unit: String::new(),
        lowest: 1.0,
        highest: 6.0,
        usual: None,
        definition: MOOD.to_owned(),
        points: points(&said.moods, first..=last, (1, "no answer")),
    };
    Ok(Told::Here(Mood { figures: vec![now, then], course }))
}

/// A severity, in words.
pub(super) fn severe(of: Option<&'static str>) -> &'static str {
    of.unwrap_or("below low")
}

fn insight(reason: &Reason) -> Insight {
    let value = reason.value.map_or_else(
        || "No table says it, and the median of all stood in.".to_owned(),
        |value| format!("It is {}.", short(value)),
    );
    let ordinary = reason.ordinary.map(|[low, high]| {
        format!(" With the people nearest who do not stand out it lies between {} and {}.", short(low), short(high))
    });
    Insight {
        name: reason.name.to_owned(),
        severity: severe(reason.severity).to_owned(),
        says: format!("{value}{}", ordinary.unwrap_or_default()),
        is_uncertain: !reason.is_steady,
    }
}

fn risk(flag: &Flagged, dated: &Dated) -> Risk {
    let bar = |name: &'static str| {
        let many = flag.reasons.iter().filter(|reason| severe(reason.severity) == name).count();
        Bar {
            name: name.to_owned(),
            value: Some(many as f64),
            written: count(many as u64),
            coverage: "the five largest reasons".to_owned(),
        }
    };
    let bars: Vec<Bar> = ["high", "medium", "low", "below low"].map(bar).into();
    let largest = severe(flag.severity);
    let by_severity = Bars {
        title: "Reasons by severity".to_owned(),
        finding: format!("The largest of {} reasons is {largest}.", flag.reasons.len()),
        unit: "Reasons".to_owned(),
        highest: 5.0,
        definition: SEVERITY.to_owned(),
        bars,
    };
    let still = if flag.is_found { "finds" } else { "does not find" };
    let says = format!(
        "Found on {}. Of {} draws {} flag this person; the last search {still} them. It is no finding about their health or their work.",
        dated.times.day(flag.found_at),
        flag.seeds,
        flag.flagged_by
    );
    Risk { by_severity, says }
}

/// A status, in words.
pub(super) fn decided(status: &str) -> &'static str {
    match status {
        "looked_at" => "Somebody looked at it",
        "acted" => "Something was done",
        "dismissed" => "It means nothing",
        _ => "Nobody has decided",
    }
}

fn undecided() -> Told<Vec<Action>> {
    Told::not(Why::None, "Nobody has decided anything.")
}

/// What people decided, and what the person objected, in their order. They stand as they are when the report is made, each with its date: what
/// came behind its day is no secret, and would be missing from the newest report of a search that was made today.
fn actions(flag: &Flagged, dated: &Dated) -> Told<Vec<Action>> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let last = flag.decisions.len().saturating_sub(1);
    let decision = |(place, made): (usize, &Decided)| {
        let of_last = |said: &Option<String>| if place == last { text(said) } else { String::new() };
        let action = Action {
            what: decided(made.status).to_owned(),
            at: dated.times.moment(made.at),
            reason: made.reason.clone(),
            owner: of_last(&flag.owner),
            due: of_last(&flag.due),
            notes: of_last(&flag.notes),
        };
        (made.at, action)
    };
    let objection = |made: &Objected| {
        let action = Action {
            what: OBJECTED.to_owned(),
            at: dated.times.moment(made.at),
            reason: made.text.clone(),
            owner: String::new(),
            due: String::new(),
            notes: made.answer.as_ref().map_or_else(|| UNANSWERED.to_owned(), |answer| format!("The answer: {answer}")),
        };
        (made.at, action)
    };
    let decisions = flag.decisions.iter().enumerate().map(decision);
    let mut all: Vec<(i64, Action)> = decisions.chain(flag.objections.iter().map(objection)).collect();
    all.sort_by_key(|(at, _)| *at);
    match all.is_empty() {
        true => undecided(),
        false => Told::Here(all.into_iter().map(|(_, action)| action).collect()),
    }
}

/// What the person released of their talks, in sentences, as it stands; nothing where the profile shows HR none of it.
///
/// # Errors
/// When the database refuses, or their key was destroyed.
pub(crate) async fn released(state: &Reporting, accounts: &[PersonId]) -> Result<Vec<String>, ReportingError> {
    let rule = state.people().matrix().rule(Audience::Hr, Purpose::Personnel, Data::Report);
    let mut all = Vec::new();
    if rule.decision.leaves_the_device() {
        for releases in state.releases() {
            for person in accounts {
                all.extend(releases(state.store(), state.people().keys(), *person).await?);
            }
        }
    }
    Ok(all)
}
