//! The subjects of this program, each plugged in at one line.

use attune_contact::Contact;
use attune_ground::measures::Source;
use attune_ground::retention::Aging;
use attune_ground::store::Migrations;
use attune_ground::{Asset, Bell, Carried, History, Holdings, Moved, Prepare, Releases, Subject, SubjectCommand};
use attune_hr::Hr;
use attune_messages::Messages;
use attune_people::People;
use attune_reporting::Reporting;
use attune_talks::Talks;
use attune_wellbeing::Wellbeing;
use axum::extract::FromRef;

/// What the handlers of all subjects need.
#[derive(Clone, FromRef)]
pub(crate) struct Subjects {
    pub(crate) people: People,
    pub(crate) wellbeing: Wellbeing,
    pub(crate) messages: Messages,
    pub(crate) hr: Hr,
    pub(crate) contact: Contact,
    pub(crate) talks: Talks,
    pub(crate) reporting: Reporting,
    pub(crate) sensing: attune_sensing::Rooms,
}

/// The subjects; each stands on those before it only.
pub(crate) fn all() -> [Subject<Subjects>; 10] {
    [
        attune_ground::subject(),
        attune_people::subject(),
        attune_pages::subject(),
        attune_wellbeing::subject(),
        attune_messages::subject(),
        attune_hr::subject(),
        attune_contact::subject(),
        attune_talks::subject(),
        attune_reporting::subject(),
        attune_sensing::subject(),
    ]
}

/// Their tables.
pub(crate) fn migrations() -> Vec<&'static Migrations> {
    all().into_iter().filter_map(|subject| subject.migrations).collect()
}

/// How they put in order what earlier versions left; each stands on those before it.
pub(crate) fn preparations() -> Vec<Prepare> {
    all().into_iter().filter_map(|subject| subject.prepare).collect()
}

/// How what they keep of people is deleted.
pub(crate) fn histories() -> Vec<History> {
    all().into_iter().filter_map(|subject| subject.history).collect()
}

/// How they let go of what is older than it may be.
pub(crate) fn aging() -> Vec<Aging> {
    all().into_iter().flat_map(|subject| subject.aging).copied().collect()
}

/// What they keep of people.
pub(crate) fn holdings() -> Vec<Holdings> {
    all().into_iter().filter_map(|subject| subject.holdings).collect()
}

/// What they see of people.
pub(crate) fn measures() -> Vec<Source> {
    all().into_iter().filter_map(|subject| subject.measures).collect()
}

/// What they do where somebody chooses another zone.
pub(crate) fn moved() -> Vec<Moved> {
    all().into_iter().filter_map(|subject| subject.moved).collect()
}

/// How they count what waits for somebody.
pub(crate) fn bells() -> Vec<Bell> {
    all().into_iter().filter_map(|subject| subject.bell).collect()
}

/// What people may release of them to HR.
pub(crate) fn releases() -> Vec<Releases> {
    all().into_iter().filter_map(|subject| subject.releases).collect()
}

/// What becomes of them behind a restore and under another master key.
pub(crate) fn carried() -> Vec<Carried> {
    all().into_iter().filter_map(|subject| subject.carried).collect()
}

/// What they add to the command line.
pub(crate) fn commands() -> Vec<SubjectCommand> {
    all().into_iter().flat_map(|subject| (subject.commands)()).collect()
}

/// What their pages are made of.
pub(crate) fn assets() -> Vec<&'static [Asset]> {
    all().map(|subject| subject.assets).to_vec()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn no_two_subjects_have_an_asset_of_one_name_or_a_migration_of_one_version() {
        let names: Vec<&str> = super::assets().concat().iter().map(|asset| asset.name).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
        let versions: Vec<i64> =
            super::migrations().iter().flat_map(|subject| subject.sqlite).map(|(version, ..)| *version).collect();
        assert_eq!(versions.iter().collect::<BTreeSet<_>>().len(), versions.len(), "{versions:?}");
    }

    #[test]
    fn what_is_rolled_up_is_seen_by_somebody_under_a_name_of_their_own() {
        let names: Vec<&str> = super::measures().iter().map(|source| source.name).collect();
        assert!(!names.is_empty());
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
    }
}
