use serde::Deserialize;

use super::phrase::{Phrase, Plural};

/// All that the pages of HR's tables say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct HrWords {
    pub tables: [String; 6],
    pub states: [String; 8],
    pub stands: String,
    pub replaced: String,
    pub unreadable: String,
    pub asks: String,
    pub yes: String,
    pub no: String,
    pub data: HrDataWords,
    pub report: HrReportWords,
    pub master: HrMasterWords,
    pub focus: HrFocusWords,
    pub flag: HrFlagWords,
    pub own: HrOwnWords,
}

/// What the page of tables says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct HrDataWords {
    pub title: String,
    pub finding: Phrase,
    pub waits: Plural,
    pub none_waits: String,
    pub standing: String,
    pub table: String,
    pub version: String,
    pub rows: String,
    pub since: String,
    pub by: String,
    pub nothing: String,
    pub nobody: String,
    pub undo: String,
    pub uploads: String,
    pub file: String,
    pub given: String,
    pub state: String,
    pub problems: String,
    pub empty: String,
    pub note: String,
    pub give: String,
    pub give_file: String,
    pub give_hint: String,
    pub give_table: String,
    pub give_any: String,
    pub give_button: String,
    pub master: String,
    pub undone: String,
    pub undone_text: String,
    pub taken: String,
    pub dropped: String,
    pub dropped_text: String,
}

/// What the page of one upload says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct HrReportWords {
    pub title: String,
    pub back: String,
    pub coming: String,
    pub reading: String,
    pub taking: String,
    pub ready: Phrase,
    pub asks: String,
    pub refused: String,
    pub no_rows: String,
    pub stands: Phrase,
    pub gone: String,
    pub unknown: String,
    pub rows: Plural,
    pub employees: Plural,
    pub problems: Plural,
    pub no_problems: String,
    pub read: String,
    pub bytes: Phrase,
    pub file: String,
    pub table: String,
    pub size: String,
    pub hash: String,
    pub encoding: String,
    pub delimiter: String,
    pub sheet: String,
    pub given: String,
    pub ends: String,
    pub notes: String,
    pub problems_of: String,
    pub row: String,
    pub column: String,
    pub says: String,
    pub whole_row: String,
    pub problems_note: String,
    pub problems_more: Plural,
    pub answers: String,
    pub answer: String,
    pub answer_missing: String,
    pub same: String,
    pub not_same: String,
    pub word_hint: String,
    pub offers: String,
    pub take: String,
    pub strangers: Plural,
    pub leave_out: String,
    pub leave_out_hint: String,
    pub take_in: String,
    pub take_in_hint: String,
    pub strangers_missing: String,
    pub take_button: String,
    pub take_over: String,
    pub drop: String,
    pub undo_title: String,
    pub undo_finding: String,
    pub undo_rows: Phrase,
    pub undo_button: String,
}

/// What the page of the master table says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct HrMasterWords {
    pub title: String,
    pub finding: Plural,
    pub back: String,
    pub tabs: String,
    pub employee: String,
    pub caption: Phrase,
    pub empty: String,
    pub give: String,
    pub how: String,
    pub feature: String,
    pub unit: String,
    pub definition: String,
    pub decay: Phrase,
}

/// What the page of who is unusual says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct HrFocusWords {
    pub title: String,
    pub finding: Plural,
    pub none_made: String,
    pub link: String,
    pub back: String,
    pub asked: String,
    pub asked_text: String,
    pub not_made: String,
    pub caption: String,
    pub employee: String,
    pub severity: String,
    pub reasons: String,
    pub sure: String,
    pub of_seeds: Phrase,
    pub status: String,
    pub owner: String,
    pub due: String,
    pub empty: String,
    pub note: String,
    pub more: Plural,
    pub not_found: String,
    pub objects: String,
    pub form: String,
    pub share: String,
    pub share_hint: String,
    pub seed: String,
    pub seed_hint: String,
    pub find: String,
    pub preview: String,
    pub would: Phrase,
    pub teams: String,
    pub team: String,
    pub people: String,
    pub flagged: String,
    pub between: String,
    pub teams_note: String,
    pub severities: [String; 3],
    pub below: String,
    pub statuses: [String; 4],
}

/// What the page of one flag says, and what the person's own says of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct HrFlagWords {
    pub title: Phrase,
    pub finding: String,
    pub gone: String,
    pub back: String,
    pub done: String,
    pub found: String,
    pub score: String,
    pub decision: String,
    pub base: String,
    pub notes: String,
    pub why: String,
    pub reason: String,
    pub size: String,
    pub value: String,
    pub unknown: String,
    pub steady: String,
    pub ordinary: String,
    pub range: Phrase,
    pub others: String,
    pub changes: String,
    pub change: Phrase,
    pub no_change: String,
    pub changes_note: String,
    pub decided: String,
    pub at: String,
    pub by: String,
    pub nobody: String,
    pub because: String,
    pub undecided: String,
    pub objections: String,
    pub objection: String,
    pub answer: String,
    pub waits: String,
    pub form: String,
    pub status: String,
    pub because_hint: String,
    pub owner_hint: String,
    pub notes_hint: String,
    pub due_hint: String,
    pub answer_hint: String,
    pub decide: String,
    pub own: String,
    pub own_text: String,
    pub object: String,
    pub object_hint: String,
    pub object_button: String,
    pub objected: String,
}

/// What a person's own page says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct HrOwnWords {
    pub title: String,
    pub finding: Phrase,
    pub back: String,
    pub none: String,
    pub stands: Phrase,
    pub before: Phrase,
    pub taking: Phrase,
    pub more: Phrase,
    pub features: String,
    pub value: String,
    pub note: String,
    pub columns: HrColumns,
    pub leaves: [String; 4],
    pub feedbacks: [String; 4],
    pub judgements: [String; 3],
    pub parts: [Phrase; 3],
    pub awards: [String; 4],
    pub zones: [String; 7],
}

/// What the columns of the tables are called.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct HrColumns {
    pub date: String,
    pub messages: String,
    pub mails: String,
    pub meetings: String,
    pub hours: String,
    pub kind: String,
    pub days: String,
    pub start: String,
    pub end: String,
    pub joined: String,
    pub feedback: String,
    pub mentor: String,
    pub trained: String,
    pub period: String,
    pub rating: String,
    pub judgement: String,
    pub promotion: String,
    pub award: String,
    pub points: String,
    pub score: String,
    pub zone: String,
}
