//! What the figures are that are made here; those of measures and features are defined where they are made.

use attune_hr::master::{Decay, definitions};
use attune_reports::Definition;

pub(super) const HOURS: &str = "Hours of work";
pub(super) const BEYOND: &str = "Hours beyond eight";
pub(super) const MOOD: &str = "Mood";
pub(super) const GROUP_MOOD: &str = "Mood of a group";
pub(super) const FLAGS: &str = "People who stand out";
pub(super) const SEVERITY: &str = "Severity";
pub(super) const EFFECT: &str = "Mood before and after";

/// Name, what it is, unit and source.
const ALL: [(&str, &str, &str, &str); 7] = [
    (
        HOURS,
        "Hours of work of a day, as the table says them, added up over the days of the time.",
        "h",
        "activity table",
    ),
    (BEYOND, "Of each day the hours beyond eight, added up. Regular hours are all others.", "h", "activity table"),
    (
        MOOD,
        "What somebody answered when the vibe meter asked them, 1 to 6: the mean of each day, and of those days the mean.",
        "1 to 6",
        "vibe meter",
    ),
    (
        GROUP_MOOD,
        "The mean of somebody's scores of the vibe meter in a week, of that the mean over people, and of that the mean over weeks that \
         are told, each by its people. A week is told once it has been over for a week, and withheld where it would tell of few.",
        "1 to 6",
        "vibe meter",
    ),
    (
        FLAGS,
        "People whom the last search finds unusual among all in the tables, by an isolation forest. It says that they stand out, and \
         nothing of why.",
        "people",
        "all six tables",
    ),
    (
        SEVERITY,
        "How far a value moved the score (TreeSHAP): low from 0.1, medium from 0.3, high above 0.6.",
        "",
        "all six tables",
    ),
    (
        EFFECT,
        "The mood of the same people in the four weeks before a person decided on their flag, and in the four weeks from then on. What \
         came after need not come of it.",
        "1 to 6",
        "vibe meter, decisions",
    ),
];

/// Those of these names.
pub(super) fn of(names: &[&str]) -> Vec<Definition> {
    let made = ALL.iter().filter(|(name, ..)| names.contains(name));
    let definition = |&(name, says, unit, source): &(&str, &str, &str, &str)| Definition {
        name: name.to_owned(),
        says: says.to_owned(),
        unit: unit.to_owned(),
        source: source.to_owned(),
    };
    made.map(definition).collect()
}

/// Those of features of the master table.
pub(super) fn of_features(features: &[&str]) -> Vec<Definition> {
    let all = definitions(&Decay::default()).into_iter();
    let definition = |of: attune_hr::master::Definition| Definition {
        name: of.display_name.to_owned(),
        says: of.definition.to_owned(),
        unit: of.unit.to_owned(),
        source: format!("{} table", of.source.name()),
    };
    all.filter(|of| features.contains(&of.name)).map(definition).collect()
}
