use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use attune_analysis::networks::Networks;
use attune_ground::http::Problem;
use attune_ground::http::body::{Bodies, Received, media_type, require_plain};
use attune_ground::http::json::UnknownFields;
use attune_ground::keys::PersonKeys;
use attune_ground::store::Store;
use attune_pages::drawing::Theme;
use attune_people::access;
use attune_people::accounts;
use attune_people::preferences::{self, Preferences};
use attune_people::rights::Asker;
use attune_protocol::ids::{PersonId, SessionId};
use attune_protocol::policy::Profile;
use attune_protocol::registry::Modality;
use axum::Router;
use axum::extract::{FromRef, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use data_encoding::BASE64;
use tokio::runtime::Handle;
use tokio::time::timeout;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{AnalysisView, Circumstances};
use super::body::{AnalyzeBody, AnalyzeForm};
use super::content::Content;
use super::keep::{Kept, is_there, keep};
use super::repeats::{self, About, Answer, Repeats, Stored, Told};
use super::request::{AnalyzeRequest, Named};
use super::work::{Analysis, Job};
use super::{json, limits, multipart};
use crate::graph::{Layout, Picture, png};
use crate::pool::{Place, Pool};
use crate::sessions::{SessionKind, WindowRow, session_of_key};
use crate::stats::{Meter, Outcome, Stage};

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
    /// Answers by `Idempotency-Key`.
    pub(crate) repeats: Repeats,
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

/// Analyses what is sent, at once and in memory, and keeps the features as a session where the user's preferences allow.
///
/// The recordings may be of unlike length; all begin at the same instant. They are analysed in windows of ten seconds, which
/// start at Unix multiples of ten. Content that a session has already counts once, however often it is sent.
///
/// With an `Idempotency-Key`, a request that is sent again is answered as the first time, for an hour and by the collector
/// that answered it; without `session_id`, its session is that of its user and its key.
#[utoipa::path(
    post, path = "/analyze", tag = "analysis",
    params(("Idempotency-Key" = Option<String>, Header, description = "a key of this request's own, as a UUID; with or without quotes", min_length = 1, max_length = 255)),
    request_body(content((AnalyzeBody = "application/json"), (AnalyzeForm = "multipart/form-data"))),
    responses(
        (status = 200, body = AnalysisView),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "a field does not read; it is named"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "the collector's profile lets no raw media in"),
        (status = 408, body = Problem, content_type = "application/problem+json", description = "the body came too slowly"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "the session is another user's, or made by devices; or a request with the same Idempotency-Key is still being answered"),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "the person's data was erased"),
        (status = 413, body = Problem, content_type = "application/problem+json", description = "a limit is passed; field and limit are named"),
        (status = 415, body = Problem, content_type = "application/problem+json", description = "the body is neither JSON nor a form"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "a medium is empty, broken or of an unknown format; or the Idempotency-Key came with another request"),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "no room now; Retry-After says when to try again"),
    )
)]
async fn analyze(asker: Asker, State(desk): State<Desk>, request: Request) -> Response {
    last(counted(&desk, &asker, request, UnknownFields::Refused).await)
}

/// As [`analyze`], for clients of other systems: what is not known is named in `warnings`.
async fn analyze_leniently(asker: Asker, State(desk): State<Desk>, request: Request) -> Response {
    last(counted(&desk, &asker, request, UnknownFields::Ignored).await)
}

/// An answer, with which the connection ends: its buffer still holds the end of what was sent, and is wiped with it.
fn last(answer: Result<Answer, Problem>) -> Response {
    let json = |answer: Answer| ([(header::CONTENT_TYPE, "application/json")], answer.body);
    ([(header::CONNECTION, "close")], answer.map(json)).into_response()
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

async fn counted(desk: &Desk, asker: &Asker, request: Request, unknown: UnknownFields) -> Result<Answer, Problem> {
    let mut counting = Counting { meter: &desk.meter, outcome: Outcome::Abandoned };
    let stored = OnceLock::new();
    let (outcome, answer) = within(LONGEST, answer((desk, asker), request, unknown, &stored)).await;
    counting.outcome = outcome;
    answer.map_err(|problem| match stored.get() {
        Some(session) => with_session(problem, *session),
        None => problem,
    })
}

/// Waits for an answer, and tells what it counts as.
async fn within(
    longest: Duration,
    answer: impl Future<Output = Result<(Outcome, Answer), Problem>>,
) -> (Outcome, Result<Answer, Problem>) {
    let Ok(answer) = timeout(longest, answer).await else {
        let detail = format!("the analysis took longer than {} s; try again later", longest.as_secs());
        return (Outcome::Late, Err(Problem::busy(detail)));
    };
    match answer {
        Ok((outcome, answer)) => (outcome, Ok(answer)),
        Err(problem) if problem.status == 503 => (Outcome::Busy, Err(problem)),
        Err(problem) if problem.status < 500 => (Outcome::Refused, Err(problem)),
        Err(problem) => (Outcome::Failed, Err(problem)),
    }
}

/// Tells who has no answer that there is a session all the same.
fn with_session(problem: Problem, session: SessionId) -> Problem {
    let detail = format!("{}; what was sent is stored: GET /api/v1/sessions/{session}", problem.detail);
    Problem { detail, ..problem }
}

async fn answer(
    (desk, asker): (&Desk, &Asker),
    request: Request,
    unknown: UnknownFields,
    kept: &OnceLock<SessionId>,
) -> Result<(Outcome, Answer), Problem> {
    let begun = Instant::now();
    let profile = desk.profile;
    if !profile.lets_raw_media_in() {
        let rule = profile.taking_in().id;
        return Err(Problem::forbidden(format!(
            "the profile {profile} lets no pictures, sound, motion or heartbeats in (rule {rule}): run attune-agent on the person's own \
             device, which analyses them there and sends what the profile allows"
        )));
    }
    let key = repeats::key(request.headers())?;
    let (received, content_type) = receive(desk, request).await?;
    // Only now, so that whoever sends slowly keeps nobody out.
    let place = desk.pool.place().ok_or_else(|| Problem::busy("as many analyses wait as may; try again"))?;
    let received_after = begun.elapsed();
    let Parsed { request: mut read, content, received, waited, took } =
        parse(&place, received, content_type, unknown, key.is_some()).await?;
    match (&read.user_id, asker.person()) {
        (Some(user), _) => asker.check_user(&desk.store, &desk.people, user).await?,
        // What somebody sends for themselves is theirs, named or not: nobody else may add to it or be answered by it.
        (None, Some(person)) => read.user_id = accounts::user_of(&desk.store, &desk.people, person).await?,
        (None, None) => {}
    }
    let key = key.map(|key| session_of_key(read.user_id.as_deref(), &key));
    let claim = match claim(desk, key, content).await? {
        Some(Told::Again(answer)) => return Ok((Outcome::Repeated, answer)),
        Some(Told::First(claim)) => Some(claim),
        None => None,
    };
    let preferences = match &read.user_id {
        Some(user) => preferences::load(&desk.store, &desk.people, user).await?,
        None => Preferences::default(),
    };
    let named = read.session.clone().unwrap_or_else(|| {
        let session = key.unwrap_or_else(SessionId::random);
        Named { session, name: session.to_string() }
    });
    // By dots alone no path leads to it.
    let is_told = |name: &String| *name != named.session.to_string() && !matches!(name.as_str(), "." | "..");
    let name = Some(named.name.clone()).filter(is_told);
    let wish = Wish {
        session: named.session,
        name,
        user: read.user_id.clone(),
        own: asker.person(),
        graph: read.graph == Some(true),
    };
    let (mut analysis, graph) = work(desk, &place, read, received, &preferences, (unknown, &wish)).await?;
    analysis.times.add(Stage::Receive, received_after);
    analysis.times.add(Stage::Wait, waited);
    analysis.times.add(Stage::Parse, took);
    let (stored, again) = store(desk, &wish, &preferences, &mut analysis).await?;
    if stored {
        let _ = kept.set(wish.session);
    }
    // Of what the session had already nothing was stored at these times.
    let first = analysis.records.iter().find(|record| !again.contains(&record.modality()));
    let begins = stored.then(|| first.map_or(i64::MAX, |first| first.window.start_millis()));
    let total = begun.elapsed();
    let circumstances = Circumstances { session_id: named.name, stored, again, graph, total };
    analysis.times.add(Stage::Total, total);
    desk.meter.times(&analysis.times);
    // A window each: one picture weighs less than a minute of sound.
    for record in &analysis.records {
        desk.meter.quality(record.modality(), record.quality);
    }
    let view = AnalysisView::new(&analysis, circumstances);
    let body = serde_json::to_vec(&view).map_err(|error| Problem::internal(&error))?;
    // A machine is told of somebody.
    if let Some(user) = &wish.user {
        access::read_of_user(&desk.store, &desk.people, asker, user).await?;
    }
    let mut answer = Answer { body: body.into(), about: About::default() };
    if let Some(claim) = claim {
        answer.about = about(desk, &wish, begins).await?;
        claim.answer(answer.clone());
    }
    Ok((view.status.into(), answer))
}

/// What an answer is about; `begins` is where what of it is in its session begins, if it is.
async fn about(desk: &Desk, wish: &Wish, begins: Option<i64>) -> Result<About, Problem> {
    let stored = begins.map(|begins| Stored { session: wish.session, begins });
    let person = match &wish.user {
        Some(user) if stored.is_none() => accounts::find_person(&desk.store, &desk.people, user).await?,
        _ => None,
    };
    Ok(About { stored, person })
}

/// What is known of a request with a key. An answer whose session is gone stands no more.
async fn claim(desk: &Desk, key: Option<SessionId>, content: Option<Content>) -> Result<Option<Told>, Problem> {
    let (Some(key), Some(content)) = (key, content) else { return Ok(None) };
    let told = desk.repeats.ask(key, content)?;
    if let Told::Again(answer) = &told
        && !is_there(&desk.store, &desk.people, answer.about).await?
    {
        desk.repeats.forget(key, answer.about);
        return desk.repeats.ask(key, content).map(Some);
    }
    Ok(Some(told))
}

/// What of a request outlives the analysis.
struct Wish {
    session: SessionId,
    /// How the client wrote it, where that is not as it is written here.
    name: Option<String>,
    user: Option<String>,
    /// Who asks, where it is somebody for themselves.
    own: Option<PersonId>,
    graph: bool,
}

/// A request whose fields are read.
struct Parsed {
    request: AnalyzeRequest,
    /// What tells it from others; only where it has a key.
    content: Option<Content>,
    received: Received,
    /// For a thread.
    waited: Duration,
    took: Duration,
}

/// Reads the fields of a body, on a thread of the pool: it may have sixteen million bytes.
async fn parse(
    place: &Place,
    received: Received,
    kind: ContentType,
    unknown: UnknownFields,
    has_key: bool,
) -> Result<Parsed, Problem> {
    let (runtime, queued) = (Handle::current(), Instant::now());
    let work = place.work(move |_| {
        let (begun, waited) = (Instant::now(), queued.elapsed());
        let mut request = match kind {
            ContentType::Json => json::read(&received.bytes, unknown),
            ContentType::Form(boundary) => runtime.block_on(multipart::read(&received.bytes, &boundary, unknown)),
        }?;
        request.check()?;
        // Clients of other systems have a picture with every answer.
        request.graph.get_or_insert(unknown == UnknownFields::Ignored);
        let content = has_key.then(|| request.content());
        Ok(Parsed { request, content, received, waited, took: begun.elapsed() })
    });
    work.await.map_err(|panicked| Problem::internal(&panicked))?
}

enum ContentType {
    Json,
    /// With the whole header, which names the boundary.
    Form(String),
}

async fn receive(desk: &Desk, request: Request) -> Result<(Received, ContentType), Problem> {
    require_plain(request.headers())?;
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
    place: &Place,
    request: AnalyzeRequest,
    received: Received,
    preferences: &Preferences,
    (unknown, wish): (UnknownFields, &Wish),
) -> Result<(Analysis, Option<String>), Problem> {
    let (session, graph) = (wish.session, wish.graph);
    let now = jiff::Timestamp::now();
    let job = Job { request, preferences: preferences.clone(), networks: desk.networks.clone(), unknown, now };
    let queued = Instant::now();
    place
        .work(move |abandoned| {
            let waited: Duration = queued.elapsed();
            let outcome = job.run(abandoned);
            drop(received);
            let mut analysis = outcome?;
            analysis.times.add(Stage::Wait, waited);
            let drawn = graph.then(|| draw(session, &mut analysis)).transpose()?;
            Ok((analysis, drawn))
        })
        .await
        .map_err(|panicked| Problem::internal(&panicked))?
}

/// Keeps the analysis where its user wants that; gives whether it was kept, and of what the session had the same already.
async fn store(
    desk: &Desk,
    wish: &Wish,
    preferences: &Preferences,
    analysis: &mut Analysis,
) -> Result<(bool, Vec<Modality>), Problem> {
    if !preferences.store_sessions || analysis.records.is_empty() {
        return Ok((false, Vec::new()));
    }
    let begun = Instant::now();
    let kept = Kept {
        session: wish.session,
        name: wish.name.as_deref(),
        user_id: wish.user.as_deref(),
        own: wish.own,
        records: &analysis.records,
        contents: &analysis.contents,
        terms: analysis.terms,
    };
    let again = keep(&desk.store, &desk.people, &kept).await?;
    analysis.times.add(Stage::Store, begun.elapsed());
    Ok(again.map_or_else(|| (false, Vec::new()), |again| (true, again)))
}

/// The scores of this analysis as PNG, in base64.
fn draw(session: SessionId, analysis: &mut Analysis) -> Result<String, Problem> {
    let begun = Instant::now();
    let windows: Vec<WindowRow> = analysis
        .windows
        .iter()
        .map(|(window, assessment)| WindowRow { window: *window, assessment: assessment.clone() })
        .collect();
    let picture = Picture { session, kind: SessionKind::Analysis, windows: &windows };
    let bytes = png(&picture, Layout::Wide, Theme::Light, GRAPH_WIDTH)?;
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
