//! What became of all messages of an import.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::incoming::{Author, Skipped};
use crate::take::Failure;

/// Names of writers that are held; of more it is said that there are more.
const MOST_NAMES: usize = 100_000;

/// How many of each.
#[derive(Default)]
pub(super) struct Tally {
    is_dry: bool,
    stored: u64,
    known: u64,
    /// By the words for why.
    left: BTreeMap<String, u64>,
    /// Names of who is nobody here.
    names: BTreeSet<String>,
    linked: Option<(usize, usize)>,
    notes: BTreeSet<&'static str>,
}

impl Tally {
    pub(super) fn new(is_dry: bool) -> Self {
        Self { is_dry, ..Self::default() }
    }

    pub(super) const fn is_dry(&self) -> bool {
        self.is_dry
    }

    /// One is stored, or would be handed on.
    pub(super) fn stored(&mut self) {
        self.stored += 1;
    }

    /// One was there before.
    pub(super) fn known(&mut self) {
        self.known += 1;
    }

    /// One is no message of a person.
    pub(super) fn left(&mut self, why: Skipped) {
        *self.left.entry(reason(why).to_owned()).or_default() += 1;
    }

    /// One was not taken in.
    pub(super) fn failed(&mut self, why: Failure) {
        *self.left.entry(why.words()).or_default() += 1;
    }

    /// Who is nobody here.
    pub(super) fn unknown(&mut self, writer: &Author) {
        if self.names.len() < MOST_NAMES {
            let Author { id, name, email } = writer;
            let all: Vec<&str> = [id, name, email].into_iter().flatten().map(String::as_str).collect();
            self.names.insert(all.join("\t"));
        }
    }

    /// How many names of a table are somebody's here, and how many nobody's.
    pub(super) fn linked(&mut self, linked: (usize, usize)) {
        self.linked = Some(linked);
    }

    /// What is known to be missing.
    pub(super) fn note(&mut self, note: &'static str) {
        self.notes.insert(note);
    }

    /// All of it but names.
    pub(super) fn table(&self) -> String {
        let mut text = String::new();
        let mut line = |count: u64, what: &str| _ = writeln!(text, "{count:>9}  {what}");
        line(self.stored, if self.is_dry { "messages of people" } else { "taken in" });
        if !self.is_dry {
            line(self.known, "here before");
        }
        self.left.iter().for_each(|(why, count)| line(*count, &format!("left out: {why}")));
        if !self.names.is_empty() {
            line(self.names.len() as u64, "writers whom nobody knows here");
        }
        text
    }

    /// What is to be known besides.
    pub(super) fn notes(&self) -> String {
        let mut text = String::new();
        if let Some((linked, nobodys)) = self.linked {
            _ = writeln!(text, "Of the names in the table {linked} are of people here, and {nobodys} are of nobody.");
        }
        if self.is_dry {
            text += "Nothing was stored. Whose they are, and who has agreed, is looked at only then.\n";
        }
        self.notes.iter().for_each(|note| _ = writeln!(text, "Note: {note}."));
        text
    }

    /// The names of writers whom nobody knows here, a line each.
    pub(super) fn names(&self) -> String {
        self.names.iter().map(|name| format!("{name}\n")).collect()
    }
}

/// Why something is no message of a person, in words.
const fn reason(why: Skipped) -> &'static str {
    match why {
        Skipped::Bot => "a program wrote it",
        Skipped::System => "a notice of the platform",
        Skipped::Deleted => "deleted",
        Skipped::Empty => "no word in it",
        Skipped::Media => "a file or picture without words",
        Skipped::Duplicate => "in the file twice",
        Skipped::Echo => "of this collector's own",
        Skipped::AutoReply => "answered by a machine",
        Skipped::Bounce => "undelivered mail",
        Skipped::Calendar => "an appointment",
        Skipped::Encrypted => "encrypted",
        Skipped::NotSent => "a draft",
        Skipped::Spam => "spam",
        Skipped::NoAuthor => "no writer",
        Skipped::NoTime => "no time that can be",
        Skipped::Broken => "damaged",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_counts_each_reason_and_names_nobody() {
        let mut tally = Tally::new(false);
        tally.stored();
        tally.left(Skipped::Bot);
        tally.left(Skipped::Bot);
        tally.failed(Failure::NotAgreed);
        let writer = Author { id: Some("U0GONE".into()), name: Some("u-gone".into()), email: None };
        tally.unknown(&writer);
        tally.unknown(&writer);
        let table = tally.table();
        assert!(table.contains("        1  taken in\n") && table.contains("        2  left out: a program"), "{table}");
        assert!(table.contains("        1  writers whom nobody knows here\n") && !table.contains("gone"), "{table}");
        assert_eq!(tally.names(), "U0GONE\tu-gone\n");
    }
}
