use std::sync::LazyLock;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::alerts::AlertWords;
use super::contact::ContactWords;
use super::hr::HrWords;
use super::messages::MessageWords;
use super::phrase::{Phrase, Plural};
use super::reports::ReportWords;
use super::talks::TalkWords;
use super::teams::TeamsWords;
use super::trends::TrendWords;

const ENGLISH: &str = include_str!("en.toml");

/// The texts of the components, in the language of this program.
#[must_use]
pub fn words() -> &'static Words {
    static READ: LazyLock<Words> = LazyLock::new(|| read(ENGLISH));
    &READ
}

/// Reads a file of texts, for subjects that have texts of their own: each is a type whose fields are what it says, so
/// that a text that is missing, or that nobody says, is found by the first test that reads the file.
///
/// # Panics
/// When it does not read, or lacks a text. The files are parts of this program, and a test of each reads it.
#[must_use]
pub fn read<T: DeserializeOwned>(file: &str) -> T {
    toml::from_str(file).expect("a file of texts that is part of this program, read by a test")
}

/// All that the components say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    pub(crate) number: NumberWords,
    pub(crate) time: TimeWords,
    pub(crate) frame: FrameWords,
    pub(crate) form: FormWords,
    pub(crate) table: TableWords,
    pub(crate) figure: FigureWords,
    pub(crate) state: StateWords,
    pub(crate) chart: ChartWords,
    /// The pages of alerts.
    pub alerts: AlertWords,
    /// The pages of reminders and letters.
    pub contact: ContactWords,
    /// The pages of HR's tables.
    pub hr: HrWords,
    /// The pages of messages.
    pub messages: MessageWords,
    /// The page of reports.
    pub reports: ReportWords,
    /// The page of somebody's trends.
    pub trends: TrendWords,
    /// The pages of talks.
    pub talks: TalkWords,
    /// The pages of teams.
    pub teams: TeamsWords,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NumberWords {
    pub(crate) thousands: String,
    pub(crate) point: String,
    pub(crate) minus: String,
    pub(crate) none: String,
    pub(crate) percent: Phrase,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TimeWords {
    pub(crate) days: [String; 7],
    pub(crate) months: [String; 12],
    pub(crate) day: Phrase,
    pub(crate) day_of_year: Phrase,
    pub(crate) month_of_year: Phrase,
    pub(crate) moment: Phrase,
    pub(crate) span: Phrase,
    pub(crate) now: String,
    pub(crate) ago: Phrase,
    pub(crate) until: Phrase,
    pub(crate) out_of_range: String,
    pub(crate) zone: Phrase,
    pub(crate) seconds: Plural,
    pub(crate) minutes: Plural,
    pub(crate) hours: Plural,
    pub(crate) days_long: Plural,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FrameWords {
    pub(crate) language: String,
    pub(crate) name: String,
    pub(crate) title: Phrase,
    pub(crate) title_with_error: Phrase,
    pub(crate) made_up: String,
    pub(crate) skip: String,
    pub(crate) places: String,
    pub(crate) alerts: Plural,
    pub(crate) no_alerts: String,
    pub(crate) account: String,
    pub(crate) as_role: Phrase,
    pub(crate) own_account: String,
    pub(crate) change_role: Phrase,
    pub(crate) sign_out: String,
    pub(crate) sensed: String,
    pub(crate) not_sensed: String,
    pub(crate) profile: Phrase,
    pub(crate) version: Phrase,
    pub(crate) reference: String,
    pub(crate) profiles: ProfileWords,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProfileWords {
    pub(crate) eu: String,
    pub(crate) uk: String,
    pub(crate) us: String,
    pub(crate) research: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FormWords {
    pub(crate) optional: Phrase,
    pub(crate) problem: String,
    pub(crate) error: String,
    pub(crate) choose: String,
    pub(crate) check: String,
    pub(crate) change: String,
    pub(crate) change_what: Phrase,
    pub(crate) not_given: String,
    pub(crate) gone: String,
    pub(crate) gone_for_good: String,
    pub(crate) word: Phrase,
    pub(crate) wrong_word: Phrase,
    pub(crate) password: String,
    pub(crate) back: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TableWords {
    pub(crate) empty: String,
    pub(crate) none: String,
    pub(crate) sort: Phrase,
    pub(crate) pages: Phrase,
    pub(crate) before: String,
    pub(crate) after: String,
    pub(crate) export: Plural,
    pub(crate) export_as: Phrase,
    pub(crate) all_of_it: String,
    pub(crate) left_out: Phrase,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FigureWords {
    pub(crate) between: Phrase,
    pub(crate) seen: Phrase,
    pub(crate) uncertain: String,
    pub(crate) too_little: String,
    pub(crate) withheld: String,
    pub(crate) none: String,
    pub(crate) has: Phrase,
    pub(crate) on_purpose: String,
    pub(crate) definition: Phrase,
    pub(crate) definition_short: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StateWords {
    pub(crate) empty: String,
    pub(crate) refused: String,
    pub(crate) who_may: Phrase,
    pub(crate) ask: Phrase,
    pub(crate) failed: String,
    pub(crate) request: String,
    pub(crate) stale: Phrase,
    pub(crate) from_device: Phrase,
    pub(crate) why_unknown: String,
    pub(crate) done_of: Phrase,
    pub(crate) done: Phrase,
    pub(crate) goes_on: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChartWords {
    pub(crate) numbers: String,
    pub(crate) time: String,
    pub(crate) value: Phrase,
    pub(crate) usual: String,
    pub(crate) gap: Phrase,
    pub(crate) nothing_came: String,
    pub(crate) withheld: Phrase,
    pub(crate) back: String,
    pub(crate) forward: String,
}
