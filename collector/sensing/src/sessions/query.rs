use attune_analysis::indicators::Assessment;
use attune_ground::GroundError;
use attune_ground::damage::{Damaged, Damages};
use attune_ground::keys::PersonKeys;
use attune_ground::store::{self, Store, bytes16};
use attune_protocol::ids::{PersonId, SessionId};
use attune_protocol::seal::SealKey;
use attune_protocol::window::Window;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};

use super::SessionKind;
use super::fuse::window_context;
use super::name::name_context;
use crate::SensingError;

/// What of a session stands in clear.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionRow {
    /// Its id.
    pub session: SessionId,
    /// Whose it is.
    pub person: PersonId,
    /// What made it.
    pub kind: SessionKind,
    /// Start of its first window, Unix milliseconds.
    pub started_at: i64,
    /// End of its last window, Unix milliseconds.
    pub ended_at: i64,
    /// How many windows it has.
    pub windows: i64,
    /// The older session that it was joined to.
    pub merged_into: Option<SessionId>,
}

/// One window of a session, opened.
#[derive(Clone, PartialEq, Debug)]
pub struct WindowRow {
    /// The window.
    pub window: Window,
    /// Its scores.
    pub assessment: Assessment,
}

/// Which sessions are asked for; all of it stands in clear.
#[derive(Clone, Debug)]
pub struct SessionFilter {
    /// Only of these people, of whom there is one at least.
    pub people: Option<Vec<PersonId>>,
    /// Only of this kind.
    pub kind: Option<SessionKind>,
    /// Only those that end after this instant, Unix milliseconds.
    pub from: i64,
    /// Only those that start before this instant, Unix milliseconds.
    pub to: i64,
    /// Only those that come after this place.
    pub after: Option<Cursor>,
    /// So many of those are passed over.
    pub offset: i64,
}

/// A place in the list of sessions, which goes from the latest start to the earliest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cursor {
    /// Start of the last session that was given.
    pub started_at: i64,
    /// Its id.
    pub session: SessionId,
}

type Row = (Vec<u8>, Vec<u8>, i64, i64, i64, i64, Option<Vec<u8>>);

/// Sessions as they read; one that does not is left out and counted.
fn readable(rows: Vec<Row>, damages: &Damages) -> Vec<SessionRow> {
    let read = |row: Row| {
        let place = row.0.clone();
        session_row(row).inspect_err(|_| damages.note(Damaged::Session, &[&place])).ok()
    };
    rows.into_iter().filter_map(read).collect()
}

fn session_row(
    (session, person, kind, started_at, ended_at, windows, merged): Row,
) -> Result<SessionRow, SensingError> {
    Ok(SessionRow {
        session: SessionId(bytes16(&session)?),
        person: PersonId(bytes16(&person)?),
        kind: SessionKind::from_number(kind).ok_or(GroundError::Corrupt("a session has a known kind"))?,
        started_at,
        ended_at,
        windows,
        merged_into: merged.map(|id| bytes16(&id).map(SessionId)).transpose()?,
    })
}

/// A page of sessions.
#[derive(Default, Debug)]
pub(crate) struct Page {
    /// Those of the page.
    pub sessions: Vec<SessionRow>,
    /// Where the next page goes on, if there is one.
    pub next: Option<Cursor>,
}

/// Sessions from the latest start to the earliest; those that were joined to older ones, are being deleted or do not read
/// are left out.
pub(crate) async fn list(store: &Store, filter: &SessionFilter, limit: i64) -> Result<Page, SensingError> {
    // Nobody is nobody, and not everybody.
    if filter.people.as_ref().is_some_and(Vec::is_empty) {
        return Ok(Page::default());
    }
    let after = filter.after.unwrap_or(Cursor { started_at: i64::MAX, session: SessionId([0xff; 16]) });
    let people = filter.people.as_deref().unwrap_or_default();
    let places: Vec<String> = (8..).take(people.len()).map(|place| format!("${place}")).collect();
    let of = if places.is_empty() { String::new() } else { format!("AND person IN ({})", places.join(", ")) };
    let statement = format!(
        "SELECT session, person, kind, started_at, ended_at, \
         (SELECT COUNT(*) FROM fused_windows windows \
         WHERE windows.session = sessions.session AND windows.person = sessions.person), merged_into \
         FROM sessions WHERE merged_into IS NULL AND deleted_at IS NULL {of} AND ($1 = 0 OR kind = $1) \
         AND ended_at > $2 AND started_at < $3 AND (started_at < $4 OR (started_at = $4 AND session < $5)) \
         ORDER BY started_at DESC, session DESC LIMIT $6 OFFSET $7"
    );
    // Nothing of a client stands in it but how many people there are.
    let query = sqlx::query_as(AssertSqlSafe(statement))
        .bind(filter.kind.map_or(0, SessionKind::number))
        .bind(filter.from)
        .bind(filter.to)
        .bind(after.started_at)
        .bind(after.session.0.to_vec())
        .bind(limit.saturating_add(1))
        .bind(filter.offset);
    let query = people.iter().fold(query, |query, person| query.bind(person.0.to_vec()));
    let mut rows: Vec<Row> = query.fetch_all(store.pool()).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.iter().rev().filter(|_| more);
    let cursor = |row: &Row| Some(Cursor { started_at: row.3, session: SessionId(bytes16(&row.0).ok()?) });
    let next = last.filter_map(cursor).next();
    Ok(Page { sessions: readable(rows, store.damages()), next })
}

/// One session, joined or not; none where it does not read.
pub(super) async fn find(store: &Store, session: SessionId) -> Result<Option<SessionRow>, SensingError> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT session, person, kind, started_at, ended_at, \
         (SELECT COUNT(*) FROM fused_windows windows \
         WHERE windows.session = sessions.session AND windows.person = sessions.person), merged_into \
         FROM sessions WHERE session = $1 AND deleted_at IS NULL",
    )
    .bind(session.0.to_vec())
    .fetch_optional(store.pool())
    .await?;
    Ok(readable(row.into_iter().collect(), store.damages()).pop())
}

/// The name that a client gave a session of its own; none where it gave none, or where it does not open.
pub(super) async fn name(
    store: &Store,
    people: &PersonKeys,
    session: &SessionRow,
) -> Result<Option<String>, SensingError> {
    let row: Option<(Option<Vec<u8>>,)> =
        sqlx::query_as("SELECT name FROM sessions WHERE session = $1 AND person = $2")
            .bind(session.session.0.to_vec())
            .bind(session.person.0.to_vec())
            .fetch_optional(store.pool())
            .await?;
    let Some(sealed) = row.and_then(|(name,)| name) else { return Ok(None) };
    let key = match people.of(session.person).await {
        Err(GroundError::Damaged(_) | GroundError::Erased) => return Ok(None),
        key => key?,
    };
    let opened = key.open(&name_context(session.person, session.session), &sealed).ok();
    let name = opened.and_then(|name| String::from_utf8(name).ok());
    if name.is_none() {
        store.damages().note(Damaged::Session, &[&session.session.0]);
    }
    Ok(name)
}

/// Windows of a session, opened, in order.
#[derive(Debug)]
pub(crate) struct Opened {
    /// Those that open.
    pub windows: Vec<WindowRow>,
    /// How many are damaged and left out.
    pub damaged: u64,
    /// The window behind them, if there is one.
    pub next: Option<i64>,
}

/// Windows of a session from `from` on.
pub(crate) async fn windows(
    store: &Store,
    people: &PersonKeys,
    session: &SessionRow,
    from: i64,
    limit: i64,
) -> Result<Opened, SensingError> {
    let mut rows = sqlx::query(
        "SELECT window_start, sealed FROM fused_windows WHERE session = $1 AND person = $4 AND window_start >= $2 \
         ORDER BY window_start LIMIT $3",
    )
    .bind(session.session.0.to_vec())
    .bind(from)
    .bind(limit.saturating_add(1))
    .bind(session.person.0.to_vec())
    .fetch_all(store.pool())
    .await?;
    let begins = |row: &AnyRow| row.try_get::<i64, _>(0).ok();
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    // Where the next page begins its first row tells, also where nothing else of it reads.
    let next = rows.get(limit).and_then(begins);
    rows.truncate(limit);
    let mut damaged = 0;
    let kept: Vec<(i64, Vec<u8>)> = store::readable(&rows, |place| {
        // By its time, not by its place: the next page has another row there.
        let start = rows.get(place).and_then(begins).unwrap_or(i64::MAX);
        store.damages().note(Damaged::Window, &[&session.person.0, &start.to_be_bytes()]);
        damaged += 1;
    });
    let key = match people.of(session.person).await {
        Err(GroundError::Damaged(_)) => None,
        key => Some(key?),
    };
    let mut opened = Opened { windows: Vec::with_capacity(kept.len()), damaged, next };
    for (window_start, sealed) in kept {
        let window = Window::containing(window_start);
        let open = |key: &SealKey| {
            let plain = key.open(&window_context(session.person, window), &sealed)?;
            Ok::<_, SensingError>(WindowRow { window, assessment: Assessment::decode(&plain)? })
        };
        match key.as_deref().map(open) {
            Some(Ok(row)) => opened.windows.push(row),
            Some(Err(_)) => {
                store.damages().note(Damaged::Window, &[&session.person.0, &window_start.to_be_bytes()]);
                opened.damaged += 1;
            }
            None => opened.damaged += 1,
        }
    }
    Ok(opened)
}
