//! One reading of a sensor: what pushes and exports have in common.

use super::names::{self, Sensor};
use super::numbers::{finite, nanos};

/// Standard gravity, m/s2 (BIPM).
pub(super) const GRAVITY: f64 = 9.80665;
/// Largest acceleration along an axis that can be, m/s2: twice what sensors of phones can tell.
const MOST_ACCELERATION: f64 = 320.0;
/// Beats a minute that can be, as in tables.
const RATES: std::ops::RangeInclusive<f64> = 20.0..=250.0;
/// Instants that a phone can tell, nanoseconds: from 2001-09-09 to 2100.
const INSTANTS: std::ops::Range<i64> = 1_000_000_000_000_000_000..4_102_444_800_000_000_000;

/// What a phone or its watch says of an instant; times are Unix nanoseconds of the phone's clock.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Reading {
    /// An acceleration, m/s2, in the device's x, y, z; that of [`Part::Uncalibrated`] as it was sent, in g or m/s2.
    Motion {
        /// When it was.
        at: i64,
        /// What moved.
        worn: Worn,
        /// What of the acceleration it is.
        part: Part,
        /// Along x, y and z.
        axes: [f64; 3],
    },
    /// A heart rate, beats a minute.
    Rate {
        /// When it was.
        at: i64,
        /// Beats a minute.
        bpm: f64,
    },
    /// Steps since the app's recording began.
    Steps {
        /// When it was.
        at: i64,
        /// How many.
        count: u64,
    },
}

impl Reading {
    /// When it was, Unix nanoseconds of the phone's clock.
    pub(super) const fn at(&self) -> i64 {
        match *self {
            Self::Motion { at, .. } | Self::Rate { at, .. } | Self::Steps { at, .. } => at,
        }
    }
}

/// What of an acceleration a reading is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Part {
    /// Without gravity.
    Linear,
    /// Gravity alone.
    Gravity,
    /// With gravity.
    Total,
    /// With gravity, in a unit that its length tells.
    Uncalibrated,
}

/// Which of the person's devices moved.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Worn {
    /// The phone itself.
    Phone,
    /// A watch that is connected with it.
    Wrist,
}

impl Worn {
    /// The other one of the two.
    pub(super) const fn other(self) -> Self {
        match self {
            Self::Phone => Self::Wrist,
            Self::Wrist => Self::Phone,
        }
    }
}

/// Why something that was sent is no reading.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Why {
    /// It does not read.
    Unread,
    /// It has no value, or one that cannot be.
    NoValue,
    /// Its time is no number of nanoseconds since 1970 that can be.
    FalseTime,
    /// It is of a sensor that is not read.
    NotRead(&'static str),
}

/// The readings of one entry: two where a watch sends gravity beside the rest. `field` gives the text of a field by its plain
/// name.
pub(super) fn readings<'a>(
    name: &str,
    time: Option<&str>,
    field: impl Fn(&str) -> Option<&'a str>,
) -> Result<Vec<Reading>, Why> {
    let sensor = Sensor::of(name).ok_or_else(|| Why::NotRead(names::not_read(name)))?;
    let at = time.and_then(nanos).ok_or(Why::Unread)?;
    if !INSTANTS.contains(&at) {
        return Err(Why::FalseTime);
    }
    let three = |prefix: &str| -> Result<[f64; 3], Why> {
        let axis = |axis: &str| field(&format!("{prefix}{axis}")).and_then(finite).ok_or(Why::Unread);
        Ok([axis("x")?, axis("y")?, axis("z")?])
    };
    let motion = |worn, part, axes| Reading::Motion { at, worn, part, axes };
    let of_phone = |part| can_be(three("")?, part).map(|axes| vec![motion(Worn::Phone, part, axes)]);
    match sensor {
        Sensor::Linear => of_phone(Part::Linear),
        Sensor::Gravity => of_phone(Part::Gravity),
        Sensor::Total => of_phone(Part::Total),
        Sensor::Uncalibrated => of_phone(Part::Uncalibrated),
        Sensor::Wrist => {
            let (linear, gravity) = (three("acceleration")?, three("gravity")?);
            let scale = to_metres(gravity).ok_or(Why::NoValue)?;
            let scaled = |axes: [f64; 3], part| can_be(axes.map(|axis| axis * scale), part);
            let (linear, gravity) = (scaled(linear, Part::Linear)?, scaled(gravity, Part::Gravity)?);
            Ok(vec![motion(Worn::Wrist, Part::Linear, linear), motion(Worn::Wrist, Part::Gravity, gravity)])
        }
        Sensor::Heart => {
            let bpm = field("bpm").or_else(|| field("heartrate")).and_then(finite).ok_or(Why::Unread)?;
            if RATES.contains(&bpm) { Ok(vec![Reading::Rate { at, bpm }]) } else { Err(Why::NoValue) }
        }
        Sensor::Steps => {
            let count = field("steps").and_then(finite).ok_or(Why::Unread)?;
            let can_be = count >= 0.0 && count <= f64::from(u32::MAX);
            if can_be { Ok(vec![Reading::Steps { at, count: count as u64 }]) } else { Err(Why::NoValue) }
        }
    }
}

/// Accelerations that can be. With gravity something is always told: noughts along all axes were not measured.
fn can_be(axes: [f64; 3], part: Part) -> Result<[f64; 3], Why> {
    let within = axes.iter().all(|axis| axis.abs() <= MOST_ACCELERATION);
    let measured = part == Part::Linear || axes.iter().any(|axis| *axis != 0.0);
    if within && measured { Ok(axes) } else { Err(Why::NoValue) }
}

/// What makes m/s2 of a unit in which gravity is so long: it is 1 in g and 9.8 in m/s2.
pub(super) fn to_metres(gravity: [f64; 3]) -> Option<f64> {
    let length = length(gravity);
    if (0.5..2.0).contains(&length) {
        Some(GRAVITY)
    } else {
        (0.5 * GRAVITY..2.0 * GRAVITY).contains(&length).then_some(1.0)
    }
}

pub(super) fn length(axes: [f64; 3]) -> f64 {
    axes.iter().map(|axis| axis * axis).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: &str = "1767258000000000000";

    fn read(name: &str, fields: &[(&str, &str)]) -> Result<Vec<Reading>, Why> {
        readings(name, Some(AT), |wanted| fields.iter().find(|(name, _)| *name == wanted).map(|(_, text)| *text))
    }

    #[test]
    fn what_no_sensor_measures_is_no_reading() {
        let still = [("x", "0"), ("y", "0.0"), ("z", "-0")];
        assert!(read("accelerometer", &still).is_ok(), "a phone that rests");
        for name in ["gravity", "totalacceleration", "accelerometeruncalibrated"] {
            assert_eq!(read(name, &still), Err(Why::NoValue), "{name}");
        }
        assert_eq!(read("accelerometer", &[("x", "0"), ("y", "321"), ("z", "0")]), Err(Why::NoValue));
        assert_eq!(read("accelerometer", &[("x", "0"), ("y", "0")]), Err(Why::Unread));
        assert_eq!(read("pedometer", &[("steps", "-3")]), Err(Why::NoValue));
        for bpm in ["0", "19", "251", "65535", "-60"] {
            assert_eq!(read("heart rate", &[("bpm", bpm)]), Err(Why::NoValue), "{bpm}");
        }
    }

    #[test]
    fn a_time_that_is_no_count_of_nanoseconds_is_told_apart_from_one_that_does_not_read() {
        let at = |time| readings("heart rate", time, |_| Some("70")).map(|readings| readings.len());
        assert_eq!(at(Some(AT)), Ok(1));
        for time in ["1767258000", "1767258000000", "1767258000000000", "0", "-1", "9000000000000000000"] {
            assert_eq!(at(Some(time)), Err(Why::FalseTime), "{time}");
        }
        assert_eq!(
            (at(None), at(Some("null")), at(Some("noon"))),
            (Err(Why::Unread), Err(Why::Unread), Err(Why::Unread))
        );
    }

    #[test]
    fn a_watch_that_tells_neither_unit_gives_nothing() {
        fn fields(length: &str) -> Vec<(&str, &str)> {
            let zero = ["accelerationx", "accelerationy", "accelerationz", "gravityx", "gravityy"];
            zero.map(|name| (name, "0.1")).into_iter().chain([("gravityz", length)]).collect()
        }
        assert_eq!(read("wrist motion", &fields("3.0")), Err(Why::NoValue));
        assert_eq!(read("wrist motion", &fields("-0.99")).map(|two| two.len()), Ok(2));
    }
}
