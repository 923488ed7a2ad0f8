use std::pin::Pin;

use attune_protocol::ids::PersonId;

use crate::GroundError;
use crate::keys::{Held, PersonKeys};
use crate::store::Write;

/// What comes once it is waited for.
type Done<'a, T> = Pin<Box<dyn Future<Output = Result<T, GroundError>> + Send + 'a>>;

/// What becomes of a subject's rows where they are carried: under another master key, or into a new database by a restore.
#[derive(Clone, Copy, Debug)]
pub struct Carried {
    /// Makes anew what was made with the master key, by these keys. Gives how many rows did not open for it.
    pub rekey: for<'a> fn(&'a mut Write, &'a PersonKeys) -> Done<'a, u64>,
    /// Ends what must not go on behind a restore because it may have been ended since the copy was made, and puts in order what the keys
    /// that sign now contradict.
    pub put_back: for<'a> fn(&'a mut Write, &'a Held) -> Done<'a, ()>,
    /// Sealed rows, by which a copy is tried.
    pub samples: &'static [Sample],
}

/// Sealed rows of a table.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// The table.
    pub table: &'static str,
    /// Columns of bytes and of numbers that say under what a row lies sealed; the first is the person's.
    pub bytes: &'static [&'static str],
    /// As `bytes`.
    pub numbers: &'static [&'static str],
    /// Under what it lies sealed, of these columns in this order.
    pub context: fn(&SealedAt) -> Vec<u8>,
    /// The column with what is sealed.
    pub sealed: &'static str,
}

/// Where a row lies sealed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SealedAt {
    /// Whose it is.
    pub person: PersonId,
    /// The other columns of bytes.
    pub bytes: Vec<Vec<u8>>,
    /// The columns of numbers.
    pub numbers: Vec<i64>,
}
