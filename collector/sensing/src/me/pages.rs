use attune_ground::http::{Problem, Query};
use attune_ground::measures::Measure;
use attune_pages::Markup;
use attune_pages::chart::{Bucket, Chart, Seen};
use attune_pages::figure::{Figure, Known, Reading};
use attune_pages::form::{ButtonLink, Weight};
use attune_pages::part::{Fold, Tabs};
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::words::{Calendar, decimal, length, words};
use attune_people::People;
use attune_people::me::Own;
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use attune_wellbeing::bucket::{Span, day_number, day_of};
use attune_wellbeing::figures::Baseline;
use attune_wellbeing::{Wellbeing, WellbeingError, rollup};
use axum::Router;
use axum::extract::{FromRef, State};
use axum::response::Response;
use axum::routing::get;

use super::day::{Day, Named, SHOWN};
use super::routes::{DayQuery, found};
use super::why;
use super::written::{self, STRETCH};
use crate::sessions::{SessionKind, Shelf};

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Shelf: FromRef<S>,
    People: FromRef<S>,
    Wellbeing: FromRef<S>,
{
    Router::new().route("/me", get(show)).route("/me/why/{id}", get(why::show).post(why::correct))
}

async fn show(
    asker: Asker,
    State(shelf): State<Shelf>,
    State(people): State<People>,
    State(wellbeing): State<Wellbeing>,
    Query(asked): Query<DayQuery>,
) -> Result<Response, Problem> {
    let own = Own::of(&people, &asker).await?;
    let times = people.calendar(Some(own.person)).await?;
    let day = found(&shelf, &own, asked.day.as_deref().filter(|day| !day.is_empty()), &times).await?;
    let name = times.day(day.span.0);
    let Opened { frame, .. } = opened(&people, &asker, "Your day", &finding(&day, &name, &times), "/me").await?;
    let mut body = around(&day, &times);
    let written = written::of_day(&day.all_written, &day.written, (day.span, &times));
    if day.sessions.is_empty() {
        let step = ButtonLink::new("/me/devices", "See your devices", Weight::Primary);
        let what = format!(
            "Of {name} nothing was sensed: here stands the day as a strip, with its sessions and their scores."
        );
        return Ok(frame.answer(&body.with(&Shown::Empty { what, step: Some(step) }).with(&written)));
    }
    let usual = usual(&wellbeing, &own, &day).await?;
    body = body.with(&Figure::row(&figures(&day, &name, usual))).with(&strip(&day, &times).html());
    body = body.with(&sessions(&shelf, &day, &times).await?).with(&written);
    let how = Markup::paragraph(
        "Each stretch is ten minutes: the mean over its windows of ten seconds, each weighed by how sure it is, with one standard deviation \
         to both sides. Where nothing was seen, or what was seen tells too little, there is a gap and no number. What is usual for you \
         is the median of the 14 days before, of what came here, once five of them tell it; your devices know it by the hour, and their own \
         page shows it. How much was seen is of the time of the day's sessions.",
    );
    Ok(frame.answer(&body.with(&Fold::new("How this is computed", &how))))
}

/// The day in a sentence.
fn finding(day: &Day, name: &str, times: &Calendar) -> String {
    let said = match (day.sessions.len(), day.seen) {
        (0, _) => format!("{name}: nothing was sensed."),
        (1, seen) => format!("{name}: one session, {} of it seen.", length(seen)),
        (several, seen) => format!("{name}: {several} sessions, {} of them seen.", length(seen)),
    };
    format!("{said} {}", times.says())
}

/// Links to the weeks and months that it is a part of, and to the days around it.
fn around(day: &Day, times: &Calendar) -> Markup {
    let texts = &words().trends;
    let views = Tabs::new(texts.views.as_str()).tab(texts.today.as_str(), "/me", true);
    let views = views.tab(texts.title.as_str(), "/me/trends", false);
    let link = |date: Option<jiff::civil::Date>, label: &str| {
        date.map(|date| Markup::of(&ButtonLink::new(format!("/me?day={date}"), label, Weight::Quiet)))
    };
    // Of a day that is not there yet nothing can be told.
    let after = day.date.tomorrow().ok().filter(|next| times.date(times.now).is_none_or(|today| *next <= today));
    let days = [link(day.date.yesterday().ok(), "Day before"), link(after, "Day after")];
    Markup::of(&views).with(&days.into_iter().flatten().collect::<Markup>())
}

/// The measures in which the scores of a day are rolled up, in their order.
const MEASURES: [&str; SHOWN.len()] = ["stress_load", "attention", "overall"];

/// What was usual for whoever looks before a day, in the order of the scores that it shows; none where too few days tell it.
async fn usual(state: &Wellbeing, own: &Own, day: &Day) -> Result<[Option<Baseline>; SHOWN.len()], WellbeingError> {
    let number = day_number(day.date);
    let Some((first, last)) = day_of(number - Baseline::DAYS).zip(day_of(number - 1)) else {
        return Ok([None; SHOWN.len()]);
    };
    let days = rollup::of(state, own.person, Span::Day, first..=last).await?;
    Ok(MEASURES.map(|name| Measure::of_name(name).and_then(|measure| Baseline::before(&days, number, measure))))
}

fn figures(day: &Day, name: &str, usual: [Option<Baseline>; SHOWN.len()]) -> Vec<Figure> {
    let figure = |((_, label, of), usual): (Named, Option<Baseline>)| {
        let score = of(&day.whole);
        let reading = match (score.value_and_sd(), score.missing()) {
            (Some((value, sd)), _) => {
                let (low, high) = ((value - sd).max(0.0), (value + sd).min(1.0));
                let known = Known::new(decimal(value, 2), "of 1").between(decimal(low, 2), decimal(high, 2));
                let known = match usual {
                    Some(usual) => known.level(format!("usual for you: {}", decimal(usual.median, 2))),
                    None => known.level("what is usual for you is not known yet"),
                };
                Reading::Known(match day.on {
                    0 => known,
                    on => known.seen(day.seen as f64 / on as f64, "the time of its sessions"),
                })
            }
            (None, Some(absence)) => Reading::None { why: format!("{}.", absence.sentence(label)) },
            (None, None) => Reading::None { why: "Nothing tells it.".into() },
        };
        Figure::new(label, name, reading)
    };
    SHOWN.into_iter().zip(usual).map(figure).collect()
}

fn strip(day: &Day, times: &Calendar) -> Chart {
    let chart = Chart::strip("day", "Your day", times.clone(), day.span)
        .finding("Scores of ten minutes each, from 0 to 1. Where nothing was seen there is a gap.");
    SHOWN.into_iter().fold(chart, |chart, (_, label, of)| {
        let bucket = |(from, whole): &(i64, attune_analysis::indicators::Assessment)| {
            let score = of(whole);
            let seen = match (score.value_and_sd(), score.missing()) {
                (Some((value, sd)), _) => {
                    Seen::Value { value, low: (value - sd).max(0.0), high: (value + sd).min(1.0) }
                }
                (None, Some(absence)) => Seen::Gap(absence.because()),
                (None, None) => Seen::Gap("nothing tells it".into()),
            };
            Bucket { from: *from, to: from + STRETCH, seen, usual: None }
        };
        chart.series(label, day.stretches.iter().map(bucket).collect())
    })
}

async fn sessions(shelf: &Shelf, day: &Day, times: &Calendar) -> Result<Table, Problem> {
    let columns = vec![
        Column::new("When"),
        Column::new("From"),
        Column::number("Stress"),
        Column::number("Attention"),
        Column::number("Overall"),
        Column::number("Signal quality"),
    ];
    let mut table = Table::new("Sessions of the day", columns).note("A row leads to why its scores are what they are.");
    for session in &day.sessions {
        let summary = shelf.summary(session).await?;
        let value = |value: Option<f64>| value.map_or_else(Cell::none, |value| Cell::value(value, 2));
        let mut cells = vec![
            Cell::text(times.span(session.started_at, session.ended_at)),
            Cell::text(match session.kind {
                SessionKind::Live => "your devices",
                SessionKind::Analysis => "an analysis",
            }),
        ];
        cells.extend(SHOWN.iter().map(|(_, _, of)| value(of(&summary.scores).value())));
        cells.push(value(summary.scores.quality));
        table = table.row(Row::new(cells).to(format!("/me/why/{}", session.session)));
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_score_of_a_day_is_rolled_up_in_a_measure_of_the_same_name_and_scale() {
        for ((_, label, _), name) in SHOWN.into_iter().zip(MEASURES) {
            let measure = Measure::of_name(name).expect("a measure");
            assert!(measure.title.starts_with(label), "{label}: {name}");
            assert_eq!(measure.range, (0.0, 1.0), "{name}");
        }
    }
}
