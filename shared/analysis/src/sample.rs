//! What sensors give. Raw samples live only in bounded memory and are wiped when dropped.

use attune_protocol::window::Window;
use image::RgbImage;

/// An instant on the device's time line: Unix microseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Timestamp(pub i64);

/// Nothing is sensed at or after this instant, 2100-01-01: a later one is a unit or a clock gone wrong.
pub const LATEST: Timestamp = Timestamp(4_102_444_800_000_000);

impl Timestamp {
    /// Of Unix milliseconds.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1000))
    }

    /// In Unix milliseconds, rounded down.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Seconds from `earlier` to this instant; negative when it is the later one.
    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> f64 {
        self.0.saturating_sub(earlier.0) as f64 / 1e6
    }

    /// The instant so many microseconds later.
    #[must_use]
    pub const fn plus(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// The instant `seconds` later.
    #[must_use]
    pub fn plus_seconds(self, seconds: f64) -> Self {
        Self(self.0.saturating_add((seconds * 1e6).round() as i64))
    }

    /// The ten-second window that the instant falls in.
    #[must_use]
    pub fn window(self) -> Window {
        Window::containing(self.millis())
    }
}

/// One camera picture.
pub struct Frame {
    /// When it was taken.
    pub at: Timestamp,
    /// 8-bit RGB.
    pub image: RgbImage,
}

impl Drop for Frame {
    fn drop(&mut self) {
        self.image.fill(0);
    }
}

/// Amplitude from which a sample counts as clipped.
pub const FULL_SCALE: f32 = 0.999;

/// A run of mono audio.
pub struct AudioChunk {
    /// When its first sample was taken.
    pub at: Timestamp,
    /// Samples a second.
    pub sample_rate: u32,
    /// Amplitudes; full scale is 1.
    pub samples: Vec<f32>,
    /// Numbers of the samples of which a channel was clipped (at full scale, or on a flat top under it) where their
    /// mean is not at full scale: ascending, and most often none.
    pub clipped: Vec<u32>,
}

impl AudioChunk {
    /// How much later than it was taken a chunk may be stamped, seconds, if what follows shows it: a live microphone stamps
    /// one when it is handed over.
    pub const LATEST: f64 = 1.0;
}

impl Drop for AudioChunk {
    fn drop(&mut self) {
        self.samples.fill(0.0);
    }
}

/// One reading of an inertial sensor.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct MotionSample {
    /// When it was taken.
    pub at: Timestamp,
    /// Acceleration with gravity, m/s2, in the device's x, y, z.
    pub acceleration: [f64; 3],
    /// Angular rate, rad/s, where the device has a gyroscope.
    pub gyroscope: Option<[f64; 3]>,
}

/// One message of a heart sensor.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum HeartSample {
    /// A beat, with the interval that ended with it.
    Beat {
        /// When the beat was.
        at: Timestamp,
        /// Time since the beat before, milliseconds.
        rr_millis: f64,
    },
    /// A rate that the sensor averaged itself, where it gives no intervals.
    Rate {
        /// When it was given.
        at: Timestamp,
        /// Beats a minute.
        bpm: f64,
    },
    /// Whether the sensor touches the skin.
    Contact {
        /// When it was said.
        at: Timestamp,
        /// Whether it does.
        touching: bool,
    },
}

impl HeartSample {
    /// How much earlier than what was given before it a sample may stand, seconds: straps tell of contact and rate at once, and of
    /// beats a message or two behind.
    pub const LATEST: f64 = 3.0;

    /// When the sensor gave it.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        match *self {
            Self::Beat { at, .. } | Self::Rate { at, .. } | Self::Contact { at, .. } => at,
        }
    }

    /// The same so many microseconds later.
    #[must_use]
    pub const fn moved(self, micros: i64) -> Self {
        let at = self.at().plus(micros);
        match self {
            Self::Beat { rr_millis, .. } => Self::Beat { at, rr_millis },
            Self::Rate { bpm, .. } => Self::Rate { at, bpm },
            Self::Contact { touching, .. } => Self::Contact { at, touching },
        }
    }
}
