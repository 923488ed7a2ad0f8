//! `user-wellbeing`, as clients of MindPulse ask for it: of whoever asks and of nobody else, in its shape and by its formulas. Where somebody
//! wrote messages in the days that are asked for, all is of those; where nobody did, what stands for them are windows of ten seconds and
//! check-ins. A part that nothing tells is null and not 0, and the score with it.

use attune_ground::http::envelope::{refused, told};
use attune_ground::http::{AnyQuery, Problem};
use attune_ground::measures::CHANNELS;
use attune_people::me::{Own, pseudonym};
use attune_people::rights::Asker;
use axum::Router;
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::period::{Period, day, seen};
use crate::Wellbeing;
use crate::bucket::{Bucket, Span, day_number};
use crate::figures::mindpulse::{AlertLevel, EMOTIONS, Told, Trend};
use crate::mindpulse::Days;

/// Days where no dates are given.
const DAYS: i64 = 30;

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Wellbeing: FromRef<S>,
{
    Router::new()
        .route("/api/analytics/user-wellbeing", get(user_wellbeing))
        .route("/api/analytics/user-wellbeing/", get(user_wellbeing))
}

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// Of whom: one's own user id or pseudonym, or nothing.
    pub(super) user_id: Option<String>,
    /// The first day, as a date or an instant.
    pub(super) start_date: Option<String>,
    /// The last day, as a date or an instant.
    pub(super) end_date: Option<String>,
}

pub(super) async fn user_wellbeing(
    asker: Asker,
    State(state): State<Wellbeing>,
    asked: Result<AnyQuery<Asked>, Problem>,
) -> Response {
    let answer = async {
        let AnyQuery(asked) = asked?;
        of_who_asks(&state, &asker, &asked).await
    };
    answer.await.map_or_else(refused, |data| told(StatusCode::OK, "Your wellbeing", data))
}

async fn of_who_asks(state: &Wellbeing, asker: &Asker, asked: &Asked) -> Result<Value, Problem> {
    let people = state.people();
    let own = Own::of(people, asker).await?;
    if let Some(named) = asked.user_id.as_deref().filter(|named| !named.is_empty()) {
        own.check_named(people, asker, named).await?;
    }
    let times = people.calendar(Some(own.person)).await?;
    let given = |text: &Option<String>| text.clone().unwrap_or_default();
    let (start, end) = (given(&asked.start_date), given(&asked.end_date));
    let asked = Days::read((&start, &end), DAYS, times.date(times.now), &times)?;
    let period = Period { first: day_number(asked.first), last: day_number(asked.last) };
    let days = seen(state, &own, Span::Day, period.reaching_back(period.days())).await?;
    let (now, before) = (period.merged(&days), period.before().merged(&days));
    // Days and the time before are told by what the whole time is told by: what is written and what is sensed do not follow each other.
    let of = if Told::written(&now, None).is_some() { written } else { Told::overall };
    let mut overview = averages(&of(&now));
    overview.insert("trend".into(), json!(trend(&of(&before), &of(&now))));
    let daily = |(number, bucket): &(i64, Bucket)| daily(*number, &of(bucket));
    Ok(json!({
        "user_id": pseudonym(people.own(), own.person),
        "period": asked.told(&times),
        "user_overview": overview,
        "channel_analytics": channels(&now),
        "trends": {"daily": period.of(&days).iter().map(daily).collect::<Vec<_>>()},
    }))
}

/// The averages, the score and its level, as far as they are told.
fn averages(told: &Told) -> Map<String, Value> {
    let value = |told: Option<(f64, f64)>| told.map(|(value, _)| value);
    let emotions: Map<String, Value> =
        EMOTIONS.iter().zip(told.emotions).map(|((name, ..), told)| ((*name).into(), json!(value(told)))).collect();
    let level = told.score().zip(told.stress).map(|(score, (stress, _))| AlertLevel::of(score, stress).name());
    let all = [
        ("sentiment_weighted_avg", json!(value(told.sentiment))),
        ("stress_weighted_avg", json!(value(told.stress))),
        ("emotions", Value::Object(emotions)),
        ("message_count", json!(told.count)),
        ("wellbeing_score", json!(told.score())),
        ("alert_level", json!(level)),
        // Of ours: without these there is no score.
        ("lacking", json!(told.lacks())),
        ("reason", json!((!told.lacks().is_empty()).then_some("not enough was seen for a score: see lacking"))),
    ];
    all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What somebody wrote; nothing where they did not.
fn written(bucket: &Bucket) -> Told {
    Told::written(bucket, None).unwrap_or_default()
}

/// The trend of the score; none where there is no score now.
fn trend(before: &Told, now: &Told) -> Option<&'static str> {
    now.score().map(|score| Trend::of(before.score(), score).name())
}

/// What was sensed and said, and what was written in each kind of channel in which anything was.
fn channels(now: &Bucket) -> Vec<Value> {
    let kinds = CHANNELS.iter().filter_map(|kind| Some(channel(kind.name, &Told::written(now, Some(kind))?)));
    [channel("sensing", &Told::sensed(now)), channel("check_in", &Told::said(now))].into_iter().chain(kinds).collect()
}

fn channel(source: &str, told: &Told) -> Value {
    let mut of = averages(told);
    of.insert("source".into(), json!(source));
    Value::Object(of)
}

fn daily(number: i64, told: &Told) -> Value {
    let mut of = averages(told);
    of.insert("date".into(), json!(day(number)));
    Value::Object(of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::mindpulse::OfMessages;

    #[test]
    fn what_was_written_is_told_by_kind_of_channel_and_kinds_without_messages_are_left_out() {
        let slack = CHANNELS.iter().find(|kind| kind.name == "slack");
        let mut bucket = Bucket::default();
        for of in [OfMessages::of(None), OfMessages::of(slack)] {
            for (measure, value) in [(of.sentiment, 0.8), (of.stress, -0.4), (of.emotions[5], 0.6)] {
                bucket.sums.entry(measure.number).or_default().add(value, 1.0, 0.0);
            }
        }
        let all = channels(&bucket);
        let sources: Vec<&Value> = all.iter().map(|channel| &channel["source"]).collect();
        assert_eq!(sources, ["sensing", "check_in", "slack"]);
        // 5 + 1.6 + 0.6 - 0.6
        assert_eq!((&all[2]["wellbeing_score"], &all[2]["message_count"]), (&json!(6.6), &json!(1)));
        assert_eq!((&all[2]["emotions"]["fear"], &all[2]["emotions"]["joy"]), (&json!(0.6), &json!(0.0)));
        assert!(all[0]["wellbeing_score"].is_null(), "nothing was sensed");
        let overview = averages(&written(&bucket));
        assert_eq!((&overview["alert_level"], &overview["lacking"]), (&json!("normal"), &json!([])));
    }
}
