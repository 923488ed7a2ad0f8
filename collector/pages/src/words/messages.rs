use serde::Deserialize;

use super::phrase::{Phrase, Plural};

/// All that the pages of messages say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct MessageWords {
    pub own: OwnMessageWords,
    pub channels: ChannelWords,
    pub writers: WriterWords,
    pub levels: CrisisLevels,
}

/// What the page of one's own messages says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct OwnMessageWords {
    pub title: String,
    pub not_agreed: String,
    pub agreed: Phrase,
    pub read: Plural,
    pub none_read: String,
    pub barred: String,
    pub consent: String,
    pub consented: String,
    pub kept: String,
    pub agree: String,
    pub refuse: String,
    pub refused: Phrase,
    pub refused_text: String,
    pub agree_after_all: String,
    pub text_of: String,
    pub new_text: String,
    pub new_text_after_no: String,
    pub new_text_agreed: Phrase,
    pub agree_anew: String,
    pub keeps: String,
    pub keeps_not: String,
    pub keep_would: String,
    pub keep: String,
    pub keep_not: String,
    pub withdraw: String,
    pub withdraw_hint: String,
    pub changed: String,
    pub help: String,
    pub help_text: Phrase,
    pub help_told: String,
    pub help_untold: String,
    pub table: String,
    pub when: String,
    pub channel: String,
    pub stands: String,
    pub sounds: String,
    pub feeling: String,
    pub stress: String,
    pub danger: String,
    pub outside: String,
    pub yes: String,
    pub no: String,
    pub likely: Phrase,
    pub unread: String,
    pub empty: String,
    pub note: String,
    pub standings: [String; 4],
    pub sentiments: [String; 3],
    pub emotions: [String; 7],
}

/// What the page of channels says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct ChannelWords {
    pub title: String,
    pub finding: String,
    pub back: String,
    pub table: String,
    pub empty: String,
    pub name: String,
    pub kind: String,
    pub external_id: String,
    pub external_hint: String,
    pub since: String,
    pub state: String,
    pub step: String,
    pub on: String,
    pub off: String,
    pub switch_on: String,
    pub switch_off: String,
    pub new: String,
    pub make: String,
    pub made: String,
    pub switched: String,
    pub kinds: [String; 7],
    pub writers: String,
}

/// What the page of how people are called where they write says, and that part of the page of one's own messages.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct WriterWords {
    pub title: String,
    pub finding: String,
    pub back: String,
    pub table: String,
    pub empty: String,
    pub own_empty: String,
    pub note: String,
    pub own_note: String,
    pub name: String,
    pub name_hint: String,
    pub name_wrong: String,
    pub kind: String,
    pub kind_wrong: String,
    pub since: String,
    pub step: String,
    pub unnamed: String,
    pub user_id: String,
    pub user_id_hint: String,
    pub user_id_whole: String,
    pub show: String,
    pub nobody: String,
    pub others: String,
    pub link: String,
    pub link_button: String,
    pub linked: String,
    pub unlink: String,
    pub unlinked: String,
}

/// How much somebody seems to be in danger.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct CrisisLevels {
    pub none: String,
    pub low: String,
    pub moderate: String,
    pub high: String,
    pub critical: String,
}
