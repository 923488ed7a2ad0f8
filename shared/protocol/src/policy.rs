//! Policy: who may be given what of a person, and for what, whatever the person agreed to.
//!
//! One [`Matrix`] decides all of it. What may leave a device, what a collector stores and whether it takes raw samples in are
//! cells of it, and each refusal names the [`Rule`] of its cell.

mod cell;
mod matrix;
mod rules;

use serde::{Deserialize, Serialize};

pub use cell::{Audience, Data, Decision, Purpose};
pub use matrix::{Cell, Matrix, Papers};
pub(crate) use rules::{CONSENT, ERASED, WISHED, WITHDRAWN};
pub use rules::{RULES, Rule};

use crate::registry::Category;

/// People of whom a figure of a group is made at least, so that nobody can be told in it.
pub const LEAST_IN_A_GROUP: u32 = 10;

/// The organisation's jurisdiction. `Eu` is the default and the strictest.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// EU AI Act Art. 5(1)(f) and GDPR Art. 9: nothing that affect could be read from leaves the device. What the person says
    /// themselves is inferred from nothing, and may leave under every profile.
    #[default]
    Eu,
    /// UK GDPR Art. 9: as `Eu` for affect.
    Uk,
    /// State biometric laws: no affect, but heart and fatigue under consent.
    Us,
    /// Everything, under recorded consent.
    Research,
}

impl Profile {
    /// Every profile. Variants are only appended.
    pub const ALL: [Self; 4] = [Self::Eu, Self::Uk, Self::Us, Self::Research];

    /// Whether features of a category may leave the device under this profile. Consent is needed besides.
    #[must_use]
    pub const fn lets_leave(self, category: Category) -> bool {
        self.leaving(category).decision.leaves_the_device()
    }

    /// The rule by which features of a category may leave the device, or may not: that of what a collector stores.
    #[must_use]
    pub const fn leaving(self, category: Category) -> &'static Rule {
        Matrix::of(self).rule(Audience::Store, Purpose::Wellbeing, Data::Derived(category))
    }

    /// Whether features of every category may leave the device.
    #[must_use]
    pub fn lets_everything_leave(self) -> bool {
        Category::ALL.into_iter().all(|category| self.lets_leave(category))
    }

    /// The number that stands on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The profile of a number. One that is not known here is taken for the strictest.
    #[must_use]
    pub fn from_number(number: u8) -> Self {
        Self::ALL.into_iter().find(|profile| profile.number() == number).unwrap_or(Self::Eu)
    }

    /// Whether raw pictures, sound, motion and intervals may be sent to the collector for analysis there.
    #[must_use]
    pub const fn lets_raw_media_in(self) -> bool {
        self.taking_in().decision.leaves_the_device()
    }

    /// The rule by which that is so.
    #[must_use]
    pub const fn taking_in(self) -> &'static Rule {
        Matrix::of(self).rule(Audience::Store, Purpose::Analysis, Data::Raw)
    }

    /// Lower-case name, as in configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Eu => "eu",
            Self::Uk => "uk",
            Self::Us => "us",
            Self::Research => "research",
        }
    }
}

/// The rule that keeps features of a category on a device on which several profiles are in force, if one does: the strictest
/// of theirs, of the first profile where they are equally strict.
#[must_use]
pub fn keeps_back(profiles: impl IntoIterator<Item = Profile>, category: Category) -> Option<&'static Rule> {
    let rules = profiles.into_iter().map(|profile| profile.leaving(category));
    rules.reduce(Rule::stricter).filter(|rule| !rule.decision.leaves_the_device())
}

impl std::fmt::Display for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|profile| profile.name() == text)
            .ok_or_else(|| format!("'{text}' is no profile: use eu, uk, us or research"))
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod profiles {
    use super::*;

    #[test]
    fn only_research_lets_affect_and_what_it_could_be_read_from_leave() {
        for profile in [Profile::Eu, Profile::Uk, Profile::Us] {
            for category in [Category::Affect, Category::VoiceAcoustics, Category::FaceGeometry] {
                assert!(!profile.lets_leave(category), "{profile} {category:?}");
            }
            assert!(!profile.lets_raw_media_in(), "{profile}");
        }
        assert!(Category::ALL.into_iter().all(|c| Profile::Research.lets_leave(c)));
        assert_eq!(Profile::default(), Profile::Eu);
    }

    #[test]
    fn a_number_names_its_profile_and_an_unknown_one_the_strictest() {
        assert!(Profile::ALL.into_iter().all(|profile| Profile::from_number(profile.number()) == profile));
        assert_eq!(Profile::from_number(200), Profile::Eu);
    }

    #[test]
    fn each_profile_lets_out_what_its_law_does_and_nothing_more() {
        use Category::{Activity, Affect, FaceGeometry, Physiology, SelfReport, Technical, Text, VoiceAcoustics};
        for (profile, leaving) in [
            (Profile::Eu, &[Technical, Activity, SelfReport][..]),
            (Profile::Uk, &[Technical, Activity, SelfReport]),
            (Profile::Us, &[Technical, Activity, Physiology, SelfReport, Text]),
            (
                Profile::Research,
                &[Technical, Activity, FaceGeometry, VoiceAcoustics, Affect, Physiology, SelfReport, Text],
            ),
        ] {
            let leaves: Vec<_> = Category::ALL.into_iter().filter(|category| profile.lets_leave(*category)).collect();
            assert_eq!(leaves, leaving, "{profile}");
            assert_eq!(profile.lets_everything_leave(), profile == Profile::Research, "{profile}");
            assert_eq!(profile.lets_raw_media_in(), profile == Profile::Research, "{profile}");
            assert_eq!(profile.name().parse(), Ok(profile));
        }
        assert!("EU".parse::<Profile>().is_err());
    }
}
