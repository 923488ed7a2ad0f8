use attune_ground::http::json::{self, UnknownFields};
use attune_ground::http::{Path, Problem, document};
use attune_ground::retention::Limits;
use axum::extract::{FromRef, Request, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Preferences, Wish, change as change_of, load, zone};
use crate::People;
use crate::accounts::user_id;
use crate::rights::Asker;

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    People: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(change)).routes(routes!(show))
}

/// Fields that are not known here are ignored, and named in the answer's `warnings`.
pub(crate) fn unversioned<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    People: FromRef<S>,
{
    Router::new().route("/preferences", post(change_leniently)).route("/preferences/{user_id}", get(show))
}

/// Adds the examples to the OpenAPI document.
pub(crate) fn describe(document: &mut Value) {
    document::add_examples(document, include_str!("examples.json"));
}

/// Bytes of a body here.
const LARGEST_BODY: usize = 16 << 10;

/// What a user wants. What is left out stays as it was.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct PreferencesBody {
    /// Whose preferences: the outside user id. Spaces at its ends are left out, letters are composed (NFC).
    #[schema(min_length = 1, max_length = 256, pattern = r"^[^\x00-\x1F\x7F-\x9F]+$")]
    user_id: String,
    /// Whether what is sensed, and what is analysed, is kept as sessions.
    store_sessions: Option<bool>,
    /// What is older is deleted; null takes the choice back, and what is usual in the organisation holds.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 365)]
    max_history_days: Option<Option<u16>>,
    /// How uncertain a score may be before it is called missing; 0.5 is the usual.
    #[schema(minimum = 0, maximum = 1)]
    analysis_sensitivity: Option<f64>,
    /// Whether faces are sensed by devices, and pictures analysed.
    enable_face_analysis: Option<bool>,
    /// Whether voices are sensed by devices, and sound analysed.
    enable_audio_analysis: Option<bool>,
    /// Whether motion is sensed by devices, and analysed.
    enable_motion_analysis: Option<bool>,
    /// Whether heartbeats are sensed by devices, and analysed.
    enable_heart_analysis: Option<bool>,
    /// The zone in which their days and times are shown, as IANA names it; null takes the choice back, and the organisation's holds.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 64, example = "Europe/Berlin")]
    time_zone: Option<Option<String>>,
}

/// What a user wants, all of it.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(crate) struct PreferencesView {
    /// Whose preferences.
    user_id: String,
    /// Whether what is sensed, and what is analysed, is kept as sessions.
    store_sessions: bool,
    /// What is older is deleted: what the person has chosen or, where they have not, what is usual in the organisation; never more
    /// than it keeps. Sums by hour, day, week and month are kept as the person has chosen or, where they have not, for their class.
    max_history_days: u16,
    /// How uncertain a score may be before it is called missing; 0.5 is the usual.
    analysis_sensitivity: f64,
    /// Whether faces are sensed by devices, and pictures analysed.
    enable_face_analysis: bool,
    /// Whether voices are sensed by devices, and sound analysed.
    enable_audio_analysis: bool,
    /// Whether motion is sensed by devices, and analysed.
    enable_motion_analysis: bool,
    /// Whether heartbeats are sensed by devices, and analysed.
    enable_heart_analysis: bool,
    /// The zone in which their days and times are shown; null for the organisation's.
    time_zone: Option<String>,
    /// What of the request was ignored.
    warnings: Vec<String>,
}

impl PreferencesView {
    fn new(user_id: String, preferences: &Preferences, limits: &Limits, mut warnings: Vec<String>) -> Self {
        let max_history_days = limits.history_of(preferences.max_history_days);
        if preferences.max_history_days.is_some_and(|chosen| chosen > max_history_days) {
            warnings.push(format!(
                "the organisation keeps nothing of a person but sums for longer than {max_history_days} days"
            ));
        }
        Self {
            user_id,
            store_sessions: preferences.store_sessions,
            max_history_days,
            analysis_sensitivity: preferences.analysis_sensitivity,
            enable_face_analysis: preferences.face,
            enable_audio_analysis: preferences.voice,
            enable_motion_analysis: preferences.motion,
            enable_heart_analysis: preferences.heart,
            time_zone: preferences.zone.clone(),
            warnings,
        }
    }
}

/// Changes what a user wants. It is in force here at once, and on their devices within one window of being told; it gives no consent.
#[utoipa::path(
    post, path = "/preferences", tag = "preferences", operation_id = "set_preferences", request_body = PreferencesBody,
    responses(
        (status = 200, body = PreferencesView),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "a field is wrong; it is named"),
        (status = 408, body = Problem, content_type = "application/problem+json", description = "the body came too slowly"),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "the person's data was erased"),
        (status = 413, body = Problem, content_type = "application/problem+json", description = "the body is too large"),
        (status = 415, body = Problem, content_type = "application/problem+json", description = "the body is not JSON"),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "too much is coming in at once; Retry-After says when to try again"),
    )
)]
async fn change(
    asker: Asker,
    State(people): State<People>,
    request: Request,
) -> Result<Json<PreferencesView>, Problem> {
    update(&people, &asker, request, UnknownFields::Refused).await
}

/// As [`change`], for clients of other systems: what is not known is named in `warnings`.
async fn change_leniently(
    asker: Asker,
    State(people): State<People>,
    request: Request,
) -> Result<Json<PreferencesView>, Problem> {
    update(&people, &asker, request, UnknownFields::Ignored).await
}

async fn update(
    people: &People,
    asker: &Asker,
    request: Request,
    unknown: UnknownFields,
) -> Result<Json<PreferencesView>, Problem> {
    let (asked, mut warnings): (PreferencesBody, _) =
        json::take(&people.bodies, request, LARGEST_BODY, unknown).await?;
    let user = user_id(&asked.user_id)?;
    asker.check_user(&people.store, &people.keys, &user).await?;
    if asked.max_history_days.flatten().is_some_and(|days| !(1..=365).contains(&days)) {
        return Err(Problem::bad_request("max_history_days", "max_history_days goes from 1 to 365, or is null"));
    }
    if asked.analysis_sensitivity.is_some_and(|sensitivity| !(0.0..=1.0).contains(&sensitivity)) {
        return Err(Problem::bad_request("analysis_sensitivity", "analysis_sensitivity goes from 0 to 1"));
    }
    let named = |name: String| {
        let wrong =
            || Problem::bad_request("time_zone", "time_zone is a zone as IANA names it, as Europe/Berlin, or null");
        zone(&name).ok_or_else(wrong)
    };
    let zone = asked.time_zone.map(|name| name.map(named).transpose()).transpose()?;
    let wish = Wish {
        zone,
        store_sessions: asked.store_sessions,
        max_history_days: asked.max_history_days,
        analysis_sensitivity: asked.analysis_sensitivity,
        switches: [
            asked.enable_face_analysis,
            asked.enable_audio_analysis,
            asked.enable_motion_analysis,
            asked.enable_heart_analysis,
        ],
    };
    let changed = change_of(people, (&user, asker.person()), |preferences| wish.carry_out(preferences)).await?;
    if changed.begun_anew {
        warnings.push("what was preferred before is damaged and could not be opened; this begins anew".into());
    }
    Ok(Json(PreferencesView::new(user, &changed.preferences, &people.settings.limits, warnings)))
}

/// Tells a field that is null from one that is left out.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// What a user wants; the usual for who has said nothing.
#[utoipa::path(
    get, path = "/preferences/{user_id}", tag = "preferences", operation_id = "get_preferences",
    params(("user_id" = String, Path, description = "the outside user id", min_length = 1, max_length = 256)),
    responses(
        (status = 200, body = PreferencesView),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "no user has such an id"),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "the person's data was erased"),
    )
)]
async fn show(
    asker: Asker,
    State(people): State<People>,
    Path(user): Path<String>,
) -> Result<Json<PreferencesView>, Problem> {
    let user = user_id(&user)?;
    asker.check_user(&people.store, &people.keys, &user).await?;
    let preferences = load(&people.store, &people.keys, &user).await?;
    Ok(Json(PreferencesView::new(user, &preferences, &people.settings.limits, Vec::new())))
}
