//! What somebody wrote, for themselves: kinds of channels beside each other, and at which hours they write.

use attune_ground::measures::{CHANNELS, Channel, Measure};
use attune_pages::Markup;
use attune_pages::chart::{Bucket as Stretch, Chart, Seen};
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::words::{Calendar, decimal, percent, words};
use jiff::tz::TimeZone;

use super::hours::{Hours, messages};
use super::view::View;
use crate::figures::mindpulse::{OfMessages, Told};
use crate::written::written;

const HOUR: i64 = 3_600_000;

/// Of how many messages something is said of hours, at least. Ours: with fewer each stands out.
const LEAST: u32 = 10;

impl View {
    /// What was written, where anything was.
    pub(super) fn written(&self) -> Markup {
        let texts = &words().trends.written;
        let now = self.period.merged(&self.days);
        if messages(&now) == 0 {
            return Markup::none();
        }
        let mut body = Markup::heading(texts.title.as_str());
        let kinds = CHANNELS.iter().filter_map(|kind| Some((kind, Told::written(&now, Some(kind))?)));
        let kinds: Vec<(&'static Channel, Told)> = kinds.collect();
        if !kinds.is_empty() {
            body = body.with(&table(&kinds));
        }
        let all: u32 = self.hours.iter().sum();
        match all {
            0..LEAST => body.with(&Markup::paragraph(texts.hours_missing.with("n", &LEAST.to_string()))),
            all => body.with(&strip(&self.hours, all).html()),
        }
    }
}

/// Kinds of channels beside each other.
fn table(kinds: &[(&'static Channel, Told)]) -> Table {
    let texts = &words().trends.written;
    let columns = vec![
        Column::new(texts.kind.as_str()),
        Column::number(texts.messages.as_str()),
        Column::number(texts.sentiment.as_str()),
        Column::number(texts.stress.as_str()),
        Column::number(texts.score.as_str()),
    ];
    let value = |measure: &Measure, told: Option<(f64, f64)>| {
        told.map_or_else(Cell::none, |(value, _)| Cell::text(written(measure, value)))
    };
    kinds.iter().fold(Table::new(texts.table.as_str(), columns), |table, (kind, told)| {
        let of = OfMessages::of(Some(kind));
        table.row(Row::new(vec![
            Cell::text(kind.title),
            Cell::count(told.count.into()),
            value(of.sentiment, told.sentiment),
            value(of.stress, told.stress),
            told.score().map_or_else(Cell::none, |score| Cell::text(decimal(score, 1))),
        ]))
    })
}

/// The hours of a day, each with its share of all messages. It is of no day: it is drawn over one without a change of clocks, up to its last
/// minute, so that no other day is named.
fn strip(hours: &Hours, all: u32) -> Chart {
    let texts = &words().trends.written;
    let end = 24 * HOUR - 60_000;
    let share = |count: u32| f64::from(count) / f64::from(all);
    let most = hours.iter().copied().map(share).fold(0.0, f64::max);
    let stretch = |(hour, count): (i64, &u32)| {
        let value = share(*count);
        let seen = Seen::Value { value, low: value, high: value };
        Stretch { from: hour * HOUR, to: ((hour + 1) * HOUR).min(end), seen, usual: None }
    };
    let busiest = hours.iter().copied().map(share).enumerate().max_by(|one, other| one.1.total_cmp(&other.1));
    let (busiest, of_it) = busiest.unwrap_or_default();
    let (clock, of_it, count) = (format!("{busiest:02}:00"), percent(of_it), all.to_string());
    let finding = texts.hours_finding.fill(&[("hour", &clock), ("share", &of_it), ("n", &count)]);
    Chart::strip("hours", texts.hours.as_str(), Calendar::new(TimeZone::UTC, end), (0, end))
        .scale((0.0, most), 2)
        .finding(finding)
        .series(texts.share.as_str(), (0..).zip(hours).map(stretch).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strip_names_the_busiest_hour_and_its_share() {
        let mut hours = [0; 24];
        (hours[9], hours[22]) = (30, 10);
        let html = strip(&hours, 40).html().into_string();
        assert!(html.contains("09:00") && html.contains("75\u{a0}%") && html.contains("40"), "{html}");
        assert!(!html.contains("January") && !html.contains("NaN"), "it is of no day: {html}");
    }

    #[test]
    fn a_kind_of_channel_has_a_row_with_its_messages_and_their_score() {
        let kind = CHANNELS.iter().find(|kind| kind.name == "slack").expect("a kind");
        let told =
            Told { sentiment: Some((0.5, 0.0)), stress: Some((-0.2, 0.0)), emotions: [Some((0.0, 0.0)); 6], count: 7 };
        let html = Markup::of(&table(&[(kind, told)])).into_string();
        // 5 + 1 + 0.3
        assert!(html.contains("Slack") && html.contains("0.50") && html.contains("6.3"), "{html}");
    }
}
