//! Who was not known here when a table was read: whoever decides that these are to be known decides on them, and on nobody who was known
//! then and was erased since. Their names lie before the pieces of the file, which has them, too, and go with those.

use attune_ground::GroundError;
use attune_ground::store::{Store, Write};
use attune_protocol::seal::SealKey;

use super::put_pieces;
use crate::error::HrError;
use crate::rows::Employee;
use crate::sealed::{UploadId, piece_context};
use crate::state::Hr;

/// Format version; it stands in the first byte.
const VERSION: u8 = 1;
/// People who are made known in one transaction.
const SLICE: usize = 64;

/// Notes who they are, in the place of whoever was noted before.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn note(
    state: &Hr,
    transaction: &mut Write,
    upload: &UploadId,
    strangers: &[Employee],
) -> Result<(), HrError> {
    sqlx::query("DELETE FROM hr_pieces WHERE upload = $1 AND number < 0")
        .bind(upload.to_vec())
        .execute(&mut ***transaction)
        .await?;
    let mut pieces = Vec::new();
    for (number, some) in (1_i64..).zip(strangers.chunks(SLICE)) {
        pieces.push((-number, written(some)?));
    }
    put_pieces(state, transaction, upload, &pieces).await
}

fn written(some: &[Employee]) -> Result<Vec<u8>, GroundError> {
    let names: Vec<&str> = some.iter().map(|employee| employee.0.as_str()).collect();
    let mut bytes = vec![VERSION];
    serde_json::to_writer(&mut bytes, &names).map_err(|_| GroundError::Corrupt("names of employees can be written"))?;
    Ok(bytes)
}

/// Who they are; nobody where it does not open.
fn read(own: &SealKey, upload: &UploadId, number: i64, sealed: &[u8]) -> Vec<Employee> {
    let opened = own.open(&piece_context(upload, number), sealed).unwrap_or_default();
    let Some((&VERSION, names)) = opened.split_first() else { return Vec::new() };
    let names: Vec<String> = serde_json::from_slice(names).unwrap_or_default();
    names.into_iter().map(Employee).collect()
}

/// Under which numbers those lie who are to be made known still, some at a time.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn left(store: &Store, upload: &UploadId) -> Result<Vec<i64>, GroundError> {
    let rows: Vec<(i64,)> =
        sqlx::query_as("SELECT number FROM hr_pieces WHERE upload = $1 AND number < 0 ORDER BY number DESC")
            .bind(upload.to_vec())
            .fetch_all(store.pool())
            .await?;
    Ok(rows.into_iter().map(|(number,)| number).collect())
}

/// Takes some of them out, for who makes them known in the same transaction; nobody where another has.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn take_out(
    state: &Hr,
    transaction: &mut Write,
    upload: &UploadId,
    number: i64,
) -> Result<Vec<Employee>, GroundError> {
    let row: Option<(Vec<u8>,)> =
        sqlx::query_as("DELETE FROM hr_pieces WHERE upload = $1 AND number = $2 RETURNING sealed")
            .bind(upload.to_vec())
            .bind(number)
            .fetch_optional(&mut ***transaction)
            .await?;
    Ok(row.map(|(sealed,)| read(state.own(), upload, number, &sealed)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_version_1_read_as_they_always_did_and_in_their_own_place() {
        let (own, place) = (SealKey::generate(), [3; 16]);
        let names = ["E1", "Zo\u{eb}"].map(|name| Employee(name.to_owned()));
        let golden = [b"\x01".as_slice(), "[\"E1\",\"Zo\u{eb}\"]".as_bytes()].concat();
        assert_eq!(written(&names).expect("written"), golden);
        let sealed = own.seal(&piece_context(&place, -1), &golden);
        assert_eq!(read(&own, &place, -1, &sealed), names);
        assert!(read(&own, &place, -2, &sealed).is_empty(), "of another place");
    }
}
