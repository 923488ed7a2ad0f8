//! Values by day, as reports show them.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use attune_pages::words::decimal;
use attune_reports::{Figure, Point, Told, Why};
use jiff::civil::{Date, Weekday};

/// Days with their values.
pub(super) type ByDay = BTreeMap<Date, f64>;

/// A mean of fewer days says nothing.
pub(super) const FEWEST: usize = 3;

/// The values within days.
pub(super) fn within(all: &ByDay, days: RangeInclusive<Date>) -> Vec<f64> {
    all.range(days).map(|(_, value)| *value).collect()
}

/// The mean, where there are any.
pub(super) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Days from Monday to Friday.
pub(super) fn working_days(days: RangeInclusive<Date>) -> usize {
    let (first, last) = days.into_inner();
    let all = first.series(jiff::Span::new().days(1)).take_while(|day| *day <= last);
    all.filter(|day| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)).count()
}

/// A point for each day.
pub(super) fn points(all: &ByDay, days: RangeInclusive<Date>, (decimals, none): (usize, &str)) -> Vec<Point> {
    let (first, last) = days.into_inner();
    let each = first.series(jiff::Span::new().days(1)).take_while(|day| *day <= last);
    let point = |day: Date| {
        let value = all.get(&day).copied();
        Point {
            at: day.strftime("%-d %b").to_string(),
            value,
            written: value.map_or_else(|| none.to_owned(), |value| decimal(value, decimals)),
            coverage: if value.is_some() { "the table has this day" } else { "the table has no such day" }.to_owned(),
        }
    };
    each.map(point).collect()
}

/// A figure that is there.
pub(super) fn figure(name: &str, value: String, (period, coverage): (&str, &str), definition: &str) -> Figure {
    Figure {
        name: name.to_owned(),
        value: Told::Here(value),
        period: period.to_owned(),
        coverage: coverage.to_owned(),
        definition: definition.to_owned(),
    }
}

/// A mean, where it is of enough days.
pub(super) fn mean_of(values: &[f64], decimals: usize, unit: &str) -> Told<String> {
    match mean(values) {
        Some(mean) if values.len() >= FEWEST => Told::Here(format!("{}{unit}", decimal(mean, decimals))),
        _ => Told::not(Why::TooLittle, format!("{} of at least {FEWEST} days.", values.len())),
    }
}
