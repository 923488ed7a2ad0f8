use attune_ground::GroundError;
use attune_ground::store::bytes16;
use attune_ground::time::now_millis;
use attune_protocol::ids::{PersonId, SessionId};
use attune_protocol::window::Window;
use sqlx::{Any, Transaction};

use super::SessionKind;
use crate::SensingError;

/// The longest gap between two windows of one session, milliseconds.
pub(super) const LONGEST_GAP: i64 = 10 * 60 * 1000;

/// The live sessions of a person near some windows, while the lock of the person is held: they are read once for all of these
/// windows and written once behind them.
pub(super) struct Near {
    person: PersonId,
    /// In the order in which they were made.
    sessions: Vec<Live>,
    /// Times whose windows were put back into the list.
    put_back: Vec<(i64, i64)>,
}

struct Live {
    session: SessionId,
    started_at: i64,
    ended_at: i64,
    /// Whether a window has moved its start or its end.
    extended: bool,
}

/// The session of a window.
pub(super) struct Assigned {
    pub session: SessionId,
    /// Those that it has taken over for this window.
    pub joined: Vec<SessionId>,
}

impl Near {
    /// Those that windows from the first to the last of these may extend or join.
    pub(super) async fn of(
        transaction: &mut Transaction<'static, Any>,
        person: PersonId,
        (first, last): (Window, Window),
    ) -> Result<Self, SensingError> {
        let rows: Vec<(Vec<u8>, i64, i64)> = sqlx::query_as(
            "SELECT session, started_at, ended_at FROM sessions \
             WHERE person = $1 AND kind = $2 AND merged_into IS NULL AND deleted_at IS NULL \
             AND started_at <= $3 AND ended_at >= $4 \
             ORDER BY created_at, session",
        )
        .bind(person.0.to_vec())
        .bind(SessionKind::Live.number())
        .bind(last.end_millis() + LONGEST_GAP)
        .bind(first.start_millis() - LONGEST_GAP)
        .fetch_all(&mut **transaction)
        .await?;
        let live = |(session, started_at, ended_at): (Vec<u8>, i64, i64)| {
            Ok::<_, GroundError>(Live { session: SessionId(bytes16(&session)?), started_at, ended_at, extended: false })
        };
        let sessions = rows.into_iter().map(live).collect::<Result<_, _>>()?;
        Ok(Self { person, sessions, put_back: Vec::new() })
    }

    /// Finds or makes the session of a window.
    ///
    /// A window may extend a session in either direction, or close the gap between two or more. Then the oldest one's id
    /// stays: it takes over the windows of the younger ones, which from then on lead to it.
    pub(super) async fn assign(
        &mut self,
        transaction: &mut Transaction<'static, Any>,
        window: Window,
    ) -> Result<Assigned, SensingError> {
        let (begins, ends) = (window.start_millis(), window.end_millis());
        let is_near = |live: &Live| live.started_at <= ends + LONGEST_GAP && live.ended_at >= begins - LONGEST_GAP;
        let Some(oldest) = self.sessions.iter().position(is_near) else {
            let session = create(transaction, self.person, window).await?;
            self.sessions.push(Live { session, started_at: begins, ended_at: ends, extended: false });
            return Ok(Assigned { session, joined: Vec::new() });
        };
        let younger: Vec<Live> = self.sessions.extract_if(oldest + 1.., |live| is_near(live)).collect();
        let live = &mut self.sessions[oldest];
        let mut spans = vec![(begins, ends), (live.started_at, live.ended_at)];
        for younger in &younger {
            merge(transaction, self.person, (live.session, younger.session)).await?;
            spans.push((younger.started_at, younger.ended_at));
        }
        let (started_at, ended_at) = spans.iter().fold(spans[0], |all, one| (all.0.min(one.0), all.1.max(one.1)));
        live.extended |= (started_at, ended_at) != (live.started_at, live.ended_at);
        (live.started_at, live.ended_at) = (started_at, ended_at);
        let session = live.session;
        for gap in gaps(spans) {
            fuse_again(transaction, self.person, gap).await?;
            self.put_back.push(gap);
        }
        Ok(Assigned { session, joined: younger.into_iter().map(|live| live.session).collect() })
    }

    /// The session within whose time a window lies, if there is one.
    pub(super) fn around(&self, window: Window) -> Option<SessionId> {
        let is_around = |live: &&Live| live.started_at <= window.start_millis() && live.ended_at >= window.end_millis();
        self.sessions.iter().find(is_around).map(|live| live.session)
    }

    /// Whether a window may stand in the list again for one that was assigned.
    pub(super) fn has_put_back(&self, window: Window) -> bool {
        self.put_back.iter().any(|(begins, ends)| (*begins..*ends).contains(&window.start_millis()))
    }

    /// Writes when those that were extended begin and end now.
    pub(super) async fn write(self, transaction: &mut Transaction<'static, Any>) -> Result<(), SensingError> {
        for live in self.sessions.iter().filter(|live| live.extended) {
            let extended =
                sqlx::query("UPDATE sessions SET started_at = $1, ended_at = $2 WHERE session = $3 AND person = $4")
                    .bind(live.started_at)
                    .bind(live.ended_at)
                    .bind(live.session.0.to_vec())
                    .bind(self.person.0.to_vec())
                    .execute(&mut **transaction)
                    .await?;
            if extended.rows_affected() != 1 {
                return Err(GroundError::Corrupt("a session stays while its person's row is locked").into());
            }
        }
        Ok(())
    }
}

/// What lies between spans, which become one.
fn gaps(mut spans: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    spans.sort_unstable();
    let (mut gaps, mut reached) = (Vec::new(), None);
    for (begins, ends) in spans {
        gaps.extend(reached.filter(|reached| *reached < begins).map(|reached| (reached, begins)));
        reached = reached.max(Some(ends));
    }
    gaps
}

/// Puts windows of a time that has come within a session back into the list: nothing was seen in them, and now they count.
async fn fuse_again(
    transaction: &mut Transaction<'static, Any>,
    person: PersonId,
    (begins, ends): (i64, i64),
) -> Result<(), SensingError> {
    sqlx::query(
        "INSERT INTO pending_fusion (person, window_start) SELECT DISTINCT person, window_start FROM records \
         WHERE person = $1 AND window_start >= $2 AND window_start < $3 ON CONFLICT (person, window_start) DO NOTHING",
    )
    .bind(person.0.to_vec())
    .bind(begins)
    .bind(ends)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

async fn create(
    transaction: &mut Transaction<'static, Any>,
    person: PersonId,
    window: Window,
) -> Result<SessionId, SensingError> {
    let session = SessionId::random();
    sqlx::query(
        "INSERT INTO sessions (session, person, kind, started_at, ended_at, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(session.0.to_vec())
    .bind(person.0.to_vec())
    .bind(SessionKind::Live.number())
    .bind(window.start_millis())
    .bind(window.end_millis())
    .bind(now_millis())
    .execute(&mut **transaction)
    .await?;
    Ok(session)
}

/// Hands the windows of the younger session, and whatever led to it, to the older one.
async fn merge(
    transaction: &mut Transaction<'static, Any>,
    person: PersonId,
    (older, younger): (SessionId, SessionId),
) -> Result<(), SensingError> {
    let mut joined = 0;
    for statement in [
        "UPDATE fused_windows SET session = $1 WHERE session = $2 AND person = $3",
        "UPDATE sessions SET merged_into = $1 WHERE merged_into = $2 AND person = $3",
        "UPDATE sessions SET merged_into = $1 WHERE session = $2 AND person = $3",
    ] {
        let done = sqlx::query(statement).bind(older.0.to_vec()).bind(younger.0.to_vec()).bind(person.0.to_vec());
        joined = done.execute(&mut **transaction).await?.rows_affected();
    }
    match joined {
        1 => Ok(()),
        _ => Err(GroundError::Corrupt("a session stays while its person's row is locked").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::gaps;

    #[test]
    fn gaps_lie_between_spans_in_whatever_order_they_come_and_none_where_they_touch() {
        assert_eq!(gaps(vec![(50, 60), (0, 10), (20, 30)]), [(10, 20), (30, 50)]);
        assert_eq!(gaps(vec![(0, 10), (10, 20)]), []);
        assert_eq!(gaps(vec![(0, 100), (10, 20), (110, 120)]), [(100, 110)]);
    }
}
