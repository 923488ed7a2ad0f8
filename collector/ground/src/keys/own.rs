use attune_protocol::seal::SealKey;
use attune_protocol::sign::{KeyPair, PublicKey};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::MasterKey;
use crate::GroundError;
use crate::store::{Store, Write};

/// Bytes of a tag.
const TAG_LEN: usize = 16;

/// The collector's own keys. They lie sealed in the database, so that several collectors sign alike.
pub struct OwnKeys {
    /// Signs acknowledgements and answers to enrolments.
    pub signing: KeyPair,
    tagging: Zeroizing<[u8; 32]>,
}

impl OwnKeys {
    /// Reads the keys, or makes them when there are none.
    ///
    /// # Errors
    /// When the database refuses, or the keys were sealed under another master key.
    pub async fn load_or_create(store: &Store, master: &MasterKey) -> Result<Self, GroundError> {
        let signing = secret(store, master, "signing").await?;
        let tagging = secret(store, master, "tagging").await?;
        Ok(Self { signing: KeyPair::from_secret(&signing), tagging })
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

    /// The public key of the collectors' signature, of its sealed secret.
    ///
    /// # Errors
    /// When it was sealed under another master key.
    pub(crate) fn public(master: &MasterKey, sealed: &[u8]) -> Result<PublicKey, GroundError> {
        let secret = master.unwrap(b"signing", sealed).map_err(|_| GroundError::OtherMasterKey)?;
        Ok(KeyPair::from_secret(&secret).public())
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
}

impl std::fmt::Debug for OwnKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OwnKeys(..)")
    }
}

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
        }
    }
}
