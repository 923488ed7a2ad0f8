use attune_protocol::seal::SealKey;
use attune_protocol::sign::KeyPair;

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
        Ok(Self {
            signing: KeyPair::from_secret(&secret(store, master, "signing").await?),
            quarantine: SealKey::from_secret(secret(store, master, "quarantine").await?),
        })
    }
}

async fn secret(store: &Store, master: &MasterKey, name: &str) -> Result<[u8; 32], GroundError> {
    let fresh = master.wrap(name.as_bytes(), SealKey::generate().secret());
    sqlx::query("INSERT INTO collector_keys (name, sealed) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
        .bind(name)
        .bind(fresh)
        .execute(store.pool())
        .await?;
    let (sealed,): (Vec<u8>,) =
        sqlx::query_as("SELECT sealed FROM collector_keys WHERE name = $1").bind(name).fetch_one(store.pool()).await?;
    master
        .unwrap(name.as_bytes(), &sealed)
        .map_err(|_| GroundError::Config("the master key is not the one that this database was made with".into()))
}
