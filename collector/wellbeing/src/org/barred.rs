//! What may not be shown of teams here, by the policy in force or as it is made of other measures.

use std::collections::BTreeMap;

use attune_ground::measures::{MEASURES, Measure};
use attune_protocol::policy::Rule;

use crate::state::Wellbeing;
use crate::team::{self, Why};

/// Measures that may not be shown of teams, by their numbers, each with the rule that says so.
#[derive(Clone, Debug)]
pub(super) struct Barred(BTreeMap<u16, &'static Rule>);

impl Barred {
    /// Those under the profile in force.
    pub(super) fn of(state: &Wellbeing) -> Self {
        let barred = |measure: &Measure| Some((measure.number, team::forbidden(state, measure)?));
        Self(MEASURES.iter().filter_map(barred).collect())
    }

    /// The rule that keeps a measure back, if one does.
    pub(super) fn rule(&self, measure: &Measure) -> Option<&'static Rule> {
        self.0.get(&measure.number).copied()
    }

    /// Why a measure is told of no team, where it is not: a rule, or what it is made of.
    pub(super) fn why(&self, measure: &Measure) -> Option<Why> {
        let of_others = || team::is_made_of_others(measure).then_some(Why::Share);
        self.rule(measure).map(Why::Policy).or_else(of_others)
    }

    /// These measures, each for the sake of a rule that there is.
    #[cfg(test)]
    pub(super) fn these(names: &[&str]) -> Self {
        use attune_protocol::policy::{Audience, Data, Matrix, Profile, Purpose};
        use attune_protocol::registry::Category;
        let rule = Matrix::of(Profile::Eu).rule(Audience::Hr, Purpose::Wellbeing, Data::Derived(Category::Affect));
        Self(names.iter().filter_map(|name| Some((Measure::of_name(name)?.number, rule))).collect())
    }
}
