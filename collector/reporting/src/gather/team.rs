use attune_ground::measures::{MEASURES, Measure};
use attune_pages::words::{self, decimal, percent};
use attune_people::teams::Team;
use attune_reports::{
    Body, Definition, Figure, Measured, Point, Report, Series, Team as TeamBody, Told as Said, Why as Missing,
};
use attune_wellbeing::team::{self, TeamFigure, Told, Why};
use jiff::civil::Date;

use super::{Dated, before, report};
use crate::error::ReportingError;
use crate::state::Reporting;

/// Weeks of a report.
const WEEKS: i64 = 12;

/// The share of a measure's range that a figure may span; one that spans more tells nothing.
const TOO_WIDE: f64 = 0.5;

/// A report of a team: of the weeks that were over on its day, and of what was given of it in them. No row of a person is read.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn team(state: &Reporting, team: &Team, dated: &Dated) -> Result<Report, ReportingError> {
    let monday = before(dated.day, i64::from(dated.day.weekday().to_monday_zero_offset()))?;
    // A week is over when its Sunday is.
    let is_sunday = dated.day.weekday() == jiff::civil::Weekday::Sunday;
    let last = if is_sunday { monday } else { before(monday, 7)? };
    let first = before(last, 7 * (WEEKS - 1))?;
    let (mut measured, mut definitions, mut barred) = (Vec::new(), Vec::new(), 0_u32);
    for measure in MEASURES.iter().filter(|measure| measure.channel().is_none()) {
        if team::forbidden(state.wellbeing(), measure).is_some() {
            barred += 1;
            continue;
        }
        let weeks = team::weeks(state.wellbeing(), team.id, measure, first..=last).await?;
        let is_nothing = |(_, told): &(Date, Told)| matches!(told, Told::Withheld(Why::Nothing));
        if !weeks.iter().all(is_nothing) {
            measured.push(one(measure, &weeks));
            definitions.push(definition(measure));
        }
    }
    let least = state.settings().least_people;
    let body = TeamBody {
        name: team.name.clone(),
        period: format!(
            "The {WEEKS} weeks from {} on; the last one begins on {}",
            words::date(first),
            words::date(last)
        ),
        people: "Of how many people a figure is stands beside it, in classes.".to_owned(),
        rules: rules(least, barred),
        measured: match measured.is_empty() {
            true => Said::not(Missing::None, "Nothing was given of this team in these weeks."),
            false => Said::Here(measured),
        },
    };
    Ok(report(state, dated, ("team", team.id.0), (Body::Team(Box::new(body)), definitions)))
}

fn rules(least: u32, barred: u32) -> Vec<String> {
    let mut rules = vec![
        format!("A figure is of at least {least} people, each of whom counts once."),
        "It is made once, of a week that is over, and withheld where it would tell of a few with figures of other weeks or teams."
            .to_owned(),
        "It is given in steps, and the number of its people in classes.".to_owned(),
    ];
    if barred > 0 {
        rules.push(format!("{barred} measures are not told of any team under the profile in force."));
    }
    rules
}

fn definition(measure: &Measure) -> Definition {
    Definition {
        name: measure.title.to_owned(),
        says: measure.formula.to_owned(),
        unit: unit(measure),
        source: measure.source.to_owned(),
    }
}

fn unit(measure: &Measure) -> String {
    match measure.unit {
        "" => format!("{} to {}", decimal(measure.range.0, 0), decimal(measure.range.1, 0)),
        unit => unit.to_owned(),
    }
}

/// Two decimals where the scale is one or two long, fewer on longer ones.
fn written(measure: &Measure, value: f64) -> String {
    let long = measure.range.1 - measure.range.0;
    decimal(value, if long <= 2.0 { 2 } else { usize::from(long <= 10.0) })
}

fn said(why: Why) -> String {
    why.words().to_owned()
}

/// What is told of a week: a value, or why there is none.
type Week = Result<TeamFigure, (Missing, String)>;

fn told(measure: &Measure, told: &Told) -> Week {
    match told {
        Told::Figure(figure)
            if figure.between.1 - figure.between.0 > TOO_WIDE * (measure.range.1 - measure.range.0) =>
        {
            Err((Missing::TooLittle, "It is too uncertain to be told.".to_owned()))
        }
        Told::Figure(figure) => Ok(*figure),
        Told::Withheld(Why::Nothing) => Err((Missing::None, said(Why::Nothing))),
        Told::Withheld(why) => Err((Missing::Withheld, said(*why))),
    }
}

fn one(measure: &Measure, weeks: &[(Date, Told)]) -> Measured {
    let all: Vec<(Date, Week)> = weeks.iter().map(|(week, of)| (*week, told(measure, of))).collect();
    let mut back = all.iter().rev();
    let (now, then) = (back.next(), back.next());
    let value = match now {
        Some((_, Ok(figure))) => {
            let [value, low, high] = [figure.value, figure.between.0, figure.between.1].map(|of| written(measure, of));
            Said::Here(format!("{value} (between {low} and {high})"))
        }
        Some((_, Err((why, says)))) => Said::not(*why, says.as_str()),
        None => Said::not(Missing::None, said(Why::Nothing)),
    };
    let coverage = now.and_then(|(_, of)| of.as_ref().ok()).map_or_else(|| "not told".to_owned(), coverage);
    let period = now.map_or_else(String::new, |(week, _)| format!("the week from {} on", words::date(*week)));
    let both = now.and_then(|(_, of)| of.as_ref().ok()).zip(then.and_then(|(_, of)| of.as_ref().ok()));
    let change = both.map_or_else(
        || "It can't be compared with the week before.".to_owned(),
        |(now, then)| match now.value - then.value {
            more if more > 0.0 => format!("{} more than in the week before.", written(measure, more)),
            less if less < 0.0 => format!("{} less than in the week before.", written(measure, -less)),
            _ => "As in the week before.".to_owned(),
        },
    );
    let figures = all.iter().filter(|(_, of)| of.is_ok()).count();
    Measured {
        figure: Figure {
            name: measure.title.to_owned(),
            value,
            period,
            coverage,
            definition: measure.title.to_owned(),
        },
        change,
        course: Series {
            title: format!("{} by week", measure.title),
            finding: format!("{figures} of {} weeks have a figure.", all.len()),
            unit: unit(measure),
            lowest: measure.range.0,
            highest: measure.range.1,
            usual: None,
            definition: measure.title.to_owned(),
            points: all.iter().map(|(week, of)| point(measure, *week, of)).collect(),
        },
    }
}

fn point(measure: &Measure, week: Date, of: &Week) -> Point {
    let at = week.strftime("%-d %b").to_string();
    match of {
        Ok(figure) => {
            Point { at, value: Some(figure.value), written: written(measure, figure.value), coverage: coverage(figure) }
        }
        Err((_, says)) => Point { at, value: None, written: says.clone(), coverage: "not told".to_owned() },
    }
}

fn coverage(figure: &TeamFigure) -> String {
    let seen = figure.coverage.map(|share| format!(", seen {} of the time", percent(share)));
    format!("at least {} people{}", figure.people, seen.unwrap_or_default())
}
