use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, ConnectOptions, Connection};
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use super::adopt::FIRST_OF_SUBJECTS;
use super::location::Location;
use super::{Migrations, adopt};
use crate::GroundError;

/// By which name the key lies among the collectors' own secrets that signs now,
pub(crate) const SIGNING: &str = "signing";
/// the one before it, as long as devices pin that,
pub(crate) const FORMER: &str = "signing former";
/// and the public half of the first of all, by which a database is told from another one for good.
pub(crate) const IDENTITY: &str = "identity";

/// What a database holds, read without changing it.
#[derive(Debug)]
pub(crate) struct Found {
    /// What was applied to it.
    versions: BTreeSet<i64>,
    /// The sealed key of the collector's signature, if one was made.
    pub(crate) signing: Option<Vec<u8>>,
    /// Which database it is, sealed, if that key was ever exchanged.
    pub(crate) identity: Option<Vec<u8>>,
    /// Whether the keys of people lie apart from it.
    pub(crate) is_apart: bool,
}

impl Found {
    /// Whether it has all tables of these subjects; if not, they will be made or changed at the next start.
    ///
    /// # Errors
    /// When it is of a later version.
    pub(crate) fn is_current(&self, subjects: &[&Migrations]) -> Result<bool, GroundError> {
        let known: BTreeSet<i64> = subjects.iter().flat_map(|s| s.sqlite).map(|(version, ..)| *version).collect();
        match self.versions.iter().find(|version| **version >= FIRST_OF_SUBJECTS && !known.contains(version)) {
            Some(later) => Err(sqlx::migrate::MigrateError::VersionMissing(*later).into()),
            None => Ok(self.versions == known),
        }
    }
}

/// Looks at the database of a URL; `None` where a collector has never made one.
///
/// # Errors
/// When it cannot be read.
pub(crate) async fn look(url: &str) -> Result<Option<Found>, GroundError> {
    sqlx::any::install_default_drivers();
    let location = Location::of(url)?;
    if location.is_nothing()? {
        return Ok(None);
    }
    read_at(&location).await.map_err(|error| location.unopened(error))
}

/// A connection that reads a database that is there and changes nothing of it.
///
/// # Errors
/// When it cannot be read.
pub async fn reader(url: &str) -> Result<AnyConnection, GroundError> {
    sqlx::any::install_default_drivers();
    let location = Location::of(url)?;
    connect(&location).await.map_err(|error| location.unopened(error))
}

async fn connect(location: &Location) -> Result<AnyConnection, GroundError> {
    Ok(AnyConnectOptions::from_str(&location.url_to_look())?.connect().await?)
}

async fn read_at(location: &Location) -> Result<Option<Found>, GroundError> {
    let mut connection = connect(location).await?;
    let found = read(&mut connection, location).await;
    connection.close().await?;
    found
}

/// Where the database of a URL is, in words.
///
/// # Errors
/// When the URL is of another kind.
pub(crate) fn place(url: &str) -> Result<String, GroundError> {
    Ok(Location::of(url)?.place())
}

async fn read(connection: &mut AnyConnection, location: &Location) -> Result<Option<Found>, GroundError> {
    if !adopt::has_table(connection, location.backend, "_sqlx_migrations").await? {
        return Ok(None);
    }
    let versions: Vec<(i64,)> =
        sqlx::query_as("SELECT version FROM _sqlx_migrations WHERE success").fetch_all(&mut *connection).await?;
    // The very first start may have been cut short.
    let mut secrets: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    if adopt::has_table(connection, location.backend, "collector_keys").await? {
        let rows: Vec<(String, Vec<u8>)> =
            sqlx::query_as("SELECT name, sealed FROM collector_keys").fetch_all(&mut *connection).await?;
        secrets.extend(rows);
    }
    let is_apart = adopt::has_table(connection, location.backend, "keys_apart").await?
        && sqlx::query("SELECT place FROM keys_apart").fetch_optional(connection).await?.is_some();
    let versions = versions.into_iter().map(|(version,)| version).collect();
    Ok(Some(Found { versions, signing: secrets.remove(SIGNING), identity: secrets.remove(IDENTITY), is_apart }))
}
