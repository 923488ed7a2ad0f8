use attune_ground::measures::Measure;
use attune_pages::Markup;
use attune_pages::chart::{Bucket as Stretch, Chart, Seen};
use attune_pages::part::Tabs;
use attune_pages::words::words;

use super::view::{Line, View};
use crate::figures::{Baseline, Figure, Lack};
use crate::written::{decimals, written};

/// Pieces that a page draws: with more it would be larger than a telephone takes in at a glance, or in a second.
const MOST_PIECES: usize = 400;

/// Charts that a page draws: of more nobody finds the one that is looked for.
const MOST_CHARTS: usize = 6;

impl View {
    /// A chart of each measure that is told, the one that is asked for first; those for which there is no room behind a link.
    pub(super) fn charts(&self, lines: &[Line]) -> Markup {
        let texts = &words().trends;
        let mut told: Vec<&'static Measure> =
            lines.iter().filter(|line| line.now != Err(Lack::Nothing)).map(|line| line.measure).collect();
        told.sort_by_key(|measure| (Some(*measure) != self.asked.measure, measure.number));
        let most = (MOST_PIECES / self.pieces.len().max(1)).clamp(1, MOST_CHARTS);
        let drawn = told.iter().take(most).map(|measure| self.chart(measure).html());
        let mut charts = Markup::heading(texts.charts.as_str()).with(&drawn.collect::<Markup>());
        let others = told.get(most..).unwrap_or_default();
        if !others.is_empty() {
            let tabs = others.iter().fold(Tabs::new(texts.others.as_str()), |tabs, measure| {
                tabs.tab(measure.title, self.asked.with_measure(measure), false)
            });
            charts = charts.with(&tabs);
        }
        charts
    }

    fn chart(&self, measure: &'static Measure) -> Chart {
        let texts = &words().trends;
        let stretches: Vec<Stretch> = self.pieces.iter().filter_map(|piece| self.stretch(measure, piece)).collect();
        let known = stretches.iter().filter(|stretch| matches!(stretch.seen, Seen::Value { .. })).count() as u64;
        let all = self.pieces_of_all();
        let begin = self.pieces.first().map_or(self.period.first, |(begin, _)| (*begin).min(self.period.first));
        let from = self.instants(begin).map_or(self.times.now, |(from, _)| from);
        let until = self.times.date(self.times.now).and_then(|today| self.times.day_span(today));
        let span = (from, until.map_or(self.times.now, |(_, until)| until));
        let finding = if known < all { &texts.chart_finding } else { &texts.chart_whole };
        let finding = finding.fill(&[("known", &texts.chart_of.of(known)), ("all", &self.so_many_pieces(all))]);
        Chart::lines(measure.name, measure.title, self.times.clone(), span)
            .finding(finding)
            .scale(measure.range, decimals(measure))
            .series(measure.title, stretches)
    }

    fn stretch(&self, measure: &Measure, (begin, bucket): &(i64, crate::bucket::Bucket)) -> Option<Stretch> {
        let (from, to) = self.instants(*begin)?;
        let seen = match Figure::of(bucket, measure) {
            Ok(Figure { value, between: (low, high), .. }) => Seen::Value { value, low, high },
            Err(lack) => Seen::Gap(why(measure, lack)),
        };
        let usual = Baseline::before(&self.days, *begin, measure).map(|usual| usual.median);
        Some(Stretch { from, to, seen, usual })
    }
}

/// Why a piece says nothing, in a few words.
pub(super) fn why(measure: &Measure, lack: Lack) -> String {
    let texts = &words().trends;
    match lack {
        Lack::Nothing => texts.nothing_short.clone(),
        Lack::TooLittle { has, needs } => {
            texts.too_little.fill(&[("has", &has.to_string()), ("needs", &needs.to_string())])
        }
        Lack::TooUncertain { between: (low, high) } => {
            texts.too_uncertain.fill(&[("low", &written(measure, low)), ("high", &written(measure, high))])
        }
    }
}
