use attune_pages::Markup;
use attune_pages::figure::{Figure as Shown, Known, Reading};
use attune_pages::part::Facts;
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::words::{decimal, length, words};
use jiff::Timestamp;

use super::charts::why;
use super::view::{Line, View, deviation};
use crate::figures::mindpulse::{AlertLevel, Told, score_between, wellbeing_score};
use crate::figures::{Change, Clock, Direction, Figure, Lack, Regularity};
use crate::written::{is_of_what_was_seen, is_said, unit, written};

/// Where it stands how figures are computed.
pub(super) const HOW: &str = "how";

impl View {
    /// What the days say in a sentence or two.
    pub(super) fn finding(&self, lines: &[Line]) -> String {
        let texts = &words().trends;
        let days = self.length();
        let told = |line: &Line| {
            let form = match line.change?.direction {
                Direction::More => &texts.changed_more,
                Direction::Less => &texts.changed_less,
                Direction::Same => return None,
            };
            Some(form.with("measure", line.measure.title))
        };
        let changed: Vec<String> = lines.iter().filter_map(told).take(3).collect();
        let changed = match changed.as_slice() {
            [] if lines.iter().all(|line| line.change.is_none()) => texts.nothing_before.with("days", &days),
            [] => texts.unchanged.with("days", &days),
            some => texts.changed.fill(&[("days", &days), ("what", &some.join(", "))]),
        };
        let seen = texts.seen_on.of(self.seen_days() as u64);
        let said = texts.finding.fill(&[("period", &self.name()), ("seen", &seen), ("changed", &changed)]);
        format!("{said} {}", self.times.says())
    }

    /// A figure of each measure, and MindPulse's score.
    pub(super) fn figures(&self, lines: &[Line]) -> Markup {
        let figure = |line: &Line| Shown::new(line.measure.title, self.name(), self.reading(line));
        let score = Shown::new(words().trends.score.as_str(), self.name(), self.score());
        let all = lines.iter().map(figure).chain([score]).map(|figure| figure.definition(format!("#{HOW}")));
        Shown::row(&all.collect::<Vec<_>>())
    }

    fn reading(&self, line: &Line) -> Reading {
        let (texts, measure) = (&words().trends, line.measure);
        match line.now {
            Ok(figure) => {
                let [value, low, high] =
                    [figure.value, figure.between.0, figure.between.1].map(|value| written(measure, value));
                let change = line.change.map_or_else(String::new, |change| self.changed(line, change));
                let mut known = Known::new(value, unit(measure)).change(change);
                // What is counted lies between nothing.
                if low != high {
                    known = known.between(low, high);
                }
                if is_said(measure) {
                    known = known.level(texts.answers.of(figure.count.into()));
                } else if measure.is_of_text() {
                    known = known.level(texts.messages.of(figure.count.into()));
                }
                Reading::Known(match figure.coverage.filter(|_| is_of_what_was_seen(measure)) {
                    Some(share) => known.seen(share, texts.seen_of.as_str()),
                    None => known,
                })
            }
            Err(Lack::TooLittle { has, needs }) => Reading::TooLittle { has, needs, of: texts.minutes.clone() },
            Err(Lack::TooUncertain { between: (low, high) }) => Reading::Uncertain {
                between: Some((written(measure, low), written(measure, high))),
                why: texts.uncertain.clone(),
            },
            Err(Lack::Nothing) => match self.stays(measure) {
                Some(rule) => Reading::Withheld { rule: texts.stays.with("rule", rule.says) },
                None => Reading::None { why: texts.nothing.clone() },
            },
        }
    }

    /// How a measure changed, in words.
    fn changed(&self, line: &Line, change: Change) -> String {
        let texts = &words().trends;
        let (days, by) = (self.length(), written(line.measure, change.difference.abs()));
        match change.direction {
            Direction::More => texts.more.fill(&[("by", &by), ("days", &days)]),
            Direction::Less => texts.less.fill(&[("by", &by), ("days", &days)]),
            Direction::Same => texts.same.with("days", &days),
        }
    }

    /// MindPulse's score of the days.
    fn score(&self) -> Reading {
        let texts = &words().trends;
        let told = Told::whole(&self.period.merged(&self.days));
        let Some((averages, sds)) = told.averages() else {
            return Reading::None { why: texts.score_lacks.with("what", &told.lacks().join(", ")) };
        };
        let (score, (low, high)) = (wellbeing_score(&averages), score_between(&averages, &sds));
        let level = AlertLevel::of(score, averages.stress).name();
        let known = Known::new(decimal(score, 1), texts.score_unit.as_str());
        let known = known.between(decimal(low, 1), decimal(high, 1));
        Reading::Known(known.level(texts.score_level.with("level", level)))
    }

    /// Each measure beside the days before and what is usual.
    pub(super) fn compared(&self, lines: &[Line]) -> Table {
        let texts = &words().trends;
        let days = self.length();
        let columns = vec![
            Column::new(texts.measure.as_str()),
            Column::number(texts.now.with("days", &days)),
            Column::new(texts.between.as_str()),
            Column::number(texts.before.with("days", &days)),
            Column::new(texts.change.as_str()),
            Column::new(texts.usual_now.as_str()),
            Column::new(texts.last_day.as_str()),
        ];
        let needed = crate::figures::Baseline::LEAST_DAYS.to_string();
        let table = Table::new(texts.compared.as_str(), columns).note(texts.usual_note.with("n", &needed));
        lines.iter().fold(table, |table, line| table.row(self.row(line)))
    }

    fn row(&self, line: &Line) -> Row {
        let (texts, measure) = (&words().trends, line.measure);
        let value = |found: &Result<Figure, Lack>| match found {
            Ok(figure) => Cell::text(written(measure, figure.value)),
            Err(Lack::Nothing) => Cell::none(),
            Err(lack) => Cell::text(why(measure, *lack)),
        };
        let between = line.now.ok().map_or_else(Cell::none, |Figure { between: (low, high), .. }| {
            Cell::text(texts.low_high.fill(&[("low", &written(measure, low)), ("high", &written(measure, high))]))
        });
        let usual = match line.usual {
            Some(usual) => Cell::text(written(measure, usual.median)),
            None => Cell::text(texts.usual_missing.as_str()),
        };
        let last = line.last.map_or_else(Cell::none, |(day, figure)| Cell::text(self.last(line, day, &figure)));
        Row::new(vec![
            Cell::text(measure.title),
            value(&line.now),
            between,
            value(&line.before),
            line.change.map_or_else(Cell::none, |change| Cell::text(self.changed(line, change))),
            usual,
            last,
        ])
    }

    /// The last day that tells a measure, in words, and how it stands to what is usual.
    fn last(&self, line: &Line, day: i64, figure: &Figure) -> String {
        let (name, value) = (self.day(day), written(line.measure, figure.value));
        match line.usual {
            Some(usual) => format!("{name}: {value}, {}", deviation(usual.deviation(figure))),
            None => format!("{name}: {value}"),
        }
    }

    /// A day in words.
    pub(super) fn day(&self, number: i64) -> String {
        let begin = crate::bucket::day_of(number).and_then(|date| self.times.day_span(date));
        begin.map_or_else(String::new, |(begin, _)| self.times.day(begin))
    }

    /// How regular the days are.
    pub(super) fn regularity(&self) -> Markup {
        let texts = &words().trends;
        let heading = Markup::heading(texts.regularity.as_str());
        let seen = self.period.of(&self.days).iter().filter_map(|(_, bucket)| bucket.between);
        let days: Vec<(f64, f64)> =
            seen.filter_map(|(from, until)| self.minute(from).zip(self.minute(until))).collect();
        let Some(regular) = Regularity::of(&days) else {
            return heading.with(&Markup::paragraph(texts.irregular.with("n", &days.len().to_string())));
        };
        let of = texts.last_days.of(regular.days as u64);
        let said = |clock: Clock| {
            let minute = clock.minute as i64;
            let around = format!("{:02}:{:02}", minute / 60, minute % 60);
            // Whole minutes, and never none: days are not alike to the second.
            let within = length(clock.sd.ceil().max(1.0) as i64 * 60_000);
            texts.regular.fill(&[("clock", &around), ("length", &within), ("days", &of)])
        };
        let facts = Facts::new().fact(texts.first_seen.as_str(), said(regular.begin));
        heading.with(&facts.fact(texts.last_seen.as_str(), said(regular.end)))
    }

    /// The minute of the day of an instant, by the person's clock.
    fn minute(&self, millis: i64) -> Option<f64> {
        let at = Timestamp::from_millisecond(millis).ok()?.to_zoned(self.times.zone.clone()).time();
        Some(f64::from(at.hour()) * 60.0 + f64::from(at.minute()))
    }
}
