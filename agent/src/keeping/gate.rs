//! The policy gate: what of a record may be kept and leave, by the person's consent and the organisation's profile.

use attune_protocol::features::Features;
use attune_protocol::policy::Profile;
use attune_protocol::record::{Coverage, Gap, Record};

/// What a record becomes before it is kept: under a profile only the categories that it lets leave stay, and the record names
/// those that were taken out; without consent nothing stays but the fact that there is none.
#[must_use]
pub fn pass(mut record: Record, profile: Profile) -> Record {
    if record.coverage.gap == Some(Gap::NoConsent) {
        return stop(&record, Gap::NoConsent);
    }
    let withheld = &mut record.withheld;
    record.features.retain(|feature| {
        let leaves = profile.lets_leave(feature.category);
        if !leaves {
            withheld.insert(feature.category);
        }
        leaves
    });
    record
}

/// What a record becomes that may not be kept: the fact that nothing was, and why.
#[must_use]
pub fn stop(record: &Record, gap: Gap) -> Record {
    let coverage = Coverage::none(record.coverage.expected, gap);
    Record::new(record.window, 0.0, coverage, Features::new(record.modality()))
}

#[cfg(test)]
mod tests {
    use attune_protocol::registry::{Category, Modality};
    use attune_protocol::window::Window;

    use super::*;

    fn full(modality: Modality, gap: Option<Gap>) -> Record {
        let mut features = Features::new(modality);
        for spec in modality.features() {
            features.set(spec.ordinal, spec.min);
        }
        let coverage = Coverage { expected: 10, received: 8, last_60_s: 0.5, last_300_s: 0.5, gap };
        Record::new(Window(1), 0.9, coverage, features)
    }

    #[test]
    fn no_feature_passes_that_the_profile_does_not_let_leave_and_no_other_is_lost() {
        for profile in [Profile::Eu, Profile::Uk, Profile::Us, Profile::Research] {
            for modality in Modality::ALL {
                let passed = pass(full(modality, None), profile);
                let kept: Vec<_> = passed.features.iter().map(|(spec, _)| spec.ordinal).collect();
                let allowed = modality.features().iter().filter(|s| profile.lets_leave(s.category));
                assert_eq!(kept, allowed.map(|s| s.ordinal).collect::<Vec<_>>(), "{profile} {modality}");
                for category in Category::ALL {
                    let had = modality.features().iter().any(|spec| spec.category == category);
                    let named = passed.withheld.contains(category);
                    assert_eq!(named, had && !profile.lets_leave(category), "{profile} {modality} {category:?}");
                }
            }
        }
        let passed = pass(full(Modality::Face, None), Profile::Eu);
        assert!(passed.features.iter().all(|(spec, _)| spec.category != Category::Affect));
        assert_eq!(passed.coverage.received, 8, "coverage is of the signal, not of the person");
    }

    #[test]
    fn without_consent_nothing_passes_but_that_fact() {
        let passed = pass(full(Modality::Heart, Some(Gap::NoConsent)), Profile::Research);
        assert!(passed.features.is_empty());
        assert_eq!(passed.quality, 0.0);
        assert_eq!(passed.coverage, Coverage::none(10, Gap::NoConsent));
    }
}
