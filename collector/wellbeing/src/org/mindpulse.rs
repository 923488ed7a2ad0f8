//! What clients of MindPulse ask of teams, in its envelope and its names, within our rules: figures of weeks of enough people, and nobody
//! singled out. A value that is withheld is null, with its reason beside it.
//!
//! | there | here |
//! |---|---|
//! | `start_date`, `end_date` | the days that are asked for, from the first instant to the last; those that are built in end with the last week that is counted |
//! | figures of days | of the whole weeks, Monday to Sunday, that lie in those days: `period.covers` says which |
//! | `sentiment_weighted_avg` | that of messages; where none are told, the pleasantness: sensed, as said, or the mean of both |
//! | `stress_weighted_avg` | that of messages, or else twice the stress load less 1 |
//! | `emotions` | those of messages, or else how often each is |
//! | `message_count` | of how many people a figure is, in classes, where it is of most: the number of messages follows each one that somebody writes, and is withheld |
//! | `channel_analytics` | what was sensed, what was said, and each kind of channel, of who wrote elsewhere, too, on the same days ([`crate::team`]) |
//!
//! There a message is in the figures at once. Here it is once its week is counted: of two answers before and after a message the one less the
//! other is that message's, whoever wrote it. A week that goes on has no figure.

mod known;

use attune_ground::http::envelope::{refused, told};
use attune_ground::http::{AnyQuery, Problem};
use attune_people::rights::{Asker, Scope};
use attune_people::teams::Team;
use axum::Router;
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Value, json};

use self::known::{Known, Time};
use super::whose;
use crate::state::Wellbeing;
use crate::team::ORGANISATION;

/// Days where none are given, as MindPulse has them.
const OF_TEAMS: i64 = 30;
const OF_CHANNELS: i64 = 7;

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Wellbeing: FromRef<S>,
{
    Router::new()
        .route("/api/analytics/team", get(team))
        .route("/api/analytics/team/", get(team))
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

async fn team(asker: Asker, state: State<Wellbeing>, query: Given) -> Response {
    answered(overview("team_overview", &asker, &state, query).await, "The team's wellbeing")
}

async fn wellbeing(asker: Asker, state: State<Wellbeing>, query: Given) -> Response {
    answered(overview("team_wellbeing", &asker, &state, query).await, "The team's wellbeing")
}

/// The overview alone, under its name.
async fn overview(name: &str, asker: &Asker, state: &Wellbeing, query: Given) -> Result<Value, Problem> {
    let known = Known::of(state, asker, &query?.0, OF_TEAMS).await?;
    let (now, before) = (known.overall(Time::Now), known.overall(Time::Before));
    Ok(json!({"period": known.period(), name: known.overview(&now, &before)}))
}

async fn dashboard(asker: Asker, State(state): State<Wellbeing>, query: Given) -> Response {
    let answer = async {
        let known = Known::of(&state, &asker, &query?.0, OF_TEAMS).await?;
        let (now, before) = (known.overall(Time::Now), known.overall(Time::Before));
        let alone = "nobody is told apart in figures of a team; each sees their own at /api/analytics/user-wellbeing/";
        Ok(json!({
            "period": known.period(),
            "team_overview": known.overview(&now, &before),
            "user_analytics": [],
            "user_analytics_withheld": {"code": "share", "words": alone},
            "channel_analytics": known.channels(),
            "trends": known.trends(&now, &before),
            "alerts": known.alerts(&now),
        }))
    };
    answered(answer.await, "The team's wellbeing")
}

async fn channels(asker: Asker, State(state): State<Wellbeing>, query: Given) -> Response {
    let answer = async {
        let known = Known::of(&state, &asker, &query?.0, OF_CHANNELS).await?;
        Ok(json!({"period": known.period(), "channels": known.channels()}))
    };
    answered(answer.await, "Channels beside each other")
}

async fn trends(asker: Asker, State(state): State<Wellbeing>, query: Given) -> Response {
    let answer = async {
        let query = query?.0;
        let days = match query.period.as_str() {
            "week" => 7,
            "" | "month" => 30,
            "quarter" => 90,
            _ => return Err(Problem::bad_request("period", "period is week, month or quarter")),
        };
        let known = Known::of(&state, &asker, &query, days).await?;
        let (now, before) = (known.overall(Time::Now), known.overall(Time::Before));
        let overview = known.overview(&now, &before);
        Ok(json!({"period": known.period(), "overall": overview, "trends": known.trends(&now, &before)}))
    };
    answered(answer.await, "How it went")
}

fn answered(answer: Result<Value, Problem>, message: &str) -> Response {
    answer.map_or_else(refused, |data| told(StatusCode::OK, message, data))
}

/// The teams that are asked for: the one that is named, all of them as one, or those that one leads, of which there may be none.
async fn teams(state: &Wellbeing, asker: &Asker, named: &str) -> Result<Vec<Team>, Problem> {
    match (named, asker.scope()) {
        ("", Scope::All) => Ok(vec![whose::team(state, asker, &ORGANISATION.to_string()).await?]),
        ("", Scope::OwnTeams | Scope::Own) => whose::teams(state, asker).await,
        (id, _) => Ok(vec![whose::team(state, asker, id).await?]),
    }
}

#[cfg(test)]
mod tests;
