//! The personal baseline: how a person usually is, so that levels become deviations.
//!
//! People differ more than their states do: a naturally fast heart or a lively voice is no stress. The device keeps, for
//! some features, a slowly forgetting histogram of its own person, and puts the distance from its median, in robust
//! standard deviations, beside the level in each record. It holds feature numbers only, is bounded, and is erased with
//! everything else of the person. It looks only at windows of which scores are given too. Until it has seen
//! [`OLD_ENOUGH_WINDOWS`] of a feature it gives no deviation of it, and scores fall back on norms of the population, with larger
//! uncertainty.

mod histogram;
mod place;
mod trailing;
mod v1;

use std::collections::BTreeMap;

use attune_protocol::record::Record;
use attune_protocol::registry::{FeatureSpec, Modality, Ordinal, face, heart, motion, voice};
use serde::{Deserialize, Serialize};

use crate::trust;
use histogram::Histogram;
use trailing::Trailing;

/// Windows with a value before a deviation is given: ten minutes. Ours: on stress_predict the deviation of the heart rate
/// tells stress as well then as later (`tests/parity/heart_stress.py`).
pub const OLD_ENOUGH_WINDOWS: u8 = 60;

/// Format version of a stored baseline; it stands in the first byte. Version 1 knew no time, and counted intensities in bins that
/// were wider than what is usual of them.
const VERSION: u8 = 2;

/// The features whose deviations are given: modality, level, deviation. A level whose deviation has a longer span than the
/// level itself is averaged over that span first.
const TRACKED: [(Modality, Ordinal, Ordinal); 10] = [
    (Modality::Face, face::VALENCE, face::VALENCE_DEVIATION),
    (Modality::Face, face::AROUSAL, face::AROUSAL_DEVIATION),
    (Modality::Voice, voice::LOUDNESS, voice::LOUDNESS_DEVIATION),
    (Modality::Voice, voice::F0_SEMITONE_MEAN, voice::F0_DEVIATION),
    (Modality::Voice, voice::F0_SEMITONE_SD, voice::F0_SD_DEVIATION),
    (Modality::Voice, voice::SPECTRAL_CENTROID, voice::CENTROID_DEVIATION),
    (Modality::Voice, voice::SPEECH_RATE, voice::SPEECH_RATE_DEVIATION),
    (Modality::Motion, motion::INTENSITY, motion::INTENSITY_DEVIATION),
    (Modality::Heart, heart::MEAN_HR, heart::MEAN_HR_DEVIATION),
    (Modality::Heart, heart::RMSSD, heart::RMSSD_DEVIATION),
];

/// Running robust statistics of one person's features.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Baseline {
    /// Histograms by modality and level ordinal.
    features: BTreeMap<(u8, u8), Histogram>,
    /// Levels of the trailing spans, by the same; the last minute is not worth storing.
    #[serde(skip)]
    trailing: BTreeMap<(u8, u8), Trailing>,
}

/// How a person usually is in one feature.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Usual {
    /// Of which modality the feature is.
    pub modality: Modality,
    /// The feature.
    pub spec: &'static FeatureSpec,
    /// The first quartile, in the feature's unit: a quarter of what was seen lies below.
    pub low: f64,
    /// The median.
    pub median: f64,
    /// The third quartile.
    pub high: f64,
    /// Whether enough was seen for deviations from it to be told.
    pub is_old_enough: bool,
}

/// Why stored bytes are no baseline.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BaselineError {
    /// Written by a build that knows more.
    #[error("read the personal baseline: format version {0} is unknown here")]
    Version(u8),
    /// Damaged.
    #[error("read the personal baseline: its bytes do not decode")]
    Damaged,
}

impl Baseline {
    /// Puts deviations beside the levels of a record, then learns from the levels: what is judged by the baseline is
    /// not part of it yet. A record of which no score is given is left as it is, and nothing is learnt from it.
    pub fn annotate(&mut self, record: &mut Record) {
        if trust::accepted(record).is_err() {
            return;
        }
        let modality = record.modality();
        for (_, level, deviation) in TRACKED.into_iter().filter(|(m, ..)| *m == modality) {
            let (Some(spec), Some(of)) = (modality.feature(level), modality.feature(deviation)) else { continue };
            let value = record.features.get(level);
            let key = (modality.number(), level.0);
            let over_its_span = match of.span > spec.span {
                true => self.trailing.entry(key).or_default().mean(record.window, of.span, value),
                false => value,
            };
            let Some(position) = over_its_span.map(|value| place::of(spec, modality, value)) else { continue };
            let histogram = self.features.entry(key).or_default();
            if histogram.seen() >= OLD_ENOUGH_WINDOWS {
                record.features.set(deviation, histogram.deviation(position));
            }
            // A minute that goes on without a value of its own is not seen twice.
            if value.is_some() {
                histogram.observe(record.window, position);
            }
        }
    }

    /// Forgets what it has learnt of a modality: after a withdrawn consent. Says whether there was anything.
    pub fn forget(&mut self, modality: Modality) -> bool {
        let of_it = |key: &(u8, u8)| key.0 == modality.number();
        self.trailing.retain(|key, _| !of_it(key));
        let before = self.features.len();
        self.features.retain(|key, _| !of_it(key));
        self.features.len() < before
    }

    /// What has been learnt, by modality and feature, for the person to see.
    pub fn usual(&self) -> impl Iterator<Item = Usual> {
        let of = |(&(modality, ordinal), histogram): (&(u8, u8), &Histogram)| {
            let modality = Modality::from_number(modality)?;
            let spec = modality.feature(Ordinal(ordinal))?;
            let (low, median, high) = histogram.quartiles();
            let [low, median, high] = [low, median, high].map(|position| place::at(spec, modality, position));
            Some(Usual { modality, spec, low, median, high, is_old_enough: histogram.seen() >= OLD_ENOUGH_WINDOWS })
        };
        self.features.iter().filter_map(of)
    }

    /// Bytes to store, sealed by the caller: a version, then postcard.
    ///
    /// # Panics
    /// Never: a baseline holds nothing that postcard cannot write.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_extend(self, vec![VERSION]).expect("a baseline holds numbers only")
    }

    /// Reads stored bytes.
    ///
    /// # Errors
    /// When the version is unknown here or the bytes are damaged.
    pub fn decode(bytes: &[u8]) -> Result<Self, BaselineError> {
        let (&version, body) = bytes.split_first().ok_or(BaselineError::Damaged)?;
        let read = match version {
            1 => whole::<v1::Baseline>(body).map(Self::from),
            VERSION => whole(body),
            _ => return Err(BaselineError::Version(version)),
        };
        read.filter(|baseline| baseline.features.values().all(Histogram::is_sound)).ok_or(BaselineError::Damaged)
    }
}

/// A body that takes up all bytes.
fn whole<T: serde::de::DeserializeOwned>(body: &[u8]) -> Option<T> {
    postcard::take_from_bytes(body).ok().and_then(|(read, rest)| rest.is_empty().then_some(read))
}

#[cfg(test)]
mod tests;
