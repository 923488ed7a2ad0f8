use std::ops::Range;

use attune_analysis::indicators::Assessment;
use attune_ground::store::Write;
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;
use attune_protocol::window::{WINDOW_MILLIS, Window};

use super::Seen;
use crate::SensingError;
use crate::sessions::{CheckIn, SessionKind, check_in_of, open_record, window_context};
use crate::spans::Spans;

/// Windows of live sessions that nobody deletes. Those of a person do not overlap: of the sessions that began before a time the last one
/// alone may reach into it, so that it does not matter how many there were.
const WINDOWS: &str = "SELECT windows.window_start, windows.sealed FROM sessions \
     JOIN fused_windows windows ON windows.session = sessions.session AND windows.person = sessions.person \
     AND windows.window_start >= $3 AND windows.window_start < $4 \
     WHERE sessions.person = $1 AND sessions.kind = $2 AND sessions.merged_into IS NULL AND sessions.deleted_at IS NULL \
     AND sessions.started_at < $4 AND sessions.started_at >= COALESCE((SELECT earlier.started_at FROM sessions earlier \
     WHERE earlier.person = $1 AND earlier.kind = $2 AND earlier.merged_into IS NULL AND earlier.deleted_at IS NULL \
     AND earlier.started_at <= $3 ORDER BY earlier.started_at DESC LIMIT 1), $3) ORDER BY windows.window_start";

// By its number, so that the index of them is used.
const CHECK_INS: &str = "SELECT window_start, device, epoch, seq, sealed FROM records \
     WHERE person = $1 AND window_start >= $2 AND window_start < $3 AND modality = 4 ORDER BY window_start, device, epoch, seq";

/// The windows of a person that start in a piece of time, in order. One that does not open is left out; it is counted where its session is
/// read.
pub(super) async fn windows(
    transaction: &mut Write,
    person: PersonId,
    key: &SealKey,
    range: Range<i64>,
) -> Result<Vec<Seen>, SensingError> {
    let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(WINDOWS)
        .bind(person.0.to_vec())
        .bind(SessionKind::Live.number())
        .bind(range.start)
        .bind(range.end)
        .fetch_all(&mut ***transaction)
        .await?;
    let open = |(at, sealed): (i64, Vec<u8>)| {
        let plain = key.open(&window_context(person, Window::containing(at)), &sealed).ok()?;
        Some(Seen { at, assessment: Assessment::decode(&plain).ok()? })
    };
    Ok(rows.into_iter().filter_map(open).collect())
}

/// What a person said of themselves in a piece of time that was not deleted, in order. One that does not open is left out, as above.
pub(super) async fn check_ins(
    transaction: &mut Write,
    person: PersonId,
    key: &SealKey,
    range: Range<i64>,
) -> Result<Vec<CheckIn>, SensingError> {
    type Row = (i64, Vec<u8>, i64, i64, Vec<u8>);
    let rows: Vec<Row> = sqlx::query_as(CHECK_INS)
        .bind(person.0.to_vec())
        .bind(range.start)
        .bind(range.end)
        .fetch_all(&mut ***transaction)
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let deleted = Spans::of(transaction, person).await?;
    let open = |(at, device, epoch, seq, sealed): Row| {
        let record = open_record(person, key, &(device, epoch, seq, sealed)).ok()?;
        check_in_of(&record).filter(|_| !deleted.hold(at))
    };
    Ok(rows.into_iter().filter_map(open).collect())
}

/// When there is something of a person: their sessions, and what they said outside of them.
pub(super) async fn held(transaction: &mut Write, person: PersonId) -> Result<Vec<Range<i64>>, SensingError> {
    let sessions: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT started_at, ended_at FROM sessions WHERE person = $1 AND kind = $2 AND merged_into IS NULL \
         AND deleted_at IS NULL ORDER BY started_at",
    )
    .bind(person.0.to_vec())
    .bind(SessionKind::Live.number())
    .fetch_all(&mut ***transaction)
    .await?;
    let said: Vec<(i64,)> =
        sqlx::query_as("SELECT window_start FROM records WHERE person = $1 AND modality = 4 ORDER BY window_start")
            .bind(person.0.to_vec())
            .fetch_all(&mut ***transaction)
            .await?;
    let sessions = sessions.into_iter().map(|(begins, ends)| begins..ends);
    Ok(sessions.chain(said.into_iter().map(|(at,)| at..at + WINDOW_MILLIS)).collect())
}

#[cfg(test)]
mod tests {
    use attune_protocol::registry::Modality;

    #[test]
    fn what_people_say_has_the_number_that_stands_in_the_statements() {
        assert_eq!(Modality::CheckIn.number(), 4);
    }
}
