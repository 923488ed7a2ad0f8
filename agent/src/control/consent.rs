use std::path::Path;

use attune_protocol::consent::{Consent, Purpose};
use attune_protocol::registry::Modality;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::orders::{Kept, Orders, prepare};
use crate::{AgentError, files};

/// Name of the file in the state folder.
const FILE: &str = "consent.toml";
const VERSION: u32 = 1;

/// Every change of consent on this device, oldest first. Without an entry there is no consent.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentBook {
    version: u32,
    #[serde(default, rename = "change")]
    changes: Vec<Change>,
}

/// One change.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// What may be sensed.
    pub modality: Modality,
    /// What for.
    pub purpose: Purpose,
    /// Given, or withdrawn.
    pub granted: bool,
    /// Counts the changes on this device, from 1.
    pub version: u32,
    /// When.
    pub at: Timestamp,
}

impl Change {
    /// As it is sent.
    #[must_use]
    pub fn to_consent(self) -> Consent {
        let Self { modality, purpose, granted, version, at } = self;
        Consent { modality, purpose, granted, version, at_millis: at.as_millisecond() }
    }
}

impl ConsentBook {
    /// The book in a state folder, with what was withdrawn where that could not be written; an empty one where there is
    /// none.
    ///
    /// # Errors
    /// When it is there but does not read.
    pub fn load(state: &Path) -> Result<Self, AgentError> {
        let (mut book, orders) = (Self::load_file(state)?, Orders::standing(state)?);
        let newest = book.newest();
        book.changes.extend(orders.changes.into_iter().filter(|change| change.version > newest));
        Ok(book)
    }

    /// What stands in the book's own file.
    ///
    /// # Errors
    /// When it is there but does not read.
    pub fn load_file(state: &Path) -> Result<Self, AgentError> {
        let path = state.join(FILE);
        let Some(text) = files::read_if_there(&path)? else {
            return Ok(Self { version: VERSION, changes: Vec::new() });
        };
        let book: Self = toml::from_str(&text).map_err(|e| AgentError::content(&path, e.message()))?;
        if book.version != VERSION {
            let problem = format!("its version is {} and this build reads {VERSION}", book.version);
            return Err(AgentError::content(&path, problem));
        }
        Ok(book)
    }

    /// Writes the book into a state folder.
    ///
    /// # Errors
    /// When the system refuses.
    ///
    /// # Panics
    /// Never: a book is text, numbers and times, which TOML can hold.
    pub fn save(&self, state: &Path) -> Result<(), AgentError> {
        files::private_folder(state)?;
        let text = toml::to_string(self).expect("a book is text, numbers and times");
        files::write_private(&state.join(FILE), text.as_bytes())?;
        // The book has what was ordered. An order that stays behind is of a version that it has too.
        let paused = Orders::standing(state).ok().and_then(|orders| orders.paused);
        let _ = Orders { paused, ..Orders::default() }.replace(state);
        let _ = prepare(state);
        Ok(())
    }

    /// Writes the book, whose changes behind the one in its file withdraw, also where the folder is full or cannot be
    /// written.
    ///
    /// # Errors
    /// When it can be written down nowhere, or gives consent that was not there: nothing is changed then.
    pub fn save_withdrawal(&self, state: &Path) -> Result<Kept, AgentError> {
        let Err(problem) = self.save(state) else { return Ok(Kept::Durably) };
        let known = Self::load_file(state)?.newest();
        let orders = Orders { changes: self.since(known).collect(), ..Orders::standing(state)? };
        match orders.changes.iter().any(|change| change.granted) {
            true => Err(problem),
            false => orders.give(state).map_err(|_| problem),
        }
    }

    /// Ends all consent in a state folder: the device is somebody else's now, or somebody's anew.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn end(state: &Path) -> Result<(), AgentError> {
        files::destroy(&state.join(FILE))?;
        let paused = Orders::standing(state)?.paused;
        Orders { paused, ..Orders::default() }.replace(state)
    }

    /// Whether the newest change for a modality and purpose grants it.
    #[must_use]
    pub fn allows(&self, modality: Modality, purpose: Purpose) -> bool {
        let newest = self.changes.iter().rfind(|c| c.modality == modality && c.purpose == purpose);
        newest.is_some_and(|change| change.granted)
    }

    /// Version of the last change; 0 where there is none.
    #[must_use]
    pub fn newest(&self) -> u32 {
        self.changes.last().map_or(0, |change| change.version)
    }

    /// Notes a change, if it is one.
    pub fn set(&mut self, modality: Modality, purpose: Purpose, granted: bool, at: Timestamp) {
        if self.allows(modality, purpose) != granted {
            let version = self.newest() + 1;
            self.changes.push(Change { modality, purpose, granted, version, at });
        }
    }

    /// The changes after a version, oldest first.
    pub fn since(&self, version: u32) -> impl Iterator<Item = Change> {
        self.changes.iter().copied().filter(move |change| change.version > version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_consented_to_before_it_is_granted_and_the_newest_change_is_in_force() {
        let folder = tempfile::tempdir().unwrap();
        let mut book = ConsentBook::load(folder.path()).unwrap();
        assert!(Modality::ALL.iter().all(|&m| Purpose::ALL.iter().all(|&p| !book.allows(m, p))));
        let at = |second| Timestamp::from_second(second).unwrap();
        book.set(Modality::Face, Purpose::Wellbeing, true, at(1));
        book.set(Modality::Face, Purpose::Wellbeing, true, at(2));
        book.set(Modality::Heart, Purpose::Wellbeing, true, at(3));
        book.set(Modality::Face, Purpose::Wellbeing, false, at(4));
        book.save(folder.path()).unwrap();
        let read = ConsentBook::load(folder.path()).unwrap();
        assert_eq!(read, book);
        assert!(!read.allows(Modality::Face, Purpose::Wellbeing) && read.allows(Modality::Heart, Purpose::Wellbeing));
        assert!(!read.allows(Modality::Heart, Purpose::OwnView), "each purpose is asked for itself");
        let versions: Vec<u32> = read.since(1).map(|c| c.version).collect();
        assert_eq!(versions, [2, 3]);
        assert_eq!(read.since(2).next().unwrap().to_consent().at_millis, 4000);
    }

    #[test]
    fn what_was_ordered_is_in_force_until_the_book_has_it_and_never_gives_consent() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        let mut book = ConsentBook::load(state).unwrap();
        book.set(Modality::Face, Purpose::Wellbeing, true, Timestamp::UNIX_EPOCH);
        book.set(Modality::Heart, Purpose::Wellbeing, true, Timestamp::UNIX_EPOCH);
        book.save(state).unwrap();
        let before = book.newest();
        book.set(Modality::Face, Purpose::Wellbeing, false, Timestamp::UNIX_EPOCH);
        let orders = Orders { changes: book.since(before).collect(), ..Orders::default() };
        assert_eq!(orders.give(state).unwrap(), Kept::Durably);
        let read = ConsentBook::load(state).unwrap();
        assert_eq!(read, book);
        assert_eq!(ConsentBook::load_file(state).unwrap().newest(), before);
        let mut granted = read;
        granted.set(Modality::Face, Purpose::Wellbeing, true, Timestamp::UNIX_EPOCH);
        granted.save(state).unwrap();
        assert_eq!(ConsentBook::load(state).unwrap(), granted);
        assert_eq!(Orders::standing(state).unwrap(), Orders::default());
    }
}
