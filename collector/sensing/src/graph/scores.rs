use std::fmt::Write;

use attune_analysis::indicators::{Assessment, Score};
use attune_pages::drawing::{Canvas, Px};

use super::bins::{Bin, Bins};
use super::layout::{Measures, SCORES};

/// Up to this many points each is marked, so that one sees what was measured and what only joins it.
const MARKED: usize = 60;
/// Width that a character of a reason takes at most, on the average of a sentence.
const CHARACTER: f64 = 6.2;

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
pub(super) const SHOWN: [Shown; SCORES] = [
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

    fn y(self, measures: &Measures, top: f64, value: f64) -> f64 {
        let (low, high) = self.range;
        top + measures.score_height * (high - value.clamp(low, high)) / (high - low)
    }

    /// One row: what the session has beside the plot or above it, the line over time in it.
    pub(super) fn draw(self, canvas: &mut Canvas, measures: &Measures, bins: &Bins, session: &Assessment, top: f64) {
        self.label(canvas, measures, session, top);
        self.gaps(canvas, measures, bins, top);
        self.grid(canvas, measures, top);
        match (self.of)(session) {
            Score::Known { .. } => self.line(canvas, measures, bins, top),
            Score::Missing(absence) => reason(canvas, measures, top, &absence.because()),
        }
    }

    fn label(self, canvas: &mut Canvas, measures: &Measures, session: &Assessment, top: f64) {
        let score = (self.of)(session).value_and_sd();
        if measures.is_narrow() {
            canvas.rect(&format!("{}-fill", self.class), (measures.margin, top - 21.0), 4.0, 15.0);
            canvas.text("ink strong", 14.0, (measures.margin + 12.0, top - 8.0), self.name);
            let (class, size, text) = match score {
                Some((value, sd)) => ("ink strong end", 14.0, format!("{} \u{b1} {sd:.2}", self.value(value))),
                None => ("muted end", measures.small, String::from("not shown")),
            };
            return canvas.text(class, size, (measures.right, top - 8.0), &text);
        }
        let left = measures.margin;
        canvas.rect(&format!("{}-fill", self.class), (left, top + 4.0), 4.0, measures.score_height - 8.0);
        canvas.text("ink strong", 13.0, (left + 14.0, top + 17.0), self.name);
        match score {
            Some((value, sd)) => {
                canvas.text("ink strong", 24.0, (left + 14.0, top + 44.0), &self.value(value));
                canvas.text("muted", 11.5, (left + 14.0, top + 61.0), &format!("\u{b1} {sd:.2}"));
            }
            None => canvas.text("muted", 12.0, (left + 14.0, top + 37.0), "not shown"),
        }
    }

    fn grid(self, canvas: &mut Canvas, measures: &Measures, top: f64) {
        let (low, high) = self.range;
        let mut lines = String::new();
        for value in [high, f64::midpoint(low, high), low] {
            let y = self.y(measures, top, value);
            let _ = write!(lines, "M{} {}H{}", Px(measures.left), Px(y), Px(measures.right));
            let text = match value {
                _ if value == value.round() => self.value(value).replace(".00", ""),
                _ => format!("{value:.1}"),
            };
            canvas.text("muted", measures.smallest, (measures.right + 8.0, y + 3.5), &text);
        }
        canvas.path("grid crisp", &lines);
    }

    /// Hatches every stretch that has no score.
    fn gaps(self, canvas: &mut Canvas, measures: &Measures, bins: &Bins, top: f64) {
        let axis = bins.axis(measures);
        let known = bins.bins.iter().filter(|bin| (self.of)(&bin.assessment).value().is_some());
        let mut reached = bins.start;
        for (start, end) in known.map(|bin| (bin.start, bin.end)).chain([(bins.end, bins.end)]) {
            if start > reached {
                canvas.hatched((axis.x(reached), top), axis.x(start) - axis.x(reached), measures.score_height);
            }
            reached = end;
        }
    }

    /// Line and uncertainty of each run of points between which nothing is missing.
    fn line(self, canvas: &mut Canvas, measures: &Measures, bins: &Bins, top: f64) {
        let axis = bins.axis(measures);
        let y_of = |value| self.y(measures, top, value);
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
                let (high, low) = (y_of(value + sd), y_of(value - sd));
                // A point that stands alone: its uncertainty is a bar.
                let _ = write!(band, "M{} {}V{}H{}V{}Z", Px(x - 3.0), Px(high), Px(low), Px(x + 3.0), Px(high));
                points.push((x, y_of(value), 4.0));
                continue;
            }
            for (i, (x, value, _)) in at.iter().enumerate() {
                let y = y_of(*value);
                let _ = write!(line, "{}{} {}", if i == 0 { 'M' } else { 'L' }, Px(*x), Px(y));
                if marked {
                    points.push((*x, y, 2.6));
                }
            }
            let above = at.iter().map(|(x, value, sd)| (*x, y_of(value + sd)));
            let below = at.iter().rev().map(|(x, value, sd)| (*x, y_of(value - sd)));
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

/// Why there is no line, on the ground of the plot; in as many lines as it needs, or as there is room for.
fn reason(canvas: &mut Canvas, measures: &Measures, top: f64, because: &str) {
    let size = measures.small.max(12.0);
    let most = ((measures.plot() - 24.0) / CHARACTER) as usize;
    let lines = wrapped(because, most);
    let (middle, step) =
        ((f64::midpoint(measures.left, measures.right), top + measures.score_height / 2.0), size + 4.0);
    let widest = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0) as f64 * CHARACTER + 24.0;
    let (width, height) = (widest.min(measures.plot()), step * (lines.len() as f64 - 1.0) + 24.0);
    canvas.rect("ground", (middle.0 - width / 2.0, middle.1 - height / 2.0), width, height);
    for (place, line) in lines.iter().enumerate() {
        let y = middle.1 - height / 2.0 + 16.0 + step * place as f64;
        canvas.text("muted middle", size, (middle.0, y), line);
    }
}

/// Words in lines of at most so many characters, where a word has no more.
fn wrapped(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_whole_and_lines_short() {
        let text = "the profile eu keeps what it is read from on the device";
        let lines = wrapped(text, 20);
        assert!(lines.iter().all(|line| line.len() <= 20) && lines.join(" ") == text, "{lines:?}");
        assert_eq!(wrapped(text, 100), [text]);
    }
}
