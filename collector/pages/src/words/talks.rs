use serde::Deserialize;

use super::phrase::{Phrase, Plural};

/// All that the pages of talks say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct TalkWords {
    pub tabs: TalkTabs,
    pub own: OwnTalkWords,
    pub consent: TalkConsentWords,
    pub one: OneTalkWords,
    pub memory: TalkMemoryWords,
    pub plan: SafetyPlanWords,
    pub report: TalkReportWords,
    pub help: HelpWords,
    pub chat: ChatWords,
    pub hr: HrTalkWords,
}

/// What the pages are called beside each other.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct TalkTabs {
    pub label: String,
    pub talks: String,
    pub memory: String,
    pub plan: String,
    pub help: String,
}

/// What the page of one's talks says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct OwnTalkWords {
    pub title: String,
    pub not_agreed: String,
    pub some: Plural,
    pub none: String,
    pub begin: String,
    pub message: String,
    pub message_hint: Phrase,
    pub send: String,
    pub table: String,
    pub empty: String,
    pub talk: String,
    pub last: String,
    pub turns: String,
    pub stands: String,
    pub new: String,
    pub damaged: String,
    pub statuses: [String; 4],
    pub left: String,
    pub left_empty: String,
    pub when: String,
    pub to: String,
    pub bytes: String,
}

/// What is said of what somebody agrees to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct TalkConsentWords {
    pub title: String,
    pub agree: String,
    pub refuse: String,
    pub choices: String,
    pub memory: String,
    pub model: String,
    pub tell: String,
    pub save: String,
    pub saved: String,
    pub withdraw: String,
    pub withdraw_hint: String,
    pub agreed: Phrase,
    pub changed: String,
    pub changed_text: String,
}

/// What the page of one talk says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct OneTalkWords {
    pub finding: Plural,
    pub attention: String,
    pub attention_text: String,
    pub help: String,
    pub said: Phrase,
    pub you: String,
    pub attune: String,
    pub model: String,
    pub stopped: String,
    pub damaged: String,
    pub answer: String,
    pub made: String,
    pub stop: String,
    pub cut: String,
    pub cut_text: String,
    pub again: String,
    pub report: String,
    pub end: String,
    pub archive: String,
    pub take_up: String,
    pub delete: String,
    pub delete_hint: String,
    pub deleted: String,
    pub back: String,
}

/// What the page of what is remembered says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct TalkMemoryWords {
    pub title: String,
    pub finding: Plural,
    pub none: String,
    pub not_allowed: String,
    pub since: Phrase,
    pub text: String,
    pub correct: String,
    pub forget: String,
    pub forget_all: String,
    pub saved: String,
    pub damaged: String,
}

/// What the page of a safety plan says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct SafetyPlanWords {
    pub title: String,
    pub finding: String,
    pub signs: String,
    pub signs_hint: String,
    pub helps: String,
    pub helps_hint: String,
    pub people: String,
    pub people_hint: String,
    pub professionals: String,
    pub professionals_hint: String,
    pub safer: String,
    pub safer_hint: String,
    pub country: String,
    pub country_hint: String,
    pub save: String,
    pub saved: String,
    pub remove: String,
    pub removed: String,
}

/// What the page of a report says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct TalkReportWords {
    pub title: String,
    pub none: String,
    pub none_text: String,
    pub make: String,
    pub make_anew: String,
    pub made: Phrase,
    pub released: Phrase,
    pub not_released: String,
    pub release: String,
    pub release_hint: String,
    pub send: String,
    pub take_back: String,
    pub saved: String,
    pub may_not: String,
    pub back: String,
}

/// What the page of help says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct HelpWords {
    pub title: String,
    pub finding: String,
    pub country: String,
    pub country_hint: String,
    pub show: String,
    pub name: String,
    pub number: String,
    pub hours: String,
    pub plan: String,
}

/// What the page for who is not signed in says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct ChatWords {
    pub title: String,
    pub finding: String,
    pub kept: String,
    pub message: String,
    pub send: String,
    pub you: String,
    pub attune: String,
    pub lost: String,
    pub begin_anew: String,
}

/// What HR's pages of released reports say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct HrTalkWords {
    pub title: String,
    pub finding: Plural,
    pub empty: String,
    pub may_not: String,
    pub table: String,
    pub who: String,
    pub unknown: String,
    pub since: String,
    pub report: String,
    pub report_finding: Phrase,
    pub back: String,
}
