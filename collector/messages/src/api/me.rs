use attune_ground::http::json::{self, UnknownFields};
use attune_ground::http::{Problem, Query};
use attune_ground::time::rfc3339;
use attune_people::access::By;
use attune_people::me::Own;
use attune_people::rights::Asker;
use axum::Json;
use axum::extract::{FromRef, Request, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::LARGEST;
use crate::channels::written;
use crate::consent::{self, Choice, VERSION};
use crate::names::{emotion, level, sentiment, unread};
use crate::own::{self, OwnMessage, OwnMessages};
use crate::rows::Reason;
use crate::sealed::Scores;
use crate::state::Messages;

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Messages: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(my_messages)).routes(routes!(agree))
}

/// Which messages are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct OwnMessagesQuery {
    /// What `next` of the page before says; the newest where it is left out.
    before: Option<String>,
}

/// What one agreed to.
#[derive(Debug, Serialize, ToSchema)]
struct MessageConsentView {
    /// Whether one's messages are analysed.
    analyse: bool,
    /// Whether one's texts are kept.
    keep_text: bool,
    /// Since when, RFC 3339; null where one never said anything.
    since: Option<String>,
    /// The version of the texts that hold now; give it back to agree.
    text_version: u16,
    /// What one agrees to by `analyse`.
    text: &'static str,
    /// What one agrees to by `keep_text`; null where texts are not kept here.
    text_of_keeping: Option<&'static str>,
}

/// How many of one's messages stand how.
#[derive(Debug, Serialize, ToSchema)]
struct MessageCounts {
    pending: u64,
    processing: u64,
    completed: u64,
    failed: u64,
}

/// Where help is, for who wrote as if they were in danger in the last seven days. Nobody else is told of it.
#[derive(Debug, Serialize, ToSchema)]
struct HelpView {
    /// `high` or `critical`.
    level: &'static str,
    /// When it showed last, RFC 3339.
    said_at: String,
    /// Where help is found.
    lines: Vec<String>,
}

/// A message of one's own, without its text.
#[derive(Debug, Serialize, ToSchema)]
struct OwnMessageView {
    /// Its id.
    id: String,
    /// When it was written, RFC 3339.
    said_at: String,
    /// What its channel is called.
    channel: Option<String>,
    /// What its channel is.
    channel_kind: Option<&'static str>,
    /// `pending`, `processing`, `completed` or `failed`.
    status: &'static str,
    /// Why it could not be read, or has no scores.
    reason: Option<&'static str>,
    /// `positive`, `negative` or `neutral`.
    sentiment: Option<&'static str>,
    /// How likely that is, 0 to 1.
    sentiment_score: Option<f64>,
    /// `sadness`, `joy`, `love`, `anger`, `fear`, `surprise` or `none`.
    emotion: Option<&'static str>,
    /// How likely that is, 0 to 1.
    emotion_score: Option<f64>,
    /// Whether one seems to be under stress.
    stress: Option<bool>,
    /// How likely that is, 0 to 1.
    stress_score: Option<f64>,
    /// How much one seems to be in danger: `none`, `low`, `moderate`, `high` or `critical`.
    crisis_level: Option<&'static str>,
    /// By which signs.
    crisis_indicators: Vec<String>,
    /// Whether it was written outside of working hours.
    outside_working_hours: Option<bool>,
    /// Whether its text is here: it waits, or is kept.
    has_text: bool,
}

/// One's own messages.
#[derive(Debug, Serialize, ToSchema)]
struct OwnMessagesView {
    consent: MessageConsentView,
    counts: MessageCounts,
    /// Null where nothing speaks for it.
    help: Option<HelpView>,
    /// The newest first.
    messages: Vec<OwnMessageView>,
    /// Give this as `before` for the next page; null where there is none.
    next: Option<String>,
}

impl OwnMessagesView {
    fn new(state: &Messages, own: OwnMessages) -> Self {
        let OwnMessages { consent, counts: [pending, processing, completed, failed], help, messages, next, .. } = own;
        let (text, text_of_keeping) = consent::texts(VERSION);
        Self {
            consent: MessageConsentView {
                analyse: consent.is_some_and(|consent| consent.analyse),
                keep_text: consent.is_some_and(|consent| consent.keep_text),
                since: consent.map(|consent| rfc3339(consent.at)),
                text_version: VERSION,
                text,
                text_of_keeping: state.settings().keep_text.then_some(text_of_keeping),
            },
            counts: MessageCounts { pending, processing, completed, failed },
            help: help.map(|(of, at)| HelpView {
                level: level(of),
                said_at: rfc3339(at),
                lines: state.settings().help.clone(),
            }),
            messages: messages.into_iter().map(OwnMessageView::from).collect(),
            next: next.map(own::written),
        }
    }
}

impl From<OwnMessage> for OwnMessageView {
    fn from(of: OwnMessage) -> Self {
        let OwnMessage { id, said_at, channel, standing, reason, scores, has_text } = of;
        let read = scores.as_ref().and_then(|scores| scores.read.ok());
        let unread = scores.as_ref().and_then(|scores| scores.read.err()).map(unread);
        Self {
            id: written(&id),
            said_at: rfc3339(said_at),
            channel_kind: channel.as_ref().map(|channel| channel.kind.name()),
            channel: channel.map(|channel| channel.name),
            status: standing.name(),
            reason: reason.map(Reason::words).or(unread),
            sentiment: read.map(|read| sentiment(read.sentiment.label)),
            sentiment_score: read.map(|read| read.sentiment.score),
            emotion: read.map(|read| emotion(read.emotion.label)),
            emotion_score: read.map(|read| read.emotion.score),
            stress: read.map(|read| read.stress.label),
            stress_score: read.map(|read| read.stress.score),
            crisis_level: scores.as_ref().map(|scores| level(scores.level)),
            outside_working_hours: scores.as_ref().map(|scores| scores.is_outside),
            crisis_indicators: scores.map(|Scores { indicators, .. }| indicators).unwrap_or_default(),
            has_text,
        }
    }
}

/// One's own messages: how each was read, what one agreed to, and where help is, where that may be of use. Never a text.
#[utoipa::path(
    get, path = "/me/messages", tag = "messages", operation_id = "my_messages", params(OwnMessagesQuery),
    responses(
        (status = 200, body = OwnMessagesView),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "the account is of nobody who is sensed"),
    )
)]
async fn my_messages(
    asker: Asker,
    State(state): State<Messages>,
    Query(asked): Query<OwnMessagesQuery>,
) -> Result<Json<OwnMessagesView>, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let before = own::before(asked.before.as_deref())?;
    let seen = own::of(&state, &own, before).await?;
    Ok(Json(OwnMessagesView::new(&state, seen)))
}

/// What one agrees to from now on.
#[derive(Debug, Deserialize, ToSchema)]
struct MessageConsentBody {
    /// Whether one's messages are analysed. Without it what waits is destroyed at once, and all that was read is deleted.
    analyse: bool,
    /// Whether one's texts are kept, where that is offered.
    #[serde(default)]
    keep_text: bool,
    /// The version of the texts that one was shown, as `GET /me/messages` gives it.
    text_version: u16,
}

/// Agrees to having one's messages analysed, or withdraws that.
#[utoipa::path(
    put, path = "/me/messages/consent", tag = "messages", operation_id = "agree_to_messages", request_body = MessageConsentBody,
    responses(
        (status = 204, description = "it is so from now on; what is not agreed to any more is gone"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "no messages are taken in here, or no texts are kept"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "the texts have changed since"),
    )
)]
async fn agree(asker: Asker, State(state): State<Messages>, request: Request) -> Result<StatusCode, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let bodies = state.people().bodies();
    let (body, _): (MessageConsentBody, _) = json::take(bodies, request, LARGEST, UnknownFields::Refused).await?;
    let MessageConsentBody { analyse, keep_text, text_version } = body;
    let choice = Choice { analyse, keep_text, text_version };
    consent::choose(&state, &own, By::asker(&asker).as_ref(), choice).await?;
    Ok(StatusCode::NO_CONTENT)
}
