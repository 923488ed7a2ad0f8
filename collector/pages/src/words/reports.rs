use serde::Deserialize;

use super::phrase::{Phrase, Plural};

/// What the page of reports says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct ReportWords {
    pub title: String,
    pub finding: Plural,
    pub back: String,
    pub link: String,
    pub made: String,
    pub made_text: Phrase,
    pub caption: String,
    pub kind: String,
    pub kinds: [String; 3],
    pub about: String,
    pub of_day: String,
    pub made_at: String,
    pub size: String,
    pub hash: String,
    pub unreadable: String,
    pub empty: String,
    pub note: Plural,
    pub day: String,
    pub day_hint: String,
    pub person: String,
    pub employee: String,
    pub employee_hint: String,
    pub make_person: String,
    pub everybody: String,
    pub make_day: String,
    pub team: String,
    pub teams: String,
    pub make_team: String,
}
