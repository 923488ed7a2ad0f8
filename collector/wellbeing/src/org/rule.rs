//! What may be shown of teams here, by the policy in force.

use attune_ground::measures::Measure;
use attune_people::rights::{Asker, Means, Scope};
use attune_protocol::policy::{Audience, Matrix, Profile, Purpose, Rule};

/// As whom somebody asks.
pub(super) fn audience(asker: &Asker) -> Audience {
    match (asker.means(), asker.scope()) {
        (Means::Service(_), _) => Audience::Service,
        (_, Scope::All) => Audience::Hr,
        (_, Scope::OwnTeams | Scope::Own) => Audience::Manager,
    }
}

/// To whom figures are given, and under which profile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Eyes {
    /// The profile in force.
    pub(super) profile: Profile,
    /// As whom they ask.
    pub(super) audience: Audience,
}

impl Eyes {
    /// The rule that keeps a measure of teams from them, if one does: the strictest of all that it is made of.
    pub(super) fn barred_from(self, measure: &Measure) -> Option<&'static Rule> {
        let matrix = Matrix::of(self.profile);
        let rules = measure.made_of.iter().map(|data| matrix.rule(self.audience, Purpose::Wellbeing, *data));
        rules.reduce(Rule::stricter).filter(|rule| !rule.decision.leaves_the_device())
    }
}

#[cfg(test)]
mod tests {
    use attune_ground::measures::MEASURES;

    use super::*;

    fn shown(profile: Profile, audience: Audience) -> Vec<&'static str> {
        let eyes = Eyes { profile, audience };
        MEASURES.iter().filter(|measure| eyes.barred_from(measure).is_none()).map(|measure| measure.name).collect()
    }

    #[test]
    fn under_eu_teams_are_shown_workload_coverage_and_what_people_say_and_nothing_that_is_read_from_them() {
        let expected = ["active_share", "coverage", "vibe", "said_valence", "said_arousal"];
        for audience in [Audience::Manager, Audience::Hr, Audience::Service] {
            assert_eq!(shown(Profile::Eu, audience), expected, "{audience:?}");
            assert_eq!(shown(Profile::Research, audience).len(), MEASURES.len(), "{audience:?}");
        }
        for audience in [Audience::Administrator, Audience::PrivacyOfficer, Audience::LanguageModel] {
            assert!(shown(Profile::Research, audience).is_empty(), "{audience:?}");
        }
    }

    #[test]
    fn what_is_kept_back_names_its_rule() {
        let stress = attune_ground::measures::Measure::of_name("stress_load").expect("a measure");
        let eyes = Eyes { profile: Profile::Eu, audience: Audience::Hr };
        let rule = eyes.barred_from(stress).expect("emotion is not shown");
        assert!(rule.id.starts_with("EU-") && !rule.says.is_empty(), "{}", rule.id);
    }
}
