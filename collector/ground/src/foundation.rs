use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::keys::{self, MasterKey, OwnKeys, PersonKeys};
use crate::store::{self, Found, Migrations, Store, Urls};
use crate::{GroundError, files};

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
    /// Opens database, master key and the keys of people. They are made where none of them is there.
    ///
    /// # Errors
    /// When a key of a database that is there is missing or another one, before anything is written; and as
    /// [`Store::open`].
    pub async fn open_or_make(key: &Path, urls: &Urls, migrations: &[&Migrations]) -> Result<Self, GroundError> {
        whole(key)?;
        let master = match found(urls, migrations).await? {
            Some(found) => {
                let master = private_key_of(key, urls, &found)?;
                look_at_keys(urls, &master, &found).await?;
                master
            }
            None if store::look_at_keys(&urls.keys).await?.is_some() => return Err(others_keys(urls)),
            None => MasterKey::read_or_make(key)?,
        };
        Self::on(master, urls, migrations).await
    }

    /// Opens a database that is there already, beside a collector that may run on it.
    ///
    /// # Errors
    /// When there is none, or it is of an earlier version, before anything is written; and as [`Foundation::open_or_make`].
    pub async fn open(key: &Path, urls: &Urls, migrations: &[&Migrations]) -> Result<Self, GroundError> {
        whole(key)?;
        let found = found(urls, migrations).await?;
        let found = found.ok_or_else(|| no_database(urls))?;
        let master = private_key_of(key, urls, &found)?;
        if !found.is_current(migrations)? {
            return Err(GroundError::Earlier { place: store::place(&urls.database)? });
        }
        look_at_keys(urls, &master, &found).await?;
        Self::on(master, urls, migrations).await
    }

    /// Looks whether a collector could start, and makes nothing.
    ///
    /// # Errors
    /// As [`Foundation::open_or_make`].
    pub async fn look(key: &Path, urls: &Urls, migrations: &[&Migrations]) -> Result<Seen, GroundError> {
        whole(key)?;
        let Some(found) = found(urls, migrations).await? else {
            return match store::look_at_keys(&urls.keys).await? {
                Some(_) => Err(others_keys(urls)),
                None => Ok(Seen::Nothing),
            };
        };
        let (master, _) = key_of(key, urls, &found)?;
        look_at_keys(urls, &master, &found).await?;
        Ok(if found.is_current(migrations)? { Seen::Current } else { Seen::Earlier })
    }

    /// On a database whose master key is known.
    pub(crate) async fn on(master: MasterKey, urls: &Urls, migrations: &[&Migrations]) -> Result<Self, GroundError> {
        let store = Store::open(urls, migrations).await?;
        let own = Arc::new(OwnKeys::load_or_create(&store, &master).await?);
        keys::part(&store, &master, &own).await?;
        let people = PersonKeys::new(master, &store);
        Ok(Self { store, people, own })
    }
}

/// The file of the key that is to be the master key, while it is rotated.
pub(crate) fn next_key(key: &Path) -> PathBuf {
    files::beside(key, ".next")
}

/// What stands in a state folder as long as a restore into it is not at its end.
pub(crate) fn restoring(key: &Path) -> PathBuf {
    key.with_file_name("restoring.toml")
}

/// Holds that nothing was cut short that has to be ended first.
fn whole(key: &Path) -> Result<(), GroundError> {
    let is_there = |path: &Path| path.try_exists().map_err(GroundError::file(path));
    let (next, restoring) = (next_key(key), restoring(key));
    if is_there(&restoring)? {
        return Err(GroundError::Restoring { path: restoring });
    }
    if is_there(&next)? { Err(GroundError::Rotating { path: next }) } else { Ok(()) }
}

async fn found(urls: &Urls, migrations: &[&Migrations]) -> Result<Option<Found>, GroundError> {
    let found = store::look(&urls.database).await?;
    found.as_ref().map(|found| found.is_current(migrations)).transpose()?;
    Ok(found)
}

/// Holds that the keys of people that are there belong to the database, before anything is written.
async fn look_at_keys(urls: &Urls, master: &MasterKey, found: &Found) -> Result<(), GroundError> {
    let identity = |sealed| OwnKeys::identity_of(master, sealed, found.identity.as_ref());
    let own = found.signing.as_deref().map(identity).transpose()?;
    match store::look_at_keys(&urls.keys).await? {
        Some(whose) if own.is_none_or(|own| own[..] != *whose) => Err(others_keys(urls)),
        None if found.is_apart => {
            Err(GroundError::NoKeys { keys: store::place(&urls.keys)?, place: store::place(&urls.database)? })
        }
        _ => Ok(()),
    }
}

fn others_keys(urls: &Urls) -> GroundError {
    let places = store::place(&urls.keys).and_then(|keys| Ok((keys, store::place(&urls.database)?)));
    places.map_or_else(|error| error, |(keys, place)| GroundError::OtherKeys { keys, place })
}

/// As [`key_of`], closed to others first.
fn private_key_of(path: &Path, urls: &Urls, found: &Found) -> Result<MasterKey, GroundError> {
    files::tighten(path).map_err(GroundError::file(path))?;
    let (master, is_mended) = key_of(path, urls, found)?;
    if is_mended {
        master.write(path)?;
    }
    Ok(master)
}

/// The master key of a database that is there, and whether a flipped bit had to be turned back in it.
fn key_of(path: &Path, urls: &Urls, found: &Found) -> Result<(MasterKey, bool), GroundError> {
    if !path.try_exists().map_err(GroundError::file(path))? {
        let place = store::place(&urls.database)?;
        return Err(GroundError::NoMasterKey { path: path.into(), place });
    }
    let master = MasterKey::read(path);
    let Some(sealed) = &found.signing else { return master.map(|master| (master, false)) };
    let master = match master {
        Ok(master) if master.unwrap(b"signing", sealed).is_ok() => return Ok((master, false)),
        other => other,
    };
    let mended = MasterKey::mended(path, |key| key.open(b"signing", sealed).is_ok());
    let Some(mended) = mended else { return Err(master.err().unwrap_or(GroundError::OtherMasterKey)) };
    tracing::warn!(key = %path.display(), "A bit of the master key was flipped, and is taken as it was: is the disk failing?");
    Ok((mended, true))
}

fn no_database(urls: &Urls) -> GroundError {
    store::place(&urls.database).map_or_else(|error| error, |place| GroundError::NoDatabase { place })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MIGRATIONS;
    use crate::testing::Database;

    const ALL: [&Migrations; 1] = [&MIGRATIONS];

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).expect("reads");
        let mut names: Vec<_> = entries.map(|e| e.expect("reads").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn a_missing_master_key_beside_a_database_is_said_and_never_replaced() {
        for (folder, urls) in Database::places().await {
            let (key, aside) = (folder.path().join("master.key"), folder.path().join("aside"));
            let made = Foundation::open_or_make(&key, &urls, &ALL).await.expect("made");
            made.store.close().await;
            std::fs::rename(&key, &aside).expect("moved");
            let before = names(folder.path());
            for error in [
                Foundation::open_or_make(&key, &urls, &ALL).await.expect_err("refused"),
                Foundation::open(&key, &urls, &ALL).await.expect_err("refused"),
                Foundation::look(&key, &urls, &ALL).await.expect_err("refused"),
            ] {
                assert!(matches!(error, GroundError::NoMasterKey { .. }), "{error}");
            }
            assert_eq!(names(folder.path()), before);
            std::fs::rename(&aside, &key).expect("moved");
            assert_eq!(Foundation::look(&key, &urls, &ALL).await.expect("opens"), Seen::Current);
        }
    }

    #[tokio::test]
    async fn a_flipped_bit_of_the_master_key_is_turned_back_by_what_the_key_opens() {
        for (folder, urls) in Database::places().await {
            let key = folder.path().join("master.key");
            let made = Foundation::open_or_make(&key, &urls, &ALL).await.expect("made");
            made.store.close().await;
            let whole = std::fs::read(&key).expect("reads");
            for (place, bit) in [(0, 0), (40, 6), (63, 7)] {
                let mut flipped = whole.clone();
                flipped[place] ^= 1 << bit;
                std::fs::write(&key, &flipped).expect("written");
                assert_eq!(Foundation::look(&key, &urls, &ALL).await.expect("opens"), Seen::Current);
                assert_eq!(std::fs::read(&key).expect("reads"), flipped, "who looks writes nothing");
                let opened = Foundation::open(&key, &urls, &ALL).await.expect("opens");
                opened.store.close().await;
                assert_eq!(std::fs::read(&key).expect("reads"), whole);
                flipped[5] ^= 1;
                std::fs::write(&key, &flipped).expect("written");
                assert!(Foundation::open(&key, &urls, &ALL).await.is_err(), "two bits");
                assert_eq!(std::fs::read(&key).expect("reads"), flipped);
            }
        }
    }

    #[tokio::test]
    async fn another_master_key_is_refused_before_anything_is_written() {
        for (folder, urls) in Database::places().await {
            let (key, other) = (folder.path().join("master.key"), folder.path().join("other.key"));
            let made = Foundation::open_or_make(&key, &urls, &ALL).await.expect("made");
            MasterKey::read_or_make(&other).expect("made");
            // As a database of the version before: opening it would change it.
            for statement in ["DELETE FROM _sqlx_migrations WHERE version = 1002", "DROP TABLE probes"] {
                sqlx::query(statement).execute(made.store.pool()).await.expect("changed");
            }
            for error in [
                Foundation::open_or_make(&other, &urls, &ALL).await.expect_err("refused"),
                Foundation::open(&other, &urls, &ALL).await.expect_err("refused"),
            ] {
                assert!(matches!(error, GroundError::OtherMasterKey), "{error}");
            }
            assert_eq!(Foundation::look(&key, &urls, &ALL).await.expect("opens"), Seen::Earlier, "it is as it was");
        }
    }

    #[tokio::test]
    async fn only_a_start_brings_a_database_of_an_earlier_version_to_this_one() {
        for (folder, urls) in Database::places().await {
            let key = folder.path().join("master.key");
            let made = Foundation::open_or_make(&key, &urls, &ALL).await.expect("made");
            for statement in ["DELETE FROM _sqlx_migrations WHERE version = 1002", "DROP TABLE probes"] {
                sqlx::query(statement).execute(made.store.pool()).await.expect("changed");
            }
            made.store.close().await;
            let error = Foundation::open(&key, &urls, &ALL).await.expect_err("refused");
            assert!(matches!(error, GroundError::Earlier { .. }), "{error}");
            assert_eq!(Foundation::look(&key, &urls, &ALL).await.expect("opens"), Seen::Earlier, "it is as it was");
        }
    }

    #[tokio::test]
    async fn who_only_looks_or_needs_a_database_makes_none() {
        for (folder, urls) in Database::places().await {
            let key = folder.path().join("none").join("master.key");
            assert_eq!(Foundation::look(&key, &urls, &ALL).await.expect("answers"), Seen::Nothing);
            let error = Foundation::open(&key, &urls, &ALL).await.expect_err("there is none");
            let GroundError::NoDatabase { place } = &error else { panic!("{error}") };
            assert!(place.contains("test"), "{place}");
            assert!(names(folder.path()).is_empty(), "nothing is made");
        }
    }
}
