use std::collections::BTreeMap;

use attune_ground::GroundError;
use attune_ground::keys::OwnKeys;
use attune_ground::store::{KeyCopy, Store, Write};
use attune_ground::time::rfc3339;
use attune_protocol::ids::PersonId;
use data_encoding::HEXLOWER;
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::PeopleError;
use crate::access::Act;

/// What was erased, and nothing of whom.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Receipt {
    pub(super) id: PersonId,
    /// When it was begun, Unix milliseconds.
    pub(super) begun_at: i64,
    /// When nothing was left.
    pub(super) done_at: Option<i64>,
    /// How many rows of which tables.
    pub(super) counts: BTreeMap<String, u64>,
}

impl Receipt {
    /// Of an erasure that begins. Its id is always the same of one person, and leads to nobody without a key of the collectors': who was
    /// given it before anything could be written finds it later.
    pub(super) fn new(own: &OwnKeys, person: PersonId, begun_at: i64) -> Self {
        let tag = own.tag("receipt of an erasure", &person.0);
        let id = PersonId(tag[..16].try_into().expect("a tag has 32 bytes"));
        Self { id, begun_at, done_at: None, counts: BTreeMap::new() }
    }

    /// Over all of it, once it is done: the log of access has the same.
    pub(super) fn digest(&self) -> Vec<u8> {
        let Self { id, begun_at, done_at, counts } = self;
        let mut hash = Sha256::new_with_prefix(b"attune receipt 1");
        hash.update(id.0);
        hash.update(begun_at.to_be_bytes());
        hash.update(done_at.unwrap_or_default().to_be_bytes());
        for (table, rows) in counts {
            hash.update((table.len() as u64).to_be_bytes());
            hash.update(table);
            hash.update(rows.to_be_bytes());
        }
        hash.finalize().to_vec()
    }

    /// Writes it down for the first time, with whose rows it is of.
    pub(super) async fn begin(&self, transaction: &mut Write, people: &[PersonId]) -> Result<(), PeopleError> {
        sqlx::query("INSERT INTO erasures (id, begun_at, counts) VALUES ($1, $2, $3)")
            .bind(self.id.0.to_vec())
            .bind(self.begun_at)
            .bind(self.counts_text())
            .execute(&mut ***transaction)
            .await?;
        for person in people {
            sqlx::query("INSERT INTO erased_people (erasure, person) VALUES ($1, $2)")
                .bind(self.id.0.to_vec())
                .bind(person.0.to_vec())
                .execute(&mut ***transaction)
                .await?;
        }
        Ok(())
    }

    /// Writes down how far it is.
    pub(super) async fn put(&self, transaction: &mut Write) -> Result<(), PeopleError> {
        sqlx::query("UPDATE erasures SET counts = $2, done_at = $3 WHERE id = $1")
            .bind(self.id.0.to_vec())
            .bind(self.counts_text())
            .bind(self.done_at)
            .execute(&mut ***transaction)
            .await?;
        if self.done_at.is_some() {
            sqlx::query("DELETE FROM erased_people WHERE erasure = $1")
                .bind(self.id.0.to_vec())
                .execute(&mut ***transaction)
                .await?;
        }
        Ok(())
    }

    fn counts_text(&self) -> String {
        serde_json::to_string(&self.counts).expect("names and numbers")
    }

    pub(super) fn add(&mut self, counts: &[(&'static str, u64)]) {
        for (table, rows) in counts {
            *self.counts.entry((*table).to_owned()).or_default() += rows;
        }
    }

    pub(super) async fn find(store: &Store, id: PersonId) -> Result<Option<Self>, PeopleError> {
        let row: Option<(i64, Option<i64>, String)> =
            sqlx::query_as("SELECT begun_at, done_at, counts FROM erasures WHERE id = $1")
                .bind(id.0.to_vec())
                .fetch_optional(store.pool())
                .await?;
        let Some((begun_at, done_at, counts)) = row else { return Ok(None) };
        Ok(Some(Self { id, begun_at, done_at, counts: counts_of(&counts)? }))
    }

    /// One that is not done, behind the lock of its row.
    pub(super) async fn open(transaction: &mut Write, id: PersonId) -> Result<Option<Self>, PeopleError> {
        let row: Option<(i64, String)> = sqlx::query_as(
            "UPDATE erasures SET begun_at = begun_at WHERE id = $1 AND done_at IS NULL RETURNING begun_at, counts",
        )
        .bind(id.0.to_vec())
        .fetch_optional(&mut ***transaction)
        .await?;
        let Some((begun_at, counts)) = row else { return Ok(None) };
        Ok(Some(Self { id, begun_at, done_at: None, counts: counts_of(&counts)? }))
    }

    /// The place in the log of access that has its digest.
    pub(super) async fn place(&self, store: &Store) -> Result<Option<i64>, PeopleError> {
        let row: Option<(i64,)> = sqlx::query_as("SELECT place FROM access_log WHERE what = $1 AND detail = $2")
            .bind(Act::Erase.name())
            .bind(self.digest())
            .fetch_optional(store.pool())
            .await?;
        Ok(row.map(|(place,)| place))
    }
}

fn counts_of(text: &str) -> Result<BTreeMap<String, u64>, PeopleError> {
    Ok(serde_json::from_str(text).map_err(|_| GroundError::Corrupt("a receipt reads"))?)
}

/// What was erased, as it is told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct ReceiptView {
    /// Its id: whoever has it can ask for it again.
    pub(super) id: String,
    /// When the erasure was begun, RFC 3339. From then on nothing of it could be read any more: the key was destroyed.
    pub(super) begun_at: String,
    /// When nothing was left in the database, RFC 3339; null while rows are still to be removed.
    pub(super) done_at: Option<String>,
    /// How many rows of which tables were erased.
    pub(super) erased: BTreeMap<String, u64>,
    /// What becomes of copies of the database that were made before.
    pub(super) copies: String,
    /// SHA-256 over what was erased and when, hexadecimal; null until it is done.
    pub(super) digest: Option<String>,
    /// The entry of the ledger of access that has the same digest; null where none has.
    pub(super) ledger_entry: Option<i64>,
}

impl ReceiptView {
    pub(super) async fn of(store: &Store, receipt: &Receipt) -> Result<Self, PeopleError> {
        Ok(Self {
            id: receipt.id.to_string(),
            begun_at: rfc3339(receipt.begun_at),
            done_at: receipt.done_at.map(rfc3339),
            erased: receipt.counts.clone(),
            copies: copies(store.keys_apart_since().await?, store.key_copy().await?.as_ref(), receipt.begun_at),
            digest: receipt.done_at.map(|_| HEXLOWER.encode(&receipt.digest())),
            ledger_entry: receipt.place(store).await?,
        })
    }
}

/// What becomes of copies of the database of which the keys lie apart since an instant, Unix milliseconds, and of the copy of the keys,
/// where there is one, behind an erasure that was begun at an instant.
fn copies(since: i64, copy: Option<&KeyCopy>, begun_at: i64) -> String {
    let keys = match copy {
        None => "provided that no copy of the keys is kept.".to_owned(),
        Some(copy) if copy.is_after(begun_at) => {
            format!("as their key is in no copy of the keys: it was renewed at {}.", rfc3339(copy.made_at))
        }
        Some(copy) => format!(
            "once the copy of the keys is renewed: the one of {} holds their key still. Ask for this receipt again later.",
            rfc3339(copy.made_at)
        ),
    };
    format!(
        "Copies of the database open nothing of it any more, also those made before, {keys} Only what was copied before {} holds keys of \
         its own, until that is deleted.",
        rfc3339(since)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_says_whether_the_copy_of_the_keys_holds_the_key_still() {
        let copy = |made_at| KeyCopy { made_at, failing_since: None };
        assert!(copies(0, None, 1_000).contains("provided that no copy of the keys is kept"));
        assert!(copies(0, Some(&copy(1_001)), 1_000).contains("it was renewed at 1970-01-01T00:00:01.001Z"));
        assert!(copies(0, Some(&copy(999)), 1_000).contains("holds their key still"));
    }
}
