use std::collections::HashSet;
use std::path::Path;

use attune_protocol::consent::Purpose;
use attune_protocol::consent::texts::text;
use attune_protocol::registry::Modality;
use attune_protocol::withdrawals::Asked;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tracing::warn;

use super::change::Change;
use super::orders::{Kept, Orders, prepare};
use crate::{AgentError, files, summed};

/// Name of the file in the state folder.
pub(crate) const FILE: &str = "consent.toml";
const VERSION: u32 = 1;
/// The finest by which two instants that are sent differ.
const MOMENT: jiff::SignedDuration = jiff::SignedDuration::from_millis(1);

/// Every change of consent on this device, oldest first. Without an entry there is no consent.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentBook {
    version: u32,
    #[serde(default, rename = "change")]
    changes: Vec<Change>,
}

impl ConsentBook {
    /// The book in a state folder, with what was withdrawn where that could not be written; an empty one where there is
    /// none.
    ///
    /// # Errors
    /// When it is there but does not read.
    pub fn load(state: &Path) -> Result<Self, AgentError> {
        let mut book = Self::load_file(state)?;
        book.take_in(&Self { version: VERSION, changes: Orders::standing(state)?.changes });
        Ok(book)
    }

    /// What stands in the book's own file.
    ///
    /// # Errors
    /// When it is there but does not read.
    pub fn load_file(state: &Path) -> Result<Self, AgentError> {
        let path = state.join(FILE);
        let Some(text) = summed::read(&path)? else {
            return Ok(Self::new());
        };
        let book: Self = toml::from_str(&text).map_err(|e| AgentError::content(&path, e.message()))?;
        if book.version != VERSION {
            let problem = format!("its version is {} and this build reads {VERSION}", book.version);
            return Err(AgentError::content(&path, problem));
        }
        Ok(book)
    }

    /// Changes the book of a state folder, and gives it as it is then. Of two who do so at once, one waits for the other.
    ///
    /// # Errors
    /// When the book does not read or the system refuses.
    pub fn change(state: &Path, how: impl FnOnce(&mut Self)) -> Result<Self, AgentError> {
        files::private_folder(state)?;
        let _held = files::hold(state)?;
        let mut book = Self::load(state)?;
        how(&mut book);
        book.save(state)?;
        Ok(book)
    }

    /// Withdraws in the book of a state folder, also where it is full or cannot be written, and gives the book as it is then,
    /// what changed, and where that stands. Who holds on to the folder is not waited for long: a stop must not depend on it.
    ///
    /// # Errors
    /// When the book does not read, or it can be written down nowhere: nothing is changed then.
    pub fn withdraw(state: &Path, how: impl FnOnce(&mut Self)) -> Result<(Self, Vec<Change>, Kept), AgentError> {
        if matches!(state.try_exists(), Ok(false)) {
            return Ok((Self::new(), Vec::new(), Kept::Durably)); // there is nothing to withdraw, and no folder is made for it
        }
        // Where that fails, writing tells why.
        let _ = files::private_folder(state);
        let _held = files::hold(state).inspect_err(|problem| warn!(error = %problem, "withdrawing all the same"));
        let before = Self::load(state)?;
        let mut book = before.clone();
        how(&mut book);
        let changes = book.lacking_in(&before);
        let kept = if changes.is_empty() { Kept::Durably } else { book.save_withdrawal(state)? };
        Ok((book, changes, kept))
    }

    /// Writes the book into a state folder.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn save(&self, state: &Path) -> Result<(), AgentError> {
        files::private_folder(state)?;
        summed::write(&state.join(FILE), &self.encode())?;
        // The book has what was ordered. It knows an order that stays behind.
        let paused = Orders::standing(state).ok().and_then(|orders| orders.paused);
        let _ = Orders { paused, ..Orders::default() }.replace(state);
        let _ = prepare(state);
        Ok(())
    }

    /// As text.
    ///
    /// # Panics
    /// Never: a book is text, numbers and times, which TOML can hold.
    pub(crate) fn encode(&self) -> String {
        toml::to_string(self).expect("a book is text, numbers and times")
    }

    /// Reads what [`Self::encode`] wrote.
    pub(crate) fn decode(text: &[u8]) -> Option<Self> {
        toml::from_str(std::str::from_utf8(text).ok()?).ok()
    }

    /// An empty book.
    pub(crate) fn new() -> Self {
        Self { version: VERSION, changes: Vec::new() }
    }

    /// The part of a book up to a version.
    pub(crate) fn until(&self, version: u32) -> Self {
        let changes = self.changes.iter().copied().filter(|change| change.version <= version);
        Self { version: VERSION, changes: changes.collect() }
    }

    /// Appends what another book has and this one lacks, in its order and under versions of this book: they have no gaps and
    /// never fall, whatever became of the other.
    pub(crate) fn take_in(&mut self, other: &Self) {
        let mut known: HashSet<_> = self.changes.iter().map(Change::name).collect();
        for change in &other.changes {
            if known.insert(change.name()) {
                let version = self.newest() + 1;
                self.changes.push(Change { version, ..*change });
            }
        }
    }

    /// The changes that another book does not have, under versions of this one.
    pub(crate) fn lacking_in(&self, other: &Self) -> Vec<Change> {
        let known: HashSet<_> = other.changes.iter().map(Change::name).collect();
        self.changes.iter().copied().filter(|change| !known.contains(&change.name())).collect()
    }

    /// The version of this book under which it has a change that may have another in its own.
    pub(crate) fn version_of(&self, change: &Change) -> Option<u32> {
        self.changes.iter().find(|known| known.name() == change.name()).map(|known| known.version)
    }

    /// Version of the newest change; 0 where there is none.
    pub(crate) fn newest(&self) -> u32 {
        self.changes.last().map_or(0, |change| change.version)
    }

    /// How often consent to sense a modality for the collector was withdrawn.
    pub(crate) fn withdrawals(&self, modality: Modality) -> usize {
        let ends =
            |change: &&Change| !change.granted && change.modality == modality && change.purpose == Purpose::Wellbeing;
        self.changes.iter().filter(ends).count()
    }

    /// Whether this book grants something that another does not.
    pub(crate) fn grants_more_than(&self, other: &Self) -> bool {
        let granted = |book: &Self, modality, purpose| book.allows(modality, purpose);
        let more = |modality| Purpose::ALL.iter().any(|&p| granted(self, modality, p) && !granted(other, modality, p));
        Modality::ALL.into_iter().any(more)
    }

    /// Writes the book, which withdraws what the one in its file grants, also where the folder is full or cannot be written.
    ///
    /// # Errors
    /// When it can be written down nowhere, or gives consent that was not there: nothing is changed then.
    fn save_withdrawal(&self, state: &Path) -> Result<Kept, AgentError> {
        let Err(problem) = self.save(state) else { return Ok(Kept::Durably) };
        let changes = self.lacking_in(&Self::load_file(state)?);
        match changes.iter().any(|change| change.granted) {
            true => Err(problem),
            false => Orders { changes, ..Orders::standing(state)? }.give(state).map_err(|_| problem),
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

    /// When the consent that is in force was given, Unix milliseconds; `None` where none is.
    pub(crate) fn granted_millis(&self, modality: Modality, purpose: Purpose) -> Option<i64> {
        let newest = self.changes.iter().rfind(|c| c.modality == modality && c.purpose == purpose);
        newest.filter(|change| change.granted).map(|change| change.at.as_millisecond())
    }

    /// Notes what the person decided after they were shown the text about it, if it is a change.
    pub fn decide(&mut self, modality: Modality, purpose: Purpose, granted: bool, at: Timestamp) {
        let known = self.changes.len();
        self.set(modality, purpose, granted, at);
        if let Some(change) = self.changes.get_mut(known) {
            change.text = Some(text(modality, purpose).version);
        }
    }

    /// The version of the text that the person was shown when they gave the consent that is in force; none where that is not recorded.
    pub(crate) fn text_of(&self, modality: Modality, purpose: Purpose) -> Option<u16> {
        let newest = self.changes.iter().rfind(|c| c.modality == modality && c.purpose == purpose);
        newest.filter(|change| change.granted).and_then(|change| change.text)
    }

    /// Notes a change of which no text was shown, if it is one.
    pub fn set(&mut self, modality: Modality, purpose: Purpose, granted: bool, at: Timestamp) {
        if self.allows(modality, purpose) != granted {
            let version = self.newest() + 1;
            // Behind what was withdrawn in the browser, by a clock that may be ahead of this one.
            let newest = self.changes.iter().rfind(|c| c.modality == modality && c.purpose == purpose);
            let earliest = newest.filter(|change| change.in_browser).map(|change| change.at + MOMENT);
            let at = earliest.map_or(at, |earliest| at.max(earliest));
            self.changes.push(Change { modality, purpose, granted, version, at, in_browser: false, text: None });
        }
    }

    /// Notes what was withdrawn in the browser, also where it is withdrawn already: that it stands here confirms it. One that is
    /// no later than another of its kind was shown before, and changes nothing.
    pub(crate) fn withdraw_asked(&mut self, asked: &Asked) {
        let Ok(at) = Timestamp::from_millisecond(asked.at_millis) else { return };
        let Asked { modality, purpose, .. } = *asked;
        let is_as_late = |change: &&Change| change.in_browser && change.at >= at;
        if !self.changes.iter().filter(|c| c.modality == modality && c.purpose == purpose).any(|c| is_as_late(&c)) {
            let version = self.newest() + 1;
            self.changes.push(Change { modality, purpose, granted: false, version, at, in_browser: true, text: None });
        }
    }

    /// When consent was withdrawn in the browser, where that is the newest decision.
    pub(crate) fn withdrawn_in_browser(&self, modality: Modality, purpose: Purpose) -> Option<Timestamp> {
        let newest = self.changes.iter().rfind(|c| c.modality == modality && c.purpose == purpose);
        newest.filter(|change| change.in_browser).map(|change| change.at)
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
    fn what_is_withdrawn_in_the_browser_is_carried_out_once_and_an_older_one_that_is_shown_again_changes_nothing() {
        let (modality, purpose) = (Modality::Face, Purpose::Wellbeing);
        let at = |second| Timestamp::from_second(second).unwrap();
        let asked = |second: i64| Asked { modality, purpose, at_millis: second * 1000 };
        let mut book = ConsentBook::new();
        book.set(modality, purpose, true, at(1));
        book.withdraw_asked(&asked(5));
        assert!(!book.allows(modality, purpose) && book.withdrawn_in_browser(modality, purpose) == Some(at(5)));
        assert_eq!(
            book.since(1).next().unwrap().to_consent().at_millis,
            5000,
            "under its own instant: that confirms it"
        );
        let read = ConsentBook::decode(book.encode().as_bytes()).unwrap();
        assert_eq!(read, book);
        book.set(modality, purpose, true, at(6));
        for shown_again in [5, 4] {
            book.withdraw_asked(&asked(shown_again));
            assert!(book.allows(modality, purpose) && book.newest() == 3);
        }
        book.set(modality, purpose, false, at(7));
        book.withdraw_asked(&asked(8));
        assert_eq!(book.newest(), 5, "what both withdraw is confirmed all the same");
    }

    #[test]
    fn what_is_taken_in_from_a_book_that_was_lost_put_back_or_written_twice_goes_on_counting() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut file = ConsentBook::new();
        file.set(Modality::Heart, Purpose::Wellbeing, true, at(1));
        let older = file.clone();
        file.set(Modality::Heart, Purpose::Wellbeing, false, at(2));
        let mut told = ConsentBook::new();
        told.take_in(&file);
        assert_eq!(told, file);

        told.take_in(&older);
        assert_eq!(told, file, "an older copy tells nothing new");
        assert!(older.grants_more_than(&told) && !file.grants_more_than(&told));

        let twice = ConsentBook { changes: file.changes.repeat(2), ..file.clone() };
        told.take_in(&twice);
        assert_eq!(told, file);

        let mut anew = ConsentBook::new();
        anew.set(Modality::Heart, Purpose::Wellbeing, true, at(3));
        anew.set(Modality::Heart, Purpose::Wellbeing, false, at(4));
        told.take_in(&anew);
        assert_eq!(
            told.since(2).map(|change| (change.version, change.granted)).collect::<Vec<_>>(),
            [(3, true), (4, false)]
        );
        assert_eq!(told.withdrawals(Modality::Heart), 2);
        assert_eq!(ConsentBook::decode(told.encode().as_bytes()), Some(told.clone()));
        assert_eq!(told.until(2), file);
    }

    #[test]
    fn where_nothing_was_granted_a_withdrawal_makes_no_folder() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("nowhere");
        let (book, changes, _) = ConsentBook::withdraw(&state, |_| {}).unwrap();
        assert!(changes.is_empty() && book == ConsentBook::new() && !state.exists());
    }

    #[test]
    fn changes_at_once_are_all_there_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for modality in Modality::ALL {
                let state = folder.path();
                scope.spawn(move || {
                    let change = |book: &mut ConsentBook| {
                        book.set(modality, Purpose::Wellbeing, true, Timestamp::now());
                    };
                    ConsentBook::change(state, change).unwrap();
                });
            }
        });
        let book = ConsentBook::load(folder.path()).unwrap();
        assert!(Modality::ALL.iter().all(|&modality| book.allows(modality, Purpose::Wellbeing)));
        assert_eq!(book.since(0).map(|change| change.version).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn what_was_ordered_is_in_force_until_the_book_has_it_and_never_gives_consent() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut book = ConsentBook::load(state).unwrap();
        book.set(Modality::Face, Purpose::Wellbeing, true, at(1));
        book.set(Modality::Heart, Purpose::Wellbeing, true, at(1));
        book.save(state).unwrap();
        let before = book.clone();
        book.set(Modality::Face, Purpose::Wellbeing, false, at(2));
        let orders = Orders { changes: book.lacking_in(&before), ..Orders::default() };
        assert_eq!(orders.give(state).unwrap(), Kept::Durably);
        let read = ConsentBook::load(state).unwrap();
        assert_eq!(read, book);
        assert_eq!(ConsentBook::load_file(state).unwrap(), before);
        let mut granted = read;
        granted.set(Modality::Face, Purpose::Wellbeing, true, at(3));
        granted.save(state).unwrap();
        assert_eq!(ConsentBook::load(state).unwrap(), granted);
        assert_eq!(Orders::standing(state).unwrap(), Orders::default());
        orders.give(state).unwrap();
        assert_eq!(ConsentBook::load(state).unwrap(), granted, "one that comes back is known");
    }

    #[test]
    fn a_book_of_another_version_is_refused_by_its_name_and_gives_no_consent() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "version = 2\n").unwrap();
        let refused = ConsentBook::load(folder.path()).unwrap_err().to_string();
        assert!(refused.contains("version is 2") && refused.contains(FILE), "{refused}");
    }
}
