use std::path::{Path, PathBuf};
use std::str::FromStr;

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

use super::Backend;
use crate::{GroundError, files};

/// SQLite's code for a file that is none of its own (SQLITE_NOTADB).
const NOT_A_DATABASE: &str = "26";

/// Where a database is.
#[derive(Clone, Debug)]
pub(super) struct Location {
    pub(super) backend: Backend,
    pub(super) url: String,
    /// The file of an SQLite database.
    pub(super) file: Option<PathBuf>,
    /// The setting that names it.
    setting: &'static str,
}

/// The setting that names the database.
const DATABASE: &str = "database.url";
/// The setting that names the place of the keys.
const KEYS: &str = "database.keys";

impl Location {
    /// The place that a `sqlite:` or `postgres:` URL names.
    pub(super) fn of(url: &str) -> Result<Self, GroundError> {
        Self::read(url).map_err(|problem| GroundError::Config(format!("{DATABASE}: {problem}")))
    }

    /// As [`Self::of`], of the keys.
    pub(super) fn of_keys(url: &str) -> Result<Self, GroundError> {
        let read = Self::read(url).map_err(|problem| GroundError::Config(format!("{KEYS}: {problem}")))?;
        Ok(Self { setting: KEYS, ..read })
    }

    /// As [`Self::of`]; what is wrong reads "expected ..." and repeats nothing of the URL, in which a password may stand.
    pub(super) fn read(url: &str) -> Result<Self, String> {
        if let Some(rest) = url.strip_prefix("sqlite:") {
            let options = SqliteConnectOptions::from_str(url).map_err(|error| wrong(&error))?;
            let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
            let path = path.trim_start_matches("//");
            if path.is_empty() || path == ":memory:" || query.split('&').any(|option| option == "mode=memory") {
                return Err(
                    "expected the name of a file: a database in memory is another one for each connection, and \
                            gone when the collector ends"
                        .into(),
                );
            }
            Ok(Self {
                backend: Backend::Sqlite,
                url: url.into(),
                file: Some(options.get_filename().to_owned()),
                setting: DATABASE,
            })
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            PgConnectOptions::from_str(url).map_err(|error| wrong(&error))?;
            Ok(Self { backend: Backend::Postgres, url: url.into(), file: None, setting: DATABASE })
        } else {
            Err("expected a URL that begins with sqlite: or postgres:".into())
        }
    }

    /// Makes the empty file of a database that is not there, and closes what is there to all but its owner: SQLite gives
    /// the files beside it the mode of this one.
    pub(super) fn make_private(&self) -> Result<(), GroundError> {
        let Some(file) = &self.file else { return Ok(()) };
        drop(files::open_private(file).map_err(GroundError::file(file))?);
        for beside in ["-wal", "-shm"].map(|ending| files::beside(file, ending)) {
            files::tighten(&beside).map_err(GroundError::file(beside))?;
        }
        Ok(())
    }

    /// The URL under which a database is read that is there, and nothing of it is changed: neither is its log taken in, which
    /// only a start may do, nor is a file made beside it.
    pub(super) fn url_to_look(&self) -> String {
        match &self.file {
            Some(file) => {
                // A collector that runs has one, also where nothing is in it at the moment.
                let has_log = files::beside(file, "-wal").exists();
                sqlite_url(file, "ro") + if has_log { "" } else { "&immutable=true" }
            }
            None => self.url.clone(),
        }
    }

    /// Whether there is nothing yet: no file, or an empty one. Of Postgres only the server knows.
    pub(super) fn is_nothing(&self) -> Result<bool, GroundError> {
        let Some(file) = &self.file else { return Ok(false) };
        match std::fs::metadata(file) {
            Ok(there) => Ok(there.len() == 0),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
            Err(error) => Err(GroundError::File { path: file.into(), source: error }),
        }
    }

    /// What says that this database does not open, with its place and what to do; any other error as it is.
    pub(super) fn unopened(&self, error: GroundError) -> GroundError {
        let GroundError::Database(source) = error else { return error };
        let no_database =
            source.as_database_error().is_some_and(|error| error.code().as_deref() == Some(NOT_A_DATABASE));
        let setting = if self.setting == DATABASE { "database.url (--database)" } else { KEYS };
        let advice = match (&source, self.backend) {
            (_, Backend::Sqlite) if no_database && self.setting == KEYS => {
                "put the keys of people back there from their copy: nothing of it was changed".into()
            }
            (_, Backend::Sqlite) if no_database => {
                format!("move this file away, or name another with {setting}: nothing of it was changed")
            }
            (sqlx::Error::Io(_) | sqlx::Error::Tls(_), Backend::Postgres) => {
                format!("look whether its server runs and whether {setting} names it")
            }
            (sqlx::Error::Database(_), Backend::Postgres) => {
                format!("look whether {setting} names a database that is there, and who may use it")
            }
            _ => return GroundError::Database(source),
        };
        GroundError::Unopened { place: self.place(), source, advice }
    }

    /// In words, without a password.
    pub(super) fn place(&self) -> String {
        match &self.file {
            Some(file) => std::path::absolute(file).as_deref().unwrap_or(file).display().to_string(),
            None => PgConnectOptions::from_str(&self.url).map_or_else(
                |_| format!("the address of {}", self.setting),
                |options| {
                    let database = options.get_database().unwrap_or(options.get_username());
                    format!("{}:{}/{database}", options.get_host(), options.get_port())
                },
            ),
        }
    }
}

/// What is wrong with a URL that begins well.
fn wrong(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Configuration(problem) => format!("expected a URL that reads ({problem})"),
        _ => "expected a URL that reads".into(),
    }
}

/// The URL of an SQLite file.
pub(super) fn sqlite_url(path: &Path, mode: &str) -> String {
    // Whole, with its slashes: a folder's name may hold what means something in a URL, and "//" would make it a host.
    let path = percent_encode(path.as_os_str().as_encoded_bytes(), NON_ALPHANUMERIC);
    format!("sqlite:{path}?mode={mode}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_is_in_no_file_is_refused() {
        for url in [
            "sqlite::memory:",
            "sqlite://:memory:",
            "sqlite:data?mode=memory",
            "sqlite:a?cache=shared&mode=memory",
            "sqlite:",
            "sqlite://",
        ] {
            let error = Location::of(url).expect_err(url).to_string();
            assert!(error.contains("expected the name of a file"), "{url}: {error}");
        }
        for url in ["sqlite:data", "sqlite:///var/lib/attune/data?mode=rwc", "sqlite:memory"] {
            assert!(Location::of(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn a_url_that_does_not_read_is_refused_without_what_it_says() {
        for url in
            ["postgres://me:secret@host:port/x", "mysql://me:secret@host/x", "me:secret@host", "sqlite:secret?a=b"]
        {
            let error = Location::of(url).expect_err(url).to_string();
            assert!(error.contains("database.url: expected ") && !error.contains("secret"), "{error}");
        }
        assert!(Location::of("postgres://me:secret@host/x").is_ok());
    }
}
