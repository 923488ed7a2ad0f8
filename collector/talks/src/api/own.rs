use attune_ground::http::json::{self, UnknownFields};
use attune_ground::http::{Path, Problem};
use attune_ground::time::rfc3339;
use attune_people::access::By;
use attune_people::me::Own;
use attune_people::rights::Asker;
use axum::Json;
use axum::extract::{FromRef, Request, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::LARGEST;
use crate::consent::{self, Choice, VERSION};
use crate::egress;
use crate::error::TalksError;
use crate::memory;
use crate::own;
use crate::plan;
use crate::sealed::Plan;
use crate::state::Talks;

/// Times that text left which are told.
const MOST_TOLD: i64 = 100;

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Talks: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(my_talk_consent, agree_to_talks))
        .routes(routes!(my_memories, forget_all))
        .routes(routes!(correct_memory, forget_memory))
        .routes(routes!(my_safety_plan, write_safety_plan, remove_safety_plan))
}

/// What one agreed to of talks.
#[derive(Debug, Serialize, ToSchema)]
struct TalkConsentView {
    /// Whether what one writes in talks is read and kept.
    talk: bool,
    /// Whether something is remembered from talk to talk.
    memory: bool,
    /// Whether a language model may be asked.
    model: bool,
    /// Whether whom one chose for that is told of a sign of danger.
    tell: bool,
    /// Since when, RFC 3339; null where one never said anything.
    since: Option<String>,
    /// The version of the texts that hold now; give it back to agree.
    text_version: u16,
    /// What one agrees to by `talk`, `memory`, `model` and `tell`.
    texts: Vec<&'static str>,
    /// Whether there is a language model here.
    has_model: bool,
    /// When text left for a language model, the newest first.
    left: Vec<TalkLeftView>,
}

/// That text left for a language model.
#[derive(Debug, Serialize, ToSchema)]
struct TalkLeftView {
    /// RFC 3339.
    at: String,
    /// To where, as the organisation calls it.
    to: Option<String>,
    /// How much.
    bytes: i64,
}

/// What one agrees to of talks, and what left of them.
#[utoipa::path(
    get, path = "/talks/consent", tag = "talks", operation_id = "my_talk_consent",
    responses(
        (status = 200, body = TalkConsentView),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "the account is of nobody who is sensed"),
    )
)]
async fn my_talk_consent(asker: Asker, State(state): State<Talks>) -> Result<Json<TalkConsentView>, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let agreed = own::consent(&state, &own).await?;
    let mut left = Vec::new();
    if let Some(key) = state.key_of(own.person).await? {
        let all = egress::newest(state.store(), &key, own.person, MOST_TOLD).await?;
        left.extend(all.into_iter().map(|of| TalkLeftView { at: rfc3339(of.at), to: of.endpoint, bytes: of.bytes }));
    }
    let of = agreed.unwrap_or_default();
    Ok(Json(TalkConsentView {
        talk: of.talk,
        memory: of.memory,
        model: of.model,
        tell: of.tell,
        since: agreed.map(|of| rfc3339(of.at)),
        text_version: VERSION,
        texts: consent::texts(VERSION).to_vec(),
        has_model: state.model().is_some(),
        left,
    }))
}

/// What one agrees to from now on.
#[derive(Debug, Deserialize, ToSchema)]
struct TalkConsentBody {
    /// Without it all talks are deleted, with what is remembered of them.
    talk: bool,
    #[serde(default)]
    memory: bool,
    #[serde(default)]
    model: bool,
    #[serde(default)]
    tell: bool,
    /// The version of the texts that one was shown, as `GET /talks/consent` gives it.
    text_version: u16,
}

/// Agrees to talks, or withdraws that.
#[utoipa::path(
    put, path = "/talks/consent", tag = "talks", operation_id = "agree_to_talks", request_body = TalkConsentBody,
    responses(
        (status = 204, description = "it is so from now on; what is not agreed to any more is gone"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "the texts have changed since"),
    )
)]
async fn agree_to_talks(asker: Asker, State(state): State<Talks>, request: Request) -> Result<StatusCode, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let bodies = state.people().bodies();
    let (body, _): (TalkConsentBody, _) = json::take(bodies, request, LARGEST, UnknownFields::Refused).await?;
    let TalkConsentBody { talk, memory, model, tell, text_version } = body;
    let choice = Choice { talk, memory, model, tell, text_version };
    consent::choose(&state, own.person, By::asker(&asker).as_ref(), choice).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is remembered of one.
#[derive(Debug, Serialize, ToSchema)]
struct OwnMemories {
    /// The oldest first.
    memories: Vec<MemoryView>,
}

/// Something that is remembered.
#[derive(Debug, Serialize, ToSchema)]
struct MemoryView {
    number: i64,
    /// Since when, RFC 3339.
    since: String,
    /// Null where it does not open.
    text: Option<String>,
    /// Whether one wrote or corrected it oneself.
    by_person: bool,
}

/// What is remembered of one from talk to talk.
#[utoipa::path(
    get, path = "/me/memories", tag = "talks", operation_id = "my_memories",
    responses(
        (status = 200, body = OwnMemories),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "the account is of nobody who is sensed"),
    )
)]
async fn my_memories(asker: Asker, State(state): State<Talks>) -> Result<Json<OwnMemories>, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let Some(key) = state.key_of(own.person).await? else { return Err(Problem::erased()) };
    let mut connection = state.store().pool().acquire().await.map_err(TalksError::from)?;
    let all = memory::all(&mut connection, &key, own.person).await?;
    let view = |of: memory::Memory| MemoryView {
        number: of.number,
        since: rfc3339(of.at),
        by_person: of.what.as_ref().is_some_and(|what| what.by_person),
        text: of.what.map(|what| what.text),
    };
    Ok(Json(OwnMemories { memories: all.into_iter().map(view).collect() }))
}

/// Forgets all that is remembered of one.
#[utoipa::path(
    delete, path = "/me/memories", tag = "talks", operation_id = "forget_all_memories",
    responses((status = 204, description = "nothing is remembered"))
)]
async fn forget_all(asker: Asker, State(state): State<Talks>) -> Result<StatusCode, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    memory::forget(&state, own.person, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is to be remembered instead.
#[derive(Debug, Deserialize, ToSchema)]
struct MemoryBody {
    /// Up to 300 characters.
    text: String,
}

/// Corrects what is remembered of one.
#[utoipa::path(
    put, path = "/me/memories/{number}", tag = "talks", operation_id = "correct_memory", request_body = MemoryBody,
    params(("number" = i64, Path, description = "its number")),
    responses(
        (status = 204, description = "it is so from now on"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "nothing of this number is remembered"),
    )
)]
async fn correct_memory(
    asker: Asker,
    State(state): State<Talks>,
    Path(number): Path<i64>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let bodies = state.people().bodies();
    let (body, _): (MemoryBody, _) = json::take(bodies, request, LARGEST, UnknownFields::Refused).await?;
    memory::correct(&state, own.person, number, &body.text).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets something that is remembered of one.
#[utoipa::path(
    delete, path = "/me/memories/{number}", tag = "talks", operation_id = "forget_memory",
    params(("number" = i64, Path, description = "its number")),
    responses(
        (status = 204, description = "it is forgotten"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "nothing of this number is remembered"),
    )
)]
async fn forget_memory(
    asker: Asker,
    State(state): State<Talks>,
    Path(number): Path<i64>,
) -> Result<StatusCode, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    memory::forget(&state, own.person, Some(number)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What one wrote down for when one is in danger. Nobody else sees it. Each part has up to 2,000 characters.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
struct SafetyPlan {
    /// By which signs one notices.
    signs: String,
    /// What helps by oneself.
    helps: String,
    /// Whom one calls.
    people: String,
    /// Which professionals.
    professionals: String,
    /// What makes the place safer.
    safer: String,
    /// In which country one is, as two letters, for telephone numbers.
    country: Option<String>,
}

/// One's safety plan; empty where one wrote none.
#[utoipa::path(
    get, path = "/me/safety-plan", tag = "talks", operation_id = "my_safety_plan",
    responses(
        (status = 200, body = SafetyPlan),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "the account is of nobody who is sensed"),
    )
)]
async fn my_safety_plan(asker: Asker, State(state): State<Talks>) -> Result<Json<SafetyPlan>, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let Some(key) = state.key_of(own.person).await? else { return Err(Problem::erased()) };
    let of = plan::of(state.store(), &key, own.person).await?.map(|(plan, _)| plan).unwrap_or_default();
    let Plan { signs, helps, people, professionals, safer, country } = of;
    Ok(Json(SafetyPlan { signs, helps, people, professionals, safer, country }))
}

/// Writes it down, in place of the one of before.
#[utoipa::path(
    put, path = "/me/safety-plan", tag = "talks", operation_id = "write_safety_plan", request_body = SafetyPlan,
    responses((status = 204, description = "it is written down"))
)]
async fn write_safety_plan(asker: Asker, State(state): State<Talks>, request: Request) -> Result<StatusCode, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let bodies = state.people().bodies();
    let (body, _): (SafetyPlan, _) = json::take(bodies, request, LARGEST * 4, UnknownFields::Refused).await?;
    let SafetyPlan { signs, helps, people, professionals, safer, country } = body;
    plan::write(&state, own.person, &Plan { signs, helps, people, professionals, safer, country }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Throws it away.
#[utoipa::path(
    delete, path = "/me/safety-plan", tag = "talks", operation_id = "remove_safety_plan",
    responses((status = 204, description = "there is none"))
)]
async fn remove_safety_plan(asker: Asker, State(state): State<Talks>) -> Result<StatusCode, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    plan::remove(&state, own.person).await?;
    Ok(StatusCode::NO_CONTENT)
}
