use serde::Deserialize;

use super::phrase::{Phrase, Plural};

/// All that the pages of alerts say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct AlertWords {
    pub title: String,
    pub views: String,
    pub open_tab: String,
    pub history_tab: String,
    pub settings_tab: String,
    pub none_open: String,
    pub open: Plural,
    pub empty: String,
    pub history_finding: String,
    pub history_empty: String,
    pub earlier: String,
    pub about_you: String,
    pub about: Phrase,
    pub organisation: String,
    pub measured: String,
    pub level: String,
    pub since: String,
    pub ended: String,
    pub still_open: String,
    pub holder: String,
    pub nobody: String,
    pub you: String,
    pub somebody: String,
    pub source: String,
    pub informs: String,
    pub acknowledge: String,
    pub note: String,
    pub note_hint: String,
    pub note_wrong: String,
    pub add_note: String,
    pub became: String,
    pub line: Phrase,
    pub line_by: Phrase,
    pub line_text: Phrase,
    pub lost: String,
    pub above: Phrase,
    pub below: Phrase,
    pub days: Plural,
    pub weeks: Plural,
    pub day_value: Phrase,
    pub week_value: Phrase,
    pub score: String,
    pub sensed_score: String,
    pub stress: String,
    pub message_score: String,
    pub message_stress: String,
    pub deviation: Phrase,
    pub coverage: String,
    pub low_share: Phrase,
    pub news: String,
    pub show_news: String,
    pub slack_opened: Phrase,
    pub slack_closed: Phrase,
    /// The same where what it was opened for is told nobody any more, with `{team}`.
    pub slack_ended: Phrase,
    pub levels: AlertLevels,
    pub rules: AlertRules,
    pub what: AlertHappenings,
    pub settings: AlertSettings,
    pub supporters: AlertSupporters,
}

/// How much an alert asks for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct AlertLevels {
    pub low: String,
    pub medium: String,
    pub high: String,
}

/// What an alert is called.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct AlertRules {
    pub critical_wellbeing: String,
    pub elevated_stress: String,
    pub unusual_stress: String,
    pub unusual_attention: String,
    pub missing_coverage: String,
    pub channel_performance: String,
    pub low_engagement: String,
}

/// What became of an alert.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct AlertHappenings {
    pub opened: String,
    pub acknowledged: String,
    pub noted: String,
    pub cleared: String,
    pub lapsed: String,
    pub mailed: String,
    pub supporter_mailed: String,
}

/// How somebody is told.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct AlertSettings {
    pub finding: String,
    pub mail: String,
    pub never: String,
    pub never_hint: String,
    pub at_once: String,
    pub daily: String,
    pub mail_hint: String,
    pub quiet_from: String,
    pub quiet_until: String,
    pub quiet_hint: Phrase,
    pub quiet_wrong: String,
    pub save: String,
}

/// Who supports somebody.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct AlertSupporters {
    pub title: String,
    pub text: String,
    pub name: String,
    pub choose: String,
    pub table: String,
    pub who: String,
    pub since: String,
    pub stands: String,
    pub asked: String,
    pub accepted: Phrase,
    pub empty: String,
    pub take_back: Phrase,
    pub wrong_name: String,
    pub oneself: String,
    pub already: String,
    pub full: String,
    pub others: String,
    pub asks: Phrase,
    pub yes: Phrase,
    pub no: Phrase,
    pub quiet_now: Phrase,
    pub alert_now: Phrase,
    pub unnamed: String,
    pub end: Phrase,
    pub supports: Phrase,
    pub danger_text: String,
    pub danger_choose: Phrase,
    pub danger_take_back: Phrase,
    pub danger_asked: String,
    pub danger_accepted: Phrase,
    pub called: Phrase,
    pub danger_asks: Phrase,
    pub danger_yes: Phrase,
    pub danger_no: Phrase,
    pub danger_end: Phrase,
    pub call: Phrase,
    pub call_text: Phrase,
    pub reached: Phrase,
}
