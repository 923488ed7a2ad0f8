//! What the page of somebody's trends shows: which days, in which pieces, and what each measure tells of them.

use attune_ground::http::Problem;
use attune_ground::measures::{MEASURES, Measure};
use attune_pages::words::{Calendar, words};
use attune_people::me::Own;
use attune_protocol::policy::{Audience, Decision, Matrix, Profile, Purpose, Rule};
use jiff::civil::Date;
use serde::Deserialize;

use super::hours::{Hours, hours, messages};
use super::period::{Period, seen};
use super::routes::span_of;
use crate::Wellbeing;
use crate::bucket::{Bucket, Span, day_number, day_of};
use crate::figures::advice::DAYS_BEFORE;
use crate::figures::{Baseline, Change, Deviation, Figure, Lack};

/// How many days back can be chosen.
pub(super) const LENGTHS: [i64; 4] = [7, 30, 90, 365];
/// Lengths of pieces that can be chosen.
pub(super) const SPANS: [Span; 3] = [Span::Day, Span::Week, Span::Month];

/// Measures that are always told, also where nothing tells them; the others only where something does.
const ALWAYS: [&str; 5] = ["stress_load", "attention", "attention_stability", "recovery", "coverage"];

/// What a browser asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TrendsQuery {
    days: Option<String>,
    span: Option<String>,
    measure: Option<String>,
}

#[cfg(test)]
impl TrendsQuery {
    pub(super) fn of(days: &str, span: &str) -> Self {
        Self { days: Some(days.to_owned()), span: Some(span.to_owned()), measure: None }
    }
}

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Asked {
    /// How many days up to today, one of [`LENGTHS`].
    pub(super) days: i64,
    /// In which pieces, one of [`SPANS`].
    pub(super) span: Span,
    /// Which measure is drawn first.
    pub(super) measure: Option<&'static Measure>,
}

impl Asked {
    pub(super) fn read(query: &TrendsQuery) -> Result<Self, Problem> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let days = match given(&query.days) {
            None => LENGTHS[1],
            Some(text) => {
                let found = LENGTHS.into_iter().find(|length| length.to_string() == text);
                found.ok_or_else(|| Problem::bad_request("days", "days must be 7, 30, 90 or 365"))?
            }
        };
        let span = match given(&query.span) {
            None => Self::usual_span(days),
            Some(name) => {
                let found = span_of(Some(&name)).ok().filter(|span| SPANS.contains(span));
                found.ok_or_else(|| Problem::bad_request("span", "span must be day, week or month"))?
            }
        };
        let unknown = || Problem::bad_request("measure", "there is no such measure; leave it out for all of them");
        let measure = given(&query.measure).map(|name| Measure::of_name(&name).ok_or_else(unknown)).transpose()?;
        Ok(Self { days, span, measure })
    }

    /// In which pieces so many days are shown where nothing is said: at most a month of days, and half a year of weeks.
    const fn usual_span(days: i64) -> Span {
        match days {
            ..=30 => Span::Day,
            31..=90 => Span::Week,
            _ => Span::Month,
        }
    }

    /// Where the same is with other days, in the pieces that fit them.
    pub(super) fn with_days(self, days: i64) -> String {
        Self { days, span: Self::usual_span(days), ..self }.href()
    }

    /// Where the same is in other pieces.
    pub(super) fn with_span(self, span: Span) -> String {
        Self { span, ..self }.href()
    }

    /// Where the same is with another measure first.
    pub(super) fn with_measure(self, measure: &'static Measure) -> String {
        Self { measure: Some(measure), ..self }.href()
    }

    fn href(self) -> String {
        let Self { days, span, measure } = self;
        let measure = measure.map_or_else(String::new, |measure| format!("&measure={}", measure.name));
        format!("/me/trends?days={days}&span={}{measure}", span.name())
    }
}

/// What was seen of somebody in the days that are asked for.
#[derive(Debug)]
pub(super) struct View {
    pub(super) asked: Asked,
    pub(super) times: Calendar,
    pub(super) profile: Profile,
    /// The days that are asked for.
    pub(super) period: Period,
    /// Days, as far before as anything is compared with.
    pub(super) days: Vec<(i64, Bucket)>,
    /// The pieces that are drawn, each by the number of its first day.
    pub(super) pieces: Vec<(i64, Bucket)>,
    /// At which hours of the day messages were written.
    pub(super) hours: Hours,
}

/// What a measure tells.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) measure: &'static Measure,
    /// Of the days that are asked for.
    pub(super) now: Result<Figure, Lack>,
    /// Against as many days before, where both are told.
    pub(super) before: Result<Figure, Lack>,
    pub(super) change: Option<Change>,
    /// The last of the days that tells it, and what was usual until then.
    pub(super) last: Option<(i64, Figure)>,
    pub(super) usual: Option<Baseline>,
}

impl View {
    pub(super) async fn of(state: &Wellbeing, own: &Own, asked: Asked, times: &Calendar) -> Result<Self, Problem> {
        let today = times.date(times.now).map(day_number).unwrap_or_default();
        let period = Period::up_to(today, asked.days);
        let first = period.before().first.min(period.first - Baseline::DAYS).min(today - DAYS_BEFORE);
        let days = seen(state, own, Span::Day, Period { first, last: today }).await?;
        let pieces = match asked.span {
            Span::Hour | Span::Day => period.of(&days).to_vec(),
            longer => {
                let begin = begin_of(longer, period.first).unwrap_or(period.first);
                seen(state, own, longer, Period { first: begin, last: today }).await?
            }
        };
        let hours = match period.of(&days).iter().any(|(_, bucket)| messages(bucket) > 0) {
            true => hours(state, own, period, &times.zone).await?,
            false => Hours::default(),
        };
        let profile = state.people().profile();
        Ok(Self { asked, times: times.clone(), profile, period, days, pieces, hours })
    }

    /// On how many of the days something was seen.
    pub(super) fn seen_days(&self) -> usize {
        self.period.of(&self.days).iter().filter(|(_, bucket)| bucket.seen > 0 || !bucket.sums.is_empty()).count()
    }

    /// What each measure tells: those that are always told, and those that anything tells.
    pub(super) fn lines(&self) -> Vec<Line> {
        let (now, before) = (self.period.merged(&self.days), self.period.before().merged(&self.days));
        let line = |measure| self.line(measure, &now, &before);
        let is_told = |line: &Line| ALWAYS.contains(&line.measure.name) || line.now != Err(Lack::Nothing);
        // Kinds of channels stand beside each other in a table of their own.
        MEASURES.iter().filter(|measure| measure.channel().is_none()).map(line).filter(is_told).collect()
    }

    fn line(&self, measure: &'static Measure, now: &Bucket, before: &Bucket) -> Line {
        let (now, before) = (Figure::of(now, measure), Figure::of(before, measure));
        let change = before.ok().zip(now.ok()).and_then(|(before, now)| Change::between(measure, &before, &now));
        let told = |(day, bucket): &(i64, Bucket)| Some((*day, Figure::of(bucket, measure).ok()?));
        let last = self.period.of(&self.days).iter().rev().find_map(told);
        let until = last.map_or(self.period.last, |(day, _)| day);
        Line { measure, now, before, change, last, usual: Baseline::before(&self.days, until, measure) }
    }

    /// The rule by which what a measure is made of stays on the person's own device, where all of it does. What has come here is theirs to see.
    pub(super) fn stays(&self, measure: &Measure) -> Option<&'static Rule> {
        let matrix = Matrix::of(self.profile);
        let rules = measure.made_of.iter().map(|data| matrix.rule(Audience::Person, Purpose::OwnView, *data));
        let least = rules.min_by_key(|rule| rule.decision)?;
        (least.decision == Decision::OnlyLocally).then_some(least)
    }

    /// How many days, in words.
    pub(super) fn length(&self) -> String {
        words().trends.last_days.of(self.period.days().unsigned_abs())
    }

    /// The days in words.
    pub(super) fn name(&self) -> String {
        let last = self.times.day(self.times.now);
        words().trends.of_days.fill(&[("days", &self.length()), ("day", &last)])
    }

    /// First instant of a piece and first one after it, Unix milliseconds.
    pub(super) fn instants(&self, begin: i64) -> Option<(i64, i64)> {
        let first = day_of(begin)?;
        let start = |date: Date| self.times.day_span(date).map(|(start, _)| start);
        start(first).zip(start(day_of(after(self.asked.span, begin)?)?))
    }

    /// How many pieces the days are, those in which nothing was seen among them.
    pub(super) fn pieces_of_all(&self) -> u64 {
        let span = self.asked.span;
        let begins = std::iter::successors(begin_of(span, self.period.first), |begin| after(span, *begin));
        begins.take_while(|begin| *begin <= self.period.last).count() as u64
    }

    /// So many pieces, in words.
    pub(super) fn so_many_pieces(&self, count: u64) -> String {
        let texts = &words().trends;
        match self.asked.span {
            Span::Hour | Span::Day => texts.last_days.of(count),
            Span::Week => texts.weeks.of(count),
            Span::Month => texts.months.of(count),
        }
    }
}

/// The first day behind a piece that begins on one.
pub(super) fn after(span: Span, begin: i64) -> Option<i64> {
    Some(match span {
        Span::Hour | Span::Day => begin + 1,
        Span::Week => begin + 7,
        Span::Month => day_number(day_of(begin)?.last_of_month()) + 1,
    })
}

/// The first day of the week or month of a day.
pub(super) fn begin_of(span: Span, day: i64) -> Option<i64> {
    let date = day_of(day)?;
    Some(match span {
        Span::Hour | Span::Day => day,
        Span::Week => day - i64::from(date.weekday().to_monday_zero_offset()),
        Span::Month => day_number(date.first_of_month()),
    })
}

/// A deviation in words.
pub(super) fn deviation(of: Deviation) -> &'static str {
    let texts = &words().trends;
    match of {
        Deviation::ClearlyLess => &texts.clearly_less,
        Deviation::Less => &texts.somewhat_less,
        Deviation::Usual => &texts.usual,
        Deviation::More => &texts.somewhat_more,
        Deviation::ClearlyMore => &texts.clearly_more,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(days: &str, span: &str, measure: &str) -> TrendsQuery {
        let given = |text: &str| Some(text.to_owned());
        TrendsQuery { days: given(days), span: given(span), measure: given(measure) }
    }

    #[test]
    fn what_is_asked_for_reads_as_its_links_are_written_and_what_is_wrong_is_named() {
        let asked = Asked::read(&TrendsQuery::default()).expect("nothing is needed");
        assert_eq!((asked.days, asked.span, asked.measure), (30, Span::Day, None));
        assert_eq!(Asked::read(&query("90", "", "")).expect("reads").span, Span::Week);
        assert_eq!(asked.with_days(365), "/me/trends?days=365&span=month");
        assert_eq!(asked.with_span(Span::Week), "/me/trends?days=30&span=week");
        let vibe = Measure::of_name("vibe").expect("a measure");
        assert_eq!(asked.with_measure(vibe), "/me/trends?days=30&span=day&measure=vibe");
        assert_eq!(Asked::read(&query("7", "month", "vibe")).expect("reads").measure, Some(vibe));
        for (field, wrong) in [
            ("days", query("8", "", "")),
            ("days", query("007", "", "")),
            ("span", query("", "hour", "")),
            ("span", query("", "year", "")),
            ("measure", query("", "", "mood")),
        ] {
            let problem = Asked::read(&wrong).expect_err(field);
            assert_eq!((problem.status, problem.field.as_deref()), (400, Some(field)));
        }
    }

    #[test]
    fn weeks_begin_on_monday_and_months_on_their_first_day() {
        let number = |text: &str| day_number(text.parse().expect("a day"));
        assert_eq!(begin_of(Span::Week, number("2026-03-01")), Some(number("2026-02-23")));
        assert_eq!(begin_of(Span::Week, number("2026-03-02")), Some(number("2026-03-02")));
        assert_eq!(begin_of(Span::Month, number("2026-02-28")), Some(number("2026-02-01")));
        assert_eq!(begin_of(Span::Day, number("2026-02-28")), Some(number("2026-02-28")));
        assert_eq!(after(Span::Month, number("2026-02-01")), Some(number("2026-03-01")));
        assert_eq!(after(Span::Week, number("2026-02-23")), Some(number("2026-03-02")));
    }
}
