//! What clients of MindPulse ask of teams, in its envelope and its names, within our rules: figures of weeks of enough people, and nobody
//! singled out. A value that is withheld is null, with its reason beside it.
//!
//! | there | here |
//! |---|---|
//! | `sentiment_weighted_avg` | the pleasantness: sensed, as said, or the mean of both |
//! | `stress_weighted_avg` | twice the stress load less 1 |
//! | `emotions` | how often each is |
//! | `message_count` | of how many people a figure is, in classes, where it is of most: there are no messages to count |
//! | a day | a week from Monday that is over |

use std::collections::BTreeMap;

use attune_ground::http::envelope::{refused, told};
use attune_ground::http::{AnyQuery, Problem};
use attune_ground::measures::Measure;
use attune_ground::time::{now_millis, rfc3339};
use attune_people::rights::{Asker, Scope};
use attune_people::teams::Team;
use axum::Router;
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::asked::{Asked, Wanted, Weeks};
use super::barred::Barred;
use super::told::{Mean, Week, mean, of_team, said};
use super::whose;
use crate::figures::mindpulse::{AlertLevel, EMOTIONS, Told, Trend};
use crate::state::Wellbeing;
use crate::team::{ORGANISATION, Why};

/// Half of the width of an interval that holds 95 of 100, in standard deviations.
const OF_95: f64 = 1.96;
/// A channel with a score below this is told.
const POOR_CHANNEL: f64 = 4.0;
/// Stress above this is told.
const ELEVATED_STRESS: f64 = 0.5;

const SENSED: [&str; 2] = ["valence", "stress_load"];
const SAID: [&str; 2] = ["said_valence", "vibe"];

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Wellbeing: FromRef<S>,
{
    Router::new()
        .route("/api/analytics/team-dashboard", get(dashboard))
        .route("/api/analytics/team-dashboard/", get(dashboard))
        .route("/api/analytics/team-wellbeing", get(wellbeing))
        .route("/api/analytics/team-wellbeing/", get(wellbeing))
        .route("/api/analytics/channel-comparison", get(channels))
        .route("/api/analytics/channel-comparison/", get(channels))
        .route("/api/analytics/trends", get(trends))
        .route("/api/analytics/trends/", get(trends))
}

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Query {
    /// The first day, as a date or an instant.
    start_date: String,
    /// The last day, as a date or an instant.
    end_date: String,
    /// `week`, `month` or `quarter`, of `trends`.
    period: String,
    /// The id of a team; where it is left out, all that one may ask for.
    team: String,
}

type Given = Result<AnyQuery<Query>, Problem>;

async fn dashboard(asker: Asker, State(state): State<Wellbeing>, query: Given) -> Response {
    let answer = async {
        let known = Known::of(&state, &asker, &query?.0, 4).await?;
        let (now, before) = (known.overall(Time::Now), known.overall(Time::Before));
        let alone = "nobody is told apart in figures of a team; each sees their own at /api/analytics/user-wellbeing/";
        Ok(json!({
            "period": known.period(),
            "team_overview": known.overview(&now, &before),
            "user_analytics": [],
            "user_analytics_withheld": {"code": "share", "words": alone},
            "channel_analytics": known.channels(),
            "trends": {"weekly": known.weekly()},
            "alerts": known.alerts(&now),
        }))
    };
    answered(answer.await, "The team's wellbeing")
}

async fn wellbeing(asker: Asker, State(state): State<Wellbeing>, query: Given) -> Response {
    let answer = async {
        let known = Known::of(&state, &asker, &query?.0, 4).await?;
        let (now, before) = (known.overall(Time::Now), known.overall(Time::Before));
        Ok(json!({"period": known.period(), "team_wellbeing": known.overview(&now, &before)}))
    };
    answered(answer.await, "The team's wellbeing")
}

async fn channels(asker: Asker, State(state): State<Wellbeing>, query: Given) -> Response {
    let answer = async {
        let known = Known::of(&state, &asker, &query?.0, 1).await?;
        Ok(json!({"period": known.period(), "channels": known.channels()}))
    };
    answered(answer.await, "Channels beside each other")
}

async fn trends(asker: Asker, State(state): State<Wellbeing>, query: Given) -> Response {
    let answer = async {
        let query = query?.0;
        let weeks = match query.period.as_str() {
            "week" => 1,
            "" | "month" => 4,
            "quarter" => 13,
            _ => return Err(Problem::bad_request("period", "period is week, month or quarter")),
        };
        let known = Known::of(&state, &asker, &query, weeks).await?;
        let (now, before) = (known.overall(Time::Now), known.overall(Time::Before));
        let overview = known.overview(&now, &before);
        Ok(json!({"period": known.period(), "overall": overview, "trends": {"weekly": known.weekly()}}))
    };
    answered(answer.await, "How it went")
}

fn answered(answer: Result<Value, Problem>, message: &str) -> Response {
    answer.map_or_else(refused, |data| told(StatusCode::OK, message, data))
}

/// Of which time something is told.
#[derive(Clone, Copy)]
enum Time {
    /// Of the weeks that are asked for.
    Now,
    /// Of as many before.
    Before,
    /// Of the one with this Monday.
    Week(Date),
}

/// What is told in MindPulse's terms, of all teams that are asked for, each week of each team.
struct Known {
    asked: Weeks,
    /// The weeks that are asked for and those before, by the measures' names.
    weeks: BTreeMap<&'static str, (Vec<Week>, Vec<Week>)>,
}

/// Averages, and why some are not told.
struct Averages {
    told: Told,
    withheld: BTreeMap<&'static str, Why>,
}

impl Known {
    async fn of(state: &Wellbeing, asker: &Asker, query: &Query, usual: u16) -> Result<Self, Problem> {
        let times = state.people().calendar(None).await?;
        let barred = Barred::of(state);
        let teams = teams(state, asker, &query.team).await?;
        let (from, to, usual) = (day(&query.start_date), day(&query.end_date), usual.to_string());
        let read =
            |measure| Asked::read(Wanted { measure, weeks: &usual, from, to }, &barred, &times).map_err(in_their_names);
        let mut weeks: BTreeMap<&'static str, (Vec<Week>, Vec<Week>)> = BTreeMap::new();
        let mut asked = read("")?;
        for name in names() {
            asked = read(name)?;
            for team in &teams {
                let of = of_team(state, team.clone(), &asked).await?;
                let (now, before) = weeks.entry(name).or_default();
                now.extend(of.weeks);
                before.extend(of.earlier);
            }
        }
        Ok(Self { asked: asked.weeks, weeks })
    }

    fn mean(&self, name: &str, time: Time) -> Result<Mean, Why> {
        let Some((now, before)) = self.weeks.get(name) else { return Err(Why::Nothing) };
        match time {
            Time::Now => mean(now),
            Time::Before => mean(before),
            Time::Week(monday) => mean(now.iter().filter(|week| week.monday == monday)),
        }
    }

    /// What was sensed.
    fn sensed(&self, time: Time) -> Averages {
        let mut of = Averages { told: Told::default(), withheld: BTreeMap::new() };
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
        let mut of = Averages { told: Told::default(), withheld: BTreeMap::new() };
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

    /// Both: of sentiment the mean where both tell it.
    fn overall(&self, time: Time) -> Averages {
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

    fn overview(&self, now: &Averages, before: &Averages) -> Value {
        let mut overview = now.told();
        let trend = now.told.score().map(|score| Trend::of(before.told.score(), score).name());
        overview.insert("trend".into(), json!(trend));
        overview.insert("counted".into(), json!("people"));
        Value::Object(overview)
    }

    fn channels(&self) -> Vec<Value> {
        let channel = |(source, of): (&str, Averages)| {
            let mut channel = of.told();
            channel.insert("source".into(), json!(source));
            channel.insert("active_users".into(), json!(of.told.count));
            Value::Object(channel)
        };
        self.sources().map(channel).into()
    }

    fn sources(&self) -> [(&'static str, Averages); 2] {
        [("sensing", self.sensed(Time::Now)), ("check_in", self.said(Time::Now))]
    }

    fn weekly(&self) -> Vec<Value> {
        let week = |monday: Date| {
            let mut week = self.overall(Time::Week(monday)).told();
            week.insert("date".into(), json!(monday.to_string()));
            Value::Object(week)
        };
        self.asked.mondays().map(week).collect()
    }

    /// Its alerts, as far as they can be told of a team: low engagement is of one person each, and is not.
    fn alerts(&self, now: &Averages) -> Vec<Value> {
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

    fn period(&self) -> Value {
        let (first, last) = (self.asked.first.to_string(), self.asked.sunday().to_string());
        json!({"start_date": first, "end_date": last, "calculated_at": rfc3339(now_millis())})
    }
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
            .map(|((name, ..), told)| (name.to_owned(), json!(value(told))))
            .collect();
        let withheld: Map<String, Value> = self
            .withheld
            .iter()
            .map(|(name, why)| ((*name).to_owned(), json!({"code": why.name(), "words": said(*why)})))
            .collect();
        let all = [
            ("sentiment_weighted_avg", json!(value(self.told.sentiment))),
            ("stress_weighted_avg", json!(value(self.told.stress))),
            ("emotions", Value::Object(emotions)),
            ("message_count", json!(self.told.count)),
            ("wellbeing_score", json!(self.told.score())),
            ("alert_level", json!(self.level().map(AlertLevel::name))),
            // Of ours: without these there is no score, and why values are null.
            ("lacking", json!(self.told.lacks())),
            ("withheld", Value::Object(withheld)),
        ];
        all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// An alert: how bad it is, and whether something is to be done; of how many people, or channels.
fn alert(kind: &str, (severity, action): (&str, bool), message: &str, count: u32) -> Value {
    json!({"type": kind, "severity": severity, "message": message, "count": count, "action_required": action})
}

/// The names of all measures that are told here.
fn names() -> impl Iterator<Item = &'static str> {
    let emotions = EMOTIONS.into_iter().map(|(_, measure, _)| measure);
    SENSED.into_iter().chain(SAID).chain(emotions).filter(|name| Measure::of_name(name).is_some())
}

/// The teams that are asked for: the one that is named, all of them as one, or those that one leads.
async fn teams(state: &Wellbeing, asker: &Asker, named: &str) -> Result<Vec<Team>, Problem> {
    let none = "there is no team that you may ask for: an administrator says who leads which";
    match (named, asker.scope()) {
        ("", Scope::All) => Ok(vec![whose::team(state, asker, &ORGANISATION.to_string()).await?]),
        ("", Scope::OwnTeams | Scope::Own) => match whose::teams(state, asker).await? {
            teams if teams.is_empty() => Err(Problem::not_found(none)),
            teams => Ok(teams),
        },
        (id, _) => Ok(vec![whose::team(state, asker, id).await?]),
    }
}

/// The day of a date or an instant, as it is written.
fn day(text: &str) -> &str {
    text.get(..10).unwrap_or(text)
}

/// A problem under the names that their parameters have.
fn in_their_names(problem: Problem) -> Problem {
    let name = match problem.field.as_deref() {
        Some("from") => "start_date",
        Some("to") => "end_date",
        _ => return problem,
    };
    Problem { field: Some(name.to_owned()), detail: format!("{name}: {}", problem.detail), ..problem }
}

#[cfg(test)]
mod tests;
