//! What the app calls its sensors, in pushes and as files of an export, and which of them are read.

/// A sensor that is read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Sensor {
    /// Acceleration without gravity, m/s2.
    Linear,
    /// Gravity, m/s2.
    Gravity,
    /// Acceleration with gravity, m/s2.
    Total,
    /// Acceleration with gravity as the chip gives it: g on iOS, m/s2 on Android.
    Uncalibrated,
    /// Acceleration without gravity and gravity of a watch, both in g or both in m/s2.
    Wrist,
    /// Heart rate of a watch, beats a minute.
    Heart,
    /// Steps since the recording began.
    Steps,
}

impl Sensor {
    /// By its name, however it is written: `heart rate`, `HeartRate` and `heartrate` are one.
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match plain(name).as_str() {
            "accelerometer" => Self::Linear,
            "gravity" => Self::Gravity,
            "totalacceleration" => Self::Total,
            "accelerometeruncalibrated" | "uncalibratedaccelerometer" => Self::Uncalibrated,
            "wristmotion" => Self::Wrist,
            "heartrate" => Self::Heart,
            "pedometer" => Self::Steps,
            _ => return None,
        })
    }
}

/// The name of a sensor that is not read, as it may stand in a log: one that the app has, or that it is another.
pub(super) fn not_read(name: &str) -> &'static str {
    let plain = plain(name);
    NOT_READ.into_iter().find(|known| *known == plain).unwrap_or("another sensor")
}

/// Sensors of the app that are not read. Names that are not among them are told by no name: they could say anything.
const NOT_READ: [&str; 26] = [
    "activity",
    "annotation",
    "barometer",
    "battery",
    "batterytemp",
    "bluetooth",
    "bluetoothmetadata",
    "brightness",
    "camera",
    "compass",
    "gyroscope",
    "gyroscopeuncalibrated",
    "headphone",
    "light",
    "location",
    "magnetometer",
    "magnetometeruncalibrated",
    "microphone",
    "network",
    "orientation",
    "watchbarometer",
    "watchcompass",
    "watchlocation",
    "watchmagnetometer",
    "watchmicrophone",
    "wifi",
];

/// Small letters and digits of a name.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sensor_is_known_however_its_name_is_written() {
        for name in ["heart rate", "heartrate", "HeartRate", "heartRate", "Heart_Rate"] {
            assert_eq!(Sensor::of(name), Some(Sensor::Heart), "{name}");
        }
        assert_eq!(Sensor::of("WristMotion"), Sensor::of("wrist motion"));
        assert_eq!((Sensor::of("location"), not_read("Location")), (None, "location"));
        assert_eq!(not_read("argued with my boss"), "another sensor");
    }
}
