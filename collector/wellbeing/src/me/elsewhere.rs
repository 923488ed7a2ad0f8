//! `user-wellbeing`, as clients of MindPulse ask for it: of whoever asks and of nobody else, in its shape and by its formulas. What stands
//! for its messages are windows of ten seconds and check-ins; a part that nothing tells is null and not 0, and the score with it.

use attune_ground::http::envelope::{refused, told};
use attune_ground::http::{AnyQuery, Problem};
use attune_ground::time::{instant, now_millis, rfc3339};
use attune_pages::words::Calendar;
use attune_people::me::{Own, pseudonym};
use attune_people::rights::Asker;
use axum::Router;
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::period::{Period, day, seen};
use crate::Wellbeing;
use crate::bucket::{Bucket, Span, day_number, day_of};
use crate::figures::mindpulse::{AlertLevel, EMOTIONS, Told, Trend};

/// Days where no dates are given, and at most.
const DAYS: i64 = 30;
const MOST_DAYS: i64 = 366;

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
    let period = period(asked, &times)?;
    let days = seen(state, &own, Span::Day, period.reaching_back(period.days())).await?;
    let (now, before) = (period.merged(&days), period.before().merged(&days));
    let mut overview = averages(&Told::overall(&now));
    overview.insert("trend".into(), json!(trend(&before, &now)));
    Ok(json!({
        "user_id": pseudonym(people.own(), own.person),
        "period": span(period, &times),
        "user_overview": overview,
        "channel_analytics": [channel("sensing", &Told::sensed(&now)), channel("check_in", &Told::said(&now))],
        "trends": {"daily": period.of(&days).iter().map(daily).collect::<Vec<_>>()},
    }))
}

/// From the first instant of the first day to the last one of the last, as those who ask read it.
fn span(period: Period, times: &Calendar) -> Value {
    let around = |number: i64| times.day_span(day_of(number)?);
    let (begin, end) = (around(period.first).map(|(begin, _)| begin), around(period.last).map(|(_, next)| next - 1));
    json!({"start_date": begin.map(rfc3339), "end_date": end.map(rfc3339), "calculated_at": rfc3339(now_millis())})
}

/// The days that are asked for, those of the person's own calendar.
fn period(asked: &Asked, times: &Calendar) -> Result<Period, Problem> {
    let read = |field: &str, text: &str| {
        let of_instant = || times.date(instant(text).ok()?.as_millisecond());
        let wanted = || {
            Problem::bad_request(
                field,
                format!("{field} must be a day or an instant: 2026-01-31 or 2026-01-31T00:00:00Z"),
            )
        };
        of_instant().or_else(|| text.parse::<Date>().ok()).map(day_number).ok_or_else(wanted)
    };
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let last = match given(&asked.end_date) {
        Some(text) => read("end_date", &text)?,
        None => times.date(times.now).map(day_number).unwrap_or_default(),
    };
    let first = match given(&asked.start_date) {
        Some(text) => read("start_date", &text)?,
        None => last - DAYS + 1,
    };
    let period = Period { first, last };
    if (1..=MOST_DAYS).contains(&period.days()) {
        let wanted =
            || Problem::bad_request("end_date", "end_date must be later: the calendar does not reach back so far");
        return period.dates().map(|_| period).ok_or_else(wanted);
    }
    let detail = format!("start_date must be the day of end_date, or one of the {} before it", MOST_DAYS - 1);
    Err(Problem::bad_request("start_date", detail))
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
