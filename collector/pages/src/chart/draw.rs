use super::numbers::has_usual;
use super::plot::{Plot, Width};
use super::ticks::{changes, nights, ticks, working};
use super::{Bucket, Chart, Seen, Series};
use crate::drawing::{Canvas, Px};
use crate::words::{decimal, words};

const SIZE: f64 = 12.0;
/// Height of the plot of several series, and of a row of one.
const TALL: f64 = 200.0;
const ROW: f64 = 64.0;
/// Height of a strip that tells where a series has gaps.
const STRIP: f64 = 7.0;
/// Height of a line of text.
const LINE: f64 = 20.0;
/// Width of a letter, at most on the average.
const LETTER: f64 = 7.0;
/// The most that names beside a plot take of it.
const MOST_BESIDE: f64 = 320.0;
/// Space below a row.
const SPACE: f64 = 12.0;

impl Chart {
    /// The drawing, as part of a page.
    pub(super) fn draw(&self, width: Width) -> String {
        let id = format!("{}-{}", self.id, width.name());
        let at_ends = !self.in_rows && width == Width::Wide;
        let (whole, left, beyond) = width.sides(at_ends);
        let beyond = if at_ends { beyond.max(self.beside()) } else { beyond };
        let plots = self.plots(width, left, whole - beyond);
        let strips = if self.in_rows || self.is_alone() { 0.0 } else { self.series.len() as f64 * (STRIP + 2.0) };
        let bottom = plots.last().map_or(0.0, |plot| plot.bottom) + strips;
        let mut canvas = Canvas::within((whole, bottom + 26.0), &id, &self.title, &self.finding);
        for (place, plot) in plots.iter().enumerate() {
            self.grounds(&mut canvas, plot);
            if self.in_rows {
                self.row(&mut canvas, plot, place);
            } else {
                self.together(&mut canvas, plot, at_ends);
            }
        }
        if let Some(first) = plots.first() {
            self.times(&mut canvas, first, bottom, width);
        }
        canvas.finish()
    }

    fn plots(&self, width: Width, left: f64, right: f64) -> Vec<Plot> {
        let plot =
            |top: f64, height: f64| Plot { span: self.span, scale: self.scale, left, right, top, bottom: top + height };
        if self.in_rows {
            let step = LINE + ROW + SPACE;
            return (0..self.series.len()).map(|row| plot(LINE + row as f64 * step, ROW)).collect();
        }
        let legend = if width == Width::Narrow { LINE * self.names().len() as f64 } else { 0.0 };
        vec![plot(legend + 10.0, TALL)]
    }

    /// The ground of a plot: night and working hours, and the lines of the scale.
    fn grounds(&self, canvas: &mut Canvas, plot: &Plot) {
        canvas.rect("track", (plot.left, plot.top), plot.right - plot.left, plot.height());
        let mut shade = |class: &str, spans: Vec<(i64, i64)>| {
            for (from, to) in spans {
                canvas.rect(class, (plot.x(from), plot.top), plot.x(to) - plot.x(from), plot.height());
            }
        };
        shade("night", nights(&self.calendar, self.span));
        if let Some(work) = self.work {
            shade("work", working(&self.calendar, self.span, work));
        }
        let (least, most) = self.scale;
        let middle = f64::midpoint(least, most);
        for value in [least, middle, most] {
            canvas.path("grid", &format!("M{} {}H{}", Px(plot.left), Px(plot.y(value)), Px(plot.right)));
            if value != middle || !self.in_rows {
                canvas.text("muted end", SIZE, (plot.left - 6.0, plot.y(value) + 4.0), &self.on_scale(value));
            }
        }
    }

    /// A place on the scale, with no more decimals than it has: there is little room.
    fn on_scale(&self, value: f64) -> String {
        let enough = |decimals: &usize| format!("{value:.*}", *decimals).parse() == Ok(value);
        decimal(value, (0..self.decimals).find(enough).unwrap_or(self.decimals))
    }

    /// One series in a row of its own.
    fn row(&self, canvas: &mut Canvas, plot: &Plot, place: usize) {
        let Some(series) = self.series.get(place) else { return };
        canvas.text("ink strong", SIZE, (plot.left, plot.top - 6.0), &series.label);
        if place == 0 && self.series.iter().any(|series| has_usual(&series.buckets)) {
            let end = plot.right - 4.0;
            canvas.text("muted end", SIZE, (end, plot.top - 6.0), &words().chart.usual);
            let begin = end - 32.0 - 6.5 * words().chart.usual.chars().count() as f64;
            canvas.path("usual", &format!("M{} {}h24", Px(begin), Px(plot.top - 10.0)));
        }
        self.holes(canvas, plot, series, (plot.top, plot.height()));
        self.line(canvas, plot, series, 1);
    }

    /// All series in one plot. Several have a strip each below it that tells their gaps.
    fn together(&self, canvas: &mut Canvas, plot: &Plot, at_ends: bool) {
        for (place, series) in self.series.iter().enumerate() {
            let top = plot.bottom + 3.0 + place as f64 * (STRIP + 2.0);
            let room = if self.is_alone() { (plot.top, plot.height()) } else { (top, STRIP) };
            self.holes(canvas, plot, series, room);
            self.line(canvas, plot, series, place + 1);
        }
        let names = self.names();
        let ends = apart(names.iter().map(|name| plot.y(name.last.unwrap_or(self.scale.0))).collect(), plot.bottom);
        for (place, (name, y)) in names.iter().zip(ends).enumerate() {
            let (x, y) = if at_ends { (plot.right + 8.0, y) } else { (plot.left, LINE * place as f64 + 10.0) };
            canvas.path(&name.class, &format!("M{} {}h22", Px(x), Px(y)));
            canvas.text("ink", SIZE, (x + 28.0, y + 4.0), name.label);
        }
    }

    /// What the longest of the names beside a plot takes, with the line before it.
    fn beside(&self) -> f64 {
        let longest = self.names().iter().map(|name| name.label.chars().count()).max().unwrap_or(0);
        (40.0 + LETTER * longest as f64).min(MOST_BESIDE)
    }

    /// Whether there is one series only.
    fn is_alone(&self) -> bool {
        self.series.len() == 1
    }

    /// What is told beside a plot: its series, and of one alone how it usually is.
    fn names(&self) -> Vec<Name<'_>> {
        let mut names = Vec::with_capacity(self.series.len() + 1);
        for (place, series) in self.series.iter().enumerate() {
            let last = series.buckets.iter().rev().find_map(value);
            names.push(Name { label: &series.label, class: format!("s{}-line line", place + 1), last });
        }
        if let [alone] = self.series.as_slice()
            && has_usual(&alone.buckets)
        {
            let last = alone.buckets.iter().rev().find_map(|bucket| bucket.usual);
            names.push(Name { label: &words().chart.usual, class: "usual".into(), last });
        }
        names
    }

    /// What was not seen or is withheld, hatched, with its reason.
    fn holes(&self, canvas: &mut Canvas, plot: &Plot, series: &Series, (top, height): (f64, f64)) {
        for bucket in &series.buckets {
            let (begin, end) = (plot.x(bucket.from), plot.x(bucket.to));
            let withheld = matches!(bucket.seen, Seen::Withheld(_));
            if !matches!(bucket.seen, Seen::Value { .. }) {
                let why = format!("{}: {}", self.calendar.span(bucket.from, bucket.to), self.said(&bucket.seen));
                canvas.hatched_because(withheld, (begin, top), (end - begin, height), &why);
            }
        }
    }

    /// The values with their band, and the usual ones. A line ends where a stretch without a value begins.
    fn line(&self, canvas: &mut Canvas, plot: &Plot, series: &Series, class: usize) {
        let (mut line, mut usual) = (String::new(), String::new());
        for run in runs(&series.buckets) {
            let (mut upper, mut lower) = (String::new(), String::new());
            for (place, (bucket, value, low, high)) in run.iter().enumerate() {
                let (begin, end) = (plot.x(bucket.from), plot.x(bucket.to));
                let to = if place == 0 { 'M' } else { 'L' };
                line.push_str(&format!("{to}{} {}H{}", Px(begin), Px(plot.y(*value)), Px(end)));
                upper.push_str(&format!("{to}{} {}H{}", Px(begin), Px(plot.y(*high)), Px(end)));
                lower = format!("L{} {}H{}{lower}", Px(end), Px(plot.y(*low)), Px(begin));
            }
            canvas.path(&format!("band s{class}-fill"), &format!("{upper}{lower}z"));
        }
        // In one plot nobody could tell whose it is.
        for bucket in series.buckets.iter().filter(|_| self.in_rows || self.is_alone()) {
            if let Some(value) = bucket.usual {
                usual.push_str(&format!(
                    "M{} {}H{}",
                    Px(plot.x(bucket.from)),
                    Px(plot.y(value)),
                    Px(plot.x(bucket.to))
                ));
            }
        }
        canvas.path("usual", &usual);
        canvas.path(&format!("s{class}-line line"), &line);
    }

    /// Times below, and where the clocks were changed.
    fn times(&self, canvas: &mut Canvas, plot: &Plot, bottom: f64, width: Width) {
        for (at, label) in ticks(&self.calendar, self.span, width.most_ticks()) {
            let x = plot.x(at);
            canvas.path("grid", &format!("M{} {}v5", Px(x), Px(bottom)));
            let class = if x > plot.right - 16.0 { "muted end" } else { "muted middle" };
            let x = if x > plot.right - 16.0 { plot.right } else { x };
            canvas.text(class, SIZE, (x, bottom + 5.0 + SIZE), &label);
        }
        for (at, back) in changes(&self.calendar, self.span) {
            let texts = &words().chart;
            let label = if back { &texts.back } else { &texts.forward };
            canvas.path("change", &format!("M{} {}V{}", Px(plot.x(at)), Px(plot.top), Px(bottom)));
            canvas.text("muted", SIZE, (plot.x(at) + 4.0, plot.top + 13.0), label);
        }
    }
}

/// What stands beside a plot.
struct Name<'a> {
    label: &'a str,
    class: String,
    /// The last value.
    last: Option<f64>,
}

fn value(bucket: &Bucket) -> Option<f64> {
    match bucket.seen {
        Seen::Value { value, .. } => Some(value),
        Seen::Gap(_) | Seen::Withheld(_) => None,
    }
}

/// The heights at which names stand, moved a line apart from each other and none of them below the plot.
fn apart(mut ends: Vec<f64>, bottom: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..ends.len()).collect();
    order.sort_by(|a, b| ends[*a].total_cmp(&ends[*b]));
    // Downwards a line apart, and back up where that leads below the plot.
    for pair in 1..order.len() {
        ends[order[pair]] = ends[order[pair]].max(ends[order[pair - 1]] + 16.0);
    }
    let mut most = bottom;
    for place in order.into_iter().rev() {
        ends[place] = ends[place].min(most);
        most = ends[place] - 16.0;
    }
    ends
}

type Value<'a> = (&'a Bucket, f64, f64, f64);

/// Stretches with values that follow each other without a gap.
fn runs(buckets: &[Bucket]) -> Vec<Vec<Value<'_>>> {
    let mut runs: Vec<Vec<Value<'_>>> = Vec::new();
    let mut until = None;
    for bucket in buckets {
        let Seen::Value { value, low, high } = bucket.seen else {
            until = None;
            continue;
        };
        let value = (bucket, value, low, high);
        match runs.last_mut().filter(|_| until == Some(bucket.from)) {
            Some(run) => run.push(value),
            None => runs.push(vec![value]),
        }
        until = Some(bucket.to);
    }
    runs
}
