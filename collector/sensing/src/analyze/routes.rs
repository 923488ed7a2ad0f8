use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use attune_analysis::networks::Networks;
use attune_ground::http::Problem;
use attune_ground::http::body::{Bodies, Received, media_type};
use attune_ground::http::json::UnknownFields;
use attune_ground::keys::PersonKeys;
use attune_ground::store::Store;
use attune_pages::PagesError;
use attune_pages::drawing::Theme;
use attune_people::preferences::{self, Preferences};
use attune_protocol::ids::SessionId;
use attune_protocol::policy::Profile;
use axum::extract::{FromRef, Request, State};
use axum::http::header;
use axum::routing::post;
use axum::{Json, Router};
use data_encoding::BASE64;
use tokio::time::timeout;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{AnalysisView, Circumstances};
use super::keep::{Kept, keep};
use super::pool::{Place, Pool};
use super::request::{AnalyzeRequest, Named};
use super::work::{Analysis, Job};
use super::{json, limits, multipart};
use crate::graph::{Picture, png};
use crate::sessions::{SessionKind, WindowRow};
use crate::stats::{Meter, Outcome, Stage, Times};

/// What the handlers need.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) store: Store,
    /// Keys to seal what is kept.
    pub(crate) people: PersonKeys,
    /// The profile in force.
    pub(crate) profile: Profile,
    /// The networks that analyses run.
    pub(crate) networks: Networks,
    /// Where analyses run.
    pub(crate) pool: Pool,
    /// The memory that bodies may take.
    pub(crate) bodies: Bodies,
    /// Counts and times.
    pub(crate) meter: Arc<Meter>,
}

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Desk: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(analyze))
}

/// Fields that are not known here are ignored, and named in the answer's `warnings`.
pub(crate) fn unversioned<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Desk: FromRef<S>,
{
    Router::new().route("/analyze", post(analyze_leniently))
}

/// The longest that an analysis may take, its body included.
const LONGEST: Duration = Duration::from_secs(40);

/// Width of the picture in an answer, pixels.
const GRAPH_WIDTH: u32 = 960;

/// Numbers along three axes.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `motion` reads")]
pub(crate) struct AxesBody {
    x: f64,
    y: f64,
    z: f64,
}

/// One reading of an inertial sensor.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `motion` reads")]
pub(crate) struct MotionBody {
    /// Seconds, on any clock; each greater than the one before.
    timestamp: f64,
    /// Acceleration with gravity, m/s2.
    acceleration: AxesBody,
    /// Angular rate, rad/s.
    gyroscope: Option<AxesBody>,
    /// Not used.
    magnetometer: Option<AxesBody>,
}

/// What is to be analysed: at least one of `face_image`, `audio_data`, `motion_data` and `heart_data`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `json` reads")]
pub(crate) struct AnalyzeBody {
    /// The session that this belongs to: 32 hexadecimal digits, a UUID, or a name of the client's own, which always stands
    /// for the same session. A new one when left out. The answer repeats it as it came.
    #[schema(min_length = 1, max_length = 128, pattern = r"^[^\x00-\x1F\x7F-\x9F]+$")]
    session_id: Option<String>,
    /// The outside user id; when left out, what is sent is linked to nobody.
    #[schema(min_length = 1, max_length = 256, pattern = r"^[^\x00-\x1F\x7F]+$")]
    user_id: Option<String>,
    /// A picture of a face, PNG or JPEG, up to 65 megapixels, or WebP, up to 8.5: base64 or a data URL. Also as
    /// `face_image_base64`.
    face_image: Option<String>,
    /// A recording of a voice, WAV, MP3, OGG, FLAC, M4A or WebM, up to 300 s: base64 or a data URL. Also as `audio_base64`.
    audio_data: Option<String>,
    /// Readings of an inertial sensor, up to 300 s.
    #[schema(min_items = 1, max_items = 60_000)]
    motion_data: Option<Vec<MotionBody>>,
    /// Intervals between heartbeats, milliseconds, up to 300 s; 0 and 65535 say that there is none.
    #[schema(min_items = 1, max_items = 1_500)]
    heart_data: Option<Vec<f64>>,
    /// When the recording began, RFC 3339; when left out, it ended now.
    #[schema(value_type = Option<String>, format = DateTime)]
    timestamp: Option<String>,
    /// How long the recording took, seconds. Also as `session_duration`.
    #[schema(exclusive_minimum = 0, maximum = 300)]
    duration_seconds: Option<f64>,
    /// Whether the answer shall hold a picture of the scores.
    include_graph: Option<bool>,
}

/// The same as a form with files. `motion_data` and `heart_data` may be tables, as `attune-agent` reads them: text with commas,
/// semicolons or tabs, a first line that names the columns (timestamp,x,y,z and gx,gy,gz; rr_ms, or timestamp and hr), or the files
/// of an Empatica E4. What of them is left out is counted in `warnings`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `multipart` reads")]
pub(crate) struct AnalyzeForm {
    /// See the JSON body.
    session_id: Option<String>,
    /// See the JSON body.
    user_id: Option<String>,
    /// The picture's file.
    #[schema(value_type = Option<String>, format = Binary)]
    face_image: Option<Vec<u8>>,
    /// The recording's file.
    #[schema(value_type = Option<String>, format = Binary)]
    audio_data: Option<Vec<u8>>,
    /// JSON or a table.
    #[schema(value_type = Option<String>, format = Binary)]
    motion_data: Option<Vec<u8>>,
    /// JSON or a table.
    #[schema(value_type = Option<String>, format = Binary)]
    heart_data: Option<Vec<u8>>,
    /// See the JSON body.
    #[schema(value_type = Option<String>, format = DateTime)]
    timestamp: Option<String>,
    /// See the JSON body.
    duration_seconds: Option<f64>,
    /// See the JSON body.
    include_graph: Option<bool>,
}

/// Analyses what is sent, at once and in memory, and keeps the features as a session where the user's preferences allow.
///
/// The recordings may be of unlike length; all begin at the same instant. They are analysed in windows of ten seconds.
#[utoipa::path(
    post, path = "/analyze", tag = "analysis",
    request_body(content((AnalyzeBody = "application/json"), (AnalyzeForm = "multipart/form-data"))),
    responses(
        (status = 200, body = AnalysisView),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "a field does not read; it is named"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "the collector's profile lets no raw media in"),
        (status = 408, body = Problem, content_type = "application/problem+json", description = "the body came too slowly"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "the session is another user's, or made by devices"),
        (status = 413, body = Problem, content_type = "application/problem+json", description = "a limit is passed; field and limit are named"),
        (status = 415, body = Problem, content_type = "application/problem+json", description = "the body is neither JSON nor a form"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "a medium is empty, broken or of an unknown format"),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "no room now; Retry-After says when to try again"),
    )
)]
async fn analyze(State(desk): State<Desk>, request: Request) -> Result<Json<AnalysisView>, Problem> {
    counted(&desk, request, UnknownFields::Refused).await
}

/// As [`analyze`], for clients of other systems: what is not known is named in `warnings`.
async fn analyze_leniently(State(desk): State<Desk>, request: Request) -> Result<Json<AnalysisView>, Problem> {
    counted(&desk, request, UnknownFields::Ignored).await
}

/// Counts what becomes of a request, also when its client leaves.
struct Counting<'a> {
    meter: &'a Meter,
    outcome: Outcome,
}

impl Drop for Counting<'_> {
    fn drop(&mut self) {
        self.meter.outcome(self.outcome);
    }
}

async fn counted(desk: &Desk, request: Request, unknown: UnknownFields) -> Result<Json<AnalysisView>, Problem> {
    let mut counting = Counting { meter: &desk.meter, outcome: Outcome::Abandoned };
    let stored = OnceLock::new();
    let (outcome, answer) = within(LONGEST, answer(desk, request, unknown, &stored)).await;
    counting.outcome = outcome;
    answer.map(Json).map_err(|problem| match stored.get() {
        Some(session) => with_session(problem, *session),
        None => problem,
    })
}

/// Waits for an answer, and tells what it counts as.
async fn within(
    longest: Duration,
    answer: impl Future<Output = Result<AnalysisView, Problem>>,
) -> (Outcome, Result<AnalysisView, Problem>) {
    let Ok(answer) = timeout(longest, answer).await else {
        let detail = format!("the analysis took longer than {} s; try again later", longest.as_secs());
        return (Outcome::Late, Err(Problem::busy(detail)));
    };
    let outcome = match &answer {
        Ok(view) => view.status.into(),
        Err(problem) if problem.status == 503 => Outcome::Busy,
        Err(problem) if problem.status < 500 => Outcome::Refused,
        Err(_) => Outcome::Failed,
    };
    (outcome, answer)
}

/// Tells who has no answer that there is a session all the same.
fn with_session(problem: Problem, session: SessionId) -> Problem {
    let detail = format!("{}; what was sent is stored: GET /api/v1/sessions/{session}", problem.detail);
    Problem { detail, ..problem }
}

async fn answer(
    desk: &Desk,
    request: Request,
    unknown: UnknownFields,
    kept: &OnceLock<SessionId>,
) -> Result<AnalysisView, Problem> {
    let begun = Instant::now();
    let profile = desk.profile;
    if !profile.lets_raw_media_in() {
        return Err(Problem::forbidden(format!(
            "the profile {profile} lets no pictures, sound, motion or heartbeats in: run attune-agent on the person's own \
             device, which analyses them there and sends what the profile allows"
        )));
    }
    let (received, content_type) = receive(desk, request).await?;
    // Only now, so that whoever sends slowly keeps nobody out.
    let place = desk.pool.place().ok_or_else(|| Problem::busy("as many analyses wait as may; try again"))?;
    let received_after = begun.elapsed();
    let mut parsing = Times::default();
    let read = match content_type {
        ContentType::Json => parsing.of(Stage::Parse, || json::read(&received.bytes, unknown)),
        ContentType::Form(boundary) => {
            let begun = Instant::now();
            let read = multipart::read(&received.bytes, &boundary, unknown).await;
            parsing.add(Stage::Parse, begun.elapsed());
            read
        }
    }?;
    read.check()?;
    let preferences = match &read.user_id {
        Some(user) => preferences::load(&desk.store, &desk.people, user).await?,
        None => Preferences::default(),
    };
    let named = read.session.clone().unwrap_or_else(|| {
        let session = SessionId::random();
        Named { session, name: session.to_string() }
    });
    let wish = Wish { session: named.session, user: read.user_id.clone(), graph: read.graph };
    let mut analysis = work(desk, place, read, received, &preferences, unknown).await?;
    analysis.times.add(Stage::Receive, received_after);
    parsing.iter().for_each(|(stage, time)| analysis.times.add(stage, time));
    let stored = store(desk, &wish, &preferences, &mut analysis).await?;
    if stored {
        let _ = kept.set(wish.session);
    }
    let graph = if wish.graph { Some(draw(&wish, &mut analysis).await?) } else { None };
    let total = begun.elapsed();
    let circumstances = Circumstances { session_id: named.name, stored, graph, total };
    analysis.times.add(Stage::Total, total);
    desk.meter.times(&analysis.times);
    for seen in &analysis.whole.modalities {
        desk.meter.quality(seen.modality, seen.quality);
    }
    Ok(AnalysisView::new(&analysis, circumstances))
}

/// What of a request outlives the analysis.
struct Wish {
    session: SessionId,
    user: Option<String>,
    graph: bool,
}

enum ContentType {
    Json,
    /// With the whole header, which names the boundary.
    Form(String),
}

async fn receive(desk: &Desk, request: Request) -> Result<(Received, ContentType), Problem> {
    let kind = match media_type(request.headers()) {
        Some(kind) if kind.eq_ignore_ascii_case("application/json") => ContentType::Json,
        Some(kind) if kind.eq_ignore_ascii_case("multipart/form-data") => {
            let header = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
            ContentType::Form(header.unwrap_or_default().to_owned())
        }
        _ => {
            let detail = "the content type must be application/json or multipart/form-data";
            return Err(Problem::unsupported_media_type(detail));
        }
    };
    Ok((desk.bodies.receive(request.into_body(), limits::BODY).await?, kind))
}

async fn work(
    desk: &Desk,
    place: Place,
    request: AnalyzeRequest,
    received: Received,
    preferences: &Preferences,
    unknown: UnknownFields,
) -> Result<Analysis, Problem> {
    let now = jiff::Timestamp::now();
    let job = Job { request, preferences: preferences.clone(), networks: desk.networks.clone(), unknown, now };
    let queued = Instant::now();
    place
        .work(move |abandoned| {
            let waited: Duration = queued.elapsed();
            let outcome = job.run(abandoned).map(|mut analysis| {
                analysis.times.add(Stage::Wait, waited);
                analysis
            });
            drop(received);
            outcome
        })
        .await
        .map_err(|panicked| Problem::internal(&panicked))?
}

/// Keeps the analysis where its user wants that; gives whether it was kept.
async fn store(desk: &Desk, wish: &Wish, preferences: &Preferences, analysis: &mut Analysis) -> Result<bool, Problem> {
    if !preferences.store_sessions || analysis.records.is_empty() {
        return Ok(false);
    }
    let begun = Instant::now();
    let kept = Kept {
        session: wish.session,
        user_id: wish.user.as_deref(),
        records: &analysis.records,
        terms: analysis.terms,
    };
    keep(&desk.store, &desk.people, &kept).await?;
    analysis.times.add(Stage::Store, begun.elapsed());
    Ok(true)
}

/// The scores of this analysis as PNG, in base64.
async fn draw(wish: &Wish, analysis: &mut Analysis) -> Result<String, Problem> {
    let begun = Instant::now();
    let windows: Vec<WindowRow> = analysis
        .windows
        .iter()
        .map(|(window, assessment)| WindowRow { window: *window, assessment: assessment.clone() })
        .collect();
    let session = wish.session;
    let drawn = tokio::task::spawn_blocking(move || {
        let picture = Picture { session, kind: SessionKind::Analysis, windows: &windows };
        png(&picture, Theme::Light, GRAPH_WIDTH)
    });
    let bytes = drawn.await.map_err(|error| PagesError::Picture(error.to_string()))??;
    analysis.times.add(Stage::Graph, begun.elapsed());
    Ok(BASE64.encode(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_analysis_that_takes_too_long_is_503_and_counted_as_late() {
        let (outcome, answer) = within(Duration::from_millis(20), std::future::pending()).await;
        assert_eq!((outcome, answer.map(|_| ()).expect_err("late").status), (Outcome::Late, 503));
    }

    #[tokio::test]
    async fn what_failed_is_counted_as_what_it_is() {
        for (problem, outcome) in [
            (Problem::busy("full"), Outcome::Busy),
            (Problem::timeout("slow"), Outcome::Refused),
            (Problem::internal(&attune_ground::http::Panicked), Outcome::Failed),
        ] {
            assert_eq!(within(LONGEST, async { Err(problem) }).await.0, outcome);
        }
    }

    #[test]
    fn who_has_no_answer_hears_of_the_session_that_was_stored() {
        let session = SessionId::random();
        let problem = with_session(Problem::busy("late"), session);
        assert!(problem.status == 503 && problem.detail.contains(&format!("/api/v1/sessions/{session}")));
    }
}
