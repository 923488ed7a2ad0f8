//! Figures of a team over weeks, as they are shown: each a value, or why there is none; and what they come to.

use std::collections::BTreeMap;

use attune_ground::http::Problem;
use attune_ground::measures::Measure;
use attune_people::teams::{Team, TeamId};
use jiff::civil::Date;

use super::asked::{Asked, Weeks};
use crate::state::Wellbeing;
use crate::team::{self, Spread, TeamFigure, Told, Why};

/// The share of a measure's range that a figure may span; one that spans more tells nothing.
const TOO_WIDE: f64 = 0.5;

/// Why figures of one kind of channel may be of nobody, though many write.
const ONE_KIND: &str = "Of each day one of the kinds of channels in which somebody wrote is left out of figures of kinds: who wrote in one kind \
    only is in none of them.";

/// Why there is no figure of a measure, in words; a rule of the policy with its name.
pub(super) fn said(measure: &Measure, why: Why) -> String {
    said_of(measure.channel().is_some(), why)
}

/// As [`said`], of a measure that is of one kind of channel, or is not.
pub(super) fn said_of(is_of_a_kind: bool, why: Why) -> String {
    match why {
        Why::Policy(rule) => format!("{} (rule {})", rule.says, rule.id),
        Why::TooFew | Why::Complement | Why::Difference | Why::Nothing if is_of_a_kind => {
            format!("{} {ONE_KIND}", why.words())
        }
        why => why.words().to_owned(),
    }
}

/// Whether something may be there that is not shown, on purpose.
pub(super) fn is_withheld(why: Why) -> bool {
    why != Why::Nothing
}

/// A week of a team.
#[derive(Debug)]
pub(super) struct Week {
    /// Its Monday.
    pub(super) monday: Date,
    /// What is told of it.
    pub(super) told: Result<TeamFigure, Why>,
}

/// What weeks come to.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Mean {
    /// The mean of the weeks that have a figure, each weighed by its people.
    pub(super) value: f64,
    /// Between what it lies: the same mean of their bounds. What is uncertain in a week is taken to be so in all of them alike, so it
    /// does not shrink with their number.
    pub(super) between: (f64, f64),
    /// The fewest and the most people of a week.
    pub(super) people: (u32, u32),
    /// The share of the time that was seen, weighed as above; of the weeks that tell it.
    pub(super) coverage: Option<f64>,
    /// Weeks that have a figure.
    pub(super) weeks: u64,
    /// Epsilon of a figure, and the largest sum that one of its people has spent, where noise was added.
    pub(super) noise: Option<(f64, f64)>,
}

/// Whether something could be almost anything within a measure's range.
pub(super) fn is_too_wide((low, high): (f64, f64), (least, most): (f64, f64)) -> bool {
    high - low > TOO_WIDE * (most - least)
}

/// What weeks come to, in their order: where one of them has a figure, their mean; else why the last of them has none.
pub(super) fn mean<'a>(weeks: impl IntoIterator<Item = &'a Week>) -> Result<Mean, Why> {
    let weeks: Vec<&Week> = weeks.into_iter().collect();
    let figures: Vec<&TeamFigure> = weeks.iter().filter_map(|week| week.told.as_ref().ok()).collect();
    let people: f64 = figures.iter().map(|figure| f64::from(figure.people)).sum();
    if people <= 0.0 {
        let mut reasons = weeks.iter().rev().filter_map(|week| week.told.err());
        return Err(reasons.find(|why| is_withheld(*why)).unwrap_or(Why::Nothing));
    }
    let weighed = |of: fn(&TeamFigure) -> f64| {
        figures.iter().map(|figure| of(figure) * f64::from(figure.people)).sum::<f64>() / people
    };
    let seen = figures.iter().filter_map(|figure| Some((figure.coverage?, f64::from(figure.people))));
    let (covered, of) = seen.fold((0.0, 0.0), |(sum, of), (share, people)| (sum + share * people, of + people));
    let noise = figures.iter().filter_map(|figure| figure.noise.as_ref());
    let noise = noise.map(|noise| (noise.epsilon, noise.spent)).reduce(|one, two| (one.0.max(two.0), one.1.max(two.1)));
    let counts = figures.iter().map(|figure| figure.people);
    Ok(Mean {
        value: weighed(|figure| figure.value),
        between: (weighed(|figure| figure.between.0), weighed(|figure| figure.between.1)),
        people: (counts.clone().min().unwrap_or_default(), counts.max().unwrap_or_default()),
        coverage: (of > 0.0).then(|| covered / of),
        weeks: figures.len() as u64,
        noise,
    })
}

/// A team with its weeks, and as many before them.
#[derive(Debug)]
pub(super) struct OfTeam {
    /// Which.
    pub(super) team: Team,
    /// Those that are asked for.
    pub(super) weeks: Vec<Week>,
    /// What those come to that are asked for.
    pub(super) now: Result<Mean, Why>,
    /// What those before them came to.
    pub(super) before: Result<Mean, Why>,
}

impl OfTeam {
    fn of(team: Team, Around { weeks, earlier }: Around) -> Self {
        Self { team, now: mean(&weeks), before: mean(&earlier), weeks }
    }

    /// How much more it is than before, and whether what is uncertain leaves that open; none where there is nothing to compare.
    pub(super) fn change(&self) -> Option<Change> {
        let (now, before) = (self.now.as_ref().ok()?, self.before.as_ref().ok()?);
        let apart = now.between.0 > before.between.1 || now.between.1 < before.between.0;
        Some(Change { by: now.value - before.value, is_sure: apart })
    }
}

/// A change against the period before.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Change {
    /// By how much, in the measure's unit.
    pub(super) by: f64,
    /// Whether what is uncertain in both leaves no doubt that there is one.
    pub(super) is_sure: bool,
}

/// Weeks, and as many before them.
#[derive(Default, Debug)]
pub(super) struct Around {
    /// Those that are asked for.
    pub(super) weeks: Vec<Week>,
    /// As many before them.
    pub(super) earlier: Vec<Week>,
}

/// What is told of teams, in their order.
///
/// # Errors
/// When the database refuses.
pub(super) async fn of_teams(state: &Wellbeing, teams: Vec<Team>, asked: &Asked) -> Result<Vec<OfTeam>, Problem> {
    let each: Vec<(TeamId, &'static Measure)> = teams.iter().map(|team| (team.id, asked.measure)).collect();
    let known = around(state, &each, asked.weeks).await?;
    Ok(teams.into_iter().zip(known).map(|(team, around)| OfTeam::of(team, around)).collect())
}

/// What is told of one team.
///
/// # Errors
/// When the database refuses.
pub(super) async fn of_team(state: &Wellbeing, team: Team, asked: &Asked) -> Result<OfTeam, Problem> {
    let mut known = around(state, &[(team.id, asked.measure)], asked.weeks).await?;
    Ok(OfTeam::of(team, known.pop().unwrap_or_default()))
}

/// Weeks and as many before them, of each team and measure in its place. All are read at once: a page asks of dozens.
///
/// # Errors
/// When the database refuses.
pub(super) async fn around(
    state: &Wellbeing,
    each: &[(TeamId, &'static Measure)],
    weeks: Weeks,
) -> Result<Vec<Around>, Problem> {
    let before = weeks.before();
    let first = before.map_or(weeks.first, |before| before.first);
    let known = team::weeks_of(state, each, first..=weeks.last).await?;
    let around = |known: Vec<(Date, Told)>| {
        let mut known: BTreeMap<Date, Told> = known.into_iter().collect();
        let mut of = |weeks: Weeks| -> Vec<Week> {
            let week = |monday: Date| {
                let told = match known.remove(&monday) {
                    Some(Told::Figure(figure)) => Ok(figure),
                    Some(Told::Withheld(why)) => Err(why),
                    None => Err(Why::Nothing),
                };
                Week { monday, told }
            };
            weeks.mondays().map(week).collect()
        };
        Around { earlier: before.map(&mut of).unwrap_or_default(), weeks: of(weeks) }
    };
    Ok(known.into_iter().map(around).collect())
}

/// How people lie in the last of the weeks that has a figure, and its Monday.
///
/// # Errors
/// When the database refuses.
pub(super) async fn spread(state: &Wellbeing, asked: &Asked, of: &OfTeam) -> Result<Option<(Date, Spread)>, Problem> {
    let Some(week) = of.weeks.iter().rev().find(|week| week.told.is_ok()) else { return Ok(None) };
    let spread = team::spread(state, of.team.id, asked.measure, week.monday).await?;
    Ok(spread.map(|spread| (week.monday, spread)))
}

/// The thirds of a measure's scale, from the lowest, each with how many people lie in it.
pub(super) fn bands(measure: &Measure, spread: &Spread) -> [((f64, f64), Option<u32>); 3] {
    let ((least, most), (low, high)) = (measure.range, spread.edges);
    let [first, second, third] = spread.bands;
    [((least, low), first), ((low, high), second), ((high, most), third)]
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn week(day: i8, told: Result<(f64, f64, u32), Why>) -> Week {
        let told = told.map(|(value, width, people)| TeamFigure {
            value,
            between: (value - width, value + width),
            people,
            coverage: Some(0.5),
            noise: None,
        });
        Week { monday: date(2026, 3, day), told }
    }

    #[test]
    fn a_mean_over_weeks_is_weighed_by_people_and_is_no_surer_than_they_are() {
        let weeks = [week(2, Ok((0.2, 0.1, 10))), week(9, Err(Why::TooFew)), week(16, Ok((0.5, 0.1, 20)))];
        let mean = mean(&weeks).expect("a mean");
        let near = |one: f64, two: f64| (one - two).abs() < 1e-12;
        assert!(near(mean.value, 0.4) && near(mean.between.0, 0.3) && near(mean.between.1, 0.5), "{mean:?}");
        assert_eq!((mean.people, mean.weeks, mean.coverage), ((10, 20), 2, Some(0.5)));
        assert!(!is_too_wide(mean.between, (0.0, 1.0)) && is_too_wide(mean.between, (0.0, 0.2)));
    }

    #[test]
    fn where_no_week_has_a_figure_the_last_that_is_withheld_says_why() {
        let reason = |weeks: &[Week]| mean(weeks).expect_err("none");
        assert_eq!(
            reason(&[week(2, Err(Why::TooFew)), week(9, Err(Why::Share)), week(16, Err(Why::Nothing))]),
            Why::Share
        );
        assert_eq!(reason(&[week(2, Err(Why::Nothing))]), Why::Nothing);
        assert_eq!(reason(&[]), Why::Nothing);
    }

    #[test]
    fn a_change_within_what_is_uncertain_is_said_to_be_none_that_is_sure() {
        let of = |before: f64, now: f64| {
            let team = Team { id: TeamId([1; 16]), name: "Harbour".into(), made_at: 0, closed_at: None };
            let mean = |value| mean(&[week(2, Ok((value, 0.1, 10)))]);
            OfTeam { team, weeks: Vec::new(), now: mean(now), before: mean(before) }.change().expect("both are known")
        };
        assert!(of(0.2, 0.6).is_sure && !of(0.4, 0.5).is_sure && of(0.6, 0.2).by < 0.0);
    }
}
