//! Append-only logs in which each entry is hashed with the one before, so that one that was changed, taken out or put elsewhere
//! shows, and the first such is named.
//!
//! A log is two tables: its entries, by their place from 0 on, and its head, which says how many there are and how the last
//! one hashes: several collectors append one after the other, and a tail that was cut off shows. Tables are those of the subject
//! that names them here.

mod file;
mod walk;

pub use file::{Checked, Copy, WrongCopy, check, sign_copy};
pub use walk::Walk;

use sha2::{Digest, Sha256};
use sqlx::any::AnyRow;
use sqlx::{Any, AnyConnection, AssertSqlSafe, Row as _, Transaction};

use crate::GroundError;

/// Entries that are checked together.
const PAGE: i64 = 1000;

/// A log, and in which columns of which tables it lies.
#[derive(Clone, Copy, Debug)]
pub struct Ledger {
    /// Its name, for people.
    pub name: &'static str,
    /// What its hashes begin with, so that no entry of one log passes for one of another.
    pub prefix: &'static [u8],
    /// The table of its entries, each with `place` and `hash`.
    pub log: &'static str,
    /// The table of its head, with `entries` and `hash`.
    pub head: &'static str,
    /// Columns of bytes, in the order in which they are hashed.
    pub bytes: &'static [&'static str],
    /// Columns of text, hashed behind those.
    pub texts: &'static [&'static str],
    /// Columns of numbers, hashed behind those.
    pub numbers: &'static [&'static str],
    /// Whether its oldest entries may be hashed as in the first versions, over the one before and the bytes alone.
    pub begins_weaker: bool,
}

/// What stands at a place of a log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Its place, from 0 on.
    pub place: i64,
    /// What stands in the columns of bytes.
    pub bytes: Vec<Vec<u8>>,
    /// What stands in the columns of text.
    pub texts: Vec<String>,
    /// What stands in the columns of numbers.
    pub numbers: Vec<i64>,
}

/// How a log ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Head {
    /// How many entries it has.
    pub entries: i64,
    /// The hash of the last one; empty where there is none.
    pub hash: Vec<u8>,
}

impl Entry {
    /// The hash that stands beside it: over the one before and everything in the row, each part with its length.
    #[must_use]
    pub fn link(&self, prefix: &[u8], before: &[u8]) -> Vec<u8> {
        let mut hash = Sha256::new_with_prefix(prefix);
        let bytes = self.bytes.iter().map(Vec::as_slice);
        for part in [before].into_iter().chain(bytes).chain(self.texts.iter().map(String::as_bytes)) {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        for number in [&self.place].into_iter().chain(&self.numbers) {
            hash.update(number.to_be_bytes());
        }
        hash.finalize().to_vec()
    }

    /// As [`Entry::link`] in the logs of the first versions, whose hashes left out when an entry came and from which place.
    fn first_link(&self, before: &[u8]) -> Vec<u8> {
        let whole = self.bytes.iter().fold(Sha256::new().chain_update(before), |hash, part| hash.chain_update(part));
        whole.finalize().to_vec()
    }
}

impl Ledger {
    fn columns(&self) -> Vec<&'static str> {
        [self.bytes, self.texts, self.numbers].concat()
    }

    /// Appends an entry; `entry` is given its place. Gives the place.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn append(
        &self,
        transaction: &mut Transaction<'static, Any>,
        (bytes, texts, numbers): (Vec<Vec<u8>>, Vec<String>, Vec<i64>),
    ) -> Result<i64, GroundError> {
        let Self { log, head, .. } = self;
        // Takes the lock of the row first: of two collectors one waits for the other. A count that was damaged must keep nobody
        // from appending, as from withdrawing consent: it is at least as high as the log.
        let take = format!(
            "UPDATE {head} SET entries = 1 + (SELECT CASE WHEN MAX(place) >= entries THEN MAX(place) + 1 ELSE entries END \
             FROM {log}) RETURNING entries - 1, hash"
        );
        let (place, before): (i64, Vec<u8>) = sqlx::query_as(AssertSqlSafe(take)).fetch_one(&mut **transaction).await?;
        let entry = Entry { place, bytes, texts, numbers };
        let hash = entry.link(self.prefix, &before);
        let columns = self.columns();
        let places: Vec<String> = (2..columns.len() + 3).map(|place| format!("${place}")).collect();
        let insert =
            format!("INSERT INTO {log} (place, {}, hash) VALUES ($1, {})", columns.join(", "), places.join(", "));
        // Nothing of a client stands in it: names of columns of ours.
        let mut query = sqlx::query(AssertSqlSafe(insert)).bind(place);
        for part in entry.bytes {
            query = query.bind(part);
        }
        for part in entry.texts {
            query = query.bind(part);
        }
        for part in entry.numbers {
            query = query.bind(part);
        }
        query.bind(hash.clone()).execute(&mut **transaction).await?;
        let headed = sqlx::query(AssertSqlSafe(format!("UPDATE {head} SET hash = $1")))
            .bind(hash)
            .execute(&mut **transaction)
            .await?;
        match headed.rows_affected() {
            1 => Ok(place),
            _ => Err(GroundError::Corrupt("a log has one head")),
        }
    }

    /// How the log ends.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn head(&self, connection: &mut AnyConnection) -> Result<Head, GroundError> {
        let (entries, hash) = sqlx::query_as(AssertSqlSafe(format!("SELECT entries, hash FROM {}", self.head)))
            .fetch_one(connection)
            .await?;
        Ok(Head { entries, hash })
    }

    /// Entries from a place on, some of them, with the hashes beside them; none stands for one that does not read.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn page(
        &self,
        connection: &mut AnyConnection,
        from: i64,
        before: i64,
    ) -> Result<Vec<Option<(Entry, Vec<u8>)>>, GroundError> {
        let statement = format!(
            "SELECT place, {}, hash FROM {} WHERE place >= $1 AND place < $2 ORDER BY place LIMIT $3",
            self.columns().join(", "),
            self.log
        );
        let rows = sqlx::query(AssertSqlSafe(statement)).bind(from).bind(before).bind(PAGE);
        let rows = rows.fetch_all(connection).await?;
        // SQLite keeps values of any type in any column.
        Ok(rows.iter().map(|row| self.read(row).ok()).collect())
    }

    fn read(&self, row: &AnyRow) -> Result<(Entry, Vec<u8>), sqlx::Error> {
        let entry = Entry {
            place: row.try_get("place")?,
            bytes: self.bytes.iter().map(|column| row.try_get(*column)).collect::<Result<_, _>>()?,
            texts: self.texts.iter().map(|column| row.try_get(*column)).collect::<Result<_, _>>()?,
            numbers: self.numbers.iter().map(|column| row.try_get(*column)).collect::<Result<_, _>>()?,
        };
        Ok((entry, row.try_get("hash")?))
    }

    /// The place of an entry that no append has made: before the first, or behind what the head counts. One statement sees the
    /// log and its head at one instant.
    async fn stray(&self, connection: &mut AnyConnection) -> Result<Option<i64>, GroundError> {
        let Self { log, head, .. } = self;
        let statement = format!(
            "SELECT (SELECT COUNT(*) FROM {head}), (SELECT MIN(place) FROM {log} WHERE place < 0 OR place >= \
             (SELECT MAX(entries) FROM {head}))"
        );
        let (heads, stray): (i64, Option<i64>) = sqlx::query_as(AssertSqlSafe(statement)).fetch_one(connection).await?;
        if heads == 1 { Ok(stray) } else { Err(GroundError::Corrupt("a log has one head")) }
    }

    /// Whether the log still holds what it ended with once: a tail that was cut off and written anew does not.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn holds(&self, connection: &mut AnyConnection, end: &Head) -> Result<bool, GroundError> {
        if end.entries == 0 {
            return Ok(true);
        }
        let hash: Option<(Vec<u8>,)> =
            sqlx::query_as(AssertSqlSafe(format!("SELECT hash FROM {} WHERE place = $1", self.log)))
                .bind(end.entries - 1)
                .fetch_optional(connection)
                .await?;
        Ok(hash.is_some_and(|(hash,)| hash == end.hash))
    }

    /// Checks every link of the log. Gives the place of the first entry that does not follow from the ones before it, or that
    /// is missing at the end.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn first_broken(&self, connection: &mut AnyConnection) -> Result<Option<i64>, GroundError> {
        if let Some(stray) = self.stray(&mut *connection).await? {
            return Ok(Some(stray));
        }
        // The head first: what is appended meanwhile is not missed.
        let head = self.head(&mut *connection).await?;
        let mut walk = Walk::new(self.prefix, self.begins_weaker);
        while walk.next() < head.entries {
            let page = self.page(&mut *connection, walk.next(), head.entries).await?;
            if page.is_empty() {
                return Ok(Some(walk.next()));
            }
            for read in page {
                if !read.is_some_and(|(entry, hash)| walk.follows(&entry, &hash)) {
                    return Ok(Some(walk.next()));
                }
            }
        }
        Ok(walk.end(&head))
    }
}
