//! What the person said of themselves, from what they keep for themselves.

use attune_protocol::record::Record;

use crate::check_in::Answer;

/// One answer.
pub(super) struct Said {
    /// Start of its ten seconds, Unix milliseconds.
    pub(super) at: i64,
    /// `4 of 6, rather good`.
    pub(super) words: String,
}

/// The answers among records, the latest first.
pub(super) fn said(records: Vec<Record>) -> Vec<Said> {
    let one = |record: Record| Some(Said { at: record.window.start_millis(), words: Answer::of(&record)?.words() });
    let mut said: Vec<Said> = records.into_iter().filter_map(one).collect();
    // Of those in the same ten seconds, too.
    said.reverse();
    said.sort_by_key(|said| std::cmp::Reverse(said.at));
    said
}
