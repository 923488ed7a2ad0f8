use attune_protocol::window::Window;
use serde::{Deserialize, Serialize};

/// Bins over the feature's range on its wire scale.
const BINS: usize = 256;

/// An observation weighs half after so many windows: 14 days, whether anything was sensed in them or not.
const HALF_LIFE: f64 = 14.0 * 24.0 * 360.0;
/// Weights are brought up to date once an hour: one window's forgetting is near the resolution of 32 bits.
const STEP: u32 = 360;
/// A clock that jumps makes the past weigh half at most.
const MOST_FORGOTTEN: f64 = 0.5;

/// The normal distribution's standard deviation over its MAD.
const MAD_TO_SD: f64 = 1.4826;

/// How much a young median is to be doubted: its variance is pi / 2 over the number of independent observations, and
/// six windows of a minute are about one.
const DOUBT: f64 = 6.0 * std::f64::consts::FRAC_PI_2;

/// A standard deviation is taken as no less than this share of the range: a feature that hardly ever moves must not
/// turn noise into large deviations.
const LEAST_SD: f64 = 0.01;

/// An exponentially forgetting histogram of positions in [0,1], for a median and a MAD that a few outliers cannot move.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Histogram {
    bins: Vec<f32>,
    /// Observations, however long ago, up to 255.
    seen: u8,
    /// The window up to which the weights have been forgotten.
    until: Option<Window>,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { bins: vec![0.0; BINS], seen: 0, until: None }
    }
}

/// As format version 1 stored it.
impl From<Vec<f32>> for Histogram {
    fn from(bins: Vec<f32>) -> Self {
        // A float-to-integer cast saturates.
        let seen = bins.iter().map(|weight| f64::from(*weight)).sum::<f64>().round() as u8;
        Self { bins, seen, until: None }
    }
}

impl Histogram {
    /// Whether stored bins can be used.
    pub(super) fn is_sound(&self) -> bool {
        self.bins.len() == BINS && self.bins.iter().all(|w| w.is_finite() && *w >= 0.0)
    }

    /// Observations, each by what is left of its weight.
    pub(super) fn weight(&self) -> f64 {
        self.bins.iter().map(|w| f64::from(*w)).sum()
    }

    /// The weight of the observations in the bin of a position.
    #[cfg(test)]
    pub(super) fn weight_at(&self, position: f64) -> f64 {
        f64::from(self.bins[bin(position)])
    }

    /// How many observations there were, up to 255.
    pub(super) fn seen(&self) -> u8 {
        self.seen
    }

    /// Takes in the position of a window's value in [0,1].
    pub(super) fn observe(&mut self, window: Window, position: f64) {
        self.forget_until(window);
        self.bins[bin(position)] += 1.0;
        self.seen = self.seen.saturating_add(1);
    }

    fn forget_until(&mut self, window: Window) {
        // A clock that was set back forgets nothing.
        let passed = self.until.map_or(0, |until| window.0.saturating_sub(until.0));
        if passed >= STEP {
            let left = (-f64::from(passed) / HALF_LIFE).exp2().max(MOST_FORGOTTEN) as f32;
            self.bins.iter_mut().for_each(|weight| *weight *= left);
        }
        if passed >= STEP || self.until.is_none_or(|until| window < until) {
            self.until = Some(window);
        }
    }

    /// The positions below which a quarter, a half and three quarters of the weight lie; 0.5 where nothing was observed.
    pub(super) fn quartiles(&self) -> (f64, f64, f64) {
        let at = |share| {
            let (goal, mut before) = (self.weight() * share, 0.0);
            let bin = self.bins.iter().position(|weight| {
                before += f64::from(*weight);
                before >= goal && before > 0.0
            });
            bin.map_or(0.5, centre)
        };
        (at(0.25), at(0.5), at(0.75))
    }

    /// Distance of a position from the median in robust standard deviations, widened by how well the median is known.
    pub(super) fn deviation(&self, position: f64) -> f64 {
        let median = quantile(self.bins.iter().enumerate().map(|(i, w)| (centre(i), f64::from(*w))).collect());
        let mad =
            quantile(self.bins.iter().enumerate().map(|(i, w)| ((centre(i) - median).abs(), f64::from(*w))).collect());
        (position - median) / ((MAD_TO_SD * mad).max(LEAST_SD) * (1.0 + DOUBT / self.weight().max(1.0)).sqrt())
    }
}

fn bin(position: f64) -> usize {
    // A float-to-integer cast saturates; the last bin takes the end of the range.
    ((position * BINS as f64) as usize).min(BINS - 1)
}

fn centre(bin: usize) -> f64 {
    (bin as f64 + 0.5) / BINS as f64
}

/// The weighted median of (value, weight) pairs, interpolated between neighbours.
fn quantile(mut pairs: Vec<(f64, f64)>) -> f64 {
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    pairs.retain(|(_, weight)| *weight > 0.0);
    let half = pairs.iter().map(|(_, w)| w).sum::<f64>() / 2.0;
    let (mut before, mut previous): (f64, Option<(f64, f64)>) = (0.0, None);
    for (value, weight) in pairs {
        let middle = before + weight / 2.0;
        if middle >= half {
            return match previous {
                Some((at, then)) if middle > at => then + (value - then) * (half - at) / (middle - at),
                _ => value,
            };
        }
        before += weight;
        previous = Some((middle, value));
    }
    previous.map_or(0.5, |(_, value)| value)
}
