use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, ConnectOptions, Connection};
use std::str::FromStr;

use super::super::Backend;
use super::super::adopt::has_table;
use super::super::location::Location;
use crate::GroundError;

/// Looks whose keys lie at the place of a URL, by the public key of their collectors' signature, and changes nothing; `None` where
/// there are none yet.
///
/// # Errors
/// When it cannot be read, or is the database of a collector.
pub(crate) async fn look(url: &str) -> Result<Option<Vec<u8>>, GroundError> {
    sqlx::any::install_default_drivers();
    let location = Location::of_keys(url)?;
    if location.is_nothing()? {
        return Ok(None);
    }
    read_at(&location).await.map_err(|error| location.unopened(error))
}

async fn read_at(location: &Location) -> Result<Option<Vec<u8>>, GroundError> {
    let mut connection = AnyConnectOptions::from_str(&location.url_to_look())?.connect().await?;
    let read = read(&mut connection, location).await;
    connection.close().await?;
    read
}

async fn read(connection: &mut AnyConnection, location: &Location) -> Result<Option<Vec<u8>>, GroundError> {
    // Postgres checks its own pages, where it was made with checksums.
    if location.backend == Backend::Sqlite {
        let found: Result<(String,), sqlx::Error> =
            sqlx::query_as("PRAGMA quick_check(1)").fetch_one(&mut *connection).await;
        let is_whole = match found {
            Ok((row,)) => row == "ok",
            Err(error) if error.as_database_error().is_some() => false,
            Err(error) => return Err(error.into()),
        };
        if !is_whole {
            return Err(GroundError::DamagedKeys { place: location.place() });
        }
    }
    if has_table(connection, location.backend, "collector_keys").await? {
        return Err(GroundError::KeysInDatabase { place: location.place() });
    }
    if !has_table(connection, location.backend, "keyring").await? {
        return Ok(None);
    }
    let row: Option<(Vec<u8>,)> = sqlx::query_as("SELECT collector FROM keyring").fetch_optional(connection).await?;
    Ok(row.map(|(collector,)| collector))
}
