//! Alerts for programs: `/api/v1/alerts`.

use attune_ground::http::json::{self, UnknownFields};
use attune_ground::http::{Path, Problem, Query};
use attune_ground::time::{instant, rfc3339};
use attune_pages::words::Calendar;
use attune_people::rights::Asker;
use axum::Json;
use axum::extract::{FromRef, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::events;
use super::record::LONGEST_NOTE;
use super::seen::{self, Holder, Seen, Whose};
use super::words;
use crate::Wellbeing;

/// Bytes of a body here. An emoji of a note that is written in escapes (`\ud83d\ude00`) has twelve.
const LARGEST_BODY: usize = 12 * LONGEST_NOTE + (4 << 10);

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Wellbeing: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(alerts))
        .routes(routes!(alert_events))
        .routes(routes!(alert))
        .routes(routes!(acknowledge))
        .routes(routes!(add_note))
}

/// Which alerts are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct AlertsQuery {
    /// `open`, oldest first, or `all`, newest first; `open` where it is left out.
    pub(super) state: Option<String>,
    /// Of all: those that were opened before this instant, RFC 3339.
    #[param(value_type = Option<String>, format = DateTime)]
    pub(super) before: Option<String>,
}

/// Alerts that whoever asks sees: about themselves, or about teams for which they answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AlertList {
    /// The alerts.
    alerts: Vec<AlertView>,
    /// Give this as `before` for the next page; null where there is none.
    next: Option<String>,
}

/// An alert. It informs, and decides nothing.
#[derive(Debug, Serialize, ToSchema)]
struct AlertView {
    /// Its id, 32 hexadecimal digits.
    id: String,
    /// By which rule: `critical_wellbeing`, `elevated_stress`, `unusual_stress`, `unusual_attention`, `missing_coverage`,
    /// `channel_performance` or `low_engagement`.
    rule: &'static str,
    /// `low` (to know), `medium` (worth a look) or `high` (needs a decision by somebody).
    level: &'static str,
    /// The team that it is about; null where it is about whoever asks.
    team: Option<AlertTeamView>,
    /// What was measured, in a sentence.
    measured: String,
    /// From where the bounds are.
    source: &'static str,
    /// `open`, `acknowledged` or `closed`.
    state: &'static str,
    /// Since when it is open, RFC 3339.
    opened_at: String,
    /// Since when somebody holds it, RFC 3339; null as long as nobody does.
    acknowledged_at: Option<String>,
    /// Whether whoever asks holds it.
    is_yours: bool,
    /// Since when it has ended, RFC 3339; null as long as it is open.
    closed_at: Option<String>,
}

/// A team that an alert is about.
#[derive(Debug, Serialize, ToSchema)]
struct AlertTeamView {
    /// Its id, 32 hexadecimal digits.
    id: String,
    /// Its name.
    name: String,
}

/// An alert, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
struct WholeAlertView {
    /// The alert.
    alert: AlertView,
    /// What became of it, in the order of time.
    history: Vec<AlertEventView>,
}

/// What became of an alert.
#[derive(Debug, Serialize, ToSchema)]
struct AlertEventView {
    /// When, RFC 3339.
    at: String,
    /// `opened`, `acknowledged`, `noted`, `cleared`, `lapsed`, `mailed` or `supporter_mailed`.
    what: &'static str,
    /// Who did it, by the name with which they sign in; null where nobody did, or their account is gone.
    by: Option<String>,
    /// What they wrote; empty where they wrote nothing.
    text: String,
}

/// What is written about an alert.
#[derive(Debug, Deserialize, ToSchema)]
struct NewNote {
    /// 1 to 2,000 characters.
    text: String,
}

impl AlertView {
    fn of(seen: &Seen, times: &Calendar) -> Self {
        let (rule, standing) = (seen.content.rule, seen.standing);
        Self {
            id: id(seen),
            rule: rule.name,
            level: rule.level.name(),
            team: seen.team.as_ref().map(|(id, name)| AlertTeamView { id: id.to_string(), name: name.clone() }),
            measured: words::measured(&seen.content, times),
            source: rule.source,
            state: standing.name(),
            opened_at: rfc3339(standing.opened_at),
            acknowledged_at: standing.acknowledged_at.map(rfc3339),
            is_yours: seen.holder == Some(Holder::You),
            closed_at: standing.closed_at.map(rfc3339),
        }
    }
}

/// The id of an alert as it is written.
pub(super) fn id(seen: &Seen) -> String {
    data_encoding::HEXLOWER.encode(&seen.id)
}

/// The alerts that one sees: about oneself, or about teams for which one answers.
#[utoipa::path(get, path = "/alerts", tag = "alerts", operation_id = "alerts", params(AlertsQuery),
    responses(
        (status = 200, body = AlertList),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "a parameter is wrong; it is named"),
    ))]
pub(super) async fn alerts(
    asker: Asker,
    State(state): State<Wellbeing>,
    Query(asked): Query<AlertsQuery>,
) -> Result<Json<AlertList>, Problem> {
    let before = before(asked.before.as_deref())?;
    let times = state.people().calendar(asker.person()).await?;
    let whose = Whose::of(&state, &asker).await?;
    let (found, next) = match asked.state.as_deref().filter(|text| !text.is_empty()) {
        None | Some("open") => (seen::open(&state, &whose).await?, None),
        Some("all") => {
            let page = seen::page(&state, &whose, before).await?;
            (page.alerts, page.next.map(rfc3339))
        }
        Some(_) => return Err(Problem::bad_request("state", "state must be open or all")),
    };
    Ok(Json(AlertList { alerts: found.iter().map(|seen| AlertView::of(seen, &times)).collect(), next }))
}

/// An instant up to which is asked for; none is asked for where nothing is said.
fn before(text: Option<&str>) -> Result<i64, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(i64::MAX) };
    let read = instant(text).map_err(|_| Problem::bad_request("before", "before must be an instant of RFC 3339"))?;
    Ok(read.as_millisecond())
}

/// One alert, and what became of it.
#[utoipa::path(get, path = "/alerts/{id}", tag = "alerts", operation_id = "alert",
    params(("id" = String, Path, description = "the id of the alert")),
    responses(
        (status = 200, body = WholeAlertView),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "one sees no such alert"),
    ))]
async fn alert(
    asker: Asker,
    State(state): State<Wellbeing>,
    Path(id): Path<String>,
) -> Result<Json<WholeAlertView>, Problem> {
    let times = state.people().calendar(asker.person()).await?;
    let whose = Whose::of(&state, &asker).await?;
    let whole = seen::one(&state, &whose, &id).await?;
    let own = asker_name(&state, &asker).await?;
    let history = whole.events.into_iter().map(|(event, by)| AlertEventView {
        at: rfc3339(event.at),
        what: event.what.name(),
        by: by.filter(|_| event.is_by_somebody()).and_then(|by| match by {
            Holder::You => own.clone(),
            Holder::Other(name) => name,
        }),
        text: event.text,
    });
    Ok(Json(WholeAlertView { history: history.collect(), alert: AlertView::of(&whole.seen, &times) }))
}

async fn asker_name(state: &Wellbeing, asker: &Asker) -> Result<Option<String>, Problem> {
    let Some(login) = asker.login() else { return Ok(None) };
    let found = attune_people::sign_in::find(state.store(), state.people().keys(), login).await?;
    Ok(found.map(|login| login.name))
}

/// Says that one has seen an alert and holds it; who said so first does.
#[utoipa::path(post, path = "/alerts/{id}/acknowledge", tag = "alerts", operation_id = "acknowledge_alert",
    params(("id" = String, Path, description = "the id of the alert")),
    responses(
        (status = 204, description = "it is held"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "one sees no such alert"),
    ))]
async fn acknowledge(
    asker: Asker,
    State(state): State<Wellbeing>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let whose = Whose::of(&state, &asker).await?;
    seen::acknowledge(&state, &whose, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Adds a note to an alert. It stays in its history.
#[utoipa::path(post, path = "/alerts/{id}/notes", tag = "alerts", operation_id = "note_alert",
    params(("id" = String, Path, description = "the id of the alert")), request_body = NewNote,
    responses(
        (status = 204, description = "it is written"),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "the note is none"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "one sees no such alert"),
    ))]
pub(super) async fn add_note(
    asker: Asker,
    State(state): State<Wellbeing>,
    Path(id): Path<String>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let whose = Whose::of(&state, &asker).await?;
    let (NewNote { text }, _) =
        json::take(state.people().bodies(), request, LARGEST_BODY, UnknownFields::Refused).await?;
    seen::write_note(&state, &whose, &id, &text).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whether something of the alerts that one sees has changed, as server-sent events: how many are open and held by nobody, and nothing of
/// what they are about. In one's quiet hours none comes. To a browser that is signed in the answer goes on for as long as it is, on four
/// pages at most; who asks with a token is answered once. Where it has ended, a browser asks again by itself, ten seconds later, and says
/// with `Last-Event-ID` what it knows.
#[utoipa::path(get, path = "/alerts/events", tag = "alerts", operation_id = "alert_events",
    responses(
        (status = 200, body = String, content_type = "text/event-stream", description = "an event named `alerts` where something has changed"),
    ))]
async fn alert_events(asker: Asker, State(state): State<Wellbeing>, headers: HeaderMap) -> Result<Response, Problem> {
    let known = headers.get("last-event-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    events::answer(&state, &asker, known).await
}
