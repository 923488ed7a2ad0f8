use attune_ground::http::{AnyQuery, Problem};
use attune_pages::Markup;
use attune_pages::chart::{Bucket, Chart, Seen};
use attune_pages::form::{ButtonLink, Weight};
use attune_pages::part::{Notice, Tone};
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::words::{self, Calendar, HrDaysWords, month_of_year, short, weekdays};
use attune_people::me::Own;
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use axum::extract::State;
use axum::response::Response;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Deserialize;

use super::drawn::ceiling;
use crate::days::{self, HrOwnDay, HrOwnWeek};
use crate::own;
use crate::state::Hr;
use crate::turn::WAITS;

/// Where it is.
pub(super) const PATH: &str = "/me/hr/calendar";
/// The place of the header below which the page is.
const PLACE: &str = "/me/data";
/// The scale of the vibe meter.
const MOOD: (f64, f64) = (1.0, 6.0);

/// Which month is asked for, and which weeks.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    month: String,
}

fn texts() -> &'static HrDaysWords {
    &super::texts().days
}

/// One's own month day by day, and one's mood and hours by week, as tables of HR have them.
pub(super) async fn show(
    asker: Asker,
    State(state): State<Hr>,
    AnyQuery(asked): AnyQuery<Asked>,
) -> Result<Response, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let times = state.people().calendar(Some(own.person)).await?;
    let today = times.date(times.now).ok_or_else(Problem::abandoned)?;
    let _turn = state.looking_at_own().within(WAITS).await?;
    let tables = days::standing(&own::all(&state, &own.people).await?);
    let first = days::month(&tables, today, &asked.month)?;
    let days = days::days(&tables, first);
    let known = days.iter().filter(|day| day.is_known()).count() as u64;
    let finding = texts().finding.fill(&[("days", &texts().days.of(known)), ("month", &month_of_year(first))]);
    let Opened { frame, .. } = opened(state.people(), &asker, &texts().title, &finding, PLACE).await?;
    let mut body = months(first);
    body = match known {
        0 => body.with(&Notice::new(Tone::Plain, texts().none.as_str(), "")),
        _ => body.with(&activity(&days, &times)),
    };
    body = body.with(&grid(first, &days));
    let weeks = days::weeks(&tables, today, ["", ""])?;
    if weeks.iter().any(|week| week.mood.is_some() || week.hours.is_some()) {
        body = body.with(&Markup::heading(texts().weeks.as_str())).with(&history(&weeks, &times));
    }
    let body = body.with(&Markup::paragraph(texts().note.as_str()));
    Ok(frame.back("/me/hr", texts().back.as_str()).answer(&body))
}

/// The months beside this one.
fn months(first: Date) -> Markup {
    let beside = [first.checked_sub(1.month()).ok(), first.checked_add(1.month()).ok()];
    let link = |month: Date| {
        let href = format!("{PATH}?month={}", month.strftime("%Y-%m"));
        Markup::of(&ButtonLink::new(href, month_of_year(month), Weight::Quiet))
    };
    beside.into_iter().flatten().map(link).collect()
}

/// The month as a grid: a row for each week, a column for each day of it.
fn grid(first: Date, days: &[HrOwnDay]) -> Table {
    let texts = texts();
    let names = weekdays().iter().map(|day| Column::new(day.as_str()));
    let columns = std::iter::once(Column::new(texts.week.as_str())).chain(names).collect();
    let caption = texts.caption.with("month", &month_of_year(first));
    let lead = usize::from(first.weekday().to_monday_zero_offset().unsigned_abs());
    let cells: Vec<Option<&HrOwnDay>> = std::iter::repeat_n(None, lead).chain(days.iter().map(Some)).collect();
    cells.chunks(7).map(week).fold(Table::new(caption, columns), Table::row)
}

fn week(days: &[Option<&HrOwnDay>]) -> Row {
    let begin = days.iter().flatten().next().map_or_else(String::new, |day| words::date(day.date));
    let other = || Cell::text(texts().other_month.as_str());
    let cells = (0..7).map(|place| days.get(place).copied().flatten().map_or_else(other, cell));
    Row::new(std::iter::once(Cell::text(begin)).chain(cells).collect())
}

fn cell(day: &HrOwnDay) -> Cell {
    let texts = texts();
    let number = day.date.day().to_string();
    let counts = [(&texts.meetings, day.meetings), (&texts.messages, day.messages), (&texts.mails, day.mails)];
    let said = day.hours.map(|hours| texts.hours.with("n", &short(hours)));
    let counts = counts.into_iter().filter_map(|(plural, count)| Some(plural.of(u64::from(count?))));
    let mood = day.mood.map(|mood| texts.mood.with("n", &short(mood)));
    let kinds = &super::texts().own.leaves;
    let away = day.is_away.then(|| match day.leave {
        Some(kind) => texts.leave_of.with("kind", &kinds[kind as usize]),
        None => texts.leave.clone(),
    });
    let all: Vec<String> = said.into_iter().chain(counts).chain(mood).chain(away).collect();
    let all = if all.is_empty() { texts.no_row.clone() } else { all.join(", ") };
    Cell::text(texts.day.fill(&[("day", &number), ("says", &all)]))
}

/// A figure of a day, where it has one.
type OfDay = fn(&HrOwnDay) -> Option<f64>;

/// Hours, and messages, mails and meetings, of each day of the month.
fn activity(days: &[HrOwnDay], times: &Calendar) -> Markup {
    let (texts, columns) = (texts(), &super::texts().own.columns);
    let begin = |day: Option<&HrOwnDay>| times.day_span(day?.date);
    let Some(((from, _), (_, to))) = begin(days.first()).zip(begin(days.last())) else { return Markup::none() };
    let buckets = |value: OfDay| -> Vec<Bucket> {
        days.iter().filter_map(|day| Some(bucket(times.day_span(day.date)?, value(day)))).collect()
    };
    let counts: [(&String, OfDay); 3] = [
        (&columns.messages, |day| day.messages.map(f64::from)),
        (&columns.mails, |day| day.mails.map(f64::from)),
        (&columns.meetings, |day| day.meetings.map(f64::from)),
    ];
    let greatest = counts.iter().flat_map(|(_, value)| days.iter().filter_map(value)).fold(0.0, f64::max);
    let hours = Chart::lines("hours", texts.hours_chart.as_str(), times.clone(), (from, to))
        .scale((0.0, 24.0), 1)
        .finding(texts.chart_says.as_str())
        .series(columns.hours.as_str(), buckets(|day| day.hours));
    let written = Chart::lines("written", texts.counts_chart.as_str(), times.clone(), (from, to))
        .scale((0.0, ceiling(greatest)), 0)
        .finding(texts.chart_says.as_str());
    let written = counts.into_iter().fold(written, |chart, (name, value)| chart.series(name.as_str(), buckets(value)));
    hours.html().with(&written.html())
}

/// Mood and hours by week.
fn history(weeks: &[HrOwnWeek], times: &Calendar) -> Markup {
    let (texts, columns) = (texts(), &super::texts().own.columns);
    let span = |week: &HrOwnWeek| Some((times.day_span(week.from)?.0, times.day_span(week.to)?.1));
    let ends = weeks.first().and_then(span).zip(weeks.last().and_then(span));
    let Some(((from, _), (_, to))) = ends else { return Markup::none() };
    let buckets = |value: fn(&HrOwnWeek) -> Option<f64>| -> Vec<Bucket> {
        weeks.iter().filter_map(|week| Some(bucket(span(week)?, value(week)))).collect()
    };
    let chart = |id: &str, title: &str, scale: (f64, f64)| {
        Chart::lines(id, title, times.clone(), (from, to)).scale(scale, 1).finding(texts.chart_says.as_str())
    };
    let mood = chart("mood-weeks", &texts.mood_weeks, MOOD).series(columns.score.as_str(), buckets(|week| week.mood));
    let hours = chart("hours-weeks", &texts.hours_weeks, (0.0, 24.0))
        .series(columns.hours.as_str(), buckets(|week| week.hours));
    mood.html().with(&hours.html())
}

/// A stretch of a chart; a gap where no row says anything.
fn bucket((from, to): (i64, i64), value: Option<f64>) -> Bucket {
    let seen = match value {
        Some(value) => Seen::Value { value, low: value, high: value },
        None => Seen::Gap(texts().no_row.clone()),
    };
    Bucket { from, to, seen, usual: None }
}
