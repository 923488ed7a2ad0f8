//! What the person keeps of themselves on their own device, and shows to nobody else.
//!
//! The outbox forgets what the collector has. The person's own view (today's scores, what was sent) needs it longer, and
//! ungated: under `eu` emotion is computed and shown here and leaves nowhere. So beside the outbox lies this keep.
//!
//! # What is kept, and by whose leave
//!
//! - **Records**, as the analyzers gave them, before the policy gate took anything out: of a modality for as long as the
//!   person agrees to its *own view*. Without that, or without consent to sense it at all, nothing of it is kept.
//! - **What was sent**, byte for byte, when, and of which windows. Where a batch holds a record of a modality without own
//!   view, its bytes are not kept, but that and how much was sent is.
//!
//! It never leaves the device: nothing here knows of the uplink, which only hands over what it has published.
//!
//! # Who meets it
//!
//! - **A withdrawal** destroys the files of its modality, and in those of what was sent the bytes of each batch in which it
//!   stands, before the withdrawal counts as carried out; destroying needs no room on the disk. A kill in between has it
//!   done again at the next start. Who enrols anew loses all of it.
//! - **`forget`** destroys all, or writes what stays into new files under new keys and destroys the old ones.
//! - **A thief of the disk without the state folder's keys** finds days, modalities and sizes. With them: what is kept here.
//!   That is why it can be kept shorter, and not at all (`own.days = 0`).
//! - **A full disk** costs what did not fit: it is said once, and neither sensing nor sending waits for it.
//! - **A clock that jumps** deletes nothing by itself: what ages out are the oldest days, once there are more days *with
//!   something in them* than are kept, or more bytes.
//! - **A damaged file** costs the entries that do not open, which are counted.
//!
//! # On the disk
//!
//! The folder holds a file for each UTC day and each modality, `DAY-face` and so on, and `DAY-sent`; DAY counts from
//! 1970-01-01. A file begins with version and mark (4 bytes) and its own AES-256-GCM key, sealed under the device's seal key.
//! Behind it lies one entry after the other: a mark (4), length (4, big-endian), and the entry, sealed under the file's key
//! in the context of its file and place. It is appended to without a flush: after a power cut the last minutes may be
//! missing, as nothing here is the only copy of what is to be sent. Files and not sled: a withdrawal destroys files, and sled
//! would keep the place of all that ever was, and another cache.

mod day;
mod entry;
mod keep;
mod name;
mod rewrite;

pub use entry::Sent;
pub use keep::{Between, Limits, Own, Totals};

use std::path::Path;

use crate::{AgentError, files};

/// Its folder in the state folder.
pub const FOLDER: &str = "own";

/// Destroys all of it in a state folder: the device is somebody else's now, or somebody's anew.
///
/// # Errors
/// When the system refuses.
pub fn end(state: &Path) -> Result<(), AgentError> {
    let folder = state.join(FOLDER);
    let entries = match std::fs::read_dir(&folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(|e| AgentError::file("list", &folder, e))?,
    };
    for entry in entries {
        files::destroy(&entry.map_err(|e| AgentError::file("list", &folder, e))?.path())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
