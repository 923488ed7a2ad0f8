//! What is known of teams in MindPulse's terms: averages of weeks, with why some are not told.

use std::collections::BTreeMap;

use attune_ground::http::Problem;
use attune_ground::measures::{CHANNELS, Channel, Measure};
use attune_ground::time::rfc3339;
use attune_pages::words::Calendar;
use attune_people::rights::Asker;
use attune_people::teams::TeamId;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::super::asked::Weeks;
use super::super::told::{Around, Mean, around, mean, said_of};
use super::{Query, teams};
use crate::bucket::{day_number, day_of};
use crate::figures::mindpulse::{AlertLevel, EMOTIONS, OfMessages, Told, Trend};
use crate::mindpulse::Days;
use crate::state::Wellbeing;
use crate::team::{WEEK, Why, counted_on, newest_due};

/// Half of the width of an interval that holds 95 of 100, in standard deviations.
const OF_95: f64 = 1.96;
/// A channel with a score below this is told.
const POOR_CHANNEL: f64 = 4.0;
/// Stress above this is told.
const ELEVATED_STRESS: f64 = 0.5;

const SENSED: [&str; 2] = ["valence", "stress_load"];
const SAID: [&str; 2] = ["said_valence", "vibe"];

/// What figures are of.
const WHOLE_WEEKS: &str = "Figures are of the whole weeks, Monday to Sunday, that lie in these days and are over. What somebody writes \
                           or does today is withheld until its week is counted: a figure that follows each message would tell whose it is.";
/// Why there is nothing at all.
const NO_WEEK: &str =
    "No whole week, Monday to Sunday, that is over lies in these days: figures of teams are of whole weeks.";
const NO_TEAM: &str = "There is no team that you may ask for: an administrator says who leads which.";
/// Why there is no score.
const LACKING: &str = "What is lacking is withheld or was not seen: there is no score without it.";
const ONLY_ELSEWHERE: &str = "Too few people wrote both here and elsewhere on the same days, or something is withheld besides: there is no score.";
const ONLY_SAID: &str = "Check-ins tell neither stress nor emotions: there is no score of them alone.";

/// Of which time something is told.
#[derive(Clone, Copy)]
pub(super) enum Time {
    /// Of the weeks that are asked for.
    Now,
    /// Of as many before.
    Before,
    /// Of the one with this Monday.
    Week(Date),
}

/// What is told in MindPulse's terms, of all teams that are asked for, each week of each team.
pub(super) struct Known {
    times: Calendar,
    days: Days,
    /// The weeks that lie in those days.
    weeks: Option<Weeks>,
    /// Why nothing at all is told, where that is so.
    nothing: Option<&'static str>,
    /// What is told of these weeks and those before, by the measures' names.
    told: BTreeMap<&'static str, Around>,
    /// Whether messages tell, and so everything is of them, the time before and each week, too.
    is_written: bool,
}

/// Averages, and why some are not told.
pub(super) struct Averages {
    told: Told,
    withheld: BTreeMap<&'static str, Why>,
    /// Whether they are of one kind of channel.
    is_of_a_kind: bool,
    /// Why there is no score, where there is none.
    reason: &'static str,
}

impl Known {
    /// Of so many days, where none are asked for.
    ///
    /// # Errors
    /// 400 for days that are none, 403 and 404 for a team that one may not ask for.
    pub(super) async fn of(state: &Wellbeing, asker: &Asker, query: &Query, usual: i64) -> Result<Self, Problem> {
        let times = state.people().calendar(None).await?;
        let teams = teams(state, asker, &query.team).await?;
        // The newest week that is counted is the newest of which anything can be told.
        let newest = day_of(newest_due(times.now) + WEEK - 1);
        let days = Days::read((&query.start_date, &query.end_date), usual, newest, &times)?;
        let weeks = Weeks::within(days, &times);
        let nothing = match (teams.is_empty(), weeks) {
            (true, _) => Some(NO_TEAM),
            (false, None) => Some(NO_WEEK),
            (false, Some(_)) => None,
        };
        let each: Vec<(TeamId, &'static Measure)> =
            teams.iter().flat_map(|team| measures().map(|measure| (team.id, measure))).collect();
        let mut told: BTreeMap<&'static str, Around> = BTreeMap::new();
        if let Some(weeks) = weeks {
            for ((_, measure), of) in each.iter().zip(around(state, &each, weeks).await?) {
                let all = told.entry(measure.name).or_default();
                all.weeks.extend(of.weeks);
                all.earlier.extend(of.earlier);
            }
        }
        let mut known = Self { times, days, weeks, nothing, told, is_written: false };
        known.is_written = known.mean(OfMessages::of(None).sentiment.name, Time::Now).is_ok();
        Ok(known)
    }

    fn mean(&self, name: &str, time: Time) -> Result<Mean, Why> {
        let Some(Around { weeks, earlier }) = self.told.get(name) else { return Err(Why::Nothing) };
        match time {
            Time::Now => mean(weeks),
            Time::Before => mean(earlier),
            Time::Week(monday) => mean(weeks.iter().filter(|week| week.monday == monday)),
        }
    }

    /// Nothing yet, and why there would be no score.
    fn averages(&self, reason: &'static str) -> Averages {
        let (told, withheld) = (Told::default(), BTreeMap::new());
        Averages { told, withheld, is_of_a_kind: false, reason: self.nothing.unwrap_or(reason) }
    }

    /// What was sensed.
    fn sensed(&self, time: Time) -> Averages {
        let mut of = self.averages(LACKING);
        of.told.sentiment = of.take("sentiment_weighted_avg", self.mean("valence", time));
        let stress = of.take("stress_weighted_avg", self.mean("stress_load", time));
        of.told.stress = stress.map(|(load, sd)| (2.0 * load - 1.0, 2.0 * sd));
        for (place, (emotion, measure, _)) in EMOTIONS.into_iter().enumerate() {
            of.told.emotions[place] = of.take(emotion, self.mean(measure, time));
        }
        of
    }

    /// What people said: on the grid or, where they did not, how they are, 1 to 6.
    fn said(&self, time: Time) -> Averages {
        let mut of = self.averages(ONLY_SAID);
        let marked = self.mean("said_valence", time);
        of.told.sentiment = match (marked, self.mean("vibe", time)) {
            (Err(why), Err(_)) => of.take("sentiment_weighted_avg", Err(why)),
            (Err(_), answered) => {
                of.take("sentiment_weighted_avg", answered).map(|(vibe, sd)| ((vibe - 3.5) / 2.5, sd / 2.5))
            }
            (marked, _) => of.take("sentiment_weighted_avg", marked),
        };
        of
    }

    /// What people wrote in channels of a kind, or in all. An emotion that is withheld since everybody's would be known lies at an end of its
    /// scale for all of them: the score counts it as none, whatever it is.
    fn written(&self, channel: Option<&Channel>, time: Time) -> Averages {
        let of = OfMessages::of(channel);
        let mut averages = self.averages(if channel.is_some() { ONLY_ELSEWHERE } else { LACKING });
        averages.is_of_a_kind = channel.is_some();
        averages.told.sentiment = averages.take("sentiment_weighted_avg", self.mean(of.sentiment.name, time));
        averages.told.stress = averages.take("stress_weighted_avg", self.mean(of.stress.name, time));
        for (place, ((emotion, ..), measure)) in EMOTIONS.into_iter().zip(of.emotions).enumerate() {
            let told = self.mean(measure.name, time);
            let is_alike = told == Err(Why::Share);
            averages.told.emotions[place] = averages.take(emotion, told).or(is_alike.then_some((0.0, 0.0)));
        }
        averages
    }

    /// What people wrote where that is told, and else what was sensed and said.
    pub(super) fn overall(&self, time: Time) -> Averages {
        if self.is_written { self.written(None, time) } else { self.sensed_and_said(time) }
    }

    /// Both: of sentiment the mean where both tell it.
    fn sensed_and_said(&self, time: Time) -> Averages {
        let (mut of, said) = (self.sensed(time), self.said(time));
        of.told.sentiment = match (of.told.sentiment, said.told.sentiment) {
            (Some((one, sd)), Some((other, other_sd))) => Some((f64::midpoint(one, other), sd.hypot(other_sd) / 2.0)),
            (one, other) => one.or(other),
        };
        if of.told.sentiment.is_some() {
            of.withheld.remove("sentiment_weighted_avg");
        }
        of.told.count = of.told.count.max(said.told.count);
        of
    }

    pub(super) fn overview(&self, now: &Averages, before: &Averages) -> Value {
        let mut overview = now.told();
        overview.insert("trend".into(), json!(trend(now, before)));
        overview.insert("counted".into(), json!("people"));
        Value::Object(overview)
    }

    pub(super) fn channels(&self) -> Vec<Value> {
        let channel = |(source, of): (&str, Averages)| {
            let mut channel = of.told();
            channel.insert("source".into(), json!(source));
            channel.insert("active_users".into(), json!(of.told.count));
            Value::Object(channel)
        };
        self.sources().into_iter().map(channel).collect()
    }

    /// What was sensed and said, and what was written in each kind of channel of which there is anything, told or withheld. Where policy keeps
    /// messages back, it says so once.
    fn sources(&self) -> Vec<(&'static str, Averages)> {
        let sentiment = |kind: &'static Channel| self.mean(OfMessages::of(Some(kind)).sentiment.name, Time::Now);
        let is_there = |kind: &&'static Channel| !matches!(sentiment(kind), Err(Why::Nothing | Why::Policy(_)));
        let kinds = CHANNELS.iter().filter(is_there).map(|kind| (kind.name, self.written(Some(kind), Time::Now)));
        let barred = matches!(self.mean(OfMessages::of(None).sentiment.name, Time::Now), Err(Why::Policy(_)));
        let barred = barred.then(|| ("messages", self.written(None, Time::Now)));
        let others = [("sensing", self.sensed(Time::Now)), ("check_in", self.said(Time::Now))];
        others.into_iter().chain(kinds).chain(barred).collect()
    }

    /// How the score went, against as many weeks before and week by week.
    pub(super) fn trends(&self, now: &Averages, before: &Averages) -> Value {
        let scores = json!({"current": now.told.score(), "previous": before.told.score(), "trend": trend(now, before)});
        let week = |monday: Date| {
            let mut week = self.overall(Time::Week(monday)).told();
            week.insert("date".into(), json!(monday.to_string()));
            Value::Object(week)
        };
        let weekly: Vec<Value> = self.weeks.into_iter().flat_map(Weeks::mondays).map(week).collect();
        json!({"wellbeing": scores, "weekly": weekly})
    }

    /// Its alerts, as far as they can be told of a team: low engagement is of one person each, and is not.
    pub(super) fn alerts(&self, now: &Averages) -> Vec<Value> {
        let mut alerts = Vec::new();
        if now.level() == Some(AlertLevel::Critical) {
            let message = "The wellbeing score is below 3, or stress is over 0.7";
            alerts.push(alert("critical_wellbeing", ("high", true), message, now.told.count));
        }
        if now.told.stress.is_some_and(|(stress, _)| stress > ELEVATED_STRESS) {
            alerts.push(alert("elevated_stress", ("medium", false), "Stress is over 0.5", now.told.count));
        }
        let is_poor = |of: &Averages| of.told.score().is_some_and(|score| score < POOR_CHANNEL);
        let poor = self.sources().iter().filter(|(_, of)| is_poor(of)).count() as u32;
        if poor > 0 {
            alerts.push(alert("channel_performance", ("medium", false), "A channel has a score below 4", poor));
        }
        alerts
    }

    /// The days that are asked for, and which weeks of them are told.
    pub(super) fn period(&self) -> Value {
        let mut period = self.days.told(&self.times);
        let words = if self.weeks.is_some() { WHOLE_WEEKS } else { NO_WEEK };
        let covers = json!({
            "first_day": self.weeks.map(|weeks| weeks.first.to_string()),
            "last_day": self.weeks.map(|weeks| weeks.sunday().to_string()),
            "weeks": self.weeks.map_or(0, Weeks::count),
            "words": words,
            // When what is done on the last of the days is counted, with its week.
            "complete_at": rfc3339(counted_on(day_number(self.days.last))),
        });
        period.insert("covers".into(), covers);
        Value::Object(period)
    }
}

/// The trend of the score; none where there is no score now.
fn trend(now: &Averages, before: &Averages) -> Option<&'static str> {
    now.told.score().map(|score| Trend::of(before.told.score(), score).name())
}

impl Averages {
    /// A value with its standard deviation; where there is none, its reason is kept under a name.
    fn take(&mut self, name: &'static str, told: Result<Mean, Why>) -> Option<(f64, f64)> {
        match told {
            Ok(mean) => {
                self.told.count = self.told.count.max(mean.people.1);
                Some((mean.value, (mean.between.1 - mean.between.0) / (2.0 * OF_95)))
            }
            Err(why) => {
                self.withheld.insert(name, why);
                None
            }
        }
    }

    fn level(&self) -> Option<AlertLevel> {
        self.told.score().zip(self.told.stress).map(|(score, (stress, _))| AlertLevel::of(score, stress))
    }

    fn told(&self) -> Map<String, Value> {
        let value = |told: Option<(f64, f64)>| told.map(|(value, _)| value);
        let emotions: Map<String, Value> = EMOTIONS
            .into_iter()
            .zip(self.told.emotions)
            .map(|((name, ..), told)| (name, told.filter(|_| !self.withheld.contains_key(name))))
            .map(|(name, told)| (name.to_owned(), json!(value(told))))
            .collect();
        let withheld: Map<String, Value> = self
            .withheld
            .iter()
            .map(|(name, why)| {
                ((*name).to_owned(), json!({"code": why.name(), "words": said_of(self.is_of_a_kind, *why)}))
            })
            .collect();
        let all = [
            ("sentiment_weighted_avg", json!(value(self.told.sentiment))),
            ("stress_weighted_avg", json!(value(self.told.stress))),
            ("emotions", Value::Object(emotions)),
            ("message_count", json!(self.told.count)),
            ("wellbeing_score", json!(self.told.score())),
            ("alert_level", json!(self.level().map(AlertLevel::name))),
            // Of ours: without these there is no score, why values are null, and the same in words.
            ("lacking", json!(self.told.lacks())),
            ("withheld", Value::Object(withheld)),
            ("reason", json!(self.told.score().is_none().then_some(self.reason))),
        ];
        all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// An alert: how bad it is, and whether something is to be done; of how many people, or channels.
fn alert(kind: &str, (severity, action): (&str, bool), message: &str, count: u32) -> Value {
    json!({"type": kind, "severity": severity, "message": message, "count": count, "action_required": action})
}

/// All measures that are told here.
fn measures() -> impl Iterator<Item = &'static Measure> {
    let emotions = EMOTIONS.into_iter().map(|(_, measure, _)| measure);
    let messages = std::iter::once(None).chain(CHANNELS.iter().map(Some)).flat_map(|kind| OfMessages::of(kind).all());
    SENSED.into_iter().chain(SAID).chain(emotions).filter_map(Measure::of_name).chain(messages)
}
