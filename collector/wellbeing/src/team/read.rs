//! What was given of teams, for who may be given it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use attune_ground::measures::Measure;
use attune_people::teams::TeamId;
use attune_protocol::policy::{Audience, Decision, Purpose, Rule};
use jiff::civil::Date;

use super::rows::{self, Stored};
use super::rules::{BANDS_LEAST, is_made_of_others};
use super::{Noise, SPARE, Spread, TeamFigure, Told, WEEK, Why, edges, in_steps, monday};
use crate::bucket::{Span, day_number, day_of};
use crate::{Wellbeing, WellbeingError};

/// The figures of weeks whose Mondays lie within days, in order.
///
/// # Errors
/// When the database refuses, or a figure does not read.
pub async fn weeks(
    state: &Wellbeing,
    team: TeamId,
    measure: &'static Measure,
    weeks: RangeInclusive<Date>,
) -> Result<Vec<(Date, Told)>, WellbeingError> {
    let mut told = weeks_of(state, &[(team, measure)], weeks).await?;
    Ok(told.pop().unwrap_or_default())
}

/// As [`weeks`] of one team, of several teams and measures at a time, each in its place.
///
/// # Errors
/// As [`weeks`].
pub(crate) async fn weeks_of(
    state: &Wellbeing,
    asked: &[(TeamId, &'static Measure)],
    weeks: RangeInclusive<Date>,
) -> Result<Vec<Vec<(Date, Told)>>, WellbeingError> {
    let (first, last) = (day_number(*weeks.start()), day_number(*weeks.end()));
    let begins = monday(first.saturating_add(WEEK - 1));
    told(state, asked, Span::Week, (begins..=last).step_by(7)).await
}

/// The figures of days, in order.
///
/// # Errors
/// As [`weeks`].
pub async fn days(
    state: &Wellbeing,
    team: TeamId,
    measure: &'static Measure,
    days: RangeInclusive<Date>,
) -> Result<Vec<(Date, Told)>, WellbeingError> {
    let (first, last) = (day_number(*days.start()), day_number(*days.end()));
    let mut told = told(state, &[(team, measure)], Span::Day, (first..=last).step_by(1)).await?;
    Ok(told.pop().unwrap_or_default())
}

/// How the people of a team are spread over the range in the week of a day; none where that is withheld.
///
/// # Errors
/// As [`weeks`].
pub async fn spread(
    state: &Wellbeing,
    team: TeamId,
    measure: &'static Measure,
    week: Date,
) -> Result<Option<Spread>, WellbeingError> {
    if barred(state, measure).is_some() {
        return Ok(None);
    }
    let start = monday(day_number(week));
    let found = rows::figures(state.store(), &[(team, measure.number)], Span::Week, (start, start)).await?;
    let stored = found.into_iter().flatten().next().and_then(|(_, told)| of_enough(state, told.ok()?).ok());
    Ok(stored.and_then(|stored| spread_of(measure, stored)))
}

/// How people are spread, as it is told; none where that would say of more than are told that they take part.
fn spread_of(measure: &Measure, Stored { people, bands, told, .. }: Stored) -> Option<Spread> {
    let [low, ..] = bands?;
    let least = |count: u32| match count {
        0 => 0,
        count => (count.saturating_sub(SPARE) / BANDS_LEAST * BANDS_LEAST).max(BANDS_LEAST),
    };
    let bands = bands?.map(|count| count.map(least));
    let low = low.map(|low| (f64::from(low) / f64::from(people) * 10.0).round() / 10.0);
    let is_within = bands.iter().flatten().sum::<u32>() <= told;
    is_within.then(|| Spread { edges: edges(measure), people: told, bands, low })
}

/// The rule by which neither a manager nor hr may be given a measure of a team, if one says so under the profile in force.
#[must_use]
pub fn forbidden(state: &Wellbeing, measure: &Measure) -> Option<&'static Rule> {
    let matrix = state.people().matrix();
    let of =
        |audience: Audience| measure.made_of.iter().map(move |data| matrix.rule(audience, Purpose::Wellbeing, *data));
    let rules = [Audience::Manager, Audience::Hr].into_iter().flat_map(of);
    rules.reduce(Rule::stricter).filter(|rule| matches!(rule.decision, Decision::OnlyLocally | Decision::Forbidden))
}

/// Why a measure is told of no team, where it is not; also where a figure of it was made before that was so.
fn barred(state: &Wellbeing, measure: &Measure) -> Option<Why> {
    let of_others = || is_made_of_others(measure).then_some(Why::Share);
    forbidden(state, measure).map(Why::Policy).or_else(of_others)
}

async fn told(
    state: &Wellbeing,
    asked: &[(TeamId, &'static Measure)],
    span: Span,
    starts: std::iter::StepBy<RangeInclusive<i64>>,
) -> Result<Vec<Vec<(Date, Told)>>, WellbeingError> {
    let all: Vec<(i64, Date)> = starts.filter_map(|start| Some((start, day_of(start)?))).collect();
    let (Some((first, _)), Some((last, _))) = (all.first(), all.last()) else {
        return Ok(vec![Vec::new(); asked.len()]);
    };
    let reasons: Vec<Option<Why>> = asked.iter().map(|(_, measure)| barred(state, measure)).collect();
    let open = asked.iter().zip(&reasons).filter(|(_, why)| why.is_none());
    let open: Vec<(TeamId, u16)> = open.map(|((team, measure), _)| (*team, measure.number)).collect();
    let wholes: BTreeSet<(TeamId, u16)> =
        open.iter().filter_map(|(team, measure)| Some((*team, whole(*measure)?))).collect();
    let wholes: Vec<(TeamId, u16)> = wholes.into_iter().collect();
    let of_wholes = rows::figures(state.store(), &wholes, span, (*first, *last)).await?;
    let few: BTreeMap<(TeamId, u16), Vec<i64>> =
        wholes.into_iter().zip(of_wholes.iter().map(|of| too_few(of))).collect();
    let mut found = rows::figures(state.store(), &open, span, (*first, *last)).await?.into_iter();
    let of = |((team, measure), why): (&(TeamId, &'static Measure), Option<Why>)| match why {
        Some(why) => all.iter().map(|(_, date)| (*date, Told::Withheld(why))).collect(),
        None => {
            let few = whole(measure.number).and_then(|whole| few.get(&(*team, whole)));
            dated(state, (measure, few.map_or(&[][..], Vec::as_slice)), &all, found.next().unwrap_or_default())
        }
    };
    Ok(asked.iter().zip(reasons).map(of).collect())
}

/// The measure of messages in all channels, where one is of a kind of channel.
fn whole(measure: u16) -> Option<u16> {
    Measure::of_number(measure)?.of_all_channels().map(|whole| whole.number)
}

/// Where it was withheld as of too few people.
fn too_few(found: &[(i64, Result<Stored, Why>)]) -> Vec<i64> {
    found.iter().filter(|(_, told)| matches!(told, Err(Why::TooFew))).map(|(start, _)| *start).collect()
}

/// What was found, by the days that are asked for; nothing was seen of those of which nothing was found, but where it is of one kind of channel
/// and too `few` are in what it is a part of: that nobody wrote there would tell of each of them.
fn dated(
    state: &Wellbeing,
    (measure, few): (&Measure, &[i64]),
    all: &[(i64, Date)],
    found: Vec<(i64, Result<Stored, Why>)>,
) -> Vec<(Date, Told)> {
    let mut found = found.into_iter().peekable();
    let of = |(start, date): &(i64, Date)| {
        while found.next_if(|(of, _)| of < start).is_some() {}
        let nothing = if few.contains(start) { Why::TooFew } else { Why::Nothing };
        let told = found.next_if(|(of, _)| of == start).map_or(Err(nothing), |(_, told)| told);
        let told = told.and_then(|stored| of_enough(state, stored));
        (*date, told.map_or_else(Told::Withheld, |stored| Told::Figure(figure(measure, stored))))
    };
    all.iter().map(of).collect()
}

/// A figure that is told to be of enough people by what is set now: it may have been made while fewer were.
fn of_enough(state: &Wellbeing, stored: Stored) -> Result<Stored, Why> {
    if stored.told < state.settings().least_people { Err(Why::TooFew) } else { Ok(stored) }
}

fn figure(measure: &Measure, Stored { value, between, coverage, noise, told: people, .. }: Stored) -> TeamFigure {
    let noise = noise.map(|(epsilon, spent)| Noise { epsilon, spent });
    let told = |value: f64| in_steps(value, measure);
    let (value, between) = (told(value), (told(between.0), told(between.1)));
    TeamFigure { value, between, people, coverage, noise }
}
