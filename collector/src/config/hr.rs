//! Settings of HR's tables: how fast their rows lose weight, and from which day on.

use attune_hr::Settings;
use attune_hr::master::{Decay, References};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The most that a row can lose a day: with this rate it counts nothing after one.
const MOST: f64 = 10.0;

/// Settings of HR's tables.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HrConfig {
    /// The rate of leave, a day.
    pub leave_decay: f64,
    /// The rate of how somebody's start was, a day.
    pub onboarding_decay: f64,
    /// The rate of awards, a day.
    pub rewards_decay: f64,
    /// The rate of answers of the vibe meter, a day.
    pub vibe_decay: f64,
    /// The day up to which the age of leave is counted; empty: the newest of its table.
    pub leave_reference: String,
    /// The same of starts.
    pub onboarding_reference: String,
    /// The same of awards.
    pub rewards_reference: String,
    /// The same of answers.
    pub vibe_reference: String,
}

impl Default for HrConfig {
    fn default() -> Self {
        let Decay { leave, onboarding, rewards, vibe, .. } = Decay::default();
        Self {
            leave_decay: leave,
            onboarding_decay: onboarding,
            rewards_decay: rewards,
            vibe_decay: vibe,
            leave_reference: String::new(),
            onboarding_reference: String::new(),
            rewards_reference: String::new(),
            vibe_reference: String::new(),
        }
    }
}

impl HrConfig {
    /// As the subject is told, with of how many people at least something is told of a group.
    #[must_use]
    pub(crate) fn settings(&self, least_people: u32) -> Settings {
        let least_people = least_people as usize;
        let day = |text: &str| text.parse::<Date>().ok();
        let references = References {
            leave: day(&self.leave_reference),
            onboarding: day(&self.onboarding_reference),
            rewards: day(&self.rewards_reference),
            vibe: day(&self.vibe_reference),
        };
        let decay = Decay {
            leave: self.leave_decay,
            onboarding: self.onboarding_decay,
            rewards: self.rewards_decay,
            vibe: self.vibe_decay,
            references,
        };
        Settings { decay, least_people }
    }

    /// What is wrong with it: the key, and what would be right.
    pub(super) fn problem(&self) -> Option<(&'static str, String)> {
        let rates = [
            ("hr.leave_decay", self.leave_decay),
            ("hr.onboarding_decay", self.onboarding_decay),
            ("hr.rewards_decay", self.rewards_decay),
            ("hr.vibe_decay", self.vibe_decay),
        ];
        let days = [
            ("hr.leave_reference", &self.leave_reference),
            ("hr.onboarding_reference", &self.onboarding_reference),
            ("hr.rewards_reference", &self.rewards_reference),
            ("hr.vibe_reference", &self.vibe_reference),
        ];
        let rate = rates.into_iter().find(|(_, rate)| !(0.0..=MOST).contains(rate));
        let day = days.into_iter().find(|(_, day)| !day.is_empty() && day.parse::<Date>().is_err());
        let rate = rate.map(|(key, _)| (key, format!("expected a number from 0 to {MOST}, as 0.01")));
        rate.or_else(|| day.map(|(key, _)| (key, "expected a day as 2026-03-31, or nothing for the newest".to_owned())))
    }
}
