use attune_pages::Markup;
use attune_pages::chart::{Bucket, Chart, Seen};
use attune_pages::figure::{Figure, Known, Reading};
use attune_pages::part::Fold;

use attune_pages::words::Calendar;

use super::frames::NOW;
use super::{Made, page};

const HOUR: i64 = 3_600_000;
/// Midnight before it, in Berlin.
const DAY: i64 = NOW - 14 * HOUR - 300_000;
/// Midnight in Berlin before the clocks go back, 25 October 2026.
const LONG_DAY: i64 = 1_792_879_200_000;

/// In the evening.
fn calendar() -> Calendar {
    Calendar { now: DAY + 20 * HOUR, ..super::frames::calendar() }
}

pub(crate) fn pages() -> Vec<Made> {
    vec![
        page("day", "Your day", "Your heart beat faster than is usual for you from 14:00 to 15:30.", &day()),
        page("charts", "Charts", "", &charts()),
    ]
}

fn figures() -> Markup {
    let stress = Known::new("0.52", "of 1")
        .level("Higher than is usual for you")
        .between("0.41", "0.63")
        .change("0.10 more than on Monday")
        .seen(0.62, "the working day");
    let figure = |name: &str, reading| Figure::new(name, "Tue 3 March", reading).definition("/measures/stress");
    let rule = "A team is shown from 10 people on; this one has fewer.".into();
    Figure::row(&[
        figure("Stress", Reading::Known(stress)),
        figure(
            "Heart",
            Reading::Known(Known::new("68", "beats a minute").change("As on Monday").seen(0.993, "the day")),
        ),
        figure(
            "Attention",
            Reading::Uncertain {
                between: Some(("0.1".into(), "0.9".into())),
                why: "The camera saw your face for a few seconds at a time.".into(),
            },
        ),
        figure(
            "Your usual",
            Reading::TooLittle { has: 3, needs: 10, of: "days with enough seen, since Mon 2 March".into() },
        ),
        figure("Team", Reading::Withheld { rule }),
        figure("Voice", Reading::None { why: "You did not agree to the microphone.".into() }),
    ])
}

/// A made-up day from nine to half past five, with a gap at noon and something withheld.
fn series(phase: f64) -> Vec<Bucket> {
    let quarter = HOUR / 4;
    let bucket = |n: i64| {
        let from = DAY + 9 * HOUR + n * quarter;
        let value = 0.45 + 0.25 * (n as f64 / 5.0 + phase).sin();
        let seen = match n {
            12..=15 => Seen::Gap("the laptop was closed".into()),
            24..=25 => Seen::Withheld("you paused this".into()),
            _ => Seen::Value { value, low: (value - 0.12).max(0.0), high: (value + 0.12).min(1.0) },
        };
        Bucket { from, to: from + quarter, seen, usual: Some(0.4 + 0.08 * (n as f64 / 9.0).sin()) }
    };
    (0..34).map(bucket).collect()
}

fn strip() -> Chart {
    Chart::strip("day", "Tue 3 March", calendar(), (DAY, DAY + 24 * HOUR))
        .finding("Stress was above your usual from 14:00 to 15:30. Nothing was seen from 12:00 to 13:00.")
        .work(540, 1020)
        .series("Stress", series(0.0))
        .series("Attention", series(2.0))
        .series("Heart", series(4.0))
}

fn day() -> Markup {
    let how = Markup::paragraph("From the heart's pace, the voice and the face, each weighed by how sure it was.");
    figures().with(&strip().html()).with(&Fold::new("How this is computed", &how))
}

/// Without the usual line, as several lines in one plot have it.
fn plain(phase: f64) -> Vec<Bucket> {
    series(phase).into_iter().map(|bucket| Bucket { usual: None, ..bucket }).collect()
}

fn charts() -> Markup {
    let lines = Chart::lines("teams", "Workload by team", calendar(), (DAY + 8 * HOUR, DAY + 18 * HOUR))
        .finding("Assembly carries more than Packing since 11:00.")
        .series("Assembly", plain(0.0))
        .series("Packing", plain(1.0))
        .series("Night shift", plain(2.5))
        .series("Customers", plain(4.0));
    let daily = |n: i64| {
        let from = DAY - (60 - n) * 24 * HOUR;
        let value = 0.4 + 0.1 * (n as f64 / 6.0).sin();
        let seen = match n % 7 {
            5 | 6 => Seen::Gap("no working day".into()),
            _ => Seen::Value { value, low: value - 0.05, high: value + 0.07 },
        };
        Bucket { from, to: from + 24 * HOUR, seen, usual: Some(0.42) }
    };
    let months = Chart::lines("months", "Two months", calendar(), (DAY - 60 * 24 * HOUR, DAY))
        .series("Stress", (0..60).map(daily).collect());
    let long = Chart::strip(
        "long",
        "A day of 25 hours",
        Calendar { now: i64::MAX, ..calendar() },
        (LONG_DAY, LONG_DAY + 25 * HOUR),
    )
    .series("Stress", Vec::new());
    Markup::none().with(&lines.html()).with(&months.html()).with(&long.html())
}
