//! Charts of a person's or a team's time, in the zone of who reads: a day as a strip, and lines over any time.
//!
//! A gap is hatched and never bridged, what is withheld has another hatch, uncertainty is a band, "your usual" a line of its
//! own. The scale is the measure's own. The numbers stand in a table right behind the drawing.

mod draw;
mod numbers;
mod plot;
mod ticks;

use askama::Template;
use askama::filters::HtmlSafe;

use crate::markup::Markup;
use crate::part::Fold;
use crate::words::{Calendar, words};

/// The most series of one chart; more are for several charts in one scale.
pub const MOST_SERIES: usize = 4;

/// A stretch of time and what was seen in it.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// First instant, Unix milliseconds.
    pub from: i64,
    /// First instant after.
    pub to: i64,
    /// What was seen.
    pub seen: Seen,
    /// How it usually is at that time, where that is known.
    pub usual: Option<f64>,
}

/// What was seen in a stretch of time.
#[derive(Clone, PartialEq, Debug)]
pub enum Seen {
    /// A value, and between what it lies.
    Value {
        /// In the measure's scale.
        value: f64,
        /// The least that it may be.
        low: f64,
        /// The most that it may be.
        high: f64,
    },
    /// Nothing, and why.
    Gap(String),
    /// Something that is not shown, and by which rule.
    Withheld(String),
}

/// What is drawn as one line.
#[derive(Clone, Debug)]
pub struct Series {
    /// Its name, one or two words.
    pub label: String,
    /// Its stretches, from the earliest on.
    pub buckets: Vec<Bucket>,
}

/// A chart with its finding, its drawing and its numbers.
#[derive(Clone, Debug)]
pub struct Chart {
    id: String,
    title: String,
    finding: String,
    calendar: Calendar,
    span: (i64, i64),
    scale: (f64, f64),
    decimals: usize,
    /// Begin and end of the working hours, minutes of the day.
    work: Option<(u32, u32)>,
    series: Vec<Series>,
    /// Whether each series has a row of its own.
    in_rows: bool,
}

impl Chart {
    /// A day, or less, as a strip: a row for each series. The span is that of the day in its zone, 23 to 25 hours.
    #[must_use]
    pub fn strip(id: &str, title: impl Into<String>, calendar: Calendar, span: (i64, i64)) -> Self {
        Self { in_rows: true, ..Self::lines(id, title, calendar, span) }
    }

    /// Lines over a time, in one plot; `id` is the name of the chart on its page, letters, digits and hyphens.
    #[must_use]
    pub fn lines(id: &str, title: impl Into<String>, calendar: Calendar, (from, to): (i64, i64)) -> Self {
        let id = id.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect();
        Self {
            id,
            title: title.into(),
            finding: String::new(),
            calendar,
            span: (from, to.max(from + 1)),
            scale: (0.0, 1.0),
            decimals: 2,
            work: None,
            series: Vec::new(),
            in_rows: false,
        }
    }

    /// With what it shows, in a sentence, for who sees no drawing and for who has little time.
    #[must_use]
    pub fn finding(self, finding: impl Into<String>) -> Self {
        Self { finding: finding.into(), ..self }
    }

    /// In the measure's own scale, with so many decimals; 0 to 1 with two is the rule.
    #[must_use]
    pub fn scale(self, (least, most): (f64, f64), decimals: usize) -> Self {
        Self { scale: if least < most { (least, most) } else { (0.0, 1.0) }, decimals, ..self }
    }

    /// With the working hours, minutes of the day.
    #[must_use]
    pub fn work(self, begin: u32, end: u32) -> Self {
        Self { work: Some((begin, end)), ..self }
    }

    /// With one more series, of [`MOST_SERIES`] that are drawn; its stretches from the earliest on. What none of them covers,
    /// up to now, is a gap: nothing came.
    #[must_use]
    pub fn series(mut self, label: impl Into<String>, buckets: Vec<Bucket>) -> Self {
        if self.series.len() < MOST_SERIES {
            let buckets = self.covered(buckets);
            self.series.push(Series { label: label.into(), buckets });
        }
        self
    }

    /// With a gap where nothing came.
    fn covered(&self, buckets: Vec<Bucket>) -> Vec<Bucket> {
        let (mut until, end) = (self.span.0, self.span.1.min(self.calendar.now));
        let gap = |from, to| {
            let seen = Seen::Gap(words().chart.nothing_came.clone());
            (from < to).then_some(Bucket { from, to, seen, usual: None })
        };
        let mut all = Vec::with_capacity(buckets.len() + 2);
        for bucket in buckets {
            all.extend(gap(until, bucket.from.min(end)));
            until = until.max(bucket.to);
            all.push(bucket);
        }
        all.extend(gap(until, end));
        all
    }

    /// The chart as part of a page: the finding, the drawing for wide and narrow screens, and the numbers folded behind it.
    #[must_use]
    pub fn html(&self) -> Markup {
        let drawing = |width| Markup::drawn(self.draw(width));
        let numbers = Markup::of(&Fold::new(words().chart.numbers.as_str(), &self.numbers()));
        Markup::of(&Drawn {
            chart: self,
            wide: drawing(plot::Width::Wide),
            narrow: drawing(plot::Width::Narrow),
            numbers,
        })
    }
}

#[derive(Template)]
#[template(path = "chart.html")]
struct Drawn<'a> {
    chart: &'a Chart,
    wide: Markup,
    narrow: Markup,
    numbers: Markup,
}

impl HtmlSafe for Drawn<'_> {}

#[cfg(test)]
mod tests;
