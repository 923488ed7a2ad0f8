use std::collections::BTreeMap;

use attune_ground::http::{Problem, Query};
use attune_ground::time::rfc3339;
use attune_pages::words::Calendar;
use attune_people::People;
use attune_people::me::Own;
use attune_people::rights::Asker;
use axum::Json;
use axum::extract::{FromRef, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::day::{Day, date};
use super::written::{STRETCH, Together};
use crate::sessions::Shelf;

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Shelf: FromRef<S>,
    People: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(day))
}

/// Which day is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct DayQuery {
    /// The day in one's own zone, `2026-01-31`; today where it is left out.
    #[param(value_type = Option<String>, format = Date)]
    pub(super) day: Option<String>,
}

/// One's own day.
#[derive(Debug, Serialize, ToSchema)]
struct DayView {
    /// The day.
    day: String,
    /// The zone whose day it is, as IANA names it: one's own, or else the organisation's.
    time_zone: String,
    /// Its first instant, RFC 3339.
    from: String,
    /// The first instant after it, RFC 3339: 23 or 25 hours later where the clocks are changed.
    to: String,
    /// For how long anything was seen, seconds.
    seen_seconds: i64,
    /// Ten minutes each, those in which there are windows; what none covers is a gap.
    stretches: Vec<StretchView>,
    /// The ids of its sessions, the earliest first.
    sessions: Vec<String>,
    /// What devices read of messages, ten minutes each, those in which there were some. It is part of no score.
    messages: Vec<WrittenStretchView>,
}

/// What devices read of the messages of ten minutes of a day. No word of them has left a device.
#[derive(Debug, Serialize, ToSchema)]
struct WrittenStretchView {
    /// Their first instant, RFC 3339.
    from: String,
    /// The first instant after, RFC 3339.
    to: String,
    /// How many messages there were.
    messages: u32,
    /// Of how many of them it could be said how they sound.
    scored: u32,
    /// The mean over those, from -1 (displeased) to 1 (pleased); null where there are none.
    sentiment: Option<f64>,
    /// The mean over those, from -1 (no stress) to 1 (stress); null where there are none.
    stress: Option<f64>,
    /// The mean score of those that show an emotion, in [0,1], by its name; of what none shows there is nothing.
    emotions: BTreeMap<&'static str, f64>,
}

impl WrittenStretchView {
    fn of((from, together): &(i64, Together)) -> Self {
        let Together { messages, scored, sentiment, stress, emotions } = together;
        Self {
            from: rfc3339(*from),
            to: rfc3339(from + STRETCH),
            messages: *messages,
            scored: *scored,
            sentiment: *sentiment,
            stress: *stress,
            emotions: emotions.iter().copied().collect(),
        }
    }
}

/// Ten minutes of a day.
#[derive(Debug, Serialize, ToSchema)]
struct StretchView {
    /// Their first instant, RFC 3339.
    from: String,
    /// The first instant after, RFC 3339.
    to: String,
    /// Stress level in [0,1]; null where it is too uncertain.
    stress_level: Option<f64>,
    /// Attention score in [0,1]; null where it is too uncertain.
    attention_score: Option<f64>,
    /// Overall wellbeing in [0,1]; null where it is too uncertain.
    overall_score: Option<f64>,
}

/// One's own day as a strip of ten minutes each, with gaps as gaps.
#[utoipa::path(get, path = "/me/day", tag = "me", operation_id = "my_day", params(DayQuery),
    responses(
        (status = 200, body = DayView),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "the day is none"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "the account is of nobody who is sensed"),
    ))]
async fn day(
    asker: Asker,
    State(shelf): State<Shelf>,
    State(people): State<People>,
    Query(asked): Query<DayQuery>,
) -> Result<Json<DayView>, Problem> {
    let own = Own::of(&people, &asker).await?;
    let times = people.calendar(Some(own.person)).await?;
    let day = found(&shelf, &own, asked.day.as_deref(), &times).await?;
    let stretch = |(from, of): &(i64, attune_analysis::indicators::Assessment)| StretchView {
        from: rfc3339(*from),
        to: rfc3339(from + STRETCH),
        stress_level: of.stress.value(),
        attention_score: of.attention.value(),
        overall_score: of.overall.value(),
    };
    Ok(Json(DayView {
        day: day.date.to_string(),
        time_zone: times.zone_name().to_owned(),
        from: rfc3339(day.span.0),
        to: rfc3339(day.span.1),
        seen_seconds: day.seen / 1000,
        stretches: day.stretches.iter().map(stretch).collect(),
        sessions: day.sessions.iter().map(|session| session.session.to_string()).collect(),
        messages: day.written.iter().map(WrittenStretchView::of).collect(),
    }))
}

/// The day that is asked for.
pub(super) async fn found(shelf: &Shelf, own: &Own, text: Option<&str>, times: &Calendar) -> Result<Day, Problem> {
    let wrong = || Problem::bad_request("day", "day must be one of the calendar, as 2026-01-31");
    let date = date(text, times).ok_or_else(wrong)?;
    Day::of(shelf, own.people.clone(), (date, times)).await?.ok_or_else(wrong)
}
