use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use attune_protocol::ack::Ack;
use attune_protocol::policy::Profile;
use attune_protocol::registry::Modality;
use attune_protocol::wishes::Wishes;
use attune_protocol::withdrawals::Asked;
use serde::{Deserialize, Serialize};
use tracing::warn;

use crate::identity::Enrolment;
use crate::summed;

/// Name of the file in the state folder.
const FILE: &str = "collector.toml";
const VERSION: u32 = 1;

/// What the collector has said last, signed: shared by the uplink, which hears it, and by who acts on it.
#[derive(Debug)]
pub struct Heard {
    path: PathBuf,
    enrolment: u32,
    profile: AtomicU8,
    /// The collector's clock when it said the latest that was heard, Unix milliseconds.
    said_millis: AtomicI64,
    /// When the newest record of each modality was kept that the collector refused as withdrawn, Unix milliseconds.
    withdrawn: Mutex<BTreeMap<Modality, i64>>,
    /// What the person has withdrawn in the browser, and was not asked for yet.
    asked: Mutex<BTreeSet<Asked>>,
    /// What the person has chosen in the browser, and was not looked at yet.
    wishes: Mutex<Option<Wishes>>,
    /// The number of what they chose that is carried out, and whether the collector is to be told; none where nothing was ever chosen.
    followed: Mutex<Option<(i64, bool)>>,
    /// 0 when nothing is wanted: versions count from 1.
    wants_consent: AtomicU32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    enrolment: u32,
    profile: Profile,
    #[serde(default)]
    said_millis: i64,
}

impl Heard {
    /// What was heard since an enrolment, as a state folder remembers it; what the enrolment itself told where it
    /// remembers nothing of it, and the strictest where that does not read.
    #[must_use]
    pub fn load(state: &Path, enrolment: &Enrolment) -> Self {
        let path = state.join(FILE);
        let (profile, said_millis) = match summed::read(&path).map(|text| text.as_deref().map(toml::from_str::<Stored>))
        {
            Ok(None) => (enrolment.profile, 0),
            Ok(Some(Ok(stored))) if stored.version == VERSION && stored.enrolment != enrolment.number => {
                (enrolment.profile, 0)
            }
            Ok(Some(Ok(stored))) if stored.version == VERSION => (stored.profile, stored.said_millis),
            _ => {
                warn!(path = %path.display(), "the collector's profile does not read: the strictest is in force until it is told again");
                (Profile::default(), 0)
            }
        };
        Self {
            path,
            enrolment: enrolment.number,
            profile: AtomicU8::new(profile.number()),
            said_millis: AtomicI64::new(said_millis),
            withdrawn: Mutex::default(),
            asked: Mutex::default(),
            wishes: Mutex::default(),
            followed: Mutex::default(),
            wants_consent: AtomicU32::new(0),
        }
    }

    /// The collector's profile. What it does not let leave may not leave, whatever the device's own lets.
    #[must_use]
    pub fn profile(&self) -> Profile {
        Profile::from_number(self.profile.load(Ordering::Acquire))
    }

    /// The collector's clock when it said the latest that was heard, Unix milliseconds; 0 where nothing was.
    #[must_use]
    pub fn said_millis(&self) -> i64 {
        self.said_millis.load(Ordering::Acquire)
    }

    /// The first version of the consent book that the collector lacks, once after it has said so: all changes from that
    /// one on are to be told again.
    #[must_use]
    pub fn take_wanted_consent(&self) -> Option<u32> {
        Some(self.wants_consent.swap(0, Ordering::AcqRel)).filter(|&version| version != 0)
    }

    /// The modalities of records that the collector refused as withdrawn since it was last asked, and when the newest of
    /// them was kept, Unix milliseconds.
    #[must_use]
    pub fn take_withdrawn(&self) -> BTreeMap<Modality, i64> {
        std::mem::take(&mut *self.withdrawn.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What the person has withdrawn in the browser since it was last asked.
    #[must_use]
    pub fn take_asked(&self) -> BTreeSet<Asked> {
        std::mem::take(&mut *self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes in what the collector has said, signed, that the person withdrew in the browser.
    pub(crate) fn hear_asked(&self, asked: Vec<Asked>) {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).extend(asked);
    }

    /// Takes in what the collector has said, signed, that the person chose in the browser.
    pub(crate) fn hear_wishes(&self, said: Wishes) {
        let mut newest = self.wishes.lock().unwrap_or_else(PoisonError::into_inner);
        if newest.as_ref().is_none_or(|known| known.number <= said.number) {
            *newest = Some(said);
        }
    }

    /// What the person has chosen in the browser, once after the collector has said it.
    #[must_use]
    pub fn take_wishes(&self) -> Option<Wishes> {
        self.wishes.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Has the collector told the number of what is carried out.
    pub(crate) fn follow(&self, number: i64) {
        *self.followed.lock().unwrap_or_else(PoisonError::into_inner) = Some((number, true));
    }

    /// Has it told anew: behind a new connection it may be one whose database was put back from a copy.
    pub(crate) fn follow_anew(&self) {
        if let Some((_, is_to_tell)) = &mut *self.followed.lock().unwrap_or_else(PoisonError::into_inner) {
            *is_to_tell = true;
        }
    }

    /// The number of what is carried out, where the collector is to be told, once.
    pub(crate) fn take_followed(&self) -> Option<i64> {
        let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        let (number, is_to_tell) = followed.as_mut()?;
        std::mem::take(is_to_tell).then_some(*number)
    }

    /// Takes in what an acknowledgement said of records that it refused as withdrawn.
    pub(crate) fn hear_withdrawn(&self, withdrawn: BTreeMap<Modality, i64>) {
        let mut known = self.withdrawn.lock().unwrap_or_else(PoisonError::into_inner);
        for (modality, kept_at) in withdrawn {
            let newest = known.entry(modality).or_insert(kept_at);
            *newest = kept_at.max(*newest);
        }
    }

    /// Takes in a verified acknowledgement. A new profile is in force at once, and remembered; but not one of an
    /// acknowledgement that is shown again: it must be later than all before, or have settled what waited.
    pub(crate) fn hear(&self, ack: &Ack, has_settled: bool) {
        if let Some(version) = ack.wants_consent {
            self.wants_consent.store(version.max(1), Ordering::Release);
        }
        let said_before = self.said_millis.fetch_max(ack.at_millis, Ordering::AcqRel);
        if ack.at_millis <= said_before && !has_settled {
            return;
        }
        let before = Profile::from_number(self.profile.swap(ack.profile.number(), Ordering::AcqRel));
        if before == ack.profile {
            return;
        }
        warn!(%before, now = %ack.profile, "the collector's profile has changed");
        let said_millis = self.said_millis.load(Ordering::Acquire);
        let stored = Stored { version: VERSION, enrolment: self.enrolment, profile: ack.profile, said_millis };
        let text = toml::to_string(&stored).expect("names and numbers");
        if let Err(problem) = summed::write(&self.path, &text) {
            warn!(error = %problem, "the collector's profile is not remembered after this run");
        }
    }
}

#[cfg(test)]
mod tests {
    use attune_protocol::ids::{DeviceId, Epoch};

    use super::*;

    fn ack(profile: Profile, wants_consent: Option<u32>) -> Ack {
        said_at(7, profile, wants_consent)
    }

    fn said_at(at_millis: i64, profile: Profile, wants_consent: Option<u32>) -> Ack {
        let (device, epoch) = (DeviceId([1; 16]), Epoch(1));
        Ack { device, epoch, profile, at_millis, settled: Vec::new(), taken: Vec::new(), wants_consent }
    }

    #[test]
    fn a_new_profile_is_in_force_at_once_and_after_a_new_start_until_the_next_enrolment() {
        let folder = tempfile::tempdir().unwrap();
        let enrolment = Enrolment { number: 2, collector: [7; 32], former: None, profile: Profile::Research };
        let heard = Heard::load(folder.path(), &enrolment);
        assert_eq!(heard.profile(), Profile::Research);
        heard.hear(&ack(Profile::Us, None), false);
        assert_eq!(heard.profile(), Profile::Us);
        assert_eq!(Heard::load(folder.path(), &enrolment).profile(), Profile::Us);
        let next = Enrolment { number: 3, profile: Profile::Uk, ..enrolment };
        assert_eq!(Heard::load(folder.path(), &next).profile(), Profile::Uk);
        std::fs::write(folder.path().join(FILE), "profile = ").unwrap();
        assert_eq!(Heard::load(folder.path(), &enrolment).profile(), Profile::Eu);
    }

    #[test]
    fn an_acknowledgement_that_is_shown_again_loosens_nothing_also_after_a_new_start() {
        let folder = tempfile::tempdir().unwrap();
        let enrolment = Enrolment { number: 1, collector: [7; 32], former: None, profile: Profile::Research };
        let heard = Heard::load(folder.path(), &enrolment);
        let before = said_at(10, Profile::Research, None);
        heard.hear(&before, true);
        heard.hear(&said_at(20, Profile::Eu, None), false);
        for heard in [heard, Heard::load(folder.path(), &enrolment)] {
            heard.hear(&before, false);
            assert_eq!(heard.profile(), Profile::Eu);
        }
        let heard = Heard::load(folder.path(), &enrolment);
        heard.hear(&said_at(15, Profile::Research, None), true);
        assert_eq!(
            heard.profile(),
            Profile::Research,
            "the collector's clock was set back, and it settled what waited"
        );
    }

    #[test]
    fn the_consent_that_the_collector_lacks_is_told_once_for_each_time_that_it_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let heard = Heard::load(
            folder.path(),
            &Enrolment { number: 1, collector: [7; 32], former: None, profile: Profile::Eu },
        );
        assert_eq!(heard.take_wanted_consent(), None);
        heard.hear(&ack(Profile::Eu, Some(3)), true);
        heard.hear(&ack(Profile::Eu, None), true);
        assert_eq!(heard.take_wanted_consent(), Some(3));
        assert_eq!(heard.take_wanted_consent(), None);
    }

    #[test]
    fn of_two_acknowledgements_of_one_instant_the_first_counts_unless_it_settles() {
        let folder = tempfile::tempdir().unwrap();
        let enrolment = Enrolment { number: 1, collector: [7; 32], former: None, profile: Profile::Research };
        let heard = Heard::load(folder.path(), &enrolment);
        heard.hear(&said_at(20, Profile::Eu, None), false);
        heard.hear(&said_at(20, Profile::Research, None), false);
        assert_eq!(heard.profile(), Profile::Eu);
        heard.hear(&said_at(20, Profile::Us, Some(0)), true);
        assert_eq!((heard.profile(), heard.take_wanted_consent()), (Profile::Us, Some(1)), "versions count from 1");
    }

    #[test]
    fn the_newest_record_that_was_refused_as_withdrawn_is_told_once_for_each_modality() {
        let folder = tempfile::tempdir().unwrap();
        let heard = Heard::load(
            folder.path(),
            &Enrolment { number: 1, collector: [7; 32], former: None, profile: Profile::Eu },
        );
        for (modality, kept_at) in
            [(Modality::Heart, 5), (Modality::Heart, 9), (Modality::Heart, 7), (Modality::Face, 1)]
        {
            heard.hear_withdrawn(BTreeMap::from([(modality, kept_at)]));
        }
        assert_eq!(heard.take_withdrawn(), BTreeMap::from([(Modality::Face, 1), (Modality::Heart, 9)]));
        assert_eq!(heard.take_withdrawn(), BTreeMap::new());
    }
}
