use super::layout::PacketLayout;
use crate::AnalysisError;

/// The description that is built in.
const STANDARD: &str = include_str!("../../../../firmware-config/heart-rate-strap.toml");

/// A packet layout that gives heart rates: a field `heart_rate` (1/min), `rr_interval` (s) where there are intervals,
/// and the flags `contact_supported` and `contact`.
#[derive(Clone, PartialEq, Debug)]
pub struct HeartRateProfile(PacketLayout);

/// What one notification says.
#[derive(Clone, PartialEq, Debug)]
pub struct HeartReading {
    /// Beats a minute, averaged by the wearable.
    pub bpm: f64,
    /// Intervals between beats since the notification before, milliseconds, oldest first.
    pub intervals_millis: Vec<f64>,
    /// Whether it touches the skin, if it can tell.
    pub contact: Option<bool>,
    /// Bytes that belong to nothing: straps send an odd one behind their intervals.
    pub left_over: usize,
}

impl HeartRateProfile {
    /// Any strap that follows the Bluetooth SIG's Heart Rate service.
    ///
    /// # Panics
    /// Never: a test reads the description that is built in.
    #[must_use]
    pub fn standard() -> Self {
        Self::parse(STANDARD).expect("the description that is built in reads")
    }

    /// Reads a description.
    ///
    /// # Errors
    /// When it does not read or has no heart rate.
    pub fn parse(text: &str) -> Result<Self, AnalysisError> {
        let layout = PacketLayout::parse(text)?;
        for (name, unit, needed) in [("heart_rate", "1/min", true), ("rr_interval", "s", false)] {
            let mut fields = layout.fields.iter().filter(|field| field.name == name).peekable();
            if (needed && fields.peek().is_none()) || fields.any(|field| field.unit != unit) {
                let problem = format!("it needs the field {name} in {unit}");
                return Err(AnalysisError::Wearable { what: "description", problem });
            }
        }
        Ok(Self(layout))
    }

    /// Reads a notification.
    ///
    /// # Errors
    /// When the packet does not have the layout.
    pub fn decode(&self, packet: &[u8]) -> Result<HeartReading, AnalysisError> {
        let (values, left_over) = self.0.decode(packet)?;
        let named = |name: &'static str| values.iter().filter(move |(f, _)| f.name == name).map(|(_, value)| *value);
        let missing = || AnalysisError::Wearable { what: "packet", problem: "it holds no heart rate".into() };
        let tells = self.0.flag(packet, "contact_supported").unwrap_or(false);
        Ok(HeartReading {
            bpm: named("heart_rate").next().ok_or_else(missing)?,
            intervals_millis: named("rr_interval").map(|seconds| seconds * 1000.0).collect(),
            contact: self.0.flag(packet, "contact").filter(|_| tells),
            left_over,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(packet: &[u8]) -> Result<HeartReading, AnalysisError> {
        HeartRateProfile::standard().decode(packet)
    }

    /// Packets laid out as the Heart Rate Service specification 1.0, section 3.1, says.
    #[test]
    fn packets_of_every_combination_of_flags_are_read() {
        type Case = (&'static [u8], f64, &'static [f64], Option<bool>);
        let cases: [Case; 7] = [
            (&[0x00, 72], 72.0, &[], None),
            (&[0x01, 0x2c, 0x01], 300.0, &[], None),
            (&[0x04, 72], 72.0, &[], Some(false)),
            (&[0x06, 72], 72.0, &[], Some(true)),
            (&[0x08, 72, 0xe8, 0x03], 72.0, &[], None),
            (&[0x10, 60, 0x00, 0x04, 0x00, 0x02], 60.0, &[1000.0, 500.0], None),
            (&[0x1f, 0x3c, 0x00, 0x01, 0x00, 0x33, 0x03], 60.0, &[799.804_687_5], Some(true)),
        ];
        for (packet, bpm, intervals, contact) in cases {
            let expected = HeartReading { bpm, intervals_millis: intervals.to_vec(), contact, left_over: 0 };
            assert_eq!(read(packet).unwrap(), expected, "{packet:02x?}");
        }
    }

    #[test]
    fn packets_that_are_cut_short_or_too_long_are_refused() {
        for packet in [&[][..], &[0x00], &[0x01, 72], &[0x08, 72, 1], &[0x10], &[0x10; 600]] {
            assert!(read(packet).is_err(), "{packet:02x?}");
        }
    }

    #[test]
    fn bytes_that_belong_to_nothing_are_counted_and_the_rest_is_read() {
        let cases: [(&[u8], &[f64], usize); 4] = [
            (&[0x10, 60, 0x00, 0x04, 0x7f], &[1000.0], 1),
            (&[0x10, 60, 0x00], &[], 1),
            (&[0x00, 60, 0x00, 0x04], &[], 2),
            (&[0x10, 60, 0x00, 0x04], &[1000.0], 0),
        ];
        for (packet, intervals, left_over) in cases {
            let found = read(packet).unwrap();
            assert_eq!((found.bpm, found.left_over), (60.0, left_over), "{packet:02x?}");
            assert_eq!(found.intervals_millis, intervals, "{packet:02x?}");
        }
    }

    #[test]
    fn descriptions_that_contradict_themselves_are_refused() {
        let swap = |from: &str, to: &str| {
            assert!(STANDARD.contains(from), "{from}");
            HeartRateProfile::parse(&STANDARD.replace(from, to)).unwrap_err().to_string()
        };
        assert!(swap("version = 1", "version = 2").contains("version"));
        assert!(swap("\"heart_rate\"", "\"pulse\"").contains("heart_rate"));
        assert!(swap("divide = 1024.0", "divide = 0.0").contains("divided"));
        assert!(swap("if_set = 4", "if_set = 9").contains("bit 9"));
        assert!(swap("repeated = true", "repeats = true").contains("repeats"));
    }
}
