//! Work that goes on by itself, and whether it fails: nobody waits for its answer, so health tells of it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::time::now_millis;

/// A piece of such work.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Chore {
    /// Erasures that were cut short are gone on with.
    Erasing,
    /// What is too old is deleted.
    Deleting,
    /// What has ended of sign-ins is removed.
    Tidying,
    /// The copy of the keys of people is renewed.
    CopyingKeys,
    /// Deletions that were cut short are gone on with.
    GoingOnDeleting,
    /// A broker of somebody else's is told which devices it may let in.
    TellingBroker,
    /// What was seen of people is rolled up.
    RollingUp,
    /// Figures of teams are made of weeks that are over.
    MakingTeamFigures,
    /// It is looked whether something calls for an alert.
    Alerting,
    /// Alerts of teams are handed to other programs.
    TellingAlerts,
    /// Messages that wait are read.
    ReadingMessages,
    /// Tables that HR gave are read and taken in.
    TakingTables,
    /// It is looked for who is unusual in them.
    FindingUnusual,
    /// Reports are made that are due.
    MakingReports,
    /// It is looked whether use of what is kept of people is unusual.
    WatchingUse,
    /// People are reminded of what they chose to be reminded of.
    Reminding,
}

impl Chore {
    /// What is not done when it fails, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Erasing => "erasing people",
            Self::Deleting => "deleting what is too old",
            Self::Tidying => "removing what has ended of sign-ins",
            Self::CopyingKeys => "renewing the copy of the keys of people",
            Self::GoingOnDeleting => "going on with deletions that were cut short",
            Self::TellingBroker => "telling the broker which devices it may let in (broker.acl)",
            Self::RollingUp => "rolling up what was seen of people",
            Self::MakingTeamFigures => "making the figures of teams",
            Self::Alerting => "looking whether something calls for an alert",
            Self::TellingAlerts => "handing alerts of teams to other programs (alerts.webhook, alerts.slack_file)",
            Self::ReadingMessages => "reading messages",
            Self::TakingTables => "reading and taking in tables of HR",
            Self::FindingUnusual => "looking for who is unusual in tables of HR",
            Self::MakingReports => "making reports that are due",
            Self::WatchingUse => "looking whether use of what is kept of people is unusual",
            Self::Reminding => "reminding people of what they chose",
        }
    }
}

/// Which work failed when it was tried last, and since when.
#[derive(Debug, Default)]
pub struct Chores(Mutex<BTreeMap<Chore, i64>>);

impl Chores {
    /// Notes how a try went.
    pub fn note<T, E>(&self, chore: Chore, done: &Result<T, E>) {
        let mut failing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match done {
            Ok(_) => _ = failing.remove(&chore),
            Err(_) => _ = failing.entry(chore).or_insert_with(now_millis),
        }
    }

    /// Notes since when work fails that whichever collector tries, as the database tells it, Unix milliseconds; none where it does not.
    pub fn told(&self, chore: Chore, failing_since: Option<i64>) {
        let mut failing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match failing_since {
            None => _ = failing.remove(&chore),
            Some(since) => _ = failing.insert(chore, since),
        }
    }

    /// What fails, and since when, Unix milliseconds.
    #[must_use]
    pub fn failing(&self) -> Vec<(Chore, i64)> {
        let failing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failing.iter().map(|(chore, since)| (*chore, *since)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_is_told_since_its_first_failure_until_it_is_done() {
        let chores = Chores::default();
        chores.note(Chore::Erasing, &Err::<(), _>(()));
        let first = chores.failing();
        assert_eq!(first.iter().map(|(chore, _)| *chore).collect::<Vec<_>>(), [Chore::Erasing]);
        chores.note(Chore::Erasing, &Err::<(), _>(()));
        chores.note(Chore::Deleting, &Ok::<_, ()>(()));
        assert_eq!(chores.failing(), first);
        chores.note(Chore::Erasing, &Ok::<_, ()>(()));
        assert_eq!(chores.failing(), []);
        chores.told(Chore::Deleting, Some(7));
        assert_eq!(chores.failing(), [(Chore::Deleting, 7)], "another collector has tried");
        chores.told(Chore::Deleting, None);
        assert_eq!(chores.failing(), []);
    }
}
