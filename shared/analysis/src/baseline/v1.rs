//! A baseline as format version 1 had it.

use std::collections::BTreeMap;

use attune_protocol::registry::{Modality, motion};
use serde::Deserialize;

use super::histogram::Histogram;

#[derive(Deserialize)]
pub(super) struct Baseline {
    features: BTreeMap<(u8, u8), Vec<f32>>,
}

impl From<Baseline> for super::Baseline {
    fn from(old: Baseline) -> Self {
        let coarse = (Modality::Motion.number(), motion::INTENSITY.0);
        let kept = old.features.into_iter().filter(|(key, _)| *key != coarse);
        let features = kept.map(|(key, bins)| (key, Histogram::from(bins))).collect();
        Self { features, ..Self::default() }
    }
}
