//! `user-wellbeing`, as clients of MindPulse ask for it: of whoever asks and of nobody else, in its shape and by its formulas. What stands
//! for its messages are windows of ten seconds and check-ins; a part that nothing tells is null and not 0, and the score with it.

use attune_ground::http::envelope::{refused, told};
use attune_ground::http::{AnyQuery, Problem};
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
    let mut overview = averages(&Told::overall(&now));
    overview.insert("trend".into(), json!(trend(&before, &now)));
    Ok(json!({
        "user_id": pseudonym(people.own(), own.person),
        "period": asked.told(&times),
        "user_overview": overview,
        "channel_analytics": [channel("sensing", &Told::sensed(&now)), channel("check_in", &Told::said(&now))],
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

/// The trend of the score; none where there is no score now.
fn trend(before: &Bucket, now: &Bucket) -> Option<&'static str> {
    let now = Told::overall(now).score()?;
    Some(Trend::of(Told::overall(before).score(), now).name())
}

fn channel(source: &str, told: &Told) -> Value {
    let mut of = averages(told);
    of.insert("source".into(), json!(source));
    Value::Object(of)
}

fn daily((number, bucket): &(i64, Bucket)) -> Value {
    let mut of = averages(&Told::overall(bucket));
    of.insert("date".into(), json!(day(*number)));
    Value::Object(of)
}
