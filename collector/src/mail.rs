//! How mail is sent.

use std::path::{Path, PathBuf};

use attune_people::{Post, PostSettings};
use serde::{Deserialize, Serialize};

use crate::CollectorError;

/// Settings of mail.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailConfig {
    /// The server that takes it; empty: no mail is sent.
    pub server: String,
    /// With which name it is signed in there.
    pub user: String,
    /// The file of the password to it.
    pub password_file: PathBuf,
    /// From whom it is.
    pub from: String,
    /// PEM file of an authority that vouches for the server besides those of the system.
    pub certificate: PathBuf,
}

impl MailConfig {
    fn settings(&self) -> PostSettings {
        let (server, user, from) = (self.server.clone(), self.user.clone(), self.from.clone());
        let is_named = !self.password_file.as_os_str().is_empty();
        // Whether there is one, before the file is read.
        let password = if is_named { "in a file".into() } else { String::new() };
        PostSettings { server, user, password, from, ..PostSettings::default() }
    }

    /// What is wrong with it: the key, and what would be right.
    pub(crate) fn problem(&self) -> Option<(&'static str, &'static str)> {
        let (key, problem) = Post::problem(&self.settings())?;
        let key = match key {
            "from" => "mail.from",
            "user" => "mail.user",
            _ => "mail.server",
        };
        Some((key, problem))
    }

    /// Where mail goes out, if any is sent; links in it lead to `base`.
    ///
    /// # Errors
    /// When a file cannot be read or used.
    pub(crate) fn post(&self, base: String) -> Result<Option<Post>, CollectorError> {
        let mut settings = PostSettings { base, ..self.settings() };
        if !settings.password.is_empty() {
            settings.password = text(&self.password_file)?.trim().to_owned();
        }
        if !self.certificate.as_os_str().is_empty() {
            settings.certificate = Some(text(&self.certificate)?.into_bytes());
        }
        Post::open(&settings).map_err(|key| CollectorError::Config(format!("mail.{key} cannot be used")))
    }
}

fn text(path: &Path) -> Result<String, CollectorError> {
    std::fs::read_to_string(path).map_err(CollectorError::file(path))
}
