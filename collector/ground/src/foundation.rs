use std::path::Path;
use std::sync::Arc;

use crate::GroundError;
use crate::keys::{MasterKey, OwnKeys, PersonKeys};
use crate::store::{self, Found, Migrations, Store};

/// The database with the keys that open it.
#[derive(Clone, Debug)]
pub struct Foundation {
    /// The database.
    pub store: Store,
    /// Data keys of people.
    pub people: PersonKeys,
    /// The collector's own keys.
    pub own: Arc<OwnKeys>,
}

/// What is there, as a look has found it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Seen {
    /// No collector has made a database here.
    Nothing,
    /// A database of an earlier version, which the next start brings to this one.
    Earlier,
    /// A database of this version.
    Current,
}

impl Foundation {
    /// Opens database and master key. Both are made where neither is there.
    ///
    /// # Errors
    /// When the key of a database that is there is missing or another one, before anything is written; and as
    /// [`Store::open`].
    pub async fn open_or_make(key: &Path, url: &str, migrations: &[&Migrations]) -> Result<Self, GroundError> {
        let master = match found(url, migrations).await? {
            Some(found) => key_of(key, url, &found)?,
            None => MasterKey::read_or_make(key)?,
        };
        Self::on(master, url, migrations).await
    }

    /// Opens a database that is there already.
    ///
    /// # Errors
    /// When there is none, or as [`Foundation::open_or_make`].
    pub async fn open(key: &Path, url: &str, migrations: &[&Migrations]) -> Result<Self, GroundError> {
        let found = found(url, migrations).await?;
        let found = found.ok_or_else(|| no_database(url))?;
        Self::on(key_of(key, url, &found)?, url, migrations).await
    }

    /// Looks whether a collector could start, and makes nothing.
    ///
    /// # Errors
    /// As [`Foundation::open_or_make`].
    pub async fn look(key: &Path, url: &str, migrations: &[&Migrations]) -> Result<Seen, GroundError> {
        let Some(found) = found(url, migrations).await? else { return Ok(Seen::Nothing) };
        key_of(key, url, &found)?;
        Ok(if found.is_current(migrations)? { Seen::Current } else { Seen::Earlier })
    }

    async fn on(master: MasterKey, url: &str, migrations: &[&Migrations]) -> Result<Self, GroundError> {
        let store = Store::open(url, migrations).await?;
        let own = Arc::new(OwnKeys::load_or_create(&store, &master).await?);
        Ok(Self { store, people: PersonKeys::new(master), own })
    }
}

async fn found(url: &str, migrations: &[&Migrations]) -> Result<Option<Found>, GroundError> {
    let found = store::look(url).await?;
    found.as_ref().map(|found| found.is_current(migrations)).transpose()?;
    Ok(found)
}

/// The master key of a database that is there.
fn key_of(path: &Path, url: &str, found: &Found) -> Result<MasterKey, GroundError> {
    if !path.try_exists().map_err(GroundError::file(path))? {
        let place = store::place(url)?;
        return Err(GroundError::NoMasterKey { path: path.into(), place });
    }
    let master = MasterKey::read(path)?;
    if let Some(sealed) = &found.signing {
        master.unwrap(b"signing", sealed).map_err(|_| GroundError::OtherMasterKey)?;
    }
    Ok(master)
}

fn no_database(url: &str) -> GroundError {
    store::place(url).map_or_else(|error| error, |place| GroundError::NoDatabase { place })
}
