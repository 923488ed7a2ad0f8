//! What the person decided, here or in the browser, and what the collector knows to be over: carried out before anything is kept.

use attune_protocol::consent::Purpose;
use attune_protocol::registry::Modality;
use jiff::Timestamp;
use tracing::{info, warn};

use super::Keeper;
use crate::AgentError;
use crate::control::{self, Change, ConsentBook, InForce, Wishes};

impl Keeper {
    /// Puts a withdrawal back into the person's file where an older copy of it has come in its place: it stands until
    /// consent is given anew.
    pub(super) fn mend(&mut self, file: &ConsentBook) -> Result<(), AgentError> {
        if !file.grants_more_than(&self.book) {
            return Ok(());
        }
        warn!("the file of consent is an older copy: what has been withdrawn since stays withdrawn");
        let book = &mut self.book;
        ConsentBook::change(&self.state, |file| {
            book.take_in(file);
            file.clone_from(book);
        })?;
        Ok(())
    }

    /// Ends a consent that the collector knows to be over, though this device has it granted: the person had all of theirs erased,
    /// or this device's state was put back from a copy of before. The person is asked again.
    pub(super) fn heed(&mut self) -> Result<(), AgentError> {
        self.heed_browser()?;
        self.heed_wishes()?;
        for (modality, kept_at) in self.heard.take_withdrawn() {
            let granted = self.book.granted_millis(modality, Purpose::Wellbeing);
            if granted.is_some_and(|granted| granted <= kept_at) {
                warn!(%modality, "the collector knows this consent to be withdrawn, or all of the person to be erased (or was the state folder \
                    put back from a copy?): it ends here too; to give it again: attune-agent consent grant");
                let now = Timestamp::now();
                ConsentBook::withdraw(&self.state, |book| book.set(modality, Purpose::Wellbeing, false, now))?;
            }
        }
        Ok(())
    }

    /// Withdraws what the person has withdrawn in the browser, as if it were done here.
    fn heed_browser(&self) -> Result<(), AgentError> {
        let asked = self.heard.take_asked();
        if asked.is_empty() {
            return Ok(());
        }
        let withdraw = |book: &mut ConsentBook| asked.iter().for_each(|one| book.withdraw_asked(one));
        // Where it can be written down nowhere this ends the agent, as a command would: the collector tells it again.
        let (_, changes, _) = ConsentBook::withdraw(&self.state, withdraw)?;
        for change in changes {
            info!(modality = %change.modality, purpose = change.purpose.name(), "consent was withdrawn in the browser");
        }
        Ok(())
    }

    /// Follows what the person chose in the browser, unless that is older than what is followed already: one that is shown again
    /// switches nothing on that was switched off since. Where it can be written down nowhere it holds for this run, and the collector,
    /// which is not told that it is followed, says it again.
    fn heed_wishes(&mut self) -> Result<(), AgentError> {
        let Some(said) = self.heard.take_wishes() else { return Ok(()) };
        let (before, wishes) = (self.control.wishes(), Wishes::told(&said));
        if wishes.number < before.number {
            self.heard.follow(before.number);
            return Ok(());
        }
        self.control.follow(wishes.clone());
        let leaves = |modality: Modality| !wishes.keep || wishes.is_off(modality);
        let removed = self.outbox.remove_records(|about| leaves(about.modality))?;
        if wishes != before {
            let now = wishes.words().unwrap_or_else(|| "nothing is switched off in the browser".into());
            info!(removed, "{now}");
        }
        match wishes.save(&self.state) {
            Ok(()) => self.heard.follow(wishes.number),
            Err(problem) => warn!(error = %problem, "what was chosen in the browser holds for this run only"),
        }
        Ok(())
    }

    /// Takes out what waits of a modality whose consent was withdrawn, and what was learnt. Each withdrawal does so once: the
    /// book may be told again, when records wait that were kept, and learnt from, under consent that was given anew.
    pub(super) fn withdraw(&mut self, changes: &[Change]) -> Result<(), AgentError> {
        for change in changes.iter().filter(|change| change.version > self.withdrawn) {
            if ends_consent(&self.book, change) {
                self.baseline.forget(change.modality);
            }
            if !change.granted && change.purpose == Purpose::OwnView {
                self.own.forget_modality(change.modality)?;
            }
            if !change.granted && change.purpose == Purpose::Wellbeing {
                let removed = self.outbox.remove_records(|about| about.modality == change.modality)?;
                *self.removed.entry(change.version).or_default() += removed as u64;
                info!(modality = %change.modality, removed, "consent was withdrawn: what waited of it was removed unsent");
            }
        }
        self.withdrawn = changes.last().map_or(self.withdrawn, |change| self.withdrawn.max(change.version));
        Ok(())
    }

    /// What is in force: whether it is paused, and what became of changes that the person's file has.
    pub(crate) fn in_force(&self, changes: &[Change]) -> InForce {
        let versions: Vec<_> = changes.iter().map(|change| self.book.version_of(change)).collect();
        InForce {
            paused: control::is_paused(&self.state),
            carried_out: versions.iter().all(|version| version.is_some_and(|version| version <= self.withdrawn)),
            removed: versions.iter().flatten().filter_map(|version| self.removed.get(version)).sum(),
        }
    }
}

/// Whether a change withdraws the last consent to sense its modality, also where consent was given again since.
fn ends_consent(book: &ConsentBook, change: &Change) -> bool {
    let mut others = Purpose::ALL.into_iter().filter(|&purpose| purpose != change.purpose);
    !change.granted && !others.any(|purpose| book.allows(change.modality, purpose))
}
