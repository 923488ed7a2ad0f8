//! Charts of the figures of groups.

use attune_pages::Markup;
use attune_pages::chart::{Bucket, Chart, MOST_SERIES, Seen};
use attune_pages::words::HrFiguresWords;

use super::group::Page;
use crate::figures::{OfGroup, OfMeasure, Told, Whose};

/// Groups of the first measure that are drawn; of the others those of one chart.
const DRAWN: usize = 3 * MOST_SERIES;

fn texts() -> &'static HrFiguresWords {
    &super::texts().figures
}

/// Each measure over the time, everybody first; small multiples in one scale where there are more groups than lines in a chart.
pub(super) fn charts(page: &Page<'_>) -> Markup {
    let mut body = Markup::heading(texts().charts.as_str());
    let mut left_out = 0;
    for (place, of) in page.view.measures.iter().enumerate() {
        let most = if place == 0 { DRAWN } else { MOST_SERIES };
        let groups: Vec<&OfGroup> = of.groups.iter().filter(|group| is_drawn(page, group)).collect();
        left_out = left_out.max(groups.len().saturating_sub(most));
        let top = of.definition.scale.1.unwrap_or_else(|| ceiling(greatest(of)));
        for (part, some) in groups[..most.min(groups.len())].chunks(MOST_SERIES).enumerate() {
            body = body.with(&chart(page, of, (part, top), some).html());
        }
    }
    match left_out {
        0 => body,
        more => body.with(&Markup::paragraph(texts().not_drawn.of(more as u64))),
    }
}

/// Where a team is chosen, it and everybody; else all of which anything is told or withheld.
fn is_drawn(page: &Page<'_>, group: &OfGroup) -> bool {
    match (page.chosen, group.whose) {
        (_, Whose::Everybody) => true,
        (Some(chosen), whose) => whose == Whose::Team(chosen),
        (None, _) => group.whole != Told::Nothing,
    }
}

fn chart(page: &Page<'_>, of: &OfMeasure, (part, top): (usize, f64), groups: &[&OfGroup]) -> Chart {
    let definition = of.definition;
    let named: Vec<&str> = groups.iter().map(|group| page.name_of(group.whose)).collect();
    let (told, all) = groups.iter().fold((0, 0), |(told, all), group| (told + group.told(), all + group.cells.len()));
    let finding = texts().chart_says.fill(&[("told", &told.to_string()), ("all", &all.to_string())]);
    let title = texts().chart.fill(&[
        ("measure", definition.display_name),
        ("unit", definition.unit),
        ("groups", &named.join(", ")),
    ]);
    let begin = |day| page.times.day_span(day);
    let span = page.view.span.days().and_then(|(first, last)| Some((begin(first)?.0, begin(last)?.1)));
    let chart = Chart::lines(&format!("{}-{part}", definition.name), title, page.times.clone(), span.unwrap_or((0, 1)))
        .scale((definition.scale.0, top), definition.decimals)
        .finding(finding);
    groups.iter().zip(named).fold(chart, |chart, (group, name)| chart.series(name, buckets(page, group)))
}

fn buckets(page: &Page<'_>, group: &OfGroup) -> Vec<Bucket> {
    let bucket = |(cell, told): (i32, &Told)| {
        let (first, last) = page.view.span.grid.days(cell)?;
        let (from, to) = (page.times.day_span(first)?.0, page.times.day_span(last)?.1);
        let seen = match told {
            Told::Figure(figure) => Seen::Value { value: figure.value, low: figure.between.0, high: figure.between.1 },
            Told::Withheld(why) => Seen::Withheld(page.because(*why)),
            Told::Nothing => Seen::Gap(texts().nothing.clone()),
        };
        Some(Bucket { from, to, seen, usual: None })
    };
    page.view.span.cells().zip(&group.cells).filter_map(bucket).collect()
}

fn greatest(of: &OfMeasure) -> f64 {
    let figures = of.groups.iter().flat_map(|group| &group.cells).filter_map(Told::figure);
    figures.map(|figure| figure.between.1).fold(0.0, f64::max)
}

/// The next of 1, 2, 5, 10, 20, ...: a scale that has no most of its own ends there.
pub(super) fn ceiling(value: f64) -> f64 {
    let mut steps = (0..12).flat_map(|power| [1.0, 2.0, 5.0].map(|step| step * 10f64.powi(power)));
    steps.find(|step| *step >= value).unwrap_or(1e12)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_without_an_end_of_its_own_ends_at_a_round_number() {
        assert_eq!([0.0, 1.0, 1.2, 7.9, 10.0, 4711.0].map(ceiling), [1.0, 1.0, 2.0, 10.0, 10.0, 5000.0]);
        assert!(ceiling(f64::MAX).is_finite());
    }
}
