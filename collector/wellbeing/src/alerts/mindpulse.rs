//! `alerts`, as clients of MindPulse ask for it: those about the teams for which they answer that are open and came before the end of the days
//! that are asked for, in its envelope and its names. Its own four kinds stand in `alerts`, ours beside them. Nobody is singled out: one about
//! a person is for that person, and not here.

use std::collections::BTreeMap;

use attune_ground::http::envelope::{refused, told};
use attune_ground::http::{AnyQuery, Problem};
use attune_people::rights::Asker;
use axum::Router;
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Value, json};

use super::rule::{Level, Rule};
use super::seen::{self, Whose};
use super::words;
use crate::Wellbeing;
use crate::mindpulse::Days;

/// Days where none are given, as MindPulse has them.
const DAYS: i64 = 7;

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Wellbeing: FromRef<S>,
{
    Router::new().route("/api/analytics/alerts", get(alerts)).route("/api/analytics/alerts/", get(alerts))
}

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Query {
    /// The first day, as a date or an instant.
    pub(super) start_date: String,
    /// The last day, as a date or an instant.
    pub(super) end_date: String,
}

pub(super) async fn alerts(
    asker: Asker,
    State(state): State<Wellbeing>,
    query: Result<AnyQuery<Query>, Problem>,
) -> Response {
    let answer = async { data(&state, &asker, &query?.0).await };
    answer.await.map_or_else(refused, |data| told(StatusCode::OK, "Alerts", data))
}

async fn data(state: &Wellbeing, asker: &Asker, query: &Query) -> Result<Value, Problem> {
    let times = state.people().calendar(None).await?;
    let days = Days::read((&query.start_date, &query.end_date), DAYS, times.date(times.now), &times)?;
    let end = times.day_span(days.last).map_or(i64::MAX, |(_, next)| next);
    let whose = Whose::of(state, asker).await?;
    // Of how many teams each is.
    let mut open: BTreeMap<u16, (&'static Rule, u64)> = BTreeMap::new();
    let of_teams = seen::open(state, &whose).await?.into_iter().filter(|seen| seen.team.is_some());
    for seen in of_teams.filter(|seen| seen.standing.opened_at < end) {
        let rule = seen.content.rule;
        open.entry(rule.number).or_insert((rule, 0)).1 += 1;
    }
    let of_level =
        |level: Level| -> u64 { open.values().filter(|(rule, _)| rule.level == level).map(|(_, count)| count).sum() };
    let summary =
        json!({"high": of_level(Level::High), "medium": of_level(Level::Medium), "low": of_level(Level::Low)});
    let alert = |(rule, count): &(&'static Rule, u64)| {
        json!({
            "type": rule.name,
            "severity": rule.level.name(),
            "message": words::title(rule),
            "count": count,
            "action_required": rule.level == Level::High,
        })
    };
    let (theirs, ours): (Vec<_>, Vec<_>) = open.into_values().partition(|(rule, _)| rule.is_mindpulses());
    Ok(json!({
        "period": days.told(&times),
        "summary": summary,
        "alerts": theirs.iter().map(alert).collect::<Vec<_>>(),
        "other_alerts": ours.iter().map(alert).collect::<Vec<_>>(),
    }))
}
