//! The bytes of a file while it waits: in pieces, sealed, read again as one stream.

use std::io::{self, Read};

use attune_ground::GroundError;
use attune_ground::store::{Store, Write};
use tokio::runtime::Handle;

use crate::error::HrError;
use crate::sealed::{UploadId, piece_context};
use crate::state::Hr;

/// Pieces that go in one transaction.
const SLICE: i64 = 64;

/// Puts pieces behind those that are there: each with its number.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn put(
    state: &Hr,
    transaction: &mut Write,
    upload: &UploadId,
    pieces: &[(i64, Vec<u8>)],
) -> Result<(), HrError> {
    for (number, piece) in pieces {
        sqlx::query("INSERT INTO hr_pieces (upload, number, sealed) VALUES ($1, $2, $3)")
            .bind(upload.to_vec())
            .bind(*number)
            .bind(state.own().seal(&piece_context(upload, *number), piece))
            .execute(&mut ***transaction)
            .await?;
    }
    Ok(())
}

/// Destroys the bytes of an upload, in slices, so that nobody who writes waits for long.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn forget(store: &Store, upload: &UploadId) -> Result<u64, GroundError> {
    let mut gone = 0;
    loop {
        let mut transaction = store.begin().await?;
        let removed = sqlx::query(
            "DELETE FROM hr_pieces WHERE upload = $1 AND number IN \
             (SELECT number FROM hr_pieces WHERE upload = $1 ORDER BY number LIMIT $2)",
        )
        .bind(upload.to_vec())
        .bind(SLICE)
        .execute(&mut **transaction)
        .await?
        .rows_affected();
        transaction.commit().await?;
        gone += removed;
        if removed < SLICE.unsigned_abs() {
            break;
        }
    }
    if gone > 0 {
        store.purge_soon();
    }
    Ok(gone)
}

/// Opens the bytes of an upload, as often as they are needed: on a thread that may wait, within the runtime that this was made in.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    state: Hr,
    upload: UploadId,
    size: u64,
    runtime: Handle,
}

impl Source {
    /// That of an upload.
    ///
    /// # Panics
    /// Outside of a runtime.
    pub(crate) fn new(state: &Hr, upload: UploadId, size: u64) -> Self {
        Self { state: state.clone(), upload, size, runtime: Handle::current() }
    }

    /// How many bytes there are.
    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    /// The bytes from the first one on.
    pub(crate) fn stream(&self) -> Stream {
        Stream { source: self.clone(), next: 0, left: self.size, piece: Vec::new(), taken: 0 }
    }
}

/// Bytes of an upload, one piece after the other.
#[derive(Debug)]
pub(crate) struct Stream {
    source: Source,
    next: i64,
    /// Bytes that are still to come.
    left: u64,
    piece: Vec<u8>,
    taken: usize,
}

impl Stream {
    /// The next piece; none behind the last. Where one is gone the rest is not taken for the whole: it is decided on meanwhile, or lost.
    fn fetch(&mut self) -> io::Result<Option<Vec<u8>>> {
        let Source { state, upload, runtime, .. } = &self.source;
        let number = self.next;
        let row = runtime.block_on(
            sqlx::query_as("SELECT sealed FROM hr_pieces WHERE upload = $1 AND number = $2")
                .bind(upload.to_vec())
                .bind(number)
                .fetch_optional(state.store().pool()),
        );
        let Some((sealed,)): Option<(Vec<u8>,)> = row.map_err(io::Error::other)? else {
            if self.left > 0 {
                return Err(io::Error::other(GroundError::Corrupt("each piece of an upload is there")));
            }
            return Ok(None);
        };
        let opened = state.own().open(&piece_context(upload, number), &sealed);
        let opened = opened.map_err(|_| io::Error::other(GroundError::Corrupt("a piece of an upload opens")))?;
        (self.next, self.left) = (number + 1, self.left.saturating_sub(opened.len() as u64));
        Ok(Some(opened))
    }
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.piece.len() {
            let Some(piece) = self.fetch()? else { return Ok(0) };
            (self.piece, self.taken) = (piece, 0);
        }
        let rest = &self.piece[self.taken..];
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.taken += count;
        Ok(count)
    }
}
