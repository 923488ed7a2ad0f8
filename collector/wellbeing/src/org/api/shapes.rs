//! Figures of teams as programs are told them.

use attune_ground::measures::Measure;
use attune_ground::time::rfc3339;
use attune_people::teams::Team;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::barred::Barred;
use super::super::told::{Mean, OfTeam, Week, bands, said};
use crate::team::{Spread, Why};

/// A team.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TeamNameView {
    /// Its id, 32 hexadecimal digits.
    id: String,
    /// Its name.
    name: String,
    /// When it was made, RFC 3339; null for all teams as one.
    made_at: Option<String>,
}

impl From<&Team> for TeamNameView {
    fn from(team: &Team) -> Self {
        Self {
            id: team.id.to_string(),
            name: team.name.clone(),
            made_at: (team.made_at > 0).then(|| rfc3339(team.made_at)),
        }
    }
}

/// The teams that one may ask for.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TeamNames {
    /// By their names; for who may ask for all of them they stand first as one.
    pub(super) teams: Vec<TeamNameView>,
}

/// A measure, and whether it is shown of teams here.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MeasureView {
    /// Its name.
    pub(super) name: &'static str,
    /// What it is called.
    title: &'static str,
    /// Its unit; empty where it has none.
    unit: &'static str,
    /// The smallest value.
    least: f64,
    /// The largest value.
    most: f64,
    /// How it is computed.
    formula: &'static str,
    /// From where the formula is.
    source: &'static str,
    /// Why it is not shown of teams; null where it is.
    pub(super) withheld: Option<WithheldView>,
}

impl MeasureView {
    pub(super) fn of(measure: &'static Measure, barred: &Barred) -> Self {
        let (least, most) = measure.range;
        Self {
            name: measure.name,
            title: measure.title,
            unit: measure.unit,
            least,
            most,
            formula: measure.formula,
            source: measure.source,
            withheld: barred.why(measure).map(|why| WithheldView::of(measure, why)),
        }
    }
}

/// All measures.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MeasureList {
    /// In the order of their numbers.
    pub(super) measures: Vec<MeasureView>,
}

/// Why there is no value.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WithheldView {
    /// `too_few`: of too few people, or so near to figures of other weeks or teams that a few could be told; `share`: it would tell what
    /// everybody's is; `nothing` was measured; `policy`: a rule forbids it.
    code: &'static str,
    /// In words.
    words: String,
    /// The rule of the policy, where it is one.
    rule: Option<&'static str>,
}

impl WithheldView {
    fn of(measure: &Measure, why: Why) -> Self {
        let rule = match why {
            Why::Policy(rule) => Some(rule.id),
            _ => None,
        };
        Self { code: why.name(), words: said(measure, why), rule }
    }
}

/// Noise that was added to a figure.
#[derive(Debug, Serialize, ToSchema)]
struct NoiseView {
    /// Epsilon of Laplace's mechanism: what the figure cost each of its people.
    epsilon: f64,
    /// The largest sum that one of them spent in the week, for all figures together.
    spent: f64,
}

/// A figure of a week, or why there is none.
#[derive(Debug, Serialize, ToSchema)]
struct WeekView {
    /// The Monday on which the week begins.
    week: String,
    /// The value, in the measure's unit; null where it is withheld or there is none.
    value: Option<f64>,
    /// The least that it may be.
    low: Option<f64>,
    /// The most that it may be.
    high: Option<f64>,
    /// Of how many people at least, in classes: so that nobody learns who takes part.
    people: Option<u32>,
    /// The share in [0,1] of the time in which devices were on in which a sensor saw something; null where that is not known.
    coverage: Option<f64>,
    /// Null where none was added.
    noise: Option<NoiseView>,
    /// Why there is no value; null where there is one.
    withheld: Option<WithheldView>,
}

impl WeekView {
    fn of(measure: &Measure, week: &Week) -> Self {
        let figure = week.told.as_ref().ok();
        let noise = figure.and_then(|figure| figure.noise.as_ref());
        Self {
            week: week.monday.to_string(),
            value: figure.map(|figure| figure.value),
            low: figure.map(|figure| figure.between.0),
            high: figure.map(|figure| figure.between.1),
            people: figure.map(|figure| figure.people),
            coverage: figure.and_then(|figure| figure.coverage),
            noise: noise.map(|noise| NoiseView { epsilon: noise.epsilon, spent: noise.spent }),
            withheld: week.told.as_ref().err().map(|why| WithheldView::of(measure, *why)),
        }
    }
}

/// What several weeks come to: the mean of those that have a figure, each weighed by its people.
#[derive(Debug, Serialize, ToSchema)]
struct MeanView {
    /// The mean; null where no week has a figure.
    value: Option<f64>,
    /// The same mean of the least that each may be.
    low: Option<f64>,
    /// The same mean of the most that each may be.
    high: Option<f64>,
    /// The fewest people of a week, in classes.
    least_people: Option<u32>,
    /// The most people of a week, in classes.
    most_people: Option<u32>,
    /// The share in [0,1] of the time that was seen; null where that is not known.
    coverage: Option<f64>,
    /// How many weeks have a figure.
    weeks: u64,
    /// The noise of a week, and the largest sum spent; null where none was added.
    noise: Option<NoiseView>,
    /// Why there is no value: that of the last week that is withheld; null where there is a value.
    withheld: Option<WithheldView>,
}

impl MeanView {
    fn of(measure: &Measure, told: &Result<Mean, Why>) -> Self {
        let mean = told.as_ref().ok();
        Self {
            value: mean.map(|mean| mean.value),
            low: mean.map(|mean| mean.between.0),
            high: mean.map(|mean| mean.between.1),
            least_people: mean.map(|mean| mean.people.0),
            most_people: mean.map(|mean| mean.people.1),
            coverage: mean.and_then(|mean| mean.coverage),
            weeks: mean.map_or(0, |mean| mean.weeks),
            noise: mean.and_then(|mean| mean.noise).map(|(epsilon, spent)| NoiseView { epsilon, spent }),
            withheld: told.as_ref().err().map(|why| WithheldView::of(measure, *why)),
        }
    }
}

/// A change against the weeks before.
#[derive(Debug, Serialize, ToSchema)]
struct ChangeView {
    /// By how much, in the measure's unit.
    by: f64,
    /// Whether the two lie apart with all that is uncertain in them.
    is_sure: bool,
}

/// What is told of a team.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TeamFiguresView {
    /// Which.
    team: TeamNameView,
    /// What the weeks come to.
    mean: MeanView,
    /// What as many weeks right before them came to.
    before: MeanView,
    /// How it changed; null where one of the two has no value.
    change: Option<ChangeView>,
    /// Each week, the earliest first.
    weeks: Vec<WeekView>,
}

impl TeamFiguresView {
    pub(super) fn of(measure: &Measure, of: &OfTeam) -> Self {
        Self {
            team: (&of.team).into(),
            mean: MeanView::of(measure, &of.now),
            before: MeanView::of(measure, &of.before),
            change: of.change().map(|change| ChangeView { by: change.by, is_sure: change.is_sure }),
            weeks: of.weeks.iter().map(|week| WeekView::of(measure, week)).collect(),
        }
    }
}

/// A third of a measure's scale.
#[derive(Debug, Serialize, ToSchema)]
struct BandView {
    /// Where it begins, in the measure's unit.
    low: f64,
    /// Where it ends.
    high: f64,
    /// How many people lie in it at least, in steps of five; null where that is withheld.
    people: Option<u32>,
}

/// How people lie over the scale in a week.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SpreadView {
    /// The Monday on which the week begins.
    week: String,
    /// How many people in all at least, in classes.
    people: u32,
    /// The thirds of the scale, from the lowest.
    bands: Vec<BandView>,
}

impl SpreadView {
    pub(super) fn of(measure: &Measure, (week, spread): &(Date, Spread)) -> Self {
        let band = |((low, high), people): ((f64, f64), Option<u32>)| BandView { low, high, people };
        let bands = bands(measure, spread).into_iter().map(band).collect();
        Self { week: week.to_string(), people: spread.people, bands }
    }
}

/// Figures of one team.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TeamFigures {
    /// Of what.
    pub(super) measure: MeasureView,
    /// The first day.
    pub(super) from: String,
    /// The last day.
    pub(super) to: String,
    /// The zone whose days they are, as IANA names it.
    pub(super) time_zone: String,
    /// How many people a figure is of at least.
    pub(super) least_people: u32,
    /// What is told.
    pub(super) figures: TeamFiguresView,
    /// How people lie in the last of the weeks that has a figure; null where that is withheld, and where none has.
    pub(super) spread: Option<SpreadView>,
}

/// A page of figures of teams.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FiguresOfTeams {
    /// Of what.
    pub(super) measure: MeasureView,
    /// The first day.
    pub(super) from: String,
    /// The last day.
    pub(super) to: String,
    /// The zone whose days they are, as IANA names it.
    pub(super) time_zone: String,
    /// How many people a figure is of at least.
    pub(super) least_people: u32,
    /// By their names, never by their values.
    pub(super) teams: Vec<TeamFiguresView>,
    /// `after` of the page behind this one; null for the last.
    pub(super) next: Option<String>,
}
