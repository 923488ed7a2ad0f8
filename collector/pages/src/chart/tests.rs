use jiff::tz::TimeZone;

use super::*;
use crate::testing::{everything_labelled, nothing_inline};

const HOSTILE: &str = "</title><img src=x onerror=alert(1)>\"'&";
const HOUR: i64 = 3_600_000;

fn value(hour: i64, value: f64) -> Bucket {
    let seen = Seen::Value { value, low: value - 0.1, high: value + 0.1 };
    Bucket { from: hour * HOUR, to: (hour + 1) * HOUR, seen, usual: Some(0.4) }
}

fn hole(hour: i64, seen: Seen) -> Bucket {
    Bucket { from: hour * HOUR, to: (hour + 1) * HOUR, seen, usual: None }
}

fn buckets() -> Vec<Bucket> {
    let gap = hole(11, Seen::Gap(HOSTILE.into()));
    vec![value(9, 0.3), value(10, 0.5), gap, value(12, 0.7), hole(13, Seen::Withheld(HOSTILE.into()))]
}

fn calendar() -> Calendar {
    Calendar::new(TimeZone::UTC, 0)
}

fn strip() -> Chart {
    let chart = Chart::strip("day", HOSTILE, calendar(), (0, 24 * HOUR)).finding(HOSTILE).work(540, 1020);
    chart.series(HOSTILE, buckets()).series("Attention", buckets())
}

#[test]
fn hostile_text_stays_text_in_drawings_and_their_tables() {
    let lines = Chart::lines("lines", HOSTILE, calendar(), (0, 24 * HOUR)).finding(HOSTILE).series(HOSTILE, buckets());
    for chart in [strip(), lines] {
        let html = chart.html().into_string();
        assert!(!html.contains("<img") && html.contains("&lt;img") && html.contains("&#60;img"), "{html}");
        nothing_inline(&html);
        everything_labelled(&html);
    }
}

#[test]
fn a_line_is_never_drawn_across_a_gap() {
    let drawing = strip().draw(plot::Width::Wide);
    let line = drawing.split("class=\"s1-line line\" d=\"").nth(1).and_then(|d| d.split('"').next()).expect("a line");
    assert_eq!(line.matches('M').count(), 2, "9 to 11, and 12 to 13: {line}");
    let bands = drawing.matches("class=\"band s1-fill\"").count();
    assert_eq!(bands, 4, "of two runs in two rows");
    assert_eq!(drawing.matches("url(#day-wide-gap)").count(), 2, "a gap in each row");
    assert_eq!(drawing.matches("url(#day-wide-withheld)").count(), 2, "and what is withheld has another hatch");
}

#[test]
fn values_stand_in_the_scale_of_the_measure_and_not_in_their_own() {
    let flat = |value| Bucket { seen: Seen::Value { value, low: value, high: value }, ..self::value(9, value) };
    let at = |v: f64| {
        let drawing =
            Chart::strip("a", "a", calendar(), (0, 24 * HOUR)).series("a", vec![flat(v)]).draw(plot::Width::Wide);
        let line = drawing
            .split("s1-line line\" d=\"M")
            .nth(1)
            .expect("a line")
            .split('H')
            .next()
            .expect("a place")
            .to_owned();
        line.split(' ').nth(1).expect("its height").parse::<f64>().expect("a number")
    };
    assert_eq!([at(0.0), at(0.5), at(1.0)], [84.0, 52.0, 20.0]);
    assert_eq!(at(7.0), 20.0, "what is beyond the scale stands at its edge");
}

#[test]
fn the_numbers_stand_behind_the_drawing_with_what_was_not_seen() {
    let table = Markup::of(&strip().numbers()).into_string();
    assert_eq!(table.matches("<tr").count(), 6, "a head and five stretches: {table}");
    assert!(
        table.contains("0.30 (between 0.20 and 0.40)") && table.contains("no value: ") && table.contains("withheld: ")
    );
    assert!(table.contains("09:00 to 10:00") && table.contains("Your usual"), "{table}");
}

#[test]
fn what_is_known_as_it_stands_is_told_without_a_range() {
    let known = Bucket { seen: Seen::Value { value: 0.3, low: 0.3, high: 0.3 }, ..value(9, 0.3) };
    let chart = Chart::lines("a", "a", calendar(), (0, 24 * HOUR)).series("a", vec![known, value(10, 0.3)]);
    let table = Markup::of(&chart.numbers()).into_string();
    assert!(table.contains("0.30 (between 0.20 and 0.40)") && !table.contains("between 0.30"), "{table}");
}

#[test]
fn names_at_the_ends_of_lines_do_not_lie_over_each_other() {
    let chart = (0..6).fold(Chart::lines("a", "a", calendar(), (0, 24 * HOUR)), |chart, n| {
        chart.series(format!("series {n}"), vec![value(9, 0.02)])
    });
    let drawing = chart.draw(plot::Width::Wide);
    assert!(!drawing.contains("series 4"), "four at most");
    let heights = drawing.split("<text class=\"ink\"").skip(1).map(|text| {
        let y = text.split(" y=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a height");
        y.parse::<f64>().expect("a number")
    });
    let heights: Vec<f64> = heights.collect();
    assert!(heights.windows(2).all(|pair| (pair[1] - pair[0]).abs() >= 15.9), "{heights:?}");
}

#[test]
fn what_stands_beside_a_plot_has_room_there() {
    let name = "Stability of attention"; // the longest of a measure
    let chart = Chart::lines("a", "a", calendar(), (0, 24 * HOUR)).scale((-1.0, 1.0), 2);
    let drawing = chart.series(name, vec![value(9, 0.3)]).draw(plot::Width::Wide);
    let (before, _) = drawing.split_once(&format!(">{name}</text>")).expect("a name");
    let x = before.rsplit(" x=\"").next().and_then(|rest| rest.split('"').next()).expect("a place");
    let begin: f64 = x.parse().expect("a number");
    assert!(begin + 7.0 * name.len() as f64 <= 960.0, "letters of 7 from {begin} on");
    for place in ["−1", "0", "1"] {
        assert!(drawing.contains(&format!(">{place}</text>")), "{place}: {drawing}");
    }
    let other =
        Chart::lines("a", "a", calendar(), (0, 24 * HOUR)).scale((0.0, 5.0), 2).series("a", vec![value(9, 0.3)]);
    assert!(other.draw(plot::Width::Wide).contains(">2.5</text>"), "a place between has the decimals that it needs");
}

#[test]
fn what_nothing_came_of_is_a_gap_up_to_now_and_the_future_is_none() {
    let calendar = Calendar::new(TimeZone::UTC, 20 * HOUR);
    let chart = Chart::strip("a", "a", calendar, (0, 24 * HOUR)).series("a", vec![value(9, 0.3), value(12, 0.3)]);
    let gaps = chart.series[0].buckets.iter().filter(|bucket| matches!(bucket.seen, Seen::Gap(_)));
    let gaps: Vec<(i64, i64)> = gaps.map(|gap| (gap.from / HOUR, gap.to / HOUR)).collect();
    assert_eq!(gaps, [(0, 9), (10, 12), (13, 20)]);
    assert_eq!(chart.draw(plot::Width::Wide).matches("no value: nothing came").count(), 3);
}

#[test]
fn how_it_usually_is_is_told_where_one_series_stands_alone() {
    let chart = |n: i64| {
        let chart = Chart::lines("a", "a", calendar(), (0, 24 * HOUR));
        (0..n).fold(chart, |chart, _| chart.series("a", buckets())).draw(plot::Width::Wide)
    };
    assert!(chart(1).contains("Your usual") && chart(1).contains("class=\"usual\""));
    assert!(!chart(2).contains("class=\"usual\""), "in one plot nobody could tell whose it is");
}
