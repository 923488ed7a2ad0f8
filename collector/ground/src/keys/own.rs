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
}

impl OwnKeys {
    /// Reads the keys, or makes them when there are none.
    ///
    /// # Errors
    /// When the database refuses, or the keys were sealed under another master key.
    pub async fn load_or_create(store: &Store, master: &MasterKey) -> Result<Self, GroundError> {
        let mut transaction = store.begin().await?;
        let fresh = master.wrap(b"signing", SealKey::generate().secret());
        sqlx::query("INSERT INTO collector_keys (name, sealed) VALUES ('signing', $1) ON CONFLICT (name) DO NOTHING")
            .bind(fresh)
            .execute(&mut **transaction)
            .await?;
        let (sealed,): (Vec<u8>,) = sqlx::query_as("SELECT sealed FROM collector_keys WHERE name = 'signing'")
            .fetch_one(&mut **transaction)
            .await?;
        transaction.commit().await?;
        let secret = master.unwrap(b"signing", &sealed).map_err(|_| GroundError::OtherMasterKey)?;
        Ok(Self { signing: KeyPair::from_secret(&*secret) })
    }
}
