use std::sync::{Arc, PoisonError, RwLock};

use attune_protocol::seal::SealKey;
use attune_protocol::sign::{KeyPair, PublicKey};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::MasterKey;
use crate::GroundError;
use crate::store::{FORMER, IDENTITY, SIGNING, Store, Write};
use crate::time::now_millis;

/// Bytes of a tag.
const TAG_LEN: usize = 16;

/// The collector's own keys. They lie sealed in the database, so that several collectors sign alike.
pub struct OwnKeys {
    master: MasterKey,
    signing: RwLock<Arc<Held>>,
    tagging: Zeroizing<[u8; 32]>,
}

/// The keys with which the collectors of a database sign.
#[derive(Debug)]
pub struct Held {
    /// The one that signs acknowledgements, answers to enrolments, copies of ledgers and archives.
    pub current: Arc<KeyPair>,
    /// The one before it: what is said to devices that pin that is signed with it until they have taken the other.
    pub former: Option<Arc<KeyPair>>,
    /// The public half of the first key that there was. It stays when that is exchanged.
    pub identity: PublicKey,
    /// As they lie sealed.
    rows: Vec<(String, Vec<u8>)>,
}

impl Held {
    /// As rows of the database have them; `before` where those are the same.
    fn of(
        rows: Vec<(String, Vec<u8>)>,
        master: &MasterKey,
        before: Option<&Arc<Self>>,
    ) -> Result<Arc<Self>, GroundError> {
        if let Some(before) = before.filter(|before| before.rows == rows) {
            return Ok(Arc::clone(before));
        }
        let secret = |name: &str| {
            let row = rows.iter().find(|(of, _)| of == name);
            let secret = row.map(|(_, sealed)| master.unwrap(name.as_bytes(), sealed));
            secret.transpose().map_err(|_| GroundError::OtherMasterKey)
        };
        let pair = |secret: Zeroizing<[u8; 32]>| Arc::new(KeyPair::from_secret(&secret));
        let current = secret(SIGNING)?.map(pair).ok_or(GroundError::Corrupt("the collector's signing key is there"))?;
        let former = secret(FORMER)?.map(pair);
        let identity = secret(IDENTITY)?.map_or_else(|| current.public(), |identity| *identity);
        Ok(Arc::new(Self { current, former, identity, rows }))
    }

    /// The key with which it is spoken to who pins `pinned`, where that is held.
    #[must_use]
    pub fn known_as(&self, pinned: &PublicKey) -> Option<Arc<KeyPair>> {
        [Some(&self.current), self.former.as_ref()].into_iter().flatten().find(|key| key.public() == *pinned).cloned()
    }

    /// The key with which it is spoken to who is noted to pin `pinned`. Where that is not held any more, what was noted may be of a copy
    /// from before an exchange: by the former key a device that pins either is told of the new one, and says so.
    #[must_use]
    pub fn speaks_to(&self, pinned: &PublicKey) -> Arc<KeyPair> {
        self.known_as(pinned).unwrap_or_else(|| Arc::clone(self.former.as_ref().unwrap_or(&self.current)))
    }

    /// What is kept of them beside the keys of people, by name: a copy of the data of before an exchange goes with these.
    pub(crate) fn secrets(&self) -> Vec<(&'static str, Zeroizing<[u8; 32]>)> {
        let mut all = vec![(IDENTITY, Zeroizing::new(self.identity)), (SIGNING, Zeroizing::new(self.current.secret()))];
        all.extend(self.former.as_ref().map(|former| (FORMER, Zeroizing::new(former.secret()))));
        all
    }
}

impl OwnKeys {
    /// Reads the keys, or makes them when there are none.
    ///
    /// # Errors
    /// When the database refuses, or the keys were sealed under another master key.
    pub async fn load_or_create(store: &Store, master: &MasterKey) -> Result<Self, GroundError> {
        secret(store, master, SIGNING).await?;
        let tagging = secret(store, master, "tagging").await?;
        let held = Held::of(sqlx::query_as(ROWS).fetch_all(store.pool()).await?, master, None)?;
        Ok(Self { master: master.clone(), signing: RwLock::new(held), tagging })
    }

    /// The keys that sign, as they were read last.
    #[must_use]
    pub fn held(&self) -> Arc<Held> {
        Arc::clone(&self.signing.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The key that signs now.
    #[must_use]
    pub fn signing(&self) -> Arc<KeyPair> {
        Arc::clone(&self.held().current)
    }

    /// Reads the keys that sign anew: another program may have exchanged them.
    ///
    /// # Errors
    /// When the database refuses, or they were sealed under another master key.
    pub async fn refresh(&self, store: &Store) -> Result<Arc<Held>, GroundError> {
        let rows = sqlx::query_as(ROWS).fetch_all(store.pool()).await?;
        let held = Held::of(rows, &self.master, Some(&self.held()))?;
        *self.signing.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&held);
        Ok(held)
    }

    /// The keys that sign, with nobody exchanging them until the transaction ends.
    ///
    /// # Errors
    /// As [`Self::refresh`].
    pub async fn hold(&self, transaction: &mut Write) -> Result<Arc<Held>, GroundError> {
        sqlx::query("UPDATE collector_keys SET name = name WHERE name = $1")
            .bind(SIGNING)
            .execute(&mut ***transaction)
            .await?;
        let rows = sqlx::query_as(ROWS).fetch_all(&mut ***transaction).await?;
        Held::of(rows, &self.master, Some(&self.held()))
    }

    /// Has another key sign from when the transaction commits, and keeps the one so far for who pins that. It must have been held that
    /// there is no former one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn exchange(&self, transaction: &mut Write, held: &Held) -> Result<PublicKey, GroundError> {
        let (next, now) = (KeyPair::generate(), now_millis());
        let wrapped = |name: &str, secret: [u8; 32]| self.master.wrap(name.as_bytes(), &Zeroizing::new(secret));
        sqlx::query("INSERT INTO collector_keys (name, sealed) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
            .bind(IDENTITY)
            .bind(wrapped(IDENTITY, held.identity))
            .execute(&mut ***transaction)
            .await?;
        sqlx::query("INSERT INTO collector_keys (name, sealed) VALUES ($1, $2)")
            .bind(FORMER)
            .bind(wrapped(FORMER, held.current.secret()))
            .execute(&mut ***transaction)
            .await?;
        sqlx::query("UPDATE collector_keys SET sealed = $2 WHERE name = $1")
            .bind(SIGNING)
            .bind(wrapped(SIGNING, next.secret()))
            .execute(&mut ***transaction)
            .await?;
        sqlx::query("INSERT INTO former_signing_keys (public_key, until) VALUES ($1, $2)")
            .bind(held.current.public().to_vec())
            .bind(now)
            .execute(&mut ***transaction)
            .await?;
        Ok(next.public())
    }

    /// Destroys the key before the one that signs now: who still pins it believes nothing any more.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_former(transaction: &mut Write) -> Result<(), GroundError> {
        sqlx::query("DELETE FROM collector_keys WHERE name = $1").bind(FORMER).execute(&mut ***transaction).await?;
        Ok(())
    }

    /// Until when these collectors have signed with a key of before, Unix milliseconds; none where it never was theirs.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn signed_until(store: &Store, key: &PublicKey) -> Result<Option<i64>, GroundError> {
        let row: Option<(i64,)> = sqlx::query_as("SELECT until FROM former_signing_keys WHERE public_key = $1")
            .bind(key.to_vec())
            .fetch_optional(store.pool())
            .await?;
        Ok(row.map(|(until,)| until))
    }

    /// Knows a key as one with which these collectors have signed until then, Unix milliseconds, where it is not known as that.
    pub(crate) async fn note_former(transaction: &mut Write, key: &PublicKey, until: i64) -> Result<(), GroundError> {
        let noted =
            "INSERT INTO former_signing_keys (public_key, until) VALUES ($1, $2) ON CONFLICT (public_key) DO NOTHING";
        sqlx::query(noted).bind(key.to_vec()).bind(until).execute(&mut ***transaction).await?;
        Ok(())
    }

    /// Puts the collectors' secrets under another master key.
    ///
    /// # Errors
    /// When the database refuses, or one was sealed under neither.
    pub(crate) async fn rewrap(
        transaction: &mut Write,
        (old, new): (&MasterKey, &MasterKey),
    ) -> Result<(), GroundError> {
        let rows: Vec<(String, Vec<u8>)> =
            sqlx::query_as("SELECT name, sealed FROM collector_keys").fetch_all(&mut ***transaction).await?;
        for (name, sealed) in rows {
            let secret = old.unwrap(name.as_bytes(), &sealed).map_err(|_| GroundError::OtherMasterKey)?;
            sqlx::query("UPDATE collector_keys SET sealed = $2 WHERE name = $1")
                .bind(name.clone())
                .bind(new.wrap(name.as_bytes(), &secret))
                .execute(&mut ***transaction)
                .await?;
        }
        Ok(())
    }

    /// Which database it is, of the sealed key that signs and the sealed identity, which there is from the first exchange on.
    ///
    /// # Errors
    /// When they were sealed under another master key.
    pub(crate) fn identity_of(
        master: &MasterKey,
        signing: &[u8],
        identity: Option<&Vec<u8>>,
    ) -> Result<PublicKey, GroundError> {
        let secret =
            |name: &str, sealed: &[u8]| master.unwrap(name.as_bytes(), sealed).map_err(|_| GroundError::OtherMasterKey);
        let signing = secret(SIGNING, signing)?;
        let identity = identity.map(|sealed| secret(IDENTITY, sealed)).transpose()?;
        Ok(identity.map_or_else(|| KeyPair::from_secret(&signing).public(), |identity| *identity))
    }

    /// By what something is found whose text lies nowhere in clear: equal text of one use has one tag, and who has the
    /// database alone cannot tell of what. HMAC-SHA-256 under a key of the collectors', its first 16 bytes.
    ///
    /// # Panics
    /// Never: HMAC takes keys of any length.
    #[must_use]
    pub fn tag(&self, usage: &str, text: &[u8]) -> [u8; TAG_LEN] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.tagging[..]).expect("HMAC takes keys of any length");
        mac.update(&(usage.len() as u64).to_be_bytes());
        mac.update(usage.as_bytes());
        mac.update(text);
        let whole: [u8; 32] = mac.finalize().into_bytes().into();
        let mut tag = [0; TAG_LEN];
        tag.copy_from_slice(&whole[..TAG_LEN]);
        tag
    }

    /// A key for one use, under which the collectors seal what is of nobody, or of nobody yet. Equal at every collector of a database, and
    /// also under another master key. HMAC-SHA-256 under the key of tags, of what no tag is made of.
    ///
    /// # Panics
    /// Never: HMAC takes keys of any length.
    #[must_use]
    pub fn seal_key(&self, usage: &str) -> SealKey {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.tagging[..]).expect("HMAC takes keys of any length");
        // A tag begins with the length of its use, whose first byte is 0.
        mac.update(b"key of ");
        mac.update(usage.as_bytes());
        SealKey::from_secret(mac.finalize().into_bytes().into())
    }
}

impl std::fmt::Debug for OwnKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OwnKeys(..)")
    }
}

/// What of the collectors' own secrets is for signing. One statement: all of it as it was at one instant.
const ROWS: &str =
    "SELECT name, sealed FROM collector_keys WHERE name IN ('signing', 'signing former', 'identity') ORDER BY name";

/// A secret by its name, made where there is none.
async fn secret(store: &Store, master: &MasterKey, name: &str) -> Result<Zeroizing<[u8; 32]>, GroundError> {
    let mut transaction = store.begin().await?;
    let fresh = master.wrap(name.as_bytes(), SealKey::generate().secret());
    sqlx::query("INSERT INTO collector_keys (name, sealed) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
        .bind(name)
        .bind(fresh)
        .execute(&mut **transaction)
        .await?;
    let (sealed,): (Vec<u8>,) = sqlx::query_as("SELECT sealed FROM collector_keys WHERE name = $1")
        .bind(name)
        .fetch_one(&mut **transaction)
        .await?;
    transaction.commit().await?;
    master.unwrap(name.as_bytes(), &sealed).map_err(|_| GroundError::OtherMasterKey)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MIGRATIONS;
    use crate::testing::Database;

    #[tokio::test]
    async fn one_text_of_one_use_has_one_tag_at_every_collector_of_a_database_and_none_elsewhere() {
        let master = |database: &Database| MasterKey::read(&database.folder.path().join("master.key"));
        for database in Database::each(&[&MIGRATIONS]).await {
            let master = master(&database).expect("there");
            let again = OwnKeys::load_or_create(&database.store, &master).await.expect("read");
            assert_eq!(database.own.tag("name", b"alice"), again.tag("name", b"alice"));
            assert_ne!(again.tag("name", b"alice"), again.tag("mail", b"alice"));
            assert_ne!(again.tag("name", b"alice"), again.tag("name", b"bob"));
            assert_ne!(again.tag("ab", b"c"), again.tag("a", b"bc"), "a use ends where it ends");
            let other = Database::each(&[&MIGRATIONS]).await.remove(0);
            assert_ne!(other.own.tag("name", b"alice"), again.tag("name", b"alice"));
            let sealed = database.own.seal_key("tables").seal(b"here", b"plain");
            assert_eq!(again.seal_key("tables").open(b"here", &sealed).as_deref(), Ok(b"plain".as_slice()));
            for key in [again.seal_key("others"), other.own.seal_key("tables")] {
                assert!(key.open(b"here", &sealed).is_err(), "of another use, or of another database");
            }
        }
    }
    async fn exchanged(store: &Store, own: &OwnKeys) -> PublicKey {
        let mut transaction = store.begin().await.expect("begins");
        let held = own.hold(&mut transaction).await.expect("held");
        let next = own.exchange(&mut transaction, &held).await.expect("exchanged");
        transaction.commit().await.expect("commits");
        next
    }

    #[tokio::test]
    async fn another_signing_key_is_seen_by_who_runs_and_the_one_before_is_kept_until_it_is_forgotten_on_each_database()
    {
        for database in Database::each(&[&MIGRATIONS]).await {
            let (store, own) = (&database.store, &database.own);
            let runs = database.again(&[&MIGRATIONS]).await;
            let first = own.signing().public();
            assert_eq!(own.held().identity, first);
            let second = exchanged(store, own).await;
            let held = runs.own.refresh(store).await.expect("read");
            assert_eq!((held.current.public(), held.identity), (second, first));
            assert_eq!(held.known_as(&first).map(|key| key.public()), Some(first));
            assert_eq!(held.known_as(&second).map(|key| key.public()), Some(second));
            assert!(held.known_as(&[7; 32]).is_none());
            assert_eq!(held.speaks_to(&[7; 32]).public(), first, "by the former one it is told of the new one");
            assert_eq!(runs.own.tag("name", b"alice"), own.tag("name", b"alice"), "what is found by tags is found");
            assert!(OwnKeys::signed_until(store, &first).await.expect("asked").is_some());
            assert_eq!(OwnKeys::signed_until(store, &second).await.expect("asked"), None);
            runs.store.close().await;
            // The keys of people are told to be of this database by its first key, whichever signs now.
            let again = database.again(&[&MIGRATIONS]).await;
            assert_eq!(again.own.signing().public(), second);
            let mut transaction = store.begin().await.expect("begins");
            OwnKeys::forget_former(&mut transaction).await.expect("forgotten");
            transaction.commit().await.expect("commits");
            let held = again.own.refresh(store).await.expect("read");
            assert!(held.former.is_none() && held.known_as(&first).is_none());
            let third = exchanged(store, &again.own).await;
            let held = again.own.refresh(store).await.expect("read");
            assert_eq!((held.current.public(), held.identity), (third, first));
            assert_eq!(held.former.as_ref().map(|key| key.public()), Some(second));
            again.store.close().await;
        }
    }

    #[tokio::test]
    async fn an_exchange_that_is_taken_back_changes_nothing_on_each_database() {
        for database in Database::each(&[&MIGRATIONS]).await {
            let (store, own) = (&database.store, &database.own);
            let first = own.signing().public();
            let mut transaction = store.begin().await.expect("begins");
            let held = own.hold(&mut transaction).await.expect("held");
            own.exchange(&mut transaction, &held).await.expect("exchanged");
            // As where it is killed here.
            transaction.rollback().await.expect("taken back");
            let held = own.refresh(store).await.expect("read");
            assert_eq!((held.current.public(), held.former.is_none()), (first, true));
        }
    }
}
