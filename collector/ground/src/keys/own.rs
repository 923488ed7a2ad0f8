use attune_protocol::seal::SealKey;
use attune_protocol::sign::KeyPair;
use sqlx::{Any, Transaction};
use zeroize::Zeroizing;

use super::MasterKey;
use crate::GroundError;
use crate::store::Store;

/// The collector's own keys. They lie sealed in the database, so that several collectors sign alike.
#[derive(Debug)]
pub struct OwnKeys {
    /// Signs acknowledgements and answers to enrolments.
    pub signing: KeyPair,
    /// Seals what stands in quarantine, of which nobody knows whose it is.
    pub quarantine: SealKey,
}

impl OwnKeys {
    /// Reads the keys, or makes them when there are none.
    ///
    /// # Errors
    /// When the database refuses, or the keys were sealed under another master key.
    pub async fn load_or_create(store: &Store, master: &MasterKey) -> Result<Self, GroundError> {
        let mut transaction = store.begin().await?;
        let own = Self {
            signing: KeyPair::from_secret(&*secret(&mut transaction, master, "signing").await?),
            quarantine: SealKey::from_secret(*secret(&mut transaction, master, "quarantine").await?),
        };
        transaction.commit().await?;
        Ok(own)
    }
}

async fn secret(
    transaction: &mut Transaction<'static, Any>,
    master: &MasterKey,
    name: &str,
) -> Result<Zeroizing<[u8; 32]>, GroundError> {
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
    master.unwrap(name.as_bytes(), &sealed).map_err(|_| GroundError::OtherMasterKey)
}
