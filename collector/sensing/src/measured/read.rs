use std::ops::Range;

use attune_analysis::indicators::Assessment;
use attune_ground::store::Write;
use attune_protocol::ids::PersonId;
use attune_protocol::record::Record;
use attune_protocol::seal::SealKey;
use attune_protocol::window::{WINDOW_MILLIS, Window};

use super::Seen;
use super::written::Written;
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

// By their numbers, so that the indexes of them are used.
const CHECK_INS: &str = "SELECT window_start, device, epoch, seq, sealed FROM records \
     WHERE person = $1 AND window_start >= $2 AND window_start < $3 AND modality = 4 ORDER BY window_start, device, epoch, seq";
const TEXTS: &str = "SELECT window_start, device, epoch, seq, sealed FROM records \
     WHERE person = $1 AND window_start >= $2 AND window_start < $3 AND modality = 5 ORDER BY window_start, device, epoch, seq";

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
    records(transaction, CHECK_INS, (person, key), range, check_in_of).await
}

/// What was read on devices of what a person wrote in a piece of time, as [`check_ins`].
pub(super) async fn texts(
    transaction: &mut Write,
    person: PersonId,
    key: &SealKey,
    range: Range<i64>,
) -> Result<Vec<Written>, SensingError> {
    records(transaction, TEXTS, (person, key), range, Written::of).await
}

async fn records<T>(
    transaction: &mut Write,
    statement: &'static str,
    (person, key): (PersonId, &SealKey),
    range: Range<i64>,
    told: impl Fn(&Record) -> Option<T>,
) -> Result<Vec<T>, SensingError> {
    type Row = (i64, Vec<u8>, i64, i64, Vec<u8>);
    let rows: Vec<Row> = sqlx::query_as(statement)
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
        told(&record).filter(|_| !deleted.hold(at))
    };
    Ok(rows.into_iter().filter_map(open).collect())
}

/// When there is something of a person: their sessions, and what they said and wrote outside of them.
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
    let written: Vec<(i64,)> =
        sqlx::query_as("SELECT window_start FROM records WHERE person = $1 AND modality = 5 ORDER BY window_start")
            .bind(person.0.to_vec())
            .fetch_all(&mut ***transaction)
            .await?;
    let sessions = sessions.into_iter().map(|(begins, ends)| begins..ends);
    let of_windows = said.into_iter().chain(written).map(|(at,)| at..at + WINDOW_MILLIS);
    Ok(sessions.chain(of_windows).collect())
}

#[cfg(test)]
mod tests {
    use attune_protocol::registry::Modality;

    #[test]
    fn what_people_say_and_write_has_the_numbers_that_stand_in_the_statements() {
        assert_eq!((Modality::CheckIn.number(), Modality::Text.number()), (4, 5));
    }
}
