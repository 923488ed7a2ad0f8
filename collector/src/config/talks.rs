//! Settings of talks: whether anybody may talk without signing in, where the organisation is, and how often models are asked.

use std::path::PathBuf;
use std::sync::Arc;

use attune_protocol::policy::Profile;
use attune_talks::{Answering, Help, Settings};
use serde::{Deserialize, Serialize};

use crate::CollectorError;
use crate::models::Models;

/// The most answers of models that somebody may ask for within a day.
const MOST: u32 = 10_000;

/// Settings of talks.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TalksConfig {
    /// Whether anybody may talk at `/chat` without signing in.
    pub anonymous: bool,
    /// In which country the organisation is, as two letters; empty where that is not said.
    pub country: String,
    /// Answers of language models that somebody may ask for within a day; 0: none.
    pub answers_a_day: u32,
    /// The file of telephone numbers of people who help; empty: those that came with the program.
    pub help_file: PathBuf,
    /// The file of the language models that may be asked, of whoever agrees; empty: none is.
    pub models_file: PathBuf,
}

impl Default for TalksConfig {
    fn default() -> Self {
        Self {
            anonymous: false,
            country: String::new(),
            answers_a_day: 100,
            help_file: PathBuf::new(),
            models_file: PathBuf::new(),
        }
    }
}

impl TalksConfig {
    /// As the subject is told.
    ///
    /// # Errors
    /// When the file of numbers cannot be read or used.
    pub(crate) fn settings(&self) -> Result<Settings, CollectorError> {
        let Self { anonymous, country, answers_a_day, help_file, models_file: _ } = self;
        let wrong = |problem: String| CollectorError::Config(format!("talks.help_file: {problem}"));
        let help = match help_file.as_os_str().is_empty() {
            true => Help::built_in(),
            false => {
                let text = std::fs::read_to_string(help_file).map_err(|error| wrong(error.to_string()))?;
                Help::read(&text).map_err(wrong)?
            }
        };
        Ok(Settings { anonymous: *anonymous, country: country.clone(), answers_a_day: *answers_a_day, help })
    }

    /// The language models, where any may be asked.
    ///
    /// # Errors
    /// When the file of them cannot be read or used.
    pub(crate) fn models(&self, profile: Profile) -> Result<Option<Arc<dyn Answering>>, CollectorError> {
        if self.models_file.as_os_str().is_empty() {
            return Ok(None);
        }
        let wrong = |problem: String| CollectorError::Config(format!("talks.models_file: {problem}"));
        let text = std::fs::read_to_string(&self.models_file).map_err(|error| wrong(error.to_string()))?;
        let models = Models::read(&text, profile).map_err(wrong)?;
        Ok(Some(Arc::new(models)))
    }

    /// What is wrong with it: the key, and what would be right.
    pub(super) fn problem(&self) -> Option<(&'static str, String)> {
        let is_country = self.country.len() == 2 && self.country.bytes().all(|byte| byte.is_ascii_uppercase());
        if !is_country && !self.country.is_empty() {
            return Some(("talks.country", "expected two letters, as \"DE\", or nothing".to_owned()));
        }
        let fits = self.answers_a_day <= MOST;
        (!fits).then(|| ("talks.answers_a_day", format!("expected a number from 0 to {MOST}")))
    }
}
