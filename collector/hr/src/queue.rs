//! Uploads that are to be read or taken in, each a job that any collector of a database goes on with.

use std::time::Duration;

use attune_ground::GroundError;
use attune_ground::chores::Chore;
use attune_ground::jobs::{self, Kind};
use attune_ground::store::Write;

use crate::sealed::UploadId;
use crate::uploads::written;

/// By the id of the upload.
pub(crate) const TABLES: Kind = Kind { name: "hr tables", every: None, chore: Chore::TakingTables };

/// Bytes of a table that is read while its sender waits for the answer; what is larger is read by itself.
pub(crate) const AT_ONCE: i64 = 8 << 20;

/// How long one that is done at once waits to be taken over, where whoever does it is cut off.
const TAKEN_OVER: Duration = Duration::from_secs(60);

/// Asks for what comes next with an upload of so many bytes: soon, or where that is done at once, only in case it is not.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn ask(transaction: &mut Write, id: &UploadId, size: i64) -> Result<(), GroundError> {
    let after = if size <= AT_ONCE { TAKEN_OVER } else { Duration::ZERO };
    jobs::queue(transaction, &TABLES, &written(id), after).await
}
