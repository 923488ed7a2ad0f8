//! Feature values of one modality, before or after the wire.

use std::collections::BTreeMap;

use crate::registry::{FeatureSpec, Modality, Ordinal};

/// The features that could be derived, and only those: what is absent is missing, never zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    modality: Modality,
    values: BTreeMap<Ordinal, f64>,
}

impl Features {
    /// No feature of `modality` yet.
    #[must_use]
    pub fn new(modality: Modality) -> Self {
        Self { modality, values: BTreeMap::new() }
    }

    /// The modality that all ordinals here belong to.
    #[must_use]
    pub fn modality(&self) -> Modality {
        self.modality
    }

    /// Gives a feature its value, in the registry's unit. `None` and non-finite values leave it absent.
    pub fn set(&mut self, ordinal: Ordinal, value: impl Into<Option<f64>>) {
        debug_assert!(self.modality.feature(ordinal).is_some(), "{ordinal:?} is in the registry");
        match value.into().filter(|v| v.is_finite()) {
            Some(value) => self.values.insert(ordinal, value),
            None => self.values.remove(&ordinal),
        };
    }

    /// The value of a feature in the registry's unit, if it could be derived.
    #[must_use]
    pub fn get(&self, ordinal: Ordinal) -> Option<f64> {
        self.values.get(&ordinal).copied()
    }

    /// Leaves out the features for which `keep` says no.
    pub fn retain(&mut self, mut keep: impl FnMut(&FeatureSpec) -> bool) {
        let modality = self.modality;
        self.values.retain(|&ordinal, _| modality.feature(ordinal).is_some_and(&mut keep));
    }

    /// All features that are present, by ordinal, with what the registry says of them.
    pub fn iter(&self) -> impl Iterator<Item = (&'static FeatureSpec, f64)> {
        let modality = self.modality;
        self.values.iter().filter_map(move |(&ordinal, &value)| Some((modality.feature(ordinal)?, value)))
    }

    /// Whether no feature could be derived.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}
