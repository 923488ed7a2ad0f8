//! Triangular filters that are evenly spaced as the ear hears.

use super::lanes::dot;

/// A scale of pitch as it is heard.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MelScale {
    /// 1127 ln(1 + f / 700) (O'Shaughnessy 1987), as in HTK and eGeMAPS.
    Htk,
    /// Linear up to 1 kHz and logarithmic above it (Slaney 1998), librosa's default.
    Slaney,
}

/// Over which axis the sides of a triangle are straight.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sides {
    /// Over mel, as in HTK and eGeMAPS.
    Mel,
    /// Over Hz, as in librosa.
    Hertz,
}

/// A filter bank: triangles, each from the peak of the one before to the peak of the one after.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct MelBands {
    /// How many.
    pub count: usize,
    /// Lower edge of the first, Hz.
    pub lowest: f64,
    /// Upper edge of the last, Hz.
    pub highest: f64,
    /// What they are evenly spaced in.
    pub scale: MelScale,
    /// Shape of their sides.
    pub sides: Sides,
    /// Whether each has the same area over Hz (Slaney 1998) rather than the same height of 1.
    pub equal_area: bool,
}

impl MelScale {
    fn mel(self, hz: f64) -> f64 {
        match self {
            Self::Htk => 1127.0 * (1.0 + hz / 700.0).ln(),
            Self::Slaney if hz < 1000.0 => hz * 3.0 / 200.0,
            Self::Slaney => 15.0 + 27.0 * (hz / 1000.0).ln() / 6.4_f64.ln(),
        }
    }

    fn hertz(self, mel: f64) -> f64 {
        match self {
            Self::Htk => 700.0 * ((mel / 1127.0).exp() - 1.0),
            Self::Slaney if mel < 15.0 => mel * 200.0 / 3.0,
            Self::Slaney => 1000.0 * (6.4_f64.ln() * (mel - 15.0) / 27.0).exp(),
        }
    }
}

impl MelBands {
    /// Frequency of edge `index` in Hz: band `b` reaches from edge `b` over its peak `b + 1` to `b + 2`.
    pub(super) fn edge(&self, index: usize) -> f64 {
        let (low, high) = (self.scale.mel(self.lowest), self.scale.mel(self.highest));
        self.scale.hertz(low + (high - low) * index as f64 / (self.count + 1) as f64)
    }
}

/// The filters of a bank over the bins of a transform.
pub(super) struct FilterBank(Vec<Filter>);

struct Filter {
    first: usize,
    weights: Vec<f32>,
}

impl FilterBank {
    /// Filters for `bins` bins, `step` Hz from one to the next.
    pub(super) fn new(bands: &MelBands, bins: usize, step: f64) -> Self {
        let place = |hz: f64| match bands.sides {
            Sides::Mel => bands.scale.mel(hz),
            Sides::Hertz => hz,
        };
        let filter = |band: usize| {
            let edges = [band, band + 1, band + 2].map(|edge| bands.edge(edge));
            let [from, peak, to] = edges.map(place);
            let height = if bands.equal_area { 2.0 / (edges[2] - edges[0]) } else { 1.0 };
            let weight = |bin: usize| {
                let at = place(bin as f64 * step);
                height * ((at - from) / (peak - from)).min((to - at) / (to - peak)).max(0.0)
            };
            let first = (0..bins).find(|&bin| weight(bin) > 0.0).unwrap_or(0);
            let weights = (first..bins).map(weight).take_while(|&w| w > 0.0);
            Filter { first, weights: weights.map(|w| w as f32).collect() }
        };
        Self((0..bands.count).map(filter).collect())
    }

    /// The power that each band lets through.
    pub(super) fn apply<'a>(&'a self, power: &'a [f32]) -> impl Iterator<Item = f32> + 'a {
        self.0.iter().map(|Filter { first, weights }| dot(weights, &power[*first..first + weights.len()]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scales_are_inverted_and_meet_their_anchors() {
        for scale in [MelScale::Htk, MelScale::Slaney] {
            for hz in [0.0, 60.0, 440.0, 999.0, 1000.0, 3500.0, 8000.0] {
                assert!((scale.hertz(scale.mel(hz)) - hz).abs() < 1e-9, "{scale:?} {hz}");
            }
        }
        // 1000 Hz is 1000 mel (HTK), and 15 of Slaney's steps.
        assert!((MelScale::Htk.mel(1000.0) - 1000.0).abs() < 0.02);
        assert!((MelScale::Slaney.mel(6400.0) - 42.0).abs() < 1e-9);
    }

    #[test]
    fn bands_of_height_one_share_each_bin_among_them() {
        let bands = MelBands {
            count: 26,
            lowest: 20.0,
            highest: 8000.0,
            scale: MelScale::Htk,
            sides: Sides::Mel,
            equal_area: false,
        };
        let bank = FilterBank::new(&bands, 257, 31.25);
        for bin in 0..257 {
            let mut power = vec![0.0; 257];
            power[bin] = 1.0;
            let sum: f32 = bank.apply(&power).sum();
            let hz = bin as f64 * 31.25;
            let within = hz >= bands.edge(1) && hz <= bands.edge(26);
            assert!(if within { (sum - 1.0).abs() < 1e-6 } else { sum < 1.0 }, "{hz}: {sum}");
        }
    }
}
