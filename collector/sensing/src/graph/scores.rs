use std::fmt::Write;

use attune_analysis::indicators::{Assessment, Score};
use attune_pages::drawing::{Canvas, Px};

use super::bins::{Bin, Bins};
use super::layout::{LEFT, MARGIN, RIGHT, SCORE_HEIGHT};

/// Up to this many points each is marked, so that one sees what was measured and what only joins it.
const MARKED: usize = 60;

/// A score that is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    /// For people.
    pub name: &'static str,
    /// Its classes in the style sheet begin so.
    class: &'static str,
    range: (f64, f64),
    /// The score of an assessment.
    pub of: fn(&Assessment) -> &Score,
}

/// The scores in the order in which they stand.
pub(super) const SHOWN: [Shown; 4] = [
    Shown { name: "Stress", class: "stress", range: (0.0, 1.0), of: |a| &a.stress },
    Shown { name: "Attention", class: "attention", range: (0.0, 1.0), of: |a| &a.attention },
    Shown { name: "Overall", class: "overall", range: (0.0, 1.0), of: |a| &a.overall },
    Shown { name: "Valence", class: "valence", range: (-1.0, 1.0), of: |a| &a.valence },
];

impl Shown {
    /// A value as it is written: with its sign where the range has two sides.
    pub(super) fn value(self, value: f64) -> String {
        // What rounds to nothing has no sign.
        let value = if value.abs() < 0.005 { 0.0 } else { value };
        let sign = if value < 0.0 {
            "\u{2212}"
        } else if self.range.0 < 0.0 && value > 0.0 {
            "+"
        } else {
            ""
        };
        format!("{sign}{:.2}", value.abs())
    }

    fn y(self, top: f64, value: f64) -> f64 {
        let (low, high) = self.range;
        top + SCORE_HEIGHT * (high - value.clamp(low, high)) / (high - low)
    }

    /// One row: what the session has on the left, the line over time on the right.
    pub(super) fn draw(self, canvas: &mut Canvas, bins: &Bins, session: &Assessment, top: f64) {
        self.label(canvas, session, top);
        self.gaps(canvas, bins, top);
        self.grid(canvas, top);
        match (self.of)(session) {
            Score::Known { .. } => self.line(canvas, bins, top),
            Score::Missing(reason) => {
                let place = (f64::midpoint(LEFT, RIGHT), top + SCORE_HEIGHT / 2.0);
                canvas.rect("ground", (place.0 - 220.0, place.1 - 12.0), 440.0, 24.0);
                canvas.text("muted middle", 12.0, (place.0, place.1 + 4.0), reason.text());
            }
        }
    }

    fn label(self, canvas: &mut Canvas, session: &Assessment, top: f64) {
        canvas.rect(&format!("{}-fill", self.class), (MARGIN, top + 4.0), 4.0, SCORE_HEIGHT - 8.0);
        canvas.text("ink strong", 13.0, (MARGIN + 14.0, top + 17.0), self.name);
        match (self.of)(session).value_and_sd() {
            Some((value, sd)) => {
                canvas.text("ink strong", 24.0, (MARGIN + 14.0, top + 44.0), &self.value(value));
                canvas.text("muted", 11.5, (MARGIN + 14.0, top + 61.0), &format!("\u{b1} {sd:.2}"));
            }
            None => canvas.text("muted", 12.0, (MARGIN + 14.0, top + 37.0), "no score"),
        }
    }

    fn grid(self, canvas: &mut Canvas, top: f64) {
        let (low, high) = self.range;
        let mut lines = String::new();
        for value in [high, f64::midpoint(low, high), low] {
            let y = self.y(top, value);
            let _ = write!(lines, "M{} {}H{}", Px(LEFT), Px(y), Px(RIGHT));
            let text = match value {
                _ if value == value.round() => self.value(value).replace(".00", ""),
                _ => format!("{value:.1}"),
            };
            canvas.text("muted", 10.5, (RIGHT + 8.0, y + 3.5), &text);
        }
        canvas.path("grid crisp", &lines);
    }

    /// Hatches every stretch that has no score.
    fn gaps(self, canvas: &mut Canvas, bins: &Bins, top: f64) {
        let axis = bins.axis();
        let known = bins.bins.iter().filter(|bin| (self.of)(&bin.assessment).value().is_some());
        let mut reached = bins.start;
        for (start, end) in known.map(|bin| (bin.start, bin.end)).chain([(bins.end, bins.end)]) {
            if start > reached {
                canvas.hatched((axis.x(reached), top), axis.x(start) - axis.x(reached), SCORE_HEIGHT);
            }
            reached = end;
        }
    }

    /// Line and uncertainty of each run of points between which nothing is missing.
    fn line(self, canvas: &mut Canvas, bins: &Bins, top: f64) {
        let axis = bins.axis();
        let marked = bins.bins.len() <= MARKED;
        let (mut line, mut band, mut points) = (String::new(), String::new(), Vec::new());
        let known = |bin: &&Bin| (self.of)(&bin.assessment).value().is_some();
        let runs = bins.bins.chunk_by(|a, b| known(&a) && known(&b) && a.touches(b, bins.length));
        for run in runs.filter(|run| run.first().as_ref().is_some_and(known)) {
            let at: Vec<(f64, f64, f64)> = run
                .iter()
                .filter_map(|bin| {
                    let (value, sd) = (self.of)(&bin.assessment).value_and_sd()?;
                    Some((axis.x(bin.middle()), value, sd))
                })
                .collect();
            if let [(x, value, sd)] = at[..] {
                let (high, low) = (self.y(top, value + sd), self.y(top, value - sd));
                // A point that stands alone: its uncertainty is a bar.
                let _ = write!(band, "M{} {}V{}H{}V{}Z", Px(x - 3.0), Px(high), Px(low), Px(x + 3.0), Px(high));
                points.push((x, self.y(top, value), 4.0));
                continue;
            }
            for (i, (x, value, _)) in at.iter().enumerate() {
                let y = self.y(top, *value);
                let _ = write!(line, "{}{} {}", if i == 0 { 'M' } else { 'L' }, Px(*x), Px(y));
                if marked {
                    points.push((*x, y, 2.6));
                }
            }
            let above = at.iter().map(|(x, value, sd)| (*x, self.y(top, value + sd)));
            let below = at.iter().rev().map(|(x, value, sd)| (*x, self.y(top, value - sd)));
            for (i, (x, y)) in above.chain(below).enumerate() {
                let _ = write!(band, "{}{} {}", if i == 0 { 'M' } else { 'L' }, Px(x), Px(y));
            }
            band.push('Z');
        }
        canvas.path(&format!("band {}-fill", self.class), &band);
        canvas.path(&format!("line {}-line", self.class), &line);
        for (x, y, radius) in points {
            canvas.circle(&format!("{}-fill", self.class), (x, y), radius);
        }
    }
}
