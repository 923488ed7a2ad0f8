//! A folder for one test.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A temporary folder that goes with the test, or stays with all logs where the test fails.
pub struct Place(Option<TempDir>);

impl Default for Place {
    fn default() -> Self {
        Self::new()
    }
}

impl Place {
    /// A new empty folder.
    ///
    /// # Panics
    /// When the system has no room for one.
    #[must_use]
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("attune-e2e-").tempdir();
        Self(Some(folder.expect("there is room for a temporary folder")))
    }

    /// The folder.
    ///
    /// # Panics
    /// Never: it is taken only when dropped.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.as_ref().expect("taken only when dropped").path()
    }

    /// A path inside.
    #[must_use]
    pub fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path().join(name)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Some(folder) = self.0.take()
        {
            let path = folder.keep();
            eprintln!("what the failed test left lies in {}", path.display());
        }
    }
}
