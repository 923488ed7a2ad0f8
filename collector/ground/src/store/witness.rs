use std::fs::File;
use std::io::{ErrorKind, Read, Result, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::files;

/// Bytes of a number and of what tells that it is whole.
const SLOT: usize = 16;

/// A file beside an SQLite database that knows how many commits it had.
///
/// SQLite ends its recovery at the first frame of the write-ahead log that is damaged, and says nothing: all commits
/// behind it are gone as if they had never been. This file is written after each of them.
#[derive(Debug)]
pub(super) struct Witness(Mutex<File>);

impl Witness {
    /// The file beside this database.
    pub(super) fn beside(database: &Path) -> Result<Self> {
        let path = files::beside(database, "-commits");
        let file = files::open_private(&path)?;
        files::sync_folder(path.parent())?;
        Ok(Self(Mutex::new(file)))
    }

    /// Waits until no other program opens the same database. The lock ends with what is given.
    pub(super) fn wait_for_turn(database: &Path) -> Result<File> {
        let file = files::open_private(&files::beside(database, "-commits"))?;
        file.lock()?;
        Ok(file)
    }

    /// Notes that there was a commit of this number, durably. Numbers take turns in two places, so that one that is cut
    /// short, or comes late from another program, leaves the other as it is.
    pub(super) fn note(&self, number: u64) -> Result<()> {
        let mut slot = [0; SLOT];
        slot[..8].copy_from_slice(&number.to_le_bytes());
        slot[8..].copy_from_slice(&(!number).to_le_bytes());
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(number % 2 * SLOT as u64))?;
        file.write_all(&slot)?;
        file.sync_data()
    }

    /// The highest number that was noted.
    pub(super) fn number(&self) -> Result<u64> {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.rewind()?;
        let mut highest = 0;
        for _ in 0..2 {
            let mut slot = [0; SLOT];
            match file.read_exact(&mut slot) {
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => break,
                read => read?,
            }
            let [number, check] =
                [0, 8].map(|at| u64::from_le_bytes(slot[at..at + 8].try_into().expect("eight bytes of sixteen")));
            if number == !check {
                highest = highest.max(number);
            }
        }
        Ok(highest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_number_stands_also_when_one_is_late_or_torn() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("a.sqlite");
        let witness = Witness::beside(&database).unwrap();
        assert_eq!(witness.number().unwrap(), 0);
        for number in [1, 2, 3, 5, 4] {
            witness.note(number).unwrap();
        }
        assert_eq!(Witness::beside(&database).unwrap().number().unwrap(), 5);
        let path = files::beside(&database, "-commits");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[SLOT + 3] ^= 1; // the place of 5
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(Witness::beside(&database).unwrap().number().unwrap(), 4);
    }
}
