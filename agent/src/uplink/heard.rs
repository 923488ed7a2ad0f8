use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use attune_protocol::ack::Ack;
use attune_protocol::policy::Profile;
use serde::{Deserialize, Serialize};
use tracing::warn;

use crate::files;
use crate::identity::Enrolment;

/// Name of the file in the state folder.
const FILE: &str = "collector.toml";
const VERSION: u32 = 1;

/// What the collector has said last, signed: shared by the uplink, which hears it, and by who acts on it.
#[derive(Debug)]
pub struct Heard {
    path: PathBuf,
    enrolment: u32,
    profile: AtomicU8,
    /// 0 when nothing is wanted: versions count from 1.
    wants_consent: AtomicU32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    enrolment: u32,
    profile: Profile,
}

impl Heard {
    /// What was heard since an enrolment, as a state folder remembers it; what the enrolment itself told where it
    /// remembers nothing of it, and the strictest where that does not read.
    #[must_use]
    pub fn load(state: &Path, enrolment: &Enrolment) -> Self {
        let path = state.join(FILE);
        let profile = match files::read_if_there(&path).map(|text| text.as_deref().map(toml::from_str::<Stored>)) {
            Ok(None) => enrolment.profile,
            Ok(Some(Ok(stored))) if stored.version == VERSION && stored.enrolment != enrolment.number => {
                enrolment.profile
            }
            Ok(Some(Ok(stored))) if stored.version == VERSION => stored.profile,
            _ => {
                warn!(path = %path.display(), "the collector's profile does not read: the strictest is in force until it is told again");
                Profile::default()
            }
        };
        Self {
            path,
            enrolment: enrolment.number,
            profile: AtomicU8::new(profile.number()),
            wants_consent: AtomicU32::new(0),
        }
    }

    /// The collector's profile. What it does not let leave may not leave, whatever the device's own lets.
    #[must_use]
    pub fn profile(&self) -> Profile {
        Profile::from_number(self.profile.load(Ordering::Acquire))
    }

    /// The first version of the consent book that the collector lacks, once after it has said so: all changes from that
    /// one on are to be told again.
    #[must_use]
    pub fn take_wanted_consent(&self) -> Option<u32> {
        Some(self.wants_consent.swap(0, Ordering::AcqRel)).filter(|&version| version != 0)
    }

    /// Takes in a verified acknowledgement. A new profile is in force at once, and remembered.
    pub(super) fn hear(&self, ack: &Ack) {
        if let Some(version) = ack.wants_consent {
            self.wants_consent.store(version.max(1), Ordering::Release);
        }
        let before = Profile::from_number(self.profile.swap(ack.profile.number(), Ordering::AcqRel));
        if before == ack.profile {
            return;
        }
        warn!(%before, now = %ack.profile, "the collector's profile has changed");
        let stored = Stored { version: VERSION, enrolment: self.enrolment, profile: ack.profile };
        let text = toml::to_string(&stored).expect("names and numbers");
        if let Err(problem) = files::write_private(&self.path, text.as_bytes()) {
            warn!(error = %problem, "the collector's profile is not remembered after this run");
        }
    }
}

#[cfg(test)]
mod tests {
    use attune_protocol::ids::{DeviceId, Epoch};

    use super::*;

    fn ack(profile: Profile, wants_consent: Option<u32>) -> Ack {
        let (device, epoch) = (DeviceId([1; 16]), Epoch(1));
        Ack { device, epoch, profile, at_millis: 0, settled: Vec::new(), taken: Vec::new(), wants_consent }
    }

    #[test]
    fn a_new_profile_is_in_force_at_once_and_after_a_new_start_until_the_next_enrolment() {
        let folder = tempfile::tempdir().unwrap();
        let enrolment = Enrolment { number: 2, collector: [7; 32], profile: Profile::Research };
        let heard = Heard::load(folder.path(), &enrolment);
        assert_eq!(heard.profile(), Profile::Research);
        heard.hear(&ack(Profile::Us, None));
        assert_eq!(heard.profile(), Profile::Us);
        assert_eq!(Heard::load(folder.path(), &enrolment).profile(), Profile::Us);
        let next = Enrolment { number: 3, profile: Profile::Uk, ..enrolment };
        assert_eq!(Heard::load(folder.path(), &next).profile(), Profile::Uk);
        std::fs::write(folder.path().join(FILE), "profile = ").unwrap();
        assert_eq!(Heard::load(folder.path(), &enrolment).profile(), Profile::Eu);
    }

    #[test]
    fn the_consent_that_the_collector_lacks_is_told_once_for_each_time_that_it_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let heard = Heard::load(folder.path(), &Enrolment { number: 1, collector: [7; 32], profile: Profile::Eu });
        assert_eq!(heard.take_wanted_consent(), None);
        heard.hear(&ack(Profile::Eu, Some(3)));
        heard.hear(&ack(Profile::Eu, None));
        assert_eq!(heard.take_wanted_consent(), Some(3));
        assert_eq!(heard.take_wanted_consent(), None);
    }
}
