//! The day as pictures: one strip a score, all in one scale, gaps as gaps. Colours are the page's, by class.

use std::fmt::Write;

use attune_analysis::indicators::Score;
use attune_protocol::registry::Modality;

use super::today::{BUCKET, Day, Measure, because};

/// Units of a strip: wide enough for a day, legible at 390 pixels.
const WIDTH: f64 = 640.0;
const LEFT: f64 = 72.0;
const RIGHT: f64 = 8.0;
const STRIP: f64 = 100.0;
const AXIS: f64 = 24.0;
const ROW: f64 = 30.0;
/// Hours between two marks at most so many marks.
const MARKS: i64 = 8;
const HOUR: i64 = 3_600_000;
/// What there is not is hatched.
const HATCH: &str = r#"<pattern id="hatch-ID" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch-ground" width="6" height="6"/><line class="hatch" x1="0" y1="0" x2="0" y2="6"/></pattern>"#;

/// Where instants stand.
struct Across {
    from: i64,
    until: i64,
}

impl Across {
    fn of(day: &Day) -> Self {
        let (from, until) = day.drawn();
        Self { from, until }
    }

    fn x(&self, millis: i64) -> f64 {
        let share = (millis - self.from) as f64 / (self.until - self.from) as f64;
        LEFT + share.clamp(0.0, 1.0) * (WIDTH - LEFT - RIGHT)
    }

    /// The hours below.
    fn axis(&self, day: &Day, top: f64) -> String {
        let hours = (self.until - self.from) / HOUR;
        let step = (hours + MARKS - 1) / MARKS;
        let mut svg = String::new();
        for hour in (0..=hours).step_by(step.max(1) as usize) {
            let at = self.from + hour * HOUR;
            let (x, y, text) = (self.x(at), top + 18.0, day.clock(at));
            let anchor = if hour == hours { "end" } else { "middle" };
            write_to(
                &mut svg,
                format_args!(r#"<line class="tick" x1="{x:.1}" x2="{x:.1}" y1="{top:.1}" y2="{:.1}"/>"#, top + 3.0),
            );
            write_to(&mut svg, format_args!(r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{text}</text>"#));
        }
        svg
    }
}

/// A bucket of a strip: what it shows, or why it shows nothing.
enum Point {
    Known(f64, f64),
    Not(String),
}

/// The strip of one score.
pub(super) fn strip(day: &Day, measure: Measure, finding: &str) -> String {
    let across = Across::of(day);
    let y = |value: f64| {
        4.0 + (1.0 - (value.clamp(measure.least, 1.0) - measure.least) / (1.0 - measure.least)) * (STRIP - 8.0)
    };
    let (mut gaps, mut bands, mut lines) = (String::new(), String::new(), String::new());
    for (begin, points) in runs(day, measure) {
        let left = |bucket: i64| across.x(day.begin + bucket * BUCKET);
        let end = begin + points.len() as i64;
        match &points[0] {
            Point::Not(reason) => {
                let (x, width) = (left(begin), left(end).min(across.x(day.now)) - left(begin));
                write_to(
                    &mut gaps,
                    format_args!(
                        r#"<rect x="{x:.1}" y="0" width="{:.1}" height="{STRIP}" fill="url(#hatch-{})"><title>{} to {}: {}</title></rect>"#,
                        width.max(0.5),
                        measure.id,
                        day.clock(day.begin + begin * BUCKET),
                        day.clock((day.begin + end * BUCKET).min(day.now)),
                        escaped(reason),
                    ),
                );
            }
            Point::Known(..) => {
                let known = points.iter().enumerate().filter_map(|(n, point)| match point {
                    Point::Known(value, sd) => {
                        Some(((left(begin + n as i64) + left(begin + n as i64 + 1)) / 2.0, *value, *sd))
                    }
                    Point::Not(_) => None,
                });
                let known: Vec<(f64, f64, f64)> = known.collect();
                // One alone is as wide as its five minutes.
                let known = match known.as_slice() {
                    [(_, value, sd)] => vec![(left(begin), *value, *sd), (left(end), *value, *sd)],
                    several => several.to_vec(),
                };
                let path = |points: Vec<(f64, f64)>| {
                    points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect::<Vec<_>>().join(" ")
                };
                let upper = known.iter().map(|(x, value, sd)| (*x, y(value + sd)));
                let lower = known.iter().rev().map(|(x, value, sd)| (*x, y(value - sd)));
                write_to(
                    &mut bands,
                    format_args!(
                        r#"<polygon class="band {}" points="{}"/>"#,
                        measure.id,
                        path(upper.chain(lower).collect())
                    ),
                );
                let line = path(known.iter().map(|(x, value, _)| (*x, y(*value))).collect());
                write_to(&mut lines, format_args!(r#"<polyline class="line {}" points="{line}"/>"#, measure.id));
            }
        }
    }
    let middle = (measure.least + 1.0) / 2.0;
    let marks: String = [(measure.least, STRIP - 1.0), (middle, y(middle) + 4.0), (1.0, 11.0)]
        .iter()
        .map(|(value, at)| format!(r#"<text x="{:.1}" y="{at:.1}" text-anchor="end">{value}</text>"#, LEFT - 5.0))
        .collect();
    let (id, height, right) = (measure.id, STRIP + AXIS, WIDTH - RIGHT);
    format!(
        r#"<svg class="strip" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="t-{id} d-{id}"><title id="t-{id}">{}</title><desc id="d-{id}">{}</desc><defs>{}</defs><rect class="ground" x="{LEFT}" y="0" width="{:.1}" height="{STRIP}"/>{gaps}<line class="middle" x1="{LEFT}" x2="{right}" y1="{:.1}" y2="{:.1}"/>{bands}{lines}{marks}{}</svg>"#,
        measure.name,
        escaped(finding),
        HATCH.replace("ID", id),
        right - LEFT,
        y(middle),
        y(middle),
        across.axis(day, STRIP),
    )
}

/// Buckets up to now, those together that are known, or miss for one reason.
fn runs(day: &Day, measure: Measure) -> Vec<(i64, Vec<Point>)> {
    let (from, _) = day.drawn();
    let (first, last) = ((from - day.begin) / BUCKET, (day.now - day.begin - 1).div_euclid(BUCKET));
    let mut runs: Vec<(i64, Vec<Point>)> = Vec::new();
    for bucket in first..=last {
        let point = match day.buckets.get(&bucket).map(|bucket| (measure.of)(&bucket.assessment)) {
            Some(Score::Known { value, sd, .. }) => Point::Known(*value, *sd),
            Some(Score::Missing(absence)) => Point::Not(absence.because()),
            None => {
                Point::Not("nothing was kept: the agent did not run, or you had not agreed to your own view".into())
            }
        };
        match (runs.last_mut().map(|(_, run)| run), &point) {
            (Some(run), Point::Known(..)) if matches!(run[0], Point::Known(..)) => run.push(point),
            (Some(run), Point::Not(reason)) if matches!(&run[0], Point::Not(other) if other == reason) => {
                run.push(point)
            }
            _ => runs.push((bucket, vec![point])),
        }
    }
    runs
}

/// How much each modality saw: a bar for each five minutes, hatched where it saw nothing.
pub(super) fn coverage(day: &Day, modalities: &[Modality], finding: &str) -> String {
    let across = Across::of(day);
    let height = ROW * modalities.len() as f64;
    let mut rows = String::new();
    for (row, &modality) in modalities.iter().enumerate() {
        let (top, full) = (row as f64 * ROW, ROW - 6.0);
        // What nothing is drawn over was not seen.
        let (first, last, under) = (across.x(across.from), across.x(day.now), top + 3.0);
        write_to(
            &mut rows,
            format_args!(
                r#"<rect fill="url(#hatch-coverage)" x="{first:.1}" y="{under:.1}" width="{:.1}" height="{full}"/>"#,
                last - first
            ),
        );
        write_to(&mut rows, format_args!(r#"<text x="2" y="{:.1}">{modality}</text>"#, top + 20.0));
        for (bucket, seen) in &day.buckets {
            let begin = day.begin + bucket * BUCKET;
            let (x, end) = (across.x(begin), across.x((begin + BUCKET).min(day.now)));
            let Some((share, gap)) = seen.seen.get(&modality) else { continue };
            let why = gap.map(|gap| format!(": {}", because(modality, gap))).unwrap_or_default();
            let title = format!("{}, {:.0} % seen{}", day.clock(begin), share * 100.0, escaped(&why));
            let (width, name) = ((end - x).max(0.6), modality.name());
            if *share <= 0.005 {
                write_to(
                    &mut rows,
                    format_args!(
                        r#"<rect class="none" x="{x:.1}" y="{under:.1}" width="{width:.1}" height="{full}"><title>{title}</title></rect>"#
                    ),
                );
                continue;
            }
            let tall = full * share.max(0.15);
            let y = under + full - tall;
            write_to(
                &mut rows,
                format_args!(
                    r#"<rect class="ground" x="{x:.1}" y="{under:.1}" width="{width:.1}" height="{full}"/><rect class="seen {name}" x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{tall:.1}"><title>{title}</title></rect>"#
                ),
            );
        }
    }
    format!(
        r#"<svg class="strip" viewBox="0 0 {WIDTH} {}" role="img" aria-labelledby="t-coverage d-coverage"><title id="t-coverage">What was seen</title><desc id="d-coverage">{}</desc><defs>{}</defs><rect class="ground" x="{LEFT}" y="0" width="{:.1}" height="{height}"/>{rows}{}</svg>"#,
        height + AXIS,
        escaped(finding),
        HATCH.replace("ID", "coverage"),
        WIDTH - RIGHT - LEFT,
        across.axis(day, height),
    )
}

fn write_to(svg: &mut String, what: std::fmt::Arguments<'_>) {
    svg.write_fmt(what).expect("text takes all that is written into it");
}

/// As text of an element.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
