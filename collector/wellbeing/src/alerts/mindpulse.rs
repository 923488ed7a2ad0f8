//! `alerts`, as clients of MindPulse ask for it: the open ones about the teams for which they answer, in its envelope and its names.
//! Nobody is singled out: one about a person is for that person, and not here.

use std::collections::BTreeMap;

use attune_ground::http::Problem;
use attune_ground::http::envelope::{refused, told};
use attune_ground::time::{now_millis, rfc3339};
use attune_people::rights::Asker;
use axum::Router;
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};

use super::rule::{Level, Rule};
use super::seen::{self, Whose};
use super::words;
use crate::Wellbeing;

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Wellbeing: FromRef<S>,
{
    Router::new().route("/api/analytics/alerts", get(alerts)).route("/api/analytics/alerts/", get(alerts))
}

pub(super) async fn alerts(asker: Asker, State(state): State<Wellbeing>) -> Response {
    data(&state, &asker).await.map_or_else(refused, |data| told(StatusCode::OK, "Alerts", data))
}

async fn data(state: &Wellbeing, asker: &Asker) -> Result<Value, Problem> {
    let whose = Whose::of(state, asker).await?;
    // Of how many teams each is.
    let mut open: BTreeMap<u16, (&'static Rule, u64)> = BTreeMap::new();
    for seen in seen::open(state, &whose).await?.into_iter().filter(|seen| seen.team.is_some()) {
        let rule = seen.content.rule;
        open.entry(rule.number).or_insert((rule, 0)).1 += 1;
    }
    let alert = |(rule, count): (&'static Rule, u64)| {
        json!({
            "type": rule.name,
            "severity": rule.level.name(),
            "message": words::title(rule),
            "count": count,
            "action_required": rule.level == Level::High,
        })
    };
    let alerts: Vec<Value> = open.into_values().map(alert).collect();
    let summary = |level: Level| {
        alerts
            .iter()
            .filter(|alert| alert["severity"] == level.name())
            .filter_map(|alert| alert["count"].as_u64())
            .sum::<u64>()
    };
    Ok(json!({
        "calculated_at": rfc3339(now_millis()),
        "summary": {"high": summary(Level::High), "medium": summary(Level::Medium), "low": summary(Level::Low)},
        "alerts": alerts,
    }))
}
