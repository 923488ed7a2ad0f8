//! Settings of reports: whose they are, and how long they are kept.

use std::path::PathBuf;

use attune_ground::Brand;
use attune_people::accounts::is_unseen;
use attune_reporting::Settings;
use attune_reports::{Logo, Organisation};
use serde::{Deserialize, Serialize};

use crate::CollectorError;

/// Letters of the organisation's name.
const LONGEST: usize = 100;

/// Settings of reports.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportsConfig {
    /// The organisation's name; empty: none stands on them.
    pub organisation: String,
    /// Its colour, `#1f4e79`; empty: the usual one.
    pub colour: String,
    /// The file of its logo, a PNG; empty: none.
    pub logo: PathBuf,
    /// Whether one is made of each day that is over.
    pub daily: bool,
    /// Days for which each is kept.
    pub keep: u16,
}

impl Default for ReportsConfig {
    fn default() -> Self {
        Self { organisation: String::new(), colour: String::new(), logo: PathBuf::new(), daily: true, keep: 30 }
    }
}

/// Red, green and blue of `#1f4e79`.
fn colour(text: &str) -> Option<[u8; 3]> {
    let digits = text.strip_prefix('#').filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    let part = |place: usize| digits.get(place..place + 2).and_then(|two| u8::from_str_radix(two, 16).ok());
    Some([part(0)?, part(2)?, part(4)?]).filter(|_| digits.len() == 6)
}

impl ReportsConfig {
    /// As the subject is told, with of how many people at least a figure of a group is.
    ///
    /// # Errors
    /// When the file of the logo can't be read, or is none.
    pub(crate) fn settings(&self, least_people: u32) -> Result<Settings, CollectorError> {
        let logo = match self.logo.as_os_str().is_empty() {
            true => None,
            false => {
                let bytes = std::fs::read(&self.logo).map_err(CollectorError::file(&self.logo))?;
                Some(Logo::new(bytes).map_err(|error| CollectorError::Config(format!("reports.logo: {error}")))?)
            }
        };
        let organisation = Organisation { name: self.organisation.clone(), colour: colour(&self.colour) };
        Ok(Settings { organisation, logo, daily: self.daily, keep_days: self.keep, least_people })
    }

    /// As commands are told.
    pub(crate) fn brand(&self) -> Brand {
        Brand { name: self.organisation.clone(), colour: colour(&self.colour), logo: self.logo.clone() }
    }

    /// What is wrong with it: the key, and what would be right.
    pub(super) fn problem(&self) -> Option<(&'static str, String)> {
        let name = &self.organisation;
        let is_name = name.trim() == name && name.chars().count() <= LONGEST && !name.contains(is_unseen);
        let is_colour = self.colour.is_empty() || colour(&self.colour).is_some();
        match (is_name, is_colour, self.keep) {
            (false, ..) => {
                Some(("reports.organisation", format!("expected a name of one line, up to {LONGEST} letters")))
            }
            (_, false, _) => {
                Some(("reports.colour", "expected a colour as #1f4e79, or nothing for the usual one".to_owned()))
            }
            (.., 1..=365) => None,
            _ => Some(("reports.keep", "expected a number of days from 1 to 365".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_six_hexadecimal_digits_and_what_is_wrong_is_named() {
        assert_eq!(colour("#1f4e79"), Some([0x1f, 0x4e, 0x79]));
        for wrong in ["1f4e79", "#1f4e7", "#1f4e79a", "#1f4e7g", "#+1+2+3", "#1f4e7\u{e9}", "red"] {
            let config = ReportsConfig { colour: wrong.to_owned(), ..ReportsConfig::default() };
            assert_eq!(config.problem().map(|(key, _)| key), Some("reports.colour"), "{wrong}");
        }
        let of = |config: ReportsConfig| config.problem().map(|(key, _)| key);
        assert_eq!(of(ReportsConfig::default()), None);
        assert_eq!(of(ReportsConfig { keep: 0, ..ReportsConfig::default() }), Some("reports.keep"));
        let two = ReportsConfig { organisation: "a\nb".to_owned(), ..ReportsConfig::default() };
        assert_eq!(of(two), Some("reports.organisation"));
    }
}
