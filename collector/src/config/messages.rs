//! Settings of messages: whether texts may be kept, where help is found, and which programs hand messages in by themselves.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use attune_ground::retention::Class;
use attune_messages::{Receivers, Settings};
use serde::{Deserialize, Serialize};

use super::Config;
use crate::CollectorError;

/// Lines about where help is found, and letters of one.
const MOST_LINES: usize = 10;
const LONGEST_LINE: usize = 300;

/// Settings of messages.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessagesConfig {
    /// Whether people may have the texts of their messages kept.
    pub keep_text: bool,
    /// Where help is found, a line each.
    pub help: Vec<String>,
    /// The file of the programs that hand messages in by themselves, with their secrets; empty: none does.
    pub receivers_file: PathBuf,
}

impl Default for MessagesConfig {
    fn default() -> Self {
        let help = [
            "If you are in danger right now, call the emergency number of the country that you are in (112 in the European Union, 999 in \
             the United Kingdom, 911 in the United States and Canada).",
            "findahelpline.com lists help lines by country, free and confidential, by telephone and by text.",
        ];
        Self { keep_text: false, help: help.map(str::to_owned).into(), receivers_file: PathBuf::new() }
    }
}

impl MessagesConfig {
    /// As the subject is told.
    #[must_use]
    pub(crate) fn settings(&self, config: &Config) -> Settings {
        Settings {
            keep_text: self.keep_text,
            help: self.help.clone(),
            days: config.limits().of(Class::Messages),
            threads: NonZeroUsize::new(config.analysis.threads()).unwrap_or(NonZeroUsize::MIN),
        }
    }

    /// Who may hand messages in by themselves.
    ///
    /// # Errors
    /// When the file cannot be read or used.
    pub(crate) fn receivers(&self) -> Result<Receivers, CollectorError> {
        if self.receivers_file.as_os_str().is_empty() {
            return Ok(Receivers::default());
        }
        let wrong = |problem| CollectorError::Config(format!("messages.receivers_file: {problem}"));
        Receivers::read(&self.receivers_file).map_err(wrong)
    }

    /// What is wrong with it: the key, and what would be right.
    pub(super) fn problem(&self) -> Option<(&'static str, String)> {
        let is_line = |line: &String| {
            !line.trim().is_empty() && line.chars().count() <= LONGEST_LINE && !line.contains(char::is_control)
        };
        let fits = (1..=MOST_LINES).contains(&self.help.len()) && self.help.iter().all(is_line);
        (!fits).then(|| ("messages.help", format!("expected 1 to {MOST_LINES} lines of up to {LONGEST_LINE} letters")))
    }
}
