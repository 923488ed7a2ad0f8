//! How much one request for an analysis may hold. Each is looked up before the work that it limits.

use attune_analysis::decode::{audio::AudioLimits, image};

/// Bytes of a body.
pub(crate) const BODY: usize = 16 << 20;
/// Bytes of a text field.
pub(crate) const TEXT: usize = 256;
/// Seconds of sound, motion or heartbeats.
pub(crate) const SECONDS: u64 = 300;
/// Motion samples: 200 a second all the time.
pub(crate) const MOTION_SAMPLES: usize = 200 * SECONDS as usize;
/// Intervals between heartbeats: 300 a minute all the time.
pub(crate) const INTERVALS: usize = 5 * SECONDS as usize;
/// Shortest and longest interval, milliseconds. A longer one is no interval but a gap.
pub(crate) const INTERVAL_MILLIS: (f64, f64) = (1.0, 10_000.0);
/// Bytes of a table, unpacked.
pub(crate) const TABLE: u64 = 32 << 20;
/// Largest acceleration, m/s2, and angular rate, rad/s: twice what inertial sensors of phones can tell.
pub(crate) const ACCELERATION: f64 = 320.0;
/// See [`ACCELERATION`].
pub(crate) const ANGULAR_RATE: f64 = 70.0;

/// A picture of a face, as large as today's phones take them; from 8.5 megapixels on it is scaled down while it is decoded.
pub(crate) const PICTURE: image::Limits =
    image::Limits { bytes: BODY as u64, decoded_bytes: 80_000_000, ..image::Limits::DEFAULT };

/// A recording of a voice.
pub(crate) const SOUND: AudioLimits =
    AudioLimits { bytes: 16 << 20, sample_rate: (8_000, 96_000), channels: 8, seconds: SECONDS };
