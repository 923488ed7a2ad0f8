use serde::Deserialize;

use super::phrase::{Phrase, Plural};

/// All that the pages of reminders and letters say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct ContactWords {
    pub kinds: [String; 2],
    pub tabs: ContactTabs,
    pub all: NotificationWords,
    pub reminders: ReminderWords,
    pub letters: LetterWords,
    pub hr: HrLetterWords,
}

/// What the pages are called beside each other.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct ContactTabs {
    pub label: String,
    pub all: String,
    pub reminders: String,
    pub letters: String,
}

/// What the page of all that waits says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct NotificationWords {
    pub title: String,
    pub waits: Plural,
    pub nothing: String,
    pub empty: String,
    pub alerts: Plural,
    pub letters: Plural,
    pub to_letters: String,
    pub to_alerts: String,
    pub due: String,
    pub missed: String,
    pub warns: String,
    pub done: String,
    pub later: Phrase,
}

/// What the page of reminders says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct ReminderWords {
    pub title: String,
    pub none: String,
    pub some: Plural,
    pub nothing_offered: String,
    pub known: String,
    pub tells: String,
    pub tells_text: String,
    pub told: Phrase,
    pub on: String,
    pub next: String,
    pub ended: String,
    pub left: Plural,
    pub days: String,
    pub day_names: [String; 7],
    pub time: String,
    pub time_hint: Phrase,
    pub quiet_from: String,
    pub quiet_until: String,
    pub quiet_hint: String,
    pub hours: String,
    pub hours_hint: String,
    pub hour: Plural,
    pub mail: String,
    pub until: String,
    pub count: String,
    pub count_hint: String,
    pub number: String,
    pub change: String,
    pub switch_on: String,
    pub save: String,
    pub switch_off: String,
    pub saved: String,
    pub stopped: String,
    pub history: String,
    pub history_empty: String,
    pub due: String,
    pub of: String,
    pub became: String,
    pub answered: String,
    pub missed: String,
    pub waits: String,
    pub overtaken: String,
}

/// What the pages of letters say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct LetterWords {
    pub title: String,
    pub finding: String,
    pub waits: Plural,
    pub table: String,
    pub empty: String,
    pub subject: String,
    pub damaged: String,
    pub last: String,
    pub stands: String,
    pub new: String,
    pub read: String,
    pub unread: String,
    pub write: String,
    pub text: String,
    pub text_hint: Phrase,
    pub note: String,
    pub send: String,
    pub answer: String,
    pub back: String,
    pub of: Phrase,
    pub you: String,
    pub hr: String,
    pub hr_named: Phrase,
    pub seen: String,
    pub earlier: String,
    pub newest: String,
    pub thread_finding: Plural,
}

/// What HR's pages of letters say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct HrLetterWords {
    pub finding: String,
    pub with: String,
    pub unknown: String,
    pub to: String,
    pub to_hint: String,
    pub nobody: String,
    pub empty: String,
    pub note: String,
    pub unanswered: String,
    pub unanswered_text: String,
    pub since: String,
    pub person: String,
}
