//! What each feature is, for who reads the master table: the API's document, the page and the annex of a report.

use serde::Serialize;

use crate::rows::Table;

use super::decay::Decay;
use super::features::{FEATURES, Feature, Kind};
use super::inputs::INPUTS;

/// What a feature is.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Definition {
    /// Its name in files.
    pub name: &'static str,
    /// Its name for people.
    pub display_name: &'static str,
    /// What it is counted in; empty for a word.
    pub unit: &'static str,
    /// What kind of values it has.
    pub kind: Kind,
    /// Which table it comes from.
    pub source: Table,
    /// What it is.
    pub definition: &'static str,
    /// How fast rows lose weight in it: one that is so many days old counts exp(-rate x days). None where they do not. Days are counted
    /// up to the reference day, which is the table's newest where none is set.
    pub decay_a_day: Option<f64>,
    /// Whether the search for unusual patterns takes it.
    pub is_searched: bool,
}

/// What each feature is, with these rates, in the order of the columns.
#[must_use]
pub fn definitions(decay: &Decay) -> Vec<Definition> {
    let of = |feature: &Feature| Definition {
        name: feature.name,
        display_name: feature.display_name,
        unit: feature.unit,
        kind: feature.kind(),
        source: feature.source,
        definition: feature.definition,
        decay_a_day: decay.rate(feature.source).filter(|_| feature.decays),
        is_searched: INPUTS.iter().any(|input| input.name == feature.name),
    };
    FEATURES.iter().map(of).collect()
}
