use super::layout::{Packet, Stream, Wearable};
use super::meaning::Beats;
use super::problem::Problem;
use super::rows::Refusal;
use crate::AnalysisError;

/// The description that is built in.
const STANDARD: &str = include_str!("../../../../firmware-config/heart-rate-strap.toml");

/// A description of which each packet gives a heart rate: a field `heart_rate` (1/min), `rr_interval` where there are intervals,
/// and the flags `contact_supported` and `contact`.
#[derive(Clone, PartialEq, Debug)]
pub struct HeartRateProfile(Packet);

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
        let wearable = Wearable::parse(text)?;
        let missing =
            || Problem { line: None, field: String::new(), problem: "it needs the field heart_rate in 1/min".into() };
        Ok(Self::of(&wearable).ok_or_else(missing)?)
    }

    /// The part of a description whose packets each give a rate, without marks and times.
    #[must_use]
    pub fn of(wearable: &Wearable) -> Option<Self> {
        let gives_rates = |stream: &&Stream| {
            let rate =
                |packet: &Packet| packet.marks.is_empty() && packet.fields.iter().any(|f| f.name == "heart_rate");
            stream.time.is_none() && stream.packets.len() == 1 && rate(&stream.packets[0])
        };
        wearable.usual().find(gives_rates).map(|stream| Self(stream.packets[0].clone()))
    }

    /// Reads a notification.
    ///
    /// # Errors
    /// When the packet does not have the layout.
    pub fn decode(&self, packet: &[u8]) -> Result<HeartReading, AnalysisError> {
        let wrong = |problem| AnalysisError::Wearable { what: "packet", problem };
        let numbers = self.0.decode(packet, 1.0).map_err(|refusal| match refusal {
            Refusal::Short(why) | Refusal::Wrong(why) => wrong(why),
        })?;
        let rate = numbers.values.iter().find(|number| number.field.name == "heart_rate");
        let bits = numbers.values.first().map_or(0, |first| first.bits);
        let flag = |name: &str| self.0.flags.get(name).map(|bit| bits >> bit & 1 == 1);
        Ok(HeartReading {
            bpm: rate.ok_or_else(|| wrong("it holds no heart rate".into()))?.value,
            intervals_millis: Beats::of(&numbers).map(|beats| beats.into_millis()).unwrap_or_default(),
            contact: flag("contact").filter(|_| flag("contact_supported") == Some(true)),
            left_over: numbers.left_over,
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
    fn a_description_of_version_1_reads_as_before() {
        let one = HeartRateProfile::parse(include_str!("heart-rate-strap-1.toml")).unwrap();
        for packet in [&[0x1f, 0x3c, 0x00, 0x01, 0x00, 0x33, 0x03][..], &[0x10, 60, 0x00, 0x04, 0x7f], &[0x06, 72]] {
            assert_eq!(one.decode(packet).unwrap(), read(packet).unwrap(), "{packet:02x?}");
        }
    }

    #[test]
    fn a_description_without_a_heart_rate_is_none_of_a_heart() {
        let text = STANDARD.replace("\"heart_rate\"", "\"pulse\"");
        assert!(HeartRateProfile::parse(&text).unwrap_err().to_string().contains("heart_rate"));
    }
}
