//! Settings of wellbeing over time: how large a group is of which anything is said, and whether noise is added.

use attune_protocol::policy::LEAST_IN_A_GROUP;
use attune_wellbeing::Settings;
use serde::{Deserialize, Serialize};

/// The smallest group that may be set: in a smaller one who is in it can tell the others.
const FEWEST: u32 = 5;
/// The largest: beyond, no team has any figure.
const MOST: u32 = 10_000;
/// Epsilon of one figure: below, noise is all that is left; above, it hides nobody.
const EPSILONS: (f64, f64) = (0.01, 10.0);

/// Settings of wellbeing over time.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WellbeingConfig {
    /// How many people a figure of a team is of at least: 5 or more.
    pub least_people: u32,
    /// Epsilon that one figure of a team costs each of its people, where noise is added (differential privacy); 0: none is.
    pub epsilon: f64,
}

impl Default for WellbeingConfig {
    fn default() -> Self {
        Self { least_people: LEAST_IN_A_GROUP, epsilon: 0.0 }
    }
}

impl WellbeingConfig {
    /// As the subject is told.
    #[must_use]
    pub fn settings(&self) -> Settings {
        Settings { least_people: self.least_people, epsilon: (self.epsilon > 0.0).then_some(self.epsilon) }
    }

    /// What is wrong with it: the key, and what would be right.
    pub(super) fn problem(&self) -> Option<(&'static str, String)> {
        if !(FEWEST..=MOST).contains(&self.least_people) {
            let problem = format!(
                "expected a whole number from {FEWEST} to {MOST}: in a group of fewer than {FEWEST} people each could tell the others"
            );
            return Some(("wellbeing.least_people", problem));
        }
        let (least, most) = EPSILONS;
        let fits = self.epsilon == 0.0 || (least..=most).contains(&self.epsilon);
        (!fits).then(|| ("wellbeing.epsilon", format!("expected 0 for no noise, or a number from {least} to {most}")))
    }
}
