//! Features of a check-in: what the person says of themselves, on one of two scales or both.

/// What the answers on the vibe meter mean, from 1 to 6: the same words wherever a person is asked, and wherever it is shown.
pub const VIBES: [&str; 6] = ["very bad", "bad", "rather bad", "rather good", "good", "very good"];

/// What an answer on the vibe meter means; none where it is not on it.
#[must_use]
pub fn vibe_word(vibe: u8) -> Option<&'static str> {
    VIBES.get(usize::from(vibe).checked_sub(1)?).copied()
}

super::features! {
    0  VIBE "vibe", "1", 1.0..6.0 Linear, S10, 0 s, SelfReport, Year, "the person's own answer: vibe meter, 1 very bad to 6 very good";
    1  VALENCE "valence", "1", -1.0..1.0 Linear, S10, 0 s, SelfReport, Year, "the person's own answer: affect grid (Russell et al. 1989), unpleasant to pleasant";
    2  AROUSAL "arousal", "1", -1.0..1.0 Linear, S10, 0 s, SelfReport, Year, "the person's own answer: affect grid (Russell et al. 1989), quiet to active";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Profile;
    use crate::registry::{Category, Modality};

    #[test]
    fn every_answer_comes_back_as_it_was_given_and_has_a_word() {
        let spec = Modality::CheckIn.feature(VIBE).expect("it is in the registry");
        for vibe in 1..=6_u8 {
            assert_eq!(spec.from_wire(spec.to_wire(f64::from(vibe))).round(), f64::from(vibe));
            assert!(vibe_word(vibe).is_some_and(|word| !word.is_empty()));
        }
        assert_eq!((vibe_word(0), vibe_word(7)), (None, None));
    }

    #[test]
    fn what_the_person_says_is_of_a_category_of_its_own_that_every_profile_lets_leave() {
        for spec in Modality::CheckIn.features() {
            assert_eq!(spec.category, Category::SelfReport, "{}", spec.name);
            assert!(Profile::ALL.iter().all(|profile| profile.lets_leave(spec.category)));
        }
        assert!(!Modality::CheckIn.is_sensed() && Modality::SENSED.iter().all(|modality| modality.is_sensed()));
        assert_eq!(Modality::from_name("check-in"), Some(Modality::CheckIn));
    }
}
