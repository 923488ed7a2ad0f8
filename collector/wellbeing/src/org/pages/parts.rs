//! Parts that the pages of teams share: the choice of what is shown, figures, stretches of a chart, how it is computed.

use attune_ground::http::Problem;
use attune_ground::measures::{MEASURES, Measure};
use attune_pages::Markup;
use attune_pages::chart::{Bucket, Seen};
use attune_pages::figure::{Known, Reading};
use attune_pages::form::{Button, Choice, Field, Form, TextKind};
use attune_pages::part::Fold;
use attune_pages::words::Calendar;
use jiff::ToSpan;
use jiff::civil::Date;

use super::super::asked::{Asked, Wanted, Weeks, last_over};
use super::super::barred::Barred;
use super::super::told::{Change, Mean, OfTeam, Week, is_too_wide, is_withheld, said};
use super::super::words::words;
use crate::team::Why;
pub(super) use crate::written::{decimals, ends, written};
use crate::written::{is_of_what_was_seen, unit};

/// Numbers of weeks that are offered.
const OFFERED: [i64; 4] = [4, 12, 26, 52];

/// A day in words.
pub(super) fn day(times: &Calendar, date: Date) -> String {
    times.day_span(date).map_or_else(|| date.to_string(), |(begin, _)| times.day(begin))
}

/// Weeks in words: the first and the last day of them.
pub(super) fn period(times: &Calendar, weeks: Weeks) -> String {
    words().figure.period.fill(&[("from", &day(times, weeks.first)), ("to", &day(times, weeks.sunday()))])
}

/// The form by which measure and weeks are chosen.
pub(super) fn chooser(action: &str, asked: &Asked, barred: &Barred) -> Form {
    let texts = &words().choose;
    // Those of one kind of channel are chosen where the kinds stand beside each other: here they would be two thirds of the list.
    let offered = |measure: &&'static Measure| measure.channel().is_none() || *measure == asked.measure;
    let measures = MEASURES.iter().filter(offered).map(|measure| {
        let label = if barred.why(measure).is_some() {
            texts.barred.with("measure", measure.title)
        } else {
            measure.title.to_owned()
        };
        Choice::new(measure.name, label)
    });
    let mut offered = OFFERED.to_vec();
    let count = asked.weeks.count();
    if asked.is_last && !offered.contains(&count) {
        offered.push(count);
        offered.sort_unstable();
    }
    let weeks = offered.iter().map(|count| Choice::new(count.to_string(), texts.last.of(count.unsigned_abs())));
    let (chosen, from, to) = match asked.is_last {
        true => (count.to_string(), String::new(), String::new()),
        false => ("12".to_owned(), asked.weeks.first.to_string(), asked.weeks.sunday().to_string()),
    };
    Form::get("choose", action)
        .field(Field::select("measure", texts.measure.as_str(), measures.collect()).value(asked.measure.name))
        .field(
            Field::select("weeks", texts.weeks.as_str(), weeks.collect())
                .value(&chosen)
                .hint(texts.weeks_hint.as_str()),
        )
        .field(Field::text("from", texts.from.as_str(), TextKind::Date).value(&from))
        .field(Field::text("to", texts.to.as_str(), TextKind::Date).value(&to))
        .button(Button::quiet(texts.show.as_str()))
}

/// The same form where what was asked for is refused: what was typed stays, beside what is wrong with it.
pub(super) fn refused(
    action: &str,
    Wanted { measure, weeks, from, to }: Wanted<'_>,
    (barred, times): (&Barred, &Calendar),
    problem: &Problem,
) -> Result<Form, Problem> {
    let usual = Asked::read(Wanted::default(), barred, times)?;
    let typed = [("measure", measure), ("weeks", weeks), ("from", from), ("to", to)];
    let mut form = chooser(action, &usual, barred).keep(typed.into_iter().filter(|(_, value)| !value.is_empty()));
    form.refuse(problem.field.as_deref().unwrap_or_default(), problem.detail.clone());
    Ok(form)
}

/// Of how many people something is.
pub(super) fn people((least, most): (u32, u32)) -> String {
    let texts = &words().figure;
    let (least, most) = (least.to_string(), most.to_string());
    match least == most {
        true => texts.people.with("n", &least),
        false => texts.people_between.fill(&[("least", &least), ("most", &most)]),
    }
}

/// Whether a change is smaller than anything that is written.
pub(super) fn is_written_as_none(measure: &Measure, change: Change) -> bool {
    written(measure, change.by.abs()) == written(measure, 0.0)
}

/// What is too uncertain to be told, in words.
pub(super) fn too_uncertain(measure: &Measure, (low, high): (f64, f64)) -> String {
    words().figure.uncertain.fill(&[("low", &written(measure, low)), ("high", &written(measure, high))])
}

/// How something changed, in words.
pub(super) fn changed(measure: &Measure, change: Option<Change>) -> String {
    let texts = &words().figure;
    match change {
        None => texts.nothing_before.clone(),
        Some(change) if !change.is_sure || is_written_as_none(measure, change) => texts.open.clone(),
        Some(change) => {
            let phrase = if change.by > 0.0 { &texts.more } else { &texts.less };
            phrase.with("by", &written(measure, change.by.abs()))
        }
    }
}

/// What a figure has to say.
pub(super) fn reading(measure: &Measure, told: &Result<Mean, Why>, change: &str) -> Reading {
    match told {
        Ok(mean) => known(measure, mean, change),
        Err(why) if is_withheld(*why) => Reading::Withheld { rule: said(measure, *why) },
        Err(why) => Reading::None { why: said(measure, *why) },
    }
}

fn known(measure: &Measure, mean: &Mean, change: &str) -> Reading {
    let between = (written(measure, mean.between.0), written(measure, mean.between.1));
    if is_too_wide(mean.between, measure.range) {
        return Reading::Uncertain { between: Some(between), why: words().figure.too_wide.clone() };
    }
    let known = Known::new(written(measure, mean.value), unit(measure))
        .level(people(mean.people))
        .between(between.0, between.1)
        .change(change);
    Reading::Known(match mean.coverage.filter(|_| is_of_what_was_seen(measure)) {
        Some(share) => known.seen(share, words().figure.seen_of.as_str()),
        None => known,
    })
}

/// As [`reading`]; a team that is younger than the weeks that are asked for lacks weeks.
pub(super) fn reading_of(measure: &Measure, of: &OfTeam, asked: &Asked, times: &Calendar) -> Reading {
    let (_, end) = asked.weeks.span(times);
    let is_last = last_over(times).is_some_and(|last| last == asked.weeks.last);
    match &of.now {
        Err(why) if !is_withheld(*why) && is_last && of.team.made_at >= end => {
            let since = words().figure.weeks_needed.with("day", &times.day(of.team.made_at));
            Reading::TooLittle { has: 0, needs: 1, of: since }
        }
        told => reading(measure, told, &changed(measure, of.change())),
    }
}

/// The stretches of a chart: a week each.
pub(super) fn buckets(measure: &Measure, weeks: &[Week], times: &Calendar) -> Vec<Bucket> {
    let bucket = |week: &Week| {
        let (from, _) = times.day_span(week.monday)?;
        let (_, to) = times.day_span(week.monday.checked_add(6.days()).ok()?)?;
        let seen = match &week.told {
            Ok(figure) if is_too_wide(figure.between, measure.range) => {
                Seen::Gap(too_uncertain(measure, figure.between))
            }
            Ok(figure) => Seen::Value { value: figure.value, low: figure.between.0, high: figure.between.1 },
            Err(why) if is_withheld(*why) => Seen::Withheld(behind_a_colon(&said(measure, *why))),
            Err(why) => Seen::Gap(behind_a_colon(&said(measure, *why))),
        };
        Some(Bucket { from, to, seen, usual: None })
    };
    weeks.iter().filter_map(bucket).collect()
}

/// Why there is no figure, as a cell of a table has it.
pub(super) fn why(measure: &Measure, why: Why) -> String {
    let texts = &words().figure;
    let phrase = if is_withheld(why) { &texts.withheld } else { &texts.none };
    phrase.with("why", &behind_a_colon(&said(measure, why)))
}

/// A sentence as it stands behind a colon: it begins small, but for what is written in capitals.
fn behind_a_colon(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => first.to_lowercase().chain(letters).collect(),
        _ => text.to_owned(),
    }
}

/// How figures of teams are computed, folded away.
pub(super) fn how(measure: &Measure, least_people: u32) -> Fold {
    let texts = &words().how;
    let formula =
        texts.measure.fill(&[("title", measure.title), ("formula", measure.formula), ("source", measure.source)]);
    let body = Markup::paragraph(formula)
        .with(&Markup::paragraph(texts.teams.with("k", &least_people.to_string())))
        .with(&Markup::paragraph(texts.weeks.as_str()))
        .with(&Markup::paragraph(texts.compared.as_str()));
    Fold::new(texts.title.as_str(), &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_there_is_no_figure_is_said_once_and_begins_small_behind_a_colon() {
        let why = |reason| why(&MEASURES[0], reason);
        assert_eq!(why(Why::Nothing), "no figure: nothing was seen, or the week is not over and counted yet.");
        assert!(why(Why::TooFew).starts_with("withheld: too few people were seen"), "{}", why(Why::TooFew));
        assert_eq!(behind_a_colon("HR may not see it"), "HR may not see it");
    }
}
