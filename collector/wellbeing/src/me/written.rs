//! What somebody wrote, for themselves: kinds of channels beside each other, and at which hours they write.

use attune_ground::measures::{CHANNELS, Channel, Measure};
use attune_pages::Markup;
use attune_pages::chart::{Bucket as Stretch, Chart, Seen};
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::words::{Calendar, decimal, percent, words};
use attune_people::me::Own;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::period::{Period, seen};
use super::view::View;
use crate::bucket::{Bucket, Span};
use crate::figures::mindpulse::{OfMessages, Told};
use crate::written::written;
use crate::{Wellbeing, WellbeingError};

/// Days of whose hours it is told when somebody writes: hours are many, and four weeks have each day of the week four times.
const DAYS: i64 = 28;

const HOUR: i64 = 3_600_000;

/// Of how many messages something is said of hours, at least. Ours: with fewer each stands out.
const LEAST: u32 = 10;

/// How many messages somebody wrote at each hour of the day.
pub(super) type Hours = [u32; 24];

/// Counts messages by the hours of somebody's clock in the last days of a period. Hours that are kept no more count for nothing.
pub(super) async fn hours(
    state: &Wellbeing,
    own: &Own,
    period: Period,
    zone: &TimeZone,
) -> Result<Hours, WellbeingError> {
    let last = Period::up_to(period.last, period.days().min(DAYS));
    Ok(counted(&seen(state, own, Span::Hour, last).await?, zone))
}

fn counted(found: &[(i64, Bucket)], zone: &TimeZone) -> Hours {
    let mut hours = [0; 24];
    for (begin, bucket) in found {
        let at = Timestamp::from_millisecond(*begin).ok().map(|at| at.to_zoned(zone.clone()).hour());
        let place = at.and_then(|hour| usize::try_from(hour).ok()).and_then(|hour| hours.get_mut(hour));
        if let Some(place) = place {
            *place += messages(bucket);
        }
    }
    hours
}

/// How many messages there are, whether they could be read or not.
pub(super) fn messages(bucket: &Bucket) -> u32 {
    let of = |measure: Option<&Measure>| measure.and_then(|measure| bucket.of(measure)).map_or(0, |sum| sum.count);
    of(Measure::of_name("message_outside_hours")).max(of(Some(OfMessages::of(None).sentiment)))
}

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

    fn hour(begin: i64, count: u32) -> (i64, Bucket) {
        let mut bucket = Bucket::default();
        let measure = Measure::of_name("message_outside_hours").expect("a measure");
        (0..count).for_each(|_| bucket.sums.entry(measure.number).or_default().add(0.0, 1.0, 0.0));
        (begin, bucket)
    }

    #[test]
    fn messages_count_at_the_hour_of_the_persons_own_clock_on_whichever_day() {
        let zone = TimeZone::get("Europe/Berlin").expect("the zones are there");
        // Seven (UTC) is nine in Berlin in summer and eight in winter.
        let (summer, winter) = (20_640 * 24 * HOUR, 20_500 * 24 * HOUR);
        let found = [hour(winter + 7 * HOUR, 2), hour(summer + 7 * HOUR, 3), hour(summer + 23 * HOUR, 1)];
        let hours = counted(&found, &zone);
        assert_eq!((hours[8], hours[9], hours[1]), (2, 3, 1));
        assert_eq!(hours.iter().sum::<u32>(), 6);
        assert_eq!(counted(&[(i64::MAX, Bucket::default())], &zone), [0; 24]);
    }

    #[test]
    fn the_strip_names_the_busiest_hour_and_its_share() {
        let mut hours = [0; 24];
        (hours[9], hours[22]) = (30, 10);
        let html = strip(&hours, 40).html().into_string();
        assert!(html.contains("09:00") && html.contains("75 %") && html.contains("40"), "{html}");
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
