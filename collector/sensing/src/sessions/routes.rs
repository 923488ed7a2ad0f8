use std::sync::Arc;

use attune_analysis::indicators::Assessment;
use attune_ground::GroundError;
use attune_ground::http::{AnyQuery, Path, Problem, Query};
use attune_ground::keys::PersonKeys;
use attune_ground::store::Store;
use attune_ground::time::instant;
use attune_people::accounts;
use attune_people::rights::{Asker, Scope};
use attune_protocol::ids::{PersonId, SessionId};
use axum::extract::{FromRef, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use tokio::runtime::Handle;
use tokio::sync::broadcast;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::SessionKind;
use super::check_ins::{self, CheckIn};
use super::delete::{Deletion, delete};
use super::name::session_of;
use super::query::{self, Cursor, Opened, Page, SessionFilter, SessionRow};
use super::summaries::{Summaries, Summary, Version};
use super::texts::{self, Text};
use super::view::{SessionList, SessionView, WindowList, WindowView};
use crate::SensingError;
use crate::pool::Pool;

/// Sessions or windows of one page, when nothing else is asked for.
const PAGE: i64 = 50;
/// The most of one page.
const LARGEST_PAGE: i64 = 500;

/// Whole sessions that are read or drawn at a time: one of 45 000 windows takes 50 MB.
const READERS: usize = 2;
/// Requests that may wait for their turn to read one.
const WAITING: usize = 62;
/// Deletions that who is told of them may be behind.
const REMEMBERED: usize = 256;

/// What the handlers need.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    pub(crate) store: Store,
    /// Keys to open windows with.
    people: PersonKeys,
    /// What was summed up before.
    pub(super) summaries: Summaries,
    /// Tells who else remembers something of a session that it is deleted.
    deleted: broadcast::Sender<SessionId>,
    /// Where whole sessions are read.
    pub(super) pool: Pool,
}

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Shelf: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one, remove)).routes(routes!(windows))
}

pub(crate) fn unversioned<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Shelf: FromRef<S>,
{
    Router::new().route("/sessions", get(list_leniently)).route("/session/{id}", get(one))
}

/// What sessions are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Only sessions of this outside user id.
    user_id: Option<String>,
    /// Only sessions of this kind: `live` or `analysis`.
    kind: Option<SessionKind>,
    /// Only sessions that end after this instant, RFC 3339 with its offset, of which a `+` is written `%2B`.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Only sessions that start before this instant, RFC 3339 with its offset.
    #[param(format = DateTime)]
    to: Option<String>,
    /// Sessions of a page, 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before; one that is empty or was changed is refused.
    #[param(min_length = 1)]
    cursor: Option<String>,
    /// Sessions to pass over; what changes meanwhile shifts the pages, so `cursor` is better.
    #[param(minimum = 0)]
    offset: Option<i64>,
}

/// Sessions, the latest first.
#[utoipa::path(
    get, path = "/sessions", tag = "sessions", operation_id = "list_sessions", params(ListQuery),
    responses((status = 200, body = SessionList), (status = 400, body = Problem, content_type = "application/problem+json", description = "a parameter is wrong"))
)]
async fn list(
    asker: Asker,
    State(shelf): State<Shelf>,
    Query(asked): Query<ListQuery>,
) -> Result<Json<SessionList>, Problem> {
    listed(&shelf, &asker, asked).await
}

/// As [`list`], for clients of other systems: parameters that are not known are passed over.
async fn list_leniently(
    asker: Asker,
    State(shelf): State<Shelf>,
    AnyQuery(asked): AnyQuery<ListQuery>,
) -> Result<Json<SessionList>, Problem> {
    listed(&shelf, &asker, asked).await
}

async fn listed(shelf: &Shelf, asker: &Asker, asked: ListQuery) -> Result<Json<SessionList>, Problem> {
    let limit = page(asked.limit)?;
    let user = asked.user_id.as_deref().map(accounts::user_id).transpose()?;
    if let Some(user) = &user {
        asker.check_user(&shelf.store, &shelf.people, user).await?;
    }
    let people = match user {
        Some(user) => match accounts::people_of(&shelf.store, &shelf.people, &user).await? {
            people if people.is_empty() => return Ok(Json(SessionList { sessions: Vec::new(), next_cursor: None })),
            people => Some(people),
        },
        None => asker.people(&shelf.store).await?,
    };
    let filter = SessionFilter {
        people,
        kind: asked.kind,
        from: millis("from", asked.from.as_deref())?.unwrap_or(i64::MIN),
        to: millis("to", asked.to.as_deref())?.unwrap_or(i64::MAX),
        after: asked.cursor.as_deref().map(parse_cursor).transpose()?,
        offset: match asked.offset.unwrap_or(0) {
            offset @ 0.. => offset,
            _ => return Err(Problem::bad_request("offset", "offset must not be negative")),
        },
    };
    let page = shelf.page(&filter, limit).await?;
    let next_cursor = page.next.map(format_cursor);
    let mut sessions = Vec::with_capacity(page.sessions.len());
    for row in &page.sessions {
        let user = accounts::user_of(&shelf.store, &shelf.people, row.person).await?;
        let view = SessionView::new(row, user, &shelf.summary(row).await?.scores);
        let name = query::name(&shelf.store, &shelf.people, row).await?;
        sessions.push(SessionView { session_id: name.unwrap_or(view.session_id), ..view });
    }
    Ok(Json(SessionList { sessions, next_cursor }))
}

/// One session with its scores, and what they rest on. A session that was joined to an older one leads there.
#[utoipa::path(
    get, path = "/sessions/{id}", tag = "sessions", operation_id = "get_session",
    params(("id" = String, Path, description = "the session's id, 32 hexadecimal digits or a UUID, or the name that a client gave as `session_id`: 1 to 128 characters that print")),
    responses(
        (status = 200, body = SessionView),
        (status = 307, description = "joined to the session named in Location"),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "the id is no id"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such session"),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "the person's data was erased"),
    )
)]
async fn one(
    asker: Asker,
    State(shelf): State<Shelf>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let row = match shelf.find(&asker, &id, "", query.as_deref()).await? {
        Found::Here(row) => row,
        Found::Joined(response) => return Ok(response),
    };
    let summary = shelf.sum_up(&row).await?;
    let said = shelf.said(&row).await?;
    let user = accounts::user_of(&shelf.store, &shelf.people, row.person).await?;
    // Named as it was asked for: a client knows its session by the name that it gave.
    let view = SessionView { session_id: id, ..SessionView::whole(&row, user, &summary, &said) };
    Ok(Json(view).into_response())
}

/// Deletes a session and everything that it was made from. It is gone at once; when it is so large that its rows take
/// longer than some seconds, the answer is 202 and its header `rows-left` says how many are left; the rest follows. Asked again, it goes on
/// and says how far it is. No device brings it back, whatever it still holds.
#[utoipa::path(
    delete, path = "/sessions/{id}", tag = "sessions", operation_id = "delete_session",
    params(("id" = String, Path, description = "the session's id, 32 hexadecimal digits or a UUID, or the name that a client gave as `session_id`: 1 to 128 characters that print")),
    responses(
        (
            status = 202, description = "gone for everybody, and rows of it are still to be removed",
            headers(("rows-left" = u64, description = "how many")),
        ),
        (status = 204, description = "deleted"),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "the id is no id"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such session"),
    )
)]
async fn remove(asker: Asker, State(shelf): State<Shelf>, Path(id): Path<String>) -> Result<Response, Problem> {
    let session = parse_id(&id)?;
    let row = query::find(&shelf.store, session).await?;
    match &row {
        Some(row) => shelf.check(&asker, row).await?,
        // One that is being deleted is nobody's any more: only who may ask of everybody drives it on.
        None if asker.scope() != Scope::All => return Err(no_such_session()),
        None => {}
    }
    // Whoever asks for the younger of two that were joined means what they became.
    let older = row.and_then(|row| row.merged_into);
    let deletion = delete(&shelf.store, session).await?;
    [Some(session), older].into_iter().flatten().for_each(|session| shelf.forget(session));
    match deletion {
        Deletion::Unknown => Err(no_such_session()),
        Deletion::Done => Ok(StatusCode::NO_CONTENT.into_response()),
        Deletion::UnderWay(rows) => Ok((StatusCode::ACCEPTED, [("rows-left", rows.to_string())]).into_response()),
    }
}

/// What windows are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct WindowsQuery {
    /// Windows of a page, 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before; one that is empty or was changed is refused.
    #[param(min_length = 1)]
    cursor: Option<String>,
}

/// The windows of a session, in order.
#[utoipa::path(
    get, path = "/sessions/{id}/windows", tag = "sessions", operation_id = "list_windows",
    params(("id" = String, Path, description = "the session's id, 32 hexadecimal digits or a UUID, or the name that a client gave as `session_id`: 1 to 128 characters that print"), WindowsQuery),
    responses(
        (status = 200, body = WindowList),
        (status = 307, description = "joined to the session named in Location"),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "a parameter is wrong"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such session"),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "the person's data was erased"),
    )
)]
async fn windows(
    asker: Asker,
    State(shelf): State<Shelf>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    Query(asked): Query<WindowsQuery>,
) -> Result<Response, Problem> {
    let limit = page(asked.limit)?;
    let from = match &asked.cursor {
        Some(cursor) => cursor.parse().map_err(|_| wrong_cursor())?,
        None => i64::MIN,
    };
    let row = match shelf.find(&asker, &id, "/windows", query.as_deref()).await? {
        Found::Here(row) => row,
        Found::Joined(response) => return Ok(response),
    };
    let opened = query::windows(&shelf.store, &shelf.people, &row, from, limit).await?;
    let next_cursor = opened.next.map(|window_start| window_start.to_string());
    let windows = opened.windows.iter().map(WindowView::from).collect();
    Ok(Json(WindowList { session_id: id, windows, next_cursor }).into_response())
}

/// A session that was asked for.
pub(crate) enum Found {
    /// As it is stored.
    Here(SessionRow),
    /// It was joined to an older one: the answer leads there.
    Joined(Response),
}

impl Shelf {
    /// What stands in a database.
    pub(crate) fn new(store: Store, people: PersonKeys) -> Self {
        let (deleted, _) = broadcast::channel(REMEMBERED);
        Self { store, people, summaries: Summaries::default(), deleted, pool: Pool::new(READERS, WAITING) }
    }

    /// Hears of sessions as they are deleted.
    pub(crate) fn deleted(&self) -> broadcast::Receiver<SessionId> {
        self.deleted.subscribe()
    }

    fn forget(&self, session: SessionId) {
        self.summaries.forget(session);
        // Nobody may listen.
        let _ = self.deleted.send(session);
    }

    /// Does work that reads a whole session, on a thread of the pool: opening all its windows takes long, and it is held in
    /// memory.
    ///
    /// # Errors
    /// When as many wait as may, and as the work says.
    pub(crate) async fn aside<T: Send + 'static>(
        &self,
        work: impl AsyncFnOnce(Self) -> Result<T, SensingError> + Send + 'static,
    ) -> Result<T, SensingError> {
        let place = self.pool.place().ok_or(SensingError::Busy)?;
        let (shelf, runtime) = (self.clone(), Handle::current());
        place.work(move |_| runtime.block_on(work(shelf))).await?
    }

    /// At most so many sessions, and where the page behind them begins.
    pub(crate) async fn page(&self, filter: &SessionFilter, limit: i64) -> Result<Page, SensingError> {
        query::list(&self.store, filter, limit).await
    }

    /// The session of an id in a path; `rest` and `query` are what follows the id there.
    pub(crate) async fn find(
        &self,
        asker: &Asker,
        id: &str,
        rest: &str,
        query: Option<&str>,
    ) -> Result<Found, Problem> {
        let row = query::find(&self.store, parse_id(id)?).await?.ok_or_else(no_such_session)?;
        self.check(asker, &row).await?;
        Ok(match row.merged_into {
            Some(older) => {
                let query = query.map(|query| format!("?{query}")).unwrap_or_default();
                let place = format!("/api/v1/sessions/{older}{rest}{query}");
                // For now: an id can become free, and what is permanent a browser keeps.
                Found::Joined((StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, place)]).into_response())
            }
            None => Found::Here(row),
        })
    }

    /// Lets pass who may ask for a session. For who may not there is none: not even that is told.
    async fn check(&self, asker: &Asker, row: &SessionRow) -> Result<(), Problem> {
        if asker.may_ask_of(&self.store, row.person).await? { Ok(()) } else { Err(no_such_session()) }
    }

    /// What a session says, as it was summed up last where nothing of its person has changed since. In a list a session whose
    /// person was erased has no scores.
    pub(crate) async fn summary(&self, session: &SessionRow) -> Result<Arc<Summary>, SensingError> {
        // Asked for before the windows are read: what is written meanwhile makes the summary one of before, and it is
        // made anew.
        let changes = accounts::changes(self.store.pool(), session.person).await?;
        let version = Version { changes, windows: session.windows, ended_at: session.ended_at };
        if let Some(known) = self.summaries.get(session.session, version) {
            return Ok(known);
        }
        let summary = match self.sum_up(session).await {
            Err(SensingError::Ground(GroundError::Erased)) => {
                Summary { scores: session.kind.summarize(&[]), damaged: 0 }
            }
            summary => summary?,
        };
        let summary = Arc::new(summary);
        self.summaries.put(session.session, version, &summary);
        Ok(summary)
    }

    /// What the person said of themselves during a session; nothing where they were erased.
    pub(crate) async fn said(&self, session: &SessionRow) -> Result<Vec<CheckIn>, SensingError> {
        match check_ins::of_session(&self.store, &self.people, session).await {
            Err(SensingError::Ground(GroundError::Erased)) => Ok(Vec::new()),
            said => said,
        }
    }

    /// What devices read of what a person wrote in a piece of time; nothing where they were erased.
    pub(crate) async fn written(&self, person: PersonId, span: (i64, i64)) -> Result<Vec<Text>, SensingError> {
        match texts::of_span(&self.store, &self.people, person, span).await {
            Err(SensingError::Ground(GroundError::Erased)) => Ok(Vec::new()),
            written => written,
        }
    }

    /// Scores over all windows of a session, as they are in the database.
    pub(crate) async fn sum_up(&self, session: &SessionRow) -> Result<Summary, SensingError> {
        let session = session.clone();
        let summed = self.aside(async move |shelf| {
            let Opened { windows, damaged, .. } = shelf.all_windows(&session).await?;
            let windows: Vec<Assessment> = windows.into_iter().map(|w| w.assessment).collect();
            Ok(Summary { scores: session.kind.summarize(&windows), damaged })
        });
        summed.await
    }

    /// Scores of all windows of a session that open, in order; none of one that is not there.
    pub(crate) async fn assessments(&self, session: SessionId) -> Result<Vec<Assessment>, SensingError> {
        let Some(row) = query::find(&self.store, session).await? else { return Ok(Vec::new()) };
        let read = self.aside(async move |shelf| {
            let windows = shelf.all_windows(&row).await?.windows;
            Ok(windows.into_iter().map(|window| window.assessment).collect())
        });
        read.await
    }

    /// Some windows of a session from an instant on; to be asked for [aside](Shelf::aside).
    pub(crate) async fn windows_from(
        &self,
        session: &SessionRow,
        from: i64,
        limit: i64,
    ) -> Result<Opened, SensingError> {
        query::windows(&self.store, &self.people, session, from, limit).await
    }

    /// Keys to open what is a person's.
    pub(crate) const fn keys(&self) -> &PersonKeys {
        &self.people
    }

    /// All windows of a session that open, in order; to be asked for [aside](Shelf::aside).
    pub(crate) async fn all_windows(&self, session: &SessionRow) -> Result<Opened, SensingError> {
        query::windows(&self.store, &self.people, session, i64::MIN, i64::MAX).await
    }
}

/// As `session_id` may be sent.
fn parse_id(id: &str) -> Result<SessionId, Problem> {
    session_of(id).ok_or_else(|| {
        Problem::bad_request("id", "a session's id has 1 to 128 characters that print; GET /api/v1/sessions lists them")
    })
}

/// An instant of the query, Unix milliseconds.
fn millis(field: &str, text: Option<&str>) -> Result<Option<i64>, Problem> {
    let read = |text| {
        let wrong = |wanted| Problem::bad_request(field, format!("{field} does not read: {wanted}; write + as %2B"));
        instant(text).map(jiff::Timestamp::as_millisecond).map_err(wrong)
    };
    text.map(read).transpose()
}

fn no_such_session() -> Problem {
    Problem::not_found("there is no such session; GET /api/v1/sessions lists them")
}

fn page(limit: Option<i64>) -> Result<i64, Problem> {
    match limit.unwrap_or(PAGE) {
        limit @ 1..=LARGEST_PAGE => Ok(limit),
        _ => Err(Problem::bad_request("limit", "limit goes from 1 to 500")),
    }
}

fn wrong_cursor() -> Problem {
    Problem::bad_request("cursor", "give next_cursor of the page before, unchanged, or leave cursor out")
}

/// As [`parse_cursor`] reads it.
pub(crate) fn format_cursor(cursor: Cursor) -> String {
    format!("{}.{}", cursor.started_at, cursor.session)
}

/// Reads a cursor that [`Shelf::page`] gave.
pub(crate) fn parse_cursor(text: &str) -> Result<Cursor, Problem> {
    let (started_at, session) = text.split_once('.').ok_or_else(wrong_cursor)?;
    Ok(Cursor {
        started_at: started_at.parse().map_err(|_| wrong_cursor())?,
        session: session.parse().map_err(|_| wrong_cursor())?,
    })
}

#[cfg(test)]
mod tests;
