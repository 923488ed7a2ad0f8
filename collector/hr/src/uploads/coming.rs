use attune_ground::store::to_i64;
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use super::{Upload, comes_still, put_pieces};
use crate::error::HrError;
use crate::state::Hr;

/// Bytes of a piece.
const PIECE: usize = 256 << 10;
/// Pieces that are put down in one transaction.
const PIECES: usize = 16;

/// Puts the bytes of a table down as they come, from wherever they do.
pub(crate) struct Coming {
    piece: Vec<u8>,
    pieces: Vec<(i64, Vec<u8>)>,
    next: i64,
    hash: Sha256,
    size: u64,
}

impl Coming {
    /// None have come yet.
    pub(crate) fn new() -> Self {
        Self { piece: Vec::with_capacity(PIECE), pieces: Vec::new(), next: 0, hash: Sha256::new(), size: 0 }
    }

    /// How many have.
    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    /// More have come.
    ///
    /// # Errors
    /// When the database refuses, and where it was thrown away meanwhile.
    pub(crate) async fn more(&mut self, state: &Hr, upload: &Upload, mut bytes: &[u8]) -> Result<(), HrError> {
        self.size += bytes.len() as u64;
        self.hash.update(bytes);
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(PIECE - self.piece.len()));
            self.piece.extend_from_slice(now);
            bytes = later;
            if self.piece.len() == PIECE {
                self.cut();
            }
        }
        if self.pieces.len() >= PIECES { self.put(state, upload).await } else { Ok(()) }
    }

    /// All have come: notes how many, and their hash.
    ///
    /// # Errors
    /// When the database refuses, and where it was thrown away meanwhile.
    pub(crate) async fn end(mut self, state: &Hr, upload: &mut Upload) -> Result<(), HrError> {
        if !self.piece.is_empty() {
            self.cut();
        }
        if !self.pieces.is_empty() {
            self.put(state, upload).await?;
        }
        let hash: [u8; 32] = self.hash.finalize().into();
        upload.size = to_i64(self.size)?;
        upload.about.sha256 = HEXLOWER.encode(&hash);
        Ok(())
    }

    fn cut(&mut self) {
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        self.pieces.push((self.next, piece));
        self.next += 1;
    }

    async fn put(&mut self, state: &Hr, upload: &Upload) -> Result<(), HrError> {
        let pieces = std::mem::take(&mut self.pieces);
        let work = || async {
            let mut transaction = state.store().begin().await?;
            if !comes_still(&mut transaction, &upload.id).await? {
                return Err(HrError::Dropped);
            }
            put_pieces(state, &mut transaction, &upload.id, &pieces).await?;
            transaction.commit().await?;
            Ok::<_, HrError>(())
        };
        state.store().again(work).await
    }
}
