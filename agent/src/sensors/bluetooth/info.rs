//! What a wearable says of itself.

/// Battery level: the first byte, 0 to 100 % (Bluetooth SIG, Battery Service 1.1, section 3.1). Status bytes may stand behind it;
/// a run of noughts is a broken stack's, and no empty battery.
pub(super) fn battery(value: &[u8]) -> Option<u8> {
    let level = *value.first().filter(|_| value.len() <= 4)?;
    (level <= 100).then_some(level)
}

/// A text of the Device Information service, without what it is filled up with; none where it is no text.
pub(super) fn text(value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(value).ok()?;
    let text: String = text.chars().filter(|c| !c.is_control()).take(64).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Signal strength that a receiver can have, dBm: 127 and -127 stand for none (Bluetooth Core, LE Advertising Report).
pub(super) fn rssi(dbm: i16) -> Option<i16> {
    (-126..=20).contains(&dbm).then_some(dbm)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_battery_is_from_0_to_100_percent_or_unknown() {
        let cases: [(&[u8], Option<u8>); 8] = [
            (&[87], Some(87)),
            (&[0], Some(0)),
            (&[100], Some(100)),
            (&[101], None),
            (&[255], None),
            (&[], None),
            (&[0; 100], None),
            (&[87, 6], Some(87)),
        ];
        for (value, expected) in cases {
            assert_eq!(battery(value), expected, "{value:?}");
        }
    }

    #[test]
    fn texts_are_trimmed_and_what_is_none_is_left_out() {
        let cases: [(&[u8], Option<&str>); 4] = [
            (b"Polar Electro Oy\0", Some("Polar Electro Oy")),
            (b"H808S   \0\0\0", Some("H808S")),
            (b"Caf\xe9 Sport", None),
            (b"", None),
        ];
        for (value, expected) in cases {
            assert_eq!(text(value).as_deref(), expected);
        }
    }

    #[test]
    fn signal_strengths_that_stand_for_none_are_none() {
        assert_eq!([-75, 127, -127, 0].map(rssi), [Some(-75), None, None, Some(0)]);
    }
}
